//! A run of a command.
use crate::command::Command;
use crate::rules::{Rules, shown};
use crate::system::{self, Group};
use libvm_plugin::Completer;
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, OnceLock};
use std::thread;

/// Exit code of a command that was not started.
const NOT_STARTED: i32 = -1;
/// Exit code of a command that was started and has none of its own: it was ended, or the host has taken its status.
const NO_CODE: i32 = -2;
/// Exit codes of commands that a signal has ended are this and the number of the signal, as in a shell.
const SIGNALLED: i32 = 128;

/// How a command has ended.
pub enum End {
    Exited(i32),
    Signalled(i32),
    /// Its status is not known.
    Lost,
    /// It was ended, for this reason.
    Ended(String),
}

/// The result of a run.
pub struct Outcome {
    pub code: i32,
    pub output: Vec<u8>,
    pub errors: Vec<u8>,
}

impl Outcome {
    /// Creates that of a command that was not started.
    pub fn not_started(program: &str, why: &str) -> Self {
        Self { code: NOT_STARTED, output: Vec::new(), errors: Vec::new() }.with_line(program, &format!("was not started: {why}"))
    }

    /// Creates that of a command with what it has written.
    pub fn ended(program: &str, end: End, output: Vec<u8>, errors: Vec<u8>) -> Self {
        let (code, line) = match end {
            End::Exited(code) => return Self { code, output, errors },
            End::Signalled(number) => (SIGNALLED + number, format!("was ended by the signal {number}")),
            End::Lost => {
                (NO_CODE, "has ended, but the host ignores SIGCHLD or waits for all children: its exit code is lost".to_owned())
            }
            End::Ended(why) => (NO_CODE, format!("was ended: {why}")),
        };
        Self { code, output, errors }.with_line(program, &line)
    }

    /// Adds a line to the standard error.
    fn with_line(mut self, program: &str, text: &str) -> Self {
        if self.errors.last().is_some_and(|last| *last != b'\n') {
            self.errors.push(b'\n');
        }
        self.errors.extend(format!("process: `{}` {text}\n", shown(program.as_bytes())).bytes());
        self
    }
}

/// A run, which the instance, its thread and the suspended call share.
pub struct Run {
    group: Group,
    outcome: OnceLock<Outcome>,
    /// The process whose command it is.
    owner: u32,
}

impl Default for Run {
    fn default() -> Self {
        Self { group: Group::default(), outcome: OnceLock::new(), owner: std::process::id() }
    }
}

impl Run {
    /// Returns its result, which is not empty once the guest continues, unless its wait has ended before.
    pub fn outcome(&self) -> &Outcome {
        static NONE: Outcome = Outcome { code: NO_CODE, output: Vec::new(), errors: Vec::new() };
        self.outcome.get().unwrap_or(&NONE)
    }

    /// Ends it: its guest does not wait any more.
    pub fn cancel(&self) {
        // After a `fork` of the host the command belongs to the parent, and its thread may have held a lock.
        if self.owner == std::process::id() {
            let _ = self.outcome.set(Outcome { code: NO_CODE, output: Vec::new(), errors: Vec::new() });
            self.group.kill();
        }
    }

    /// Sets the result, and lets the guest continue.
    pub fn finish(&self, outcome: Outcome, completer: Completer<i32>) {
        let code = self.outcome.get_or_init(|| outcome).code;
        // A guest that does not wait any more needs no answer.
        let _ = completer.complete(code);
    }

    /// Runs a command on a thread of its own.
    pub fn start(run: Arc<Self>, command: Command, rules: Arc<Rules>, completer: Completer<i32>) {
        // The thread receives what it does when there is one: what it is created with is lost if there is not.
        let (sender, receiver) = sync_channel::<(Arc<Self>, Command, Arc<Rules>, Completer<i32>)>(1);
        let work = move || {
            if let Ok((run, command, rules, completer)) = receiver.recv() {
                let outcome = system::execute(&run.group, &command, &rules);
                run.finish(outcome, completer);
            }
        };
        match thread::Builder::new().name("libvm-process".to_owned()).spawn(work) {
            Ok(_) => drop(sender.send((run, command, rules, completer))),
            Err(error) => {
                run.finish(Outcome::not_started(&command.program, &format!("there is no thread for it: {error}")), completer)
            }
        }
    }
}
