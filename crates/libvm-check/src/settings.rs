//! What is checked, and how.
use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

/// A check.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The file of the plug-in.
    pub path: PathBuf,
    /// Plug-ins on which it depends: their files, or directories.
    pub with: Vec<PathBuf>,
    /// Permissions that it has in a second run of its functions.
    pub grants: Vec<String>,
    /// Values of its options, by key, and of those of its sources and sinks.
    pub options: Vec<(String, String)>,
    /// For how long each process may run.
    pub timeout: Duration,
    /// How much memory each process may have, in bytes.
    pub memory: u64,
    /// How often each function is called with different arguments.
    pub calls: usize,
    /// Ends the check when it is set, on any thread or by a signal.
    pub cancelled: Arc<AtomicBool>,
    /// The program that calls [`worker::run`](crate::worker::run) with its arguments, and the arguments before those.
    pub worker: Vec<OsString>,
}

impl Settings {
    /// Creates the default settings for a file, and the program that runs its code with the arguments before those of the worker.
    pub fn new(path: PathBuf, worker: Vec<OsString>) -> Self {
        Self {
            path,
            with: Vec::new(),
            grants: Vec::new(),
            options: Vec::new(),
            timeout: Duration::from_secs(20),
            memory: 2 << 30,
            calls: 250,
            cancelled: Arc::default(),
            worker,
        }
    }
}

/// The reason why a plug-in could not be checked.
#[derive(Clone, Debug)]
pub struct Failure(pub String);

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for Failure {}
