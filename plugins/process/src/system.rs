//! Commands on Linux.
mod pump;
mod spawn;

use crate::command::Command;
use crate::rules::{Rules, shown};
use crate::run::{End, Outcome};
use libvm_plugin::Result;
use pump::Pump;
use rustix::fd::OwnedFd;
use rustix::io::{Errno, retry_on_intr};
use rustix::process::{Pid, PidfdFlags, Signal, WaitId, WaitIdOptions, WaitIdStatus, kill_process_group, pidfd_open, waitid};
use std::ffi::CString;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Returns whether commands can be started.
///
/// # Errors
/// None: they can.
#[allow(clippy::unnecessary_wraps)] // elsewhere they cannot
pub fn check() -> Result<()> {
    Ok(())
}

/// The processes of a command: the first one, which leads a session and a process group of its own, and its descendants in that group.
#[derive(Default)]
pub struct Group(Mutex<Stage>);

/// The number of a process is its own until it was waited for, which happens under the lock.
#[derive(Clone, Copy, Default)]
enum Stage {
    #[default]
    Waiting,
    Running(Pid),
    /// It has ended, or is not to begin.
    Over,
}

impl Group {
    fn stage(&self) -> MutexGuard<'_, Stage> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends all processes, also if the first one is being started.
    pub fn kill(&self) {
        let mut stage = self.stage();
        match *stage {
            Stage::Running(pid) => kill(pid),
            Stage::Waiting => *stage = Stage::Over,
            Stage::Over => {}
        }
    }

    /// Returns whether the command is to begin.
    fn may_begin(&self) -> bool {
        matches!(*self.stage(), Stage::Waiting)
    }

    /// Notes the first process, which was started.
    fn begin(&self, pid: Pid) {
        let mut stage = self.stage();
        if matches!(*stage, Stage::Over) {
            kill(pid);
        }
        *stage = Stage::Running(pid);
    }

    /// Waits for the first process, after ending the others; nothing if that was done.
    fn end(&self) -> Option<End> {
        let mut stage = self.stage();
        let Stage::Running(pid) = *stage else { return None };
        kill(pid);
        *stage = Stage::Over;
        let status = retry_on_intr(|| waitid(WaitId::Pid(pid), WaitIdOptions::EXITED)).ok().flatten();
        Some(status.map_or(End::Lost, |status: WaitIdStatus| match (status.exit_status(), status.terminating_signal()) {
            (Some(code), _) => End::Exited(code),
            (None, signal) => End::Signalled(signal.unwrap_or(0)),
        }))
    }
}

/// Returns whether a process has ended, without waiting for it; an error if the host has waited for it.
fn has_ended(pid: Pid) -> Result<bool, Errno> {
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT | WaitIdOptions::NOHANG;
    waitid(WaitId::Pid(pid), options).map(|status| status.is_some())
}

/// Ends a process group, unless its number may be another one's by now.
fn kill(pid: Pid) {
    if has_ended(pid).is_ok() {
        let _ = kill_process_group(pid, Signal::KILL);
    }
}

/// The first process while it runs. It is ended and waited for in any case.
struct Child<'a> {
    group: &'a Group,
    pid: Pid,
    /// Readable when it has ended; a kernel that has none is asked again and again.
    ended: Option<OwnedFd>,
}

impl Child<'_> {
    fn has_ended(&self) -> bool {
        has_ended(self.pid).unwrap_or(true)
    }

    /// Ends it with its group.
    fn kill(&self) {
        self.group.kill();
        // Not under the lock: it can take time.
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
        let _ = retry_on_intr(|| waitid(WaitId::Pid(self.pid), options));
    }
}

impl Drop for Child<'_> {
    fn drop(&mut self) {
        self.group.end();
    }
}

