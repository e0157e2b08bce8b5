//! Other processes, with what they print.

use std::io::{self, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How much of each stream is kept.
const MOST: usize = 4 << 20;
/// For how long streams are read that a process which has ended has left to others.
const GRACE: Duration = Duration::from_secs(1);

/// A process that has ended.
pub struct Ended {
    /// `None` if its time was over.
    pub status: Option<ExitStatus>,
    pub stdout: String,
    pub stderr: String,
}

/// Runs a process without input, for at most a time. Of what it prints, the first 4 MiB of each stream are kept. One that is killed takes
/// the processes with it that it has started, such as the compilers of a build.
///
/// # Errors
/// It cannot be started; `Interrupted` if it was killed because `cancelled` was set.
pub fn run(command: &mut Command, time: Option<Duration>, cancelled: &AtomicBool) -> io::Result<Ended> {
    let start = Instant::now();
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(command, 0);
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let (stdout, stderr) = (Stream::read(child.stdout.take()), Stream::read(child.stderr.take()));
    let status = wait(&mut child, time.map(|time| start + time), cancelled)?;
    if status.is_none() {
        kill(&mut child);
        child.wait()?;
        if cancelled.load(Ordering::Relaxed) {
            return Err(io::ErrorKind::Interrupted.into());
        }
    }
    Ok(Ended { status, stdout: stdout.text(), stderr: stderr.text() })
}

/// Kills a process and its group; what has just ended is not there to be killed.
fn kill(child: &mut Child) {
    #[cfg(unix)]
    if let Some(group) = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw) {
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
    let _ = child.kill();
}

fn wait(child: &mut Child, end: Option<Instant>, cancelled: &AtomicBool) -> io::Result<Option<ExitStatus>> {
    const LONGEST: Duration = Duration::from_millis(50);
    let mut pause = Duration::from_millis(1);
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if cancelled.load(Ordering::Relaxed) || end.is_some_and(|end| Instant::now() >= end) {
            return Ok(None);
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(LONGEST);
    }
}

/// A stream that a thread reads.
struct Stream {
    bytes: Arc<Mutex<Vec<u8>>>,
    end: Receiver<()>,
}

impl Stream {
    fn read(stream: Option<impl Read + Send + 'static>) -> Self {
        let bytes = Arc::new(Mutex::new(Vec::new()));
        let (ended, end) = mpsc::channel();
        let kept = bytes.clone();
        std::thread::spawn(move || {
            let Some(mut stream) = stream else { return };
            let mut part = [0; 8192];
            // An error ends the stream; what was read before is kept.
            while let Ok(size @ 1..) = stream.read(&mut part) {
                let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
                let room = MOST.saturating_sub(kept.len());
                kept.extend_from_slice(&part[..size.min(room)]);
            }
            let _ = ended.send(());
        });
        Self { bytes, end }
    }

    fn text(&self) -> String {
        // Without an end, another process has the stream too.
        let _ = self.end.recv_timeout(GRACE);
        String::from_utf8_lossy(&self.bytes.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn shell(script: &str, time: Option<Duration>) -> Ended {
        run(Command::new("sh").args(["-c", script]), time, &AtomicBool::new(false)).unwrap()
    }

    #[test]
    fn what_is_printed_is_returned() {
        let ended = shell("echo out; echo err >&2; exit 3", None);
        assert_eq!((ended.stdout.as_str(), ended.stderr.as_str()), ("out\n", "err\n"));
        assert_eq!(ended.status.and_then(|status| status.code()), Some(3));
        assert_eq!(shell("yes | head -c 5000000", None).stdout.len(), MOST);
    }

    #[test]
    fn a_process_that_does_not_end_is_killed() {
        let ended = shell("echo before; exec sleep 60", Some(Duration::from_millis(300)));
        assert!(ended.status.is_none() && ended.stdout == "before\n");
        // Nor does one go on that it has started: the streams end at once.
        let start = Instant::now();
        let ended = shell("sleep 60 & echo $!; wait", Some(Duration::from_millis(300)));
        let child = ended.stdout.trim().parse().ok().and_then(rustix::process::Pid::from_raw).unwrap();
        let is_there = || rustix::process::test_kill_process(child).is_ok();
        while is_there() && start.elapsed() < Duration::from_secs(30) {
            std::thread::sleep(Duration::from_millis(10));
        }
        assert!(ended.status.is_none() && !is_there());
        let cancelled = run(Command::new("sh").args(["-c", "exec sleep 60"]), None, &AtomicBool::new(true));
        assert_eq!(cancelled.err().map(|error| error.kind()), Some(io::ErrorKind::Interrupted));
        // One that another process has a stream of is not waited for.
        let ended = shell("echo before; sleep 5 & exit 0", Some(Duration::from_secs(60)));
        assert!(ended.status.unwrap().success() && ended.stdout == "before\n");
    }
}
