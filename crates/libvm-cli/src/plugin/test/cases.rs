//! The tests of a plug-in: `tests/tests.toml`.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::text;
use serde::Deserialize;
use std::fmt;
use std::path::{Path, PathBuf};

/// The file, in the directory of the plug-in.
pub const FILE: &str = "tests/tests.toml";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    test: Vec<Case>,
}

/// A test: a run of a guest with the plug-in, and what must come of it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// What it is called in the verdicts.
    name: Option<String>,
    /// A module in the binary or text format, relative to the file of tests.
    pub guest: PathBuf,
    /// The exported function that is called; without it, the program runs.
    pub invoke: Option<String>,
    #[serde(default)]
    arguments: Vec<Value>,
    /// Further options of `libvm run`.
    #[serde(default)]
    pub options: Vec<String>,
    results: Option<Vec<Value>>,
    /// What the guest prints.
    pub output: Option<String>,
    /// The exit code of a program; without it, 0.
    pub exit: Option<i32>,
    /// A part of the message with which the run fails.
    pub fails: Option<String>,
}

/// An argument or a result.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Value {
    Integer(i64),
    Float(f64),
    Text(String),
}

impl Case {
    /// Returns the name.
    pub fn name(&self) -> String {
        let guest = self.guest.to_string_lossy();
        let made = match (&self.name, &self.invoke) {
            (Some(name), _) => name.clone(),
            (None, Some(function)) => format!("{function}({}) in {guest}", self.arguments().join(", ")),
            (None, None) => [vec![guest.into_owned()], self.arguments()].concat().join(" "),
        };
        text::name(&made)
    }

    /// Returns the arguments, as they are in the command line.
    pub fn arguments(&self) -> Vec<String> {
        self.arguments.iter().map(Value::to_string).collect()
    }

    /// Returns the expected results, one in each line.
    pub fn results(&self) -> Option<Vec<String>> {
        self.results.as_ref().map(|results| results.iter().map(Value::to_string).collect())
    }

    /// Returns whether lines are the expected results. Numbers may be written in several ways.
    pub fn is_result(&self, lines: &[&str]) -> bool {
        let Some(results) = &self.results else { return lines.is_empty() };
        results.len() == lines.len() && results.iter().zip(lines).all(|(value, line)| value.is(line))
    }

    fn check(&self) -> Result<(), &'static str> {
        let expects = self.results.is_some() || self.output.is_some() || self.exit.is_some();
        match self {
            Self { invoke: None, results: Some(_), .. } => Err("`results` are those of a function: `invoke` is missing"),
            Self { invoke: Some(_), exit: Some(_), .. } => Err("`exit` is that of a program, but there is `invoke`"),
            Self { fails: Some(_), .. } if expects => Err("a test that `fails` has no `results`, `output` or `exit`"),
            _ => Ok(()),
        }
    }
}

impl Value {
    fn is(&self, line: &str) -> bool {
        match self {
            Self::Integer(number) if line.parse() == Ok(*number) => true,
            Self::Integer(number) => line.parse() == Ok(*number as f64),
            Self::Float(number) => line.parse().is_ok_and(|line: f64| line == *number || line.is_nan() && number.is_nan()),
            Self::Text(text) => text == line,
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer(number) => number.fmt(formatter),
            Self::Float(number) => number.fmt(formatter),
            Self::Text(text) => text.fmt(formatter),
        }
    }
}

/// Reads the tests of the plug-in in a directory.
///
/// # Errors
/// The file is missing, or something in it is wrong.
pub fn read(directory: &Path) -> Result<Vec<Case>, Failure> {
    let path = directory.join(FILE);
    let content = std::fs::read_to_string(&path).map_err(|error| {
        let failure = Failure::file("cannot read the tests of the plug-in,", &path, &error);
        failure.hint("docs/command-new.md describes the file; `libvm plugin new` makes one")
    })?;
    let cases = parse(&content);
    cases.map_err(|why| Failure::new(Exit::NOT_RUNNABLE, format!("{}: {}", text::path(&path), text::lines(why.trim_end()))))
}

fn parse(content: &str) -> Result<Vec<Case>, String> {
    let File { test: cases } = toml::from_str(content).map_err(|error| error.to_string())?;
    if cases.is_empty() {
        return Err("there is no `[[test]]`".to_owned());
    }
    for (case, number) in cases.iter().zip(1..) {
        case.check().map_err(|why| format!("test {number}, {}: {why}", case.name()))?;
    }
    Ok(cases)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_are_read() {
        let cases = parse(
            "[[test]]\nguest = \"a.wat\"\ninvoke = \"f\"\narguments = [1, -2.5, \"x\"]\nresults = [3, 0.5, nan, \"0x1\"]\n\
             [[test]]\nguest = \"b.wasm\"\narguments = [\"in.txt\"]\nexit = 3\n[[test]]\nguest = \"a\"\nname = \"\\u001bc\"\n",
        );
        let cases = cases.unwrap();
        let names: Vec<_> = cases.iter().map(Case::name).collect();
        assert_eq!(names, ["f(1, -2.5, x) in a.wat", "b.wasm in.txt", "\\u{1b}c"]);
        assert!(cases[0].is_result(&["3", "5e-1", "nan", "0x1"]));
        for wrong in [&["3", "0.5", "nan", "1"][..], &["4", "0.5", "nan", "0x1"], &["3"], &["3", "0.5", "1", "0x1"]] {
            assert!(!cases[0].is_result(wrong), "{wrong:?}");
        }
        assert_eq!(cases[1].exit, Some(3));
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (content, part) in [
            ("", "there is no `[[test]]`"),
            ("[[test]]\n", "missing field `guest`"),
            ("[[test]]\nguest = \"a\"\nresult = 1\n", "unknown field `result`"),
            ("[[test]]\nguest = \"a\"\nresults = [1]\n", "test 1, a: `results` are those of a function: `invoke` is missing"),
            ("[[test]]\nguest = \"a\"\ninvoke = \"f\"\nexit = 1\n", "`exit` is that of a program"),
            ("[[test]]\nguest = \"a\"\nfails = \"f\"\noutput = \"\"\n", "a test that `fails` has no"),
            ("[[test]\n", "TOML parse error at line 1"),
        ] {
            let why = parse(content).unwrap_err();
            assert!(why.contains(part), "{why}");
        }
    }
}
