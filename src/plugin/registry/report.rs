//! What came of a load call: a line for every candidate and for every directory that could not be searched.
#![forbid(unsafe_code)]

use crate::status::{Error, Status};
use crate::text;
use libvm_abi as abi;
use std::path::{Path, PathBuf};

/// What came of one candidate.
#[derive(Clone, Debug)]
pub struct Line {
    path: PathBuf,
    name: Option<String>,
    version: Option<String>,
    loaded: bool,
    declined: bool,
    outcome: Result<String, Error>,
}

impl Line {
    /// Where it was found.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The plug-in's name, where it could be read.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The plug-in's version, where it could be read.
    pub fn version(&self) -> Option<&str> {
        self.version.as_deref()
    }

    /// Whether the plug-in is in the registry now, by this call or an earlier one.
    pub fn loaded(&self) -> bool {
        self.loaded
    }

    /// `STATUS_OK` when it is loaded, or need not be: the same file by another path, a default directory that is not there.
    pub fn status(&self) -> Status {
        self.outcome.as_ref().map_or_else(Error::status, |_| abi::STATUS_OK)
    }

    /// Why, in words; never empty.
    pub fn message(&self) -> &str {
        self.outcome.as_ref().map_or_else(Error::message, String::as_str)
    }

    /// Why it is not loaded, when it should be.
    pub fn error(&self) -> Option<&Error> {
        self.outcome.as_ref().err()
    }

    /// Whether the call fails because of it: that a higher version was chosen, or that the configuration denies it, is no failure.
    pub fn is_failure(&self) -> bool {
        !self.declined && !matches!(self.status(), abi::STATUS_OK | abi::STATUS_PLUGIN_SUPERSEDED)
    }
}

/// What came of a load call.
#[derive(Clone, Debug, Default)]
pub struct Report {
    lines: Vec<Line>,
    status: Status,
}

impl Report {
    /// A line for each candidate, in the order in which they were found.
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// What the call answered.
    pub fn status(&self) -> Status {
        self.status
    }

    /// Starts the line of a candidate, and gives its index.
    pub(super) fn begin(&mut self, path: &Path) -> usize {
        let outcome = Ok("not looked at".to_owned());
        self.lines.push(Line { path: path.to_owned(), name: None, version: None, loaded: false, declined: false, outcome });
        self.lines.len() - 1
    }

    /// Says who a candidate is.
    pub(super) fn identify(&mut self, line: usize, name: &str, version: &str) {
        let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        (self.lines[line].name, self.lines[line].version) = (some(name), some(version));
    }

    /// Says that a candidate is loaded.
    pub(super) fn loaded(&mut self, line: usize, message: impl Into<String>) {
        self.lines[line].loaded = true;
        self.pass(line, message);
    }

    /// Says why a candidate need not be loaded.
    pub(super) fn pass(&mut self, line: usize, message: impl Into<String>) {
        self.lines[line].outcome = Ok(text::line(&message.into()).into_owned());
    }

    /// Says why a candidate is not loaded.
    pub(super) fn fail(&mut self, line: usize, error: Error) {
        let line = &mut self.lines[line];
        if line.name.is_none() {
            line.name = error.plugin().map(str::to_owned);
        }
        line.outcome = Err(error);
    }

    /// Says that a candidate is not wanted, which is no failure of a call that finds it among others.
    pub(super) fn decline(&mut self, line: usize, error: Error) {
        self.lines[line].declined = true;
        self.fail(line, error);
    }

    /// Adds the line of what is no candidate and no failure.
    pub(super) fn note(&mut self, path: &Path, message: String) {
        let line = self.begin(path);
        self.pass(line, message);
    }

    /// Adds the line of what could not be searched.
    pub(super) fn add_failure(&mut self, path: &Path, error: Error) {
        let line = self.begin(path);
        self.fail(line, error);
    }

    /// Sets what the call answers.
    pub(super) fn finish(&mut self, result: &Result<(), Error>) {
        self.status = result.as_ref().map_or_else(Error::status, |()| abi::STATUS_OK);
    }
}
