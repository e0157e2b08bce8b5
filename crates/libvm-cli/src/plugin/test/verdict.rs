//! Running a test.

use super::cases::Case;
use crate::plugin::interrupt::Interrupt;
use crate::{process, text};
use serde::Serialize;
use std::ffi::OsString;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// What a test has shown.
#[derive(Serialize)]
pub struct Verdict {
    pub name: String,
    pub passed: bool,
    /// Why it has not passed.
    pub message: Option<String>,
    /// The command that repeats the run.
    pub command: String,
}

/// Runs a test: `libvm run` in a process of its own, so that a plug-in that crashes is a verdict.
pub fn run(case: &Case, plugin: &Path, tests: &Path, time: Duration, interrupt: &Interrupt) -> Verdict {
    let mut words: Vec<OsString> = vec!["run".into(), "--plugin".into(), plugin.into()];
    words.extend(case.options.iter().map(OsString::from));
    if let Some(function) = &case.invoke {
        words.extend(["--invoke".into(), OsString::from(function)]);
    }
    words.push(tests.join(&case.guest).into());
    words.extend(case.arguments().into_iter().map(OsString::from));

    let line = words.iter().map(|word| text::shell_word(&text::name(&word.to_string_lossy()))).collect::<Vec<_>>();
    let failed = judge(case, &words, time, interrupt).err();
    Verdict {
        name: case.name(),
        passed: failed.is_none(),
        message: failed.map(|why| text::lines(&why)),
        command: format!("libvm {}", line.join(" ")),
    }
}

fn judge(case: &Case, words: &[OsString], time: Duration, interrupt: &Interrupt) -> Result<(), String> {
    let program = std::env::current_exe().map_err(|error| format!("the command does not know its own file: {error}"))?;
    let ended = process::run(Command::new(&program).args(words), Some(time), &interrupt.flag());
    let ended = ended.map_err(|error| format!("cannot run {}: {error}", program.display()))?;
    let said = said(&ended.stderr);
    let Some(status) = ended.status else { return Err(format!("it has not ended within {} s{said}", time.as_secs_f64())) };
    let Some(code) = status.code() else { return Err(format!("the process has crashed ({status}){said}")) };
    if let Some(part) = &case.fails {
        return match code {
            0 => Err(format!("it has not failed; its message should contain \"{part}\"")),
            _ if ended.stderr.contains(part) => Ok(()),
            _ => Err(format!("its message does not contain \"{part}\"{said}")),
        };
    }
    let expected = case.exit.unwrap_or(0);
    if code != expected {
        return Err(format!("the exit code is {code}; expected {expected}{said}"));
    }
    compare(case, &ended.stdout)
}

/// Compares what was printed: the guest's own output, and then the results.
fn compare(case: &Case, printed: &str) -> Result<(), String> {
    let lines: Vec<&str> = printed.lines().collect();
    let results = case.results();
    let count = results.as_ref().map_or(0, Vec::len).min(lines.len());
    let (before, after) = lines.split_at(lines.len() - count);
    if let Some(results) = results {
        let found = if case.output.is_some() { after } else { &lines };
        if !case.is_result(found) {
            return Err(format!("the results are {}; expected {}", list(found), list(&results)));
        }
    }
    match &case.output {
        Some(output) if before.join("\n") != output.trim_end_matches('\n').lines().collect::<Vec<_>>().join("\n") => {
            Err(format!("the output is {:?}; expected {output:?}", before.join("\n")))
        }
        _ => Ok(()),
    }
}

fn list<T: AsRef<str>>(values: &[T]) -> String {
    match values {
        [] => "none".to_owned(),
        values => values.iter().map(AsRef::as_ref).collect::<Vec<_>>().join(" "),
    }
}

/// Returns what a run has said on standard error, indented, the end of it if it is long.
fn said(stderr: &str) -> String {
    const LINES: usize = 20;
    let lines: Vec<&str> = stderr.trim_end().lines().collect();
    lines[lines.len().saturating_sub(LINES)..].iter().map(|line| format!("\n           {line}")).collect()
}
