//! Runs workers, and finds out how they ended.
use crate::journal::{self, Line};
use crate::settings::{Failure, Settings};
use crate::worker::Job;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::os::unix::fs::DirBuilderExt as _;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// How a worker ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// It has done its work.
    Done,
    /// By a signal, described.
    Signal(String),
    /// It ended itself with this exit code.
    Exit(i32),
    /// It did not end in time.
    Hung,
}

/// How a worker ended.
#[derive(Clone, Debug)]
pub struct Ran {
    pub lines: Vec<Line>,
    pub end: End,
    /// The end of what it has written to standard error.
    pub last_words: String,
}

impl Ran {
    /// Returns what was going on last, on each thread.
    pub fn last_begun(&self) -> Vec<&str> {
        let mut last = BTreeMap::new();
        for line in &self.lines {
            if let Line::Begin(thread, what) = line {
                last.insert(*thread, what.as_str());
            }
        }
        let mut last: Vec<&str> = last.into_values().collect();
        last.sort_unstable();
        last.dedup();
        last
    }
}

/// A directory that is deleted with its contents.
struct Scratch(PathBuf);

impl Drop for Scratch {
    fn drop(&mut self) {
        // What a plug-in has made unreadable stays in the system's temporary directory.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Starts workers in directories of their own.
pub struct Supervisor<'a> {
    settings: &'a Settings,
    scratch: Scratch,
}

fn cannot(what: &str, path: &Path, error: &std::io::Error) -> Failure {
    Failure(format!("cannot {what} {}: {error}", path.display()))
}

fn create_directory(path: &Path) -> Result<(), Failure> {
    fs::DirBuilder::new().mode(0o700).create(path).map_err(|error| cannot("create", path, &error))
}

impl<'a> Supervisor<'a> {
    /// Creates the directory for the workers.
    pub fn new(settings: &'a Settings) -> Result<Self, Failure> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("libvm-check-{}-{number}", std::process::id()));
        create_directory(&path)?;
        Ok(Self { settings, scratch: Scratch(path) })
    }

    /// Runs a worker until it ends, or its time is over.
    pub fn run(&self, job: &Job) -> Result<Ran, Failure> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let place = self.scratch.0.join(NUMBER.fetch_add(1, Ordering::Relaxed).to_string());
        create_directory(&place)?;
        let home = place.join("home");
        create_directory(&home)?;
        let (journal, errors) = (place.join("journal"), place.join("stderr"));
        let output = File::create(&errors).map_err(|error| cannot("create", &errors, &error))?;

        let (program, before) = self.settings.worker.split_first().ok_or_else(|| Failure("no program for workers".to_owned()))?;
        let mut command = Command::new(program);
        command.args(before).args(job.arguments(&journal)).current_dir(&home).env_clear();
        for name in ["PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"] {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        // Freed memory and new memory have contents that are no valid pointers, and what is freed is freed at once.
        command
            .env("HOME", &home)
            .env("TMPDIR", &home)
            .env("GLIBC_TUNABLES", "glibc.malloc.tcache_count=0:glibc.malloc.perturb=165");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(output).process_group(0);
        let mut child = command.spawn().map_err(|error| cannot("run", Path::new(program), &error))?;
        let ended = wait(&mut child, self.settings);
        end_group(&child);
        if self.settings.cancelled.load(Ordering::Relaxed) {
            return Err(Failure("the check was cancelled".to_owned()));
        }
        let lines = journal::read(&fs::read_to_string(&journal).unwrap_or_default());
        let end = match ended.map_err(|error| cannot("wait for", Path::new(program), &error))? {
            None => End::Hung,
            Some(status) => end(status, lines.last() == Some(&Line::Done)),
        };
        let last_words = last_lines(&errors);
        let _ = fs::remove_dir_all(&place);
        Ok(Ran { lines, end, last_words })
    }
}

/// Waits for a child; kills it when its time is over, or the check is cancelled.
fn wait(child: &mut Child, settings: &Settings) -> std::io::Result<Option<ExitStatus>> {
    let (start, mut pause) = (Instant::now(), Duration::from_millis(1));
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if start.elapsed() > settings.timeout || settings.cancelled.load(Ordering::Relaxed) {
            end_group(child);
            return child.wait().map(|_| None);
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(20));
    }
}

/// Kills a child and what it has started.
fn end_group(child: &Child) {
    let id = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw);
    if let Some(id) = id {
        // Nothing is left of it, if all of it has ended.
        let _ = rustix::process::kill_process_group(id, rustix::process::Signal::KILL);
    }
}

fn end(status: ExitStatus, done: bool) -> End {
    match (status.signal(), status.code()) {
        (Some(signal), _) => End::Signal(describe(signal)),
        (None, Some(0)) if done => End::Done,
        (None, code) => End::Exit(code.unwrap_or(0)),
    }
}

fn describe(signal: i32) -> String {
    match signal {
        libc::SIGSEGV => "SIGSEGV, an access to memory that it does not have".to_owned(),
        libc::SIGBUS => "SIGBUS, an access to memory that it does not have".to_owned(),
        libc::SIGABRT => "SIGABRT, an abort".to_owned(),
        libc::SIGFPE => "SIGFPE, a division by zero".to_owned(),
        libc::SIGILL => "SIGILL, an invalid instruction".to_owned(),
        libc::SIGTRAP => "SIGTRAP, a trap".to_owned(),
        libc::SIGXCPU => "SIGXCPU, out of processor time".to_owned(),
        libc::SIGKILL => "SIGKILL".to_owned(),
        number => format!("signal {number}"),
    }
}

/// Returns the last lines of a file, as one line.
fn last_lines(path: &Path) -> String {
    const LINES: usize = 4;
    const LONGEST: usize = 300;
    let bytes = fs::read(path).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let mut words = lines[lines.len().saturating_sub(LINES)..].join("; ");
    if let Some((cut, _)) = words.char_indices().nth(LONGEST) {
        words.truncate(cut);
    }
    words
}
