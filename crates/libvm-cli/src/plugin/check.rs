//! `libvm plugin check`.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;
use crate::plugin::interrupt::{self, Interrupt};
use crate::text;
use libvm_check::{Settings, check};
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

/// The hidden subcommand that runs code of the plug-in in a process of its own.
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

/// The arguments of a process that runs the plug-in.
#[derive(clap::Args)]
pub struct Worker {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<OsString>,
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
    // What does not exist or cannot be read is found out here, with its exit code.
    let found = vm::Plugin::inspect_file(&arguments.file)?;
    let program = std::env::current_exe()
        .map_err(|error| Failure::new(Exit::FAILED, format!("the file of this program is not known: {error}")))?;
    let interrupt = Interrupt::watch();
    let settings = Settings {
        with: arguments.with.clone(),
        grants: arguments.grant.clone(),
        options: arguments.option.clone(),
        calls: arguments.calls,
        timeout: arguments.timeout,
        memory: u64::from(arguments.memory) << 20,
        cancelled: interrupt.flag(),
        ..Settings::new(found.path, vec![program.into(), "plugin".into(), WORKER.into()])
    };
    let report = {
        let _progress = output.progress(format!("checking {}", text::path(&arguments.file)));
        check(&settings)
    };
    let report = report.map_err(|failure| match interrupt.has_come() {
        true => interrupt::failure(),
        false => Failure::new(Exit::FAILED, text::lines(&failure.0)),
    })?;
    if output.is_json() {
        output.text(text::json(&report.to_json()))?;
    } else {
        output.text(text::lines(&report.to_string()))?;
    }
    Ok(if report.has_faults() { Exit::NO } else { Exit::SUCCESS })
}

/// Runs code of a plug-in, as a process that [`run`] has started.
pub fn work(arguments: &Worker) -> Exit {
    Exit::guest(libvm_check::worker::run(arguments.arguments.iter().cloned()))
}
