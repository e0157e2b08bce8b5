//! The processes in which code of the plug-in runs.
use crate::journal::{Journal, Line};
use crate::probe;
use crate::settings::Settings;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// What a worker does.
#[derive(Clone, Debug, Default)]
pub struct Job {
    /// The name of the probe.
    pub(crate) probe: String,
    /// Which function, option or other part of the plug-in.
    pub(crate) item: usize,
    pub(crate) path: PathBuf,
    pub(crate) name: String,
    pub(crate) calls: usize,
    pub(crate) timeout: Duration,
    pub(crate) memory: u64,
    pub(crate) with: Vec<PathBuf>,
    pub(crate) grants: Vec<String>,
    pub(crate) options: Vec<(String, String)>,
    /// The functions that are not called, because they end the process or do not return.
    pub(crate) skipped: Vec<String>,
}

impl Job {
    /// Creates a job for a plug-in with this name.
    pub(crate) fn new(settings: &Settings, path: &Path, name: &str) -> Self {
        Self {
            path: path.to_owned(),
            name: name.to_owned(),
            calls: settings.calls,
            timeout: settings.timeout,
            memory: settings.memory,
            with: settings.with.iter().map(|path| std::path::absolute(path).unwrap_or_else(|_| path.clone())).collect(),
            grants: settings.grants.clone(),
            options: settings.options.clone(),
            ..Self::default()
        }
    }

    /// Returns the arguments that [`run`] reads.
    pub(crate) fn arguments(&self, journal: &Path) -> Vec<OsString> {
        let mut made: Vec<OsString> = vec![
            journal.into(),
            self.probe.clone().into(),
            self.item.to_string().into(),
            self.path.clone().into(),
            self.name.clone().into(),
            self.calls.to_string().into(),
            self.timeout.as_millis().to_string().into(),
            self.memory.to_string().into(),
        ];
        let mut list = |word: &str, value: OsString| made.extend([word.into(), value]);
        self.with.iter().for_each(|path| list("with", path.clone().into()));
        self.grants.iter().for_each(|grant| list("grant", grant.clone().into()));
        self.options.iter().for_each(|(key, value)| list("option", format!("{key}={value}").into()));
        self.skipped.iter().for_each(|title| list("skip", title.clone().into()));
        made
    }

    fn parse(arguments: impl IntoIterator<Item = OsString>) -> Option<(PathBuf, Self)> {
        let mut arguments = arguments.into_iter();
        let journal = arguments.next()?.into();
        let mut text = || arguments.next()?.into_string().ok();
        let (probe, item) = (text()?, text()?.parse().ok()?);
        let path = arguments.next()?.into();
        let mut text = || arguments.next()?.into_string().ok();
        let (name, calls, timeout, memory) = (text()?, text()?.parse().ok()?, text()?.parse().ok()?, text()?.parse().ok()?);
        let mut made =
            Self { probe, item, path, name, calls, timeout: Duration::from_millis(timeout), memory, ..Self::default() };
        while let Some(word) = arguments.next() {
            let value = arguments.next()?;
            match word.to_str()? {
                "with" => made.with.push(value.into()),
                "grant" => made.grants.push(value.into_string().ok()?),
                "option" => made.options.push(split_option(value.to_str()?)?),
                "skip" => made.skipped.push(value.into_string().ok()?),
                _ => return None,
            }
        }
        Some((journal, made))
    }
}

/// Splits `key=value`.
fn split_option(text: &str) -> Option<(String, String)> {
    text.split_once('=').map(|(key, value)| (key.to_owned(), value.to_owned()))
}

/// Runs a worker: call it with the arguments that follow those of [`Settings::worker`].
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> i32 {
    let start = Instant::now();
    let Some((journal, job)) = Job::parse(arguments) else {
        eprintln!("this is for the checker itself");
        return 2;
    };
    let Ok(journal) = Journal::open(&journal) else { return 2 };
    set_limits(&job);
    probe::run(&job, &journal, start);
    journal.begin("the end of the process");
    journal.write(&Line::Done);
    // Destructors of libraries run, as in a host that ends.
    std::process::exit(0)
}

/// Sets the limits of this process and of those that it starts.
fn set_limits(job: &Job) {
    // A check that is killed leaves no process behind.
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL));
    use rustix::process::{Resource, Rlimit, setrlimit};
    /// Of a file that it writes.
    const FILE_SIZE: u64 = 64 << 20;
    const DESCRIPTORS: u64 = 512;
    let seconds = job.timeout.as_secs() * 4 + 1;
    let limits = [
        (Resource::Data, job.memory),
        (Resource::Fsize, FILE_SIZE),
        (Resource::Nofile, DESCRIPTORS),
        (Resource::Cpu, seconds),
        (Resource::Core, 0),
    ];
    for (resource, limit) in limits {
        // A system without a limit has none.
        let _ = setrlimit(resource, Rlimit { current: Some(limit), maximum: Some(limit) });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_read_as_they_were_written() {
        let mut settings = Settings::new("a.so".into(), Vec::new());
        settings.grants.push("fs:*".to_owned());
        settings.options.push(("key".to_owned(), "a=b".to_owned()));
        let job = Job { probe: "function".to_owned(), item: 3, ..Job::new(&settings, Path::new("/x/a.so"), "a") };
        let (journal, read) = Job::parse(job.arguments(Path::new("/j"))).unwrap();
        assert_eq!(journal, Path::new("/j"));
        assert_eq!((read.probe, read.item, read.name, read.options), (job.probe, 3, "a".to_owned(), job.options));
        assert!(Job::parse(["x".into()]).is_none());
    }
}
