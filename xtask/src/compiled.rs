//! The C tests and the examples on the compiled engine: with the same programs and the same library as on the interpreter.
use crate::cmake::{self, Build};
use crate::{Result, command, read, target};
use std::collections::BTreeMap;

/// Tests that do not pass on the compiled engine yet, one in a line, with the reason. Those that wait for ever are not run.
const LIST: &str = "capi-tests/compiled_skipped.txt";

/// What is run of the tests of CMake, and what is not: the shared library alone, nothing that prints a usage.
const TESTS: &str = r"^t_.*\.shared$|^example\.|^taste\.|^cpp\..*\.shared$";
const LEFT_OUT: &str = r"[._]static$|\.usage$";

/// A test that has run.
#[derive(Debug, PartialEq, Eq)]
struct Ran<'a> {
    name: &'a str,
    outcome: Outcome,
    /// What it printed, if it has failed.
    output: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Passed,
    Failed,
    /// It said itself that it cannot run here.
    Skipped,
}

/// Runs them, in a build folder whose library has the compiled engine and the compiler beside it. A listed test has to fail.
pub fn test(build: &Build) -> Result<String> {
    let list = read(LIST)?;
    let listed = listed(&list)?;
    let cache = target().join("xtask").join("cache");
    // Nothing compiled by an earlier run. What is left of it does no harm.
    let _ = std::fs::remove_dir_all(&cache);
    let mut ctest = build.ctest();
    let waiting = listed.iter().filter(|(_, reason)| waits(reason)).map(|(name, _)| format!("|^{name}$"));
    let left_out = waiting.fold(LEFT_OUT.to_owned(), |all, name| all + &name.replace('.', "\\."));
    ctest.args(["--parallel", &cmake::jobs(), "--tests-regex", TESTS, "--exclude-regex", &left_out]);
    ctest.env("LIBVM_TIER", "compiled").env("XDG_CACHE_HOME", &cache);
    // It fails if a listed test does.
    let (Ok(output) | Err(output)) = command::capture(&mut ctest);
    let ran = results(&output);
    if ran.is_empty() {
        return Err(output);
    }
    judge(&ran, &listed)
}

fn waits(reason: &str) -> bool {
    reason.trim_start().starts_with("waits for ever")
}

/// Reads the list: the reason of each test.
fn listed(text: &str) -> Result<BTreeMap<&str, &str>> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| line.split_once(' ').ok_or_else(|| format!("{LIST}: {line} has no reason"))).collect()
}

/// Reads what ctest prints with `--output-on-failure`: the output of a test follows the line with its result.
fn results(output: &str) -> Vec<Ran<'_>> {
    let mut ran: Vec<Ran> = Vec::new();
    let mut inside = false;
    for line in output.lines() {
        if let Some((name, outcome)) = result(line) {
            inside = outcome == Outcome::Failed;
            ran.push(Ran { name, outcome, output: String::new() });
        } else if line.trim_start().starts_with("Start ") || line.contains("tests passed") {
            inside = false;
        } else if let Some(last) = ran.last_mut().filter(|_| inside) {
            last.output += line;
            last.output.push('\n');
        }
    }
    ran
}

/// Reads a line such as `12/40 Test  #7: t_cache.shared ........   Passed    0.05 sec`.
fn result(line: &str) -> Option<(&str, Outcome)> {
    let (count, rest) = line.trim_start().split_once(" Test ")?;
    let (done, all) = count.split_once('/')?;
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (number, rest) = rest.trim_start().strip_prefix('#')?.split_once(": ")?;
    if ![done, all, number].into_iter().all(is_number) {
        return None;
    }
    let (name, rest) = rest.trim_start().split_once(' ')?;
    let outcome = match rest {
        _ if rest.contains("   Passed ") => Outcome::Passed,
        _ if rest.contains("***Skipped") || rest.contains("***Not Run (Disabled)") => Outcome::Skipped,
        _ => Outcome::Failed,
    };
    Some((name, outcome))
}

/// Compares what has run with the list.
fn judge(ran: &[Ran], listed: &BTreeMap<&str, &str>) -> Result<String> {
    let mut complaints = String::new();
    for test in ran {
        match (test.outcome, listed.get(test.name)) {
            (Outcome::Failed, None) => complaints += &format!("{} failed:\n{}\n", test.name, test.output),
            (Outcome::Passed, Some(_)) => complaints += &format!("{} passes: remove it from {LIST}\n", test.name),
            _ => {}
        }
    }
    let known = |name| ran.iter().any(|test| test.name == name);
    for (name, _) in listed.iter().filter(|(name, reason)| !waits(reason) && !known(**name)) {
        complaints += &format!("{LIST}: there is no test {name}\n");
    }
    let count = |outcome| ran.iter().filter(|test| test.outcome == outcome).count();
    let summary =
        format!("{} tests passed on the compiled engine, {} are listed in {LIST}", count(Outcome::Passed), listed.len());
    if complaints.is_empty() { Ok(summary) } else { Err(complaints + &summary) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OUTPUT: &str = "\
Test project /x
      Start  7: t_cache.shared
      Start 12: t_fuel.shared
 1/4 Test  #7: t_cache.shared ...................   Passed    0.05 sec
 2/4 Test #12: t_fuel.shared ....................***Failed    1.00 sec
t_fuel.c:7: fuel
      Start 13: t_hang.shared
3/4 Test #13: t_hang.shared ....................***Timeout 120.00 sec
      Start 14: t_late.shared
 4/4 Test #14: t_late.shared ....................***Skipped   0.00 sec

50% tests passed, 2 tests failed out of 4
";

    #[test]
    fn results_are_read_with_the_output_of_failures() {
        let ran = |name, outcome, output: &str| Ran { name, outcome, output: output.to_owned() };
        let wanted = [
            ran("t_cache.shared", Outcome::Passed, ""),
            ran("t_fuel.shared", Outcome::Failed, "t_fuel.c:7: fuel\n"),
            ran("t_hang.shared", Outcome::Failed, ""),
            ran("t_late.shared", Outcome::Skipped, ""),
        ];
        assert_eq!(results(OUTPUT), wanted);
    }

    #[test]
    fn a_list_is_exact() {
        let ran = results(OUTPUT);
        let list = listed("# why\nt_fuel.shared  fuel\nt_hang.shared waits\n").unwrap();
        assert_eq!(list["t_fuel.shared"].trim(), "fuel");
        assert!(judge(&ran, &list).unwrap().starts_with("1 tests passed"));
        let unlisted = judge(&ran, &listed("t_hang.shared waits").unwrap()).unwrap_err();
        assert!(unlisted.contains("t_fuel.shared failed:\nt_fuel.c:7: fuel\n"), "{unlisted}");
        let list = listed("t_fuel.shared x\nt_hang.shared x\nt_cache.shared x\nt_gone.shared x").unwrap();
        let stale = judge(&ran, &list).unwrap_err();
        assert!(stale.contains("t_cache.shared passes: remove it"), "{stale}");
        assert!(stale.contains("there is no test t_gone.shared"), "{stale}");
        assert!(listed("t_fuel.shared").unwrap_err().contains("has no reason"));
    }
}
