//! The progress of reading a package.
#![forbid(unsafe_code)]

use crate::status::Result;

/// How much of a package was read.
#[derive(Clone, Copy, Debug)]
pub struct Progress<'a> {
    /// The file that was just read.
    pub file: &'a str,
    /// Bytes of the files that were read.
    pub done: u64,
    /// Bytes of all files.
    pub total: u64,
}

/// Counts what was read, and reports it; the report may end the work with an error.
pub struct Meter<'a> {
    report: &'a mut dyn FnMut(&Progress<'_>) -> Result<()>,
    done: u64,
    total: u64,
}

impl<'a> Meter<'a> {
    /// Creates a meter of `total` bytes, of which `done` were read before.
    pub fn new(report: &'a mut dyn FnMut(&Progress<'_>) -> Result<()>, done: u64, total: u64) -> Self {
        Self { report, done, total }
    }

    /// Adds a file.
    ///
    /// # Errors
    /// That of the report.
    pub fn add(&mut self, file: &str, size: usize) -> Result<()> {
        self.done += size as u64;
        (self.report)(&Progress { file, done: self.done, total: self.total })
    }
}
