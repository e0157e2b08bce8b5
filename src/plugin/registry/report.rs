//! The result of a load call: a line for every candidate and for every directory that could not be searched.
#![forbid(unsafe_code)]

use crate::status::{Error, Status};
use crate::text;
use libvm_abi as abi;
use std::path::{Path, PathBuf};

/// The result for one candidate.
#[derive(Clone, Debug)]
pub struct Line {
    path: PathBuf,
    name: Option<String>,
    version: Option<String>,
    same_as: Option<PathBuf>,
    loaded: bool,
    declined: bool,
    outcome: Result<String, Error>,
}

impl Line {
    /// Returns where it was found.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the plug-in's name, if it could be read.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Returns the plug-in's version, if it could be read.
    pub fn version(&self) -> Option<&str> {
        self.version.as_deref()
    }

    /// Returns the path of an earlier line with the same file.
    pub fn same_as(&self) -> Option<&Path> {
        self.same_as.as_deref()
    }

    /// Returns whether the plug-in is in the registry now, by this call or an earlier one.
    pub fn loaded(&self) -> bool {
        self.loaded
    }

    /// Returns `STATUS_OK` if it is loaded, or need not be: the same file by another path, a default directory that does not
    /// exist.
    pub fn status(&self) -> Status {
        self.outcome.as_ref().map_or_else(Error::status, |_| abi::STATUS_OK)
    }

    /// Returns the explanation, which is never empty.
    pub fn message(&self) -> &str {
        self.outcome.as_ref().map_or_else(Error::message, String::as_str)
    }

    /// Returns why it is not loaded, if it should be.
    pub fn error(&self) -> Option<&Error> {
        self.outcome.as_ref().err()
    }

    /// Returns whether the call fails because of it: if a higher version was chosen, or the configuration denies it, it does not.
    pub fn is_failure(&self) -> bool {
        !self.declined && !matches!(self.status(), abi::STATUS_OK | abi::STATUS_PLUGIN_SUPERSEDED)
    }
}

/// The result of a load call.
#[derive(Clone, Debug, Default)]
pub struct Report {
    lines: Vec<Line>,
    /// Lines that follow those of the candidates.
    remarks: Vec<Line>,
    status: Status,
}

impl Report {
    /// Returns a line for each candidate, in the order in which they were found.
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// Returns the result of the call.
    pub fn status(&self) -> Status {
        self.status
    }

    /// Begins the line of a candidate, and returns its index.
    pub(in crate::plugin) fn begin(&mut self, path: &Path) -> usize {
        let outcome = Ok("not examined".to_owned());
        let (path, same_as) = (path.to_owned(), None);
        self.lines.push(Line { path, name: None, version: None, same_as, loaded: false, declined: false, outcome });
        self.lines.len() - 1
    }

    /// Removes all lines but the first ones.
    pub(in crate::plugin) fn truncate(&mut self, lines: usize) {
        self.lines.truncate(lines);
    }

    /// Sets name and version of a candidate.
    pub(in crate::plugin) fn identify(&mut self, line: usize, name: &str, version: &str) {
        let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        (self.lines[line].name, self.lines[line].version) = (some(name), some(version));
    }

    /// Sets that a candidate is loaded.
    pub(in crate::plugin) fn loaded(&mut self, line: usize, message: impl Into<String>) {
        self.lines[line].loaded = true;
        self.pass(line, message);
    }

    /// Sets that a candidate is the file of an earlier line, and its result is that of the other one.
    pub(in crate::plugin) fn repeat(&mut self, line: usize, other: usize) {
        let Line { path, name, version, loaded, .. } = self.lines[other].clone();
        self.pass(line, format!("the same file as {}", path.display()));
        let line = &mut self.lines[line];
        (line.name, line.version, line.loaded, line.same_as) = (name, version, loaded, Some(path));
    }

    /// Adds to the line of a candidate why it was chosen.
    pub(in crate::plugin) fn explain(&mut self, line: usize, why: &str) {
        if why.is_empty() {
            return;
        }
        let outcome = &mut self.lines[line].outcome;
        *outcome = match std::mem::replace(outcome, Ok(String::new())) {
            Ok(message) => Ok(text::line(&format!("{message}: {why}")).into_owned()),
            Err(error) => Err(error.while_doing(why)),
        };
    }

    /// Sets why a candidate need not be loaded.
    pub(in crate::plugin) fn pass(&mut self, line: usize, message: impl Into<String>) {
        self.lines[line].outcome = Ok(text::line(&message.into()).into_owned());
    }

    /// Sets why a candidate is not loaded.
    pub(in crate::plugin) fn fail(&mut self, line: usize, error: Error) {
        let line = &mut self.lines[line];
        if line.name.is_none() {
            line.name = error.plugin().map(str::to_owned);
        }
        line.outcome = Err(error);
    }

    /// Sets that a candidate is unwanted, which is not a failure of a call that finds it among others.
    pub(in crate::plugin) fn decline(&mut self, line: usize, error: Error) {
        self.lines[line].declined = true;
        self.fail(line, error);
    }

    /// Adds a line that is neither about a candidate nor a failure.
    pub(in crate::plugin) fn note(&mut self, path: &Path, message: String) {
        let line = self.begin(path);
        self.pass(line, message);
    }

    /// Adds the line of a directory that could not be searched.
    pub(in crate::plugin) fn add_failure(&mut self, path: &Path, error: Error) {
        let line = self.begin(path);
        self.fail(line, error);
    }

    /// Adds a remark about a candidate that is loaded, which is not a failure of the call, after the lines of all candidates.
    pub(super) fn remark(&mut self, line: usize, error: Error) {
        let about = self.lines[line].clone();
        self.remarks.push(Line { declined: true, outcome: Err(error), ..about });
    }

    /// Sets the result of the call.
    pub(in crate::plugin) fn finish(&mut self, result: &Result<(), Error>) {
        self.lines.append(&mut self.remarks);
        self.status = result.as_ref().map_or_else(Error::status, |()| abi::STATUS_OK);
    }
}