/// Runs a command, until its first process has ended.
pub fn execute(group: &Group, command: &Command, rules: &Rules) -> Outcome {
    spawn::block_signals();
    let (child, mut pump) = match begin(group, command, rules) {
        Ok(begun) => begun,
        Err(why) => return Outcome::not_started(&command.program, &why),
    };
    let why = pump.run(&child, command, rules.max_output);
    if why.is_some() {
        child.kill();
    }
    let end = group.end().unwrap_or(End::Lost);
    let too_much = pump.read_rest(rules.max_output);
    let end = why.or(too_much).map_or(end, End::Ended);
    Outcome::ended(&command.program, end, pump.output.bytes, pump.errors.bytes)
}

/// Starts the first process.
fn begin<'a>(group: &'a Group, command: &Command, rules: &Rules) -> Result<(Child<'a>, Pump), String> {
    let path = rules.find(&command.program)?;
    let failed = |what: &str, error: Errno| format!("{what}: {}", std::io::Error::from(error));
    let c_string = |bytes: Vec<u8>| CString::new(bytes).map_err(|error| error.to_string());
    let mut arguments = vec![c_string(command.program.clone().into_bytes())?];
    arguments.extend(command.arguments.iter().cloned());
    let variables = command.environment.iter().map(|(name, value)| c_string([&name[..], b"=", value].concat()));
    let variables = variables.collect::<Result<Vec<_>, _>>()?;
    let file = c_string(path.as_os_str().as_encoded_bytes().to_vec())?;
    let (pump, theirs) = Pump::new().map_err(|error| failed("there is no pipe for it", error))?;
    if !group.may_begin() {
        return Err("its guest does not wait any more".to_owned());
    }
    let pid = spawn::spawn(&file, &arguments, &variables, &theirs);
    let pid = pid.map_err(|error| failed(&shown(path.as_os_str().as_encoded_bytes()), error))?;
    group.begin(pid);
    Ok((Child { group, pid, ended: pidfd_open(pid, PidfdFlags::empty()).ok() }, pump))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Settings;
    use std::os::unix::fs::OpenOptionsExt;

    fn command(program: &str) -> Command {
        let mut command = Command::default();
        command.set_program(program).unwrap_or_else(|error| panic!("{error}"));
        command
    }

    fn run(command: &Command) -> Outcome {
        let settings = Settings { max_output: 1000, max_timeout: 10_000, ..Settings::default() };
        let rules = Rules::new(&settings).unwrap_or_else(|error| panic!("{error}"));
        std::thread::scope(|scope| scope.spawn(|| execute(&Group::default(), command, &rules)).join()).expect("it does not panic")
    }

    fn not_started(command: &Command) -> String {
        let outcome = run(command);
        assert_eq!((outcome.code, outcome.output.len()), (-1, 0));
        String::from_utf8(outcome.errors).expect("it is text")
    }

    #[test]
    fn what_the_system_does_not_start_is_told() {
        let mut long = command("/bin/true");
        assert_eq!(run(&long).code, 0);
        long.add_argument(&[b'a'; 200_000]).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(not_started(&long), "process: `/bin/true` was not started: /bin/true: Argument list too long (os error 7)\n");
        let file = std::env::temp_dir().join(format!("libvm-process-{}", std::process::id()));
        let made = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o755).open(&file);
        made.and_then(|mut file| std::io::Write::write_all(&mut file, b"garbage")).expect("the file can be made");
        let told = not_started(&command(&file.display().to_string()));
        std::fs::remove_file(&file).expect("it can be removed");
        assert!(told.ends_with(": Exec format error (os error 8)\n"), "{told}");
    }

    #[test]
    fn a_command_that_was_cancelled_before_does_not_begin() {
        let (group, command) = (Group::default(), command("true"));
        let settings = Settings { search_path: vec!["/bin".to_owned()], ..Settings::default() };
        let rules = Rules::new(&settings).unwrap_or_else(|error| panic!("{error}"));
        group.kill();
        assert!(begin(&group, &command, &rules).is_err_and(|why| why == "its guest does not wait any more"));
        assert!(group.end().is_none());
    }
}
