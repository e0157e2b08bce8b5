//! `libvm plugin check`.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;
use crate::plugin::interrupt::{self, Interrupt};
use crate::text;
use libvm_check::{Report, Settings, check};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The word in place of a subcommand that runs code of a plug-in in a process of its own. It is not part of the command line.
pub const WORKER: &str = "check-worker";

/// Check a plug-in: its file, and its code with hostile arguments
///
/// Code of the plug-in runs in processes of its own, with limits of time and memory, in an empty directory; a crash is a fault that names the
/// function and its arguments. These processes are no sandbox: check only plug-ins that you would load. Exits with 1 if there are faults.
#[derive(clap::Args)]
pub struct Check {
    /// File of the plug-in
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Load this plug-in, or those of this directory, first: one that it needs; may be repeated
    #[arg(long, value_name = "PATH")]
    with: Vec<PathBuf>,
    /// Set an option of the plug-in, or of its sources and sinks; may be repeated
    #[arg(long, value_name = "KEY=VALUE", value_parser = key_and_value)]
    option: Vec<(String, String)>,
    /// Call functions with this permission too; without it the plug-in has none; may be repeated
    #[arg(long, value_name = "PERMISSION")]
    grant: Vec<String>,
    /// Call each function with this many different arguments
    #[arg(long, value_name = "NUMBER", default_value_t = 250)]
    calls: usize,
    /// End a process after this many seconds
    #[arg(long, value_name = "SECONDS", default_value = "20", value_parser = seconds)]
    timeout: Duration,
    /// Limit the memory of a process to this many MiB
    #[arg(long, value_name = "MIB", default_value_t = 2048, value_parser = clap::value_parser!(u32).range(1..))]
    memory: u32,
}

fn key_and_value(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("it must be KEY=VALUE")?;
    Ok((key.to_owned(), value.to_owned()))
}

fn seconds(text: &str) -> Result<Duration, String> {
    let parsed = text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    parsed.filter(|duration| !duration.is_zero()).ok_or_else(|| "it must be a positive number of seconds".to_owned())
}

pub fn run(arguments: &Check, output: &Output) -> Result<Exit, Failure> {
    let settings = Settings {
        with: arguments.with.clone(),
        grants: arguments.grant.clone(),
        options: arguments.option.clone(),
        calls: arguments.calls,
        timeout: arguments.timeout,
        memory: u64::from(arguments.memory) << 20,
        ..settings(&arguments.file)?
    };
    let report = examine(settings, output)?;
    if output.is_json() {
        output.text(text::json(&report.to_json()))?;
    } else {
        output.text(text::lines(&report.to_string()))?;
    }
    Ok(if report.has_faults() { Exit::NO } else { Exit::SUCCESS })
}

/// Returns the default settings for a file.
///
/// # Errors
/// The file does not exist or cannot be read.
pub fn settings(file: &Path) -> Result<Settings, Failure> {
    let found = vm::Plugin::inspect_file(file)?;
    let program = std::env::current_exe()
        .map_err(|error| Failure::new(Exit::FAILED, format!("the file of this program is not known: {error}")))?;
    Ok(Settings::new(found.path, vec![program.into(), WORKER.into()]))
}

/// Checks a plug-in, until Ctrl-C.
///
/// # Errors
/// It cannot be checked.
pub fn examine(settings: Settings, output: &Output) -> Result<Report, Failure> {
    let interrupt = Interrupt::watch();
    let settings = Settings { cancelled: interrupt.flag(), ..settings };
    let _progress = output.progress(format!("checking {}", text::path(&settings.path)));
    check(&settings).map_err(|failure| match interrupt.has_come() {
        true => interrupt::failure(),
        false => Failure::new(Exit::FAILED, text::lines(&failure.0)),
    })
}

/// Runs code of a plug-in, as a process that [`run`] has started.
pub fn work(arguments: &[OsString]) -> Exit {
    Exit::guest(libvm_check::worker::run(arguments.iter().cloned()))
}
