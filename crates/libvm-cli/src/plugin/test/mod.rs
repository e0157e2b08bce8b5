//! `libvm plugin test`.

mod build;
mod cases;
pub mod tools;
mod verdict;

use super::interrupt::{self, Interrupt};
use super::{check, pack_list};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;
use crate::text;
use clap::builder::styling::AnsiColor;
use libvm_check::{Report, Settings};
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::time::Duration;
use verdict::Verdict;

/// Build a plug-in, run its tests, and check it
///
/// Builds with cargo or CMake, runs the tests of tests/tests.toml, each in a process of its own, and checks the plug-in, with fewer calls than
/// `libvm plugin check`. Exits with 1 if the plug-in cannot be built, a test fails, or there are faults.
#[derive(clap::Args)]
pub struct Test {
    /// The directory of the plug-in, as `libvm plugin new` makes it
    #[arg(default_value = ".", value_name = "DIR")]
    directory: PathBuf,
    /// Test this file, and build nothing
    #[arg(long, value_name = "FILE")]
    plugin: Option<PathBuf>,
    /// Run the tests only
    #[arg(long)]
    no_check: bool,
}

/// For how long a test may run.
const TIME: Duration = Duration::from_secs(60);
/// How often the check calls each function.
const CALLS: usize = 40;

#[derive(Serialize)]
struct Answer {
    plugin: String,
    built_with: Option<&'static str>,
    tests: Vec<Verdict>,
    passed: usize,
    failed: usize,
    /// The report of the check; null without one.
    check: Option<serde_json::Value>,
}

pub fn run(arguments: &Test, output: &Output) -> Result<Exit, Failure> {
    let directory = &arguments.directory;
    let cases = cases::read(directory)?;
    let interrupt = Interrupt::watch();
    let (plugin, built_with) = match &arguments.plugin {
        Some(file) => (file.clone(), None),
        None => {
            let tool = build::build(directory, &interrupt, output)?;
            (pack_list::library_here(&inside(directory, Path::new(pack_list::LIST)))?, Some(tool))
        }
    };
    let shown = text::path(&plugin);
    if !plugin.is_file() {
        return Err(Failure::new(Exit::NOT_FOUND, format!("{shown} does not exist")).hint(if built_with.is_some() {
            "correct `library` in package.toml: it is not what was built"
        } else {
            "build it first"
        }));
    }
    if let (Some(tool), false) = (built_with, output.is_json()) {
        output.line(format_args!("built {shown} with {tool}"))?;
    }
    let tests = inside(directory, Path::new(cases::FILE).parent().unwrap_or(Path::new("")));
    let mut verdicts = Vec::new();
    for case in &cases {
        let verdict = {
            let _progress = output.progress(case.name());
            verdict::run(case, &plugin, &tests, TIME, &interrupt)
        };
        if interrupt.has_come() {
            return Err(interrupt::ended());
        }
        if !output.is_json() {
            show(&verdict, output)?;
        }
        verdicts.push(verdict);
    }
    let report = if arguments.no_check { None } else { Some(examine(&plugin, output)?) };
    let passed = verdicts.iter().filter(|verdict| verdict.passed).count();
    let failed = verdicts.len() - passed;
    let check = report.as_ref().and_then(|report| serde_json::from_str(&report.to_json()).ok());
    let summary = format!("{passed} passed, {failed} failed\n");
    output.answer(&Answer { plugin: shown, built_with, tests: verdicts, passed, failed, check }, summary)?;
    Ok(if failed == 0 && !report.is_some_and(|report| report.has_faults()) { Exit::SUCCESS } else { Exit::NO })
}

fn examine(plugin: &Path, output: &Output) -> Result<Report, Failure> {
    let report = check::examine(Settings { calls: CALLS, ..check::settings(plugin)? }, output)?;
    if !output.is_json() {
        output.text(text::lines(&report.to_string()))?;
    }
    Ok(report)
}

fn show(verdict: &Verdict, output: &Output) -> Result<(), Failure> {
    let Verdict { name, message, command, .. } = verdict;
    match message {
        None => output.line(format_args!("  {}       {name}", output.styled_output(AnsiColor::Green.on_default(), "ok"))),
        Some(message) => {
            let word = output.styled_output(AnsiColor::Red.on_default().bold(), "FAILED");
            output.line(format_args!("  {word}   {name}: {message}\n           repeat it with: {command}"))
        }
    }
}

/// Returns a path in a directory, which is left out if it is the current one.
fn inside(directory: &Path, path: &Path) -> PathBuf {
    if directory == Path::new(".") { path.to_owned() } else { directory.join(path) }
}
