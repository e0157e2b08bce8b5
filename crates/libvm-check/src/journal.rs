//! What a worker tells its supervisor: a file of lines, to which it appends. Whatever happens to the worker, they are there.
#![forbid(unsafe_code)]

use crate::report::Severity;
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::Mutex;

/// The worker's side.
pub struct Journal(Mutex<File>);

/// A line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// Something begins on a thread, which is to blame for what happens before the next such line.
    Begin(u32, String),
    /// Something was found: the rule, the text and what to do.
    Finding(Severity, String, String, String),
    /// A part of the plug-in: its kind, and what it has.
    Part(String, Vec<String>),
    /// The worker has done its work.
    Done,
}

fn words(text: &str) -> String {
    text.replace(['\t', '\n', '\r'], " ")
}

impl Journal {
    /// Opens the worker's side.
    ///
    /// # Errors
    /// If the file cannot be opened.
    pub fn open(path: &Path) -> io::Result<Self> {
        OpenOptions::new().append(true).create(true).open(path).map(|file| Self(Mutex::new(file)))
    }

    /// Appends a line. A worker whose journal is full is judged by what it could write.
    pub fn write(&self, line: &Line) {
        let text = match line {
            Line::Begin(thread, what) => format!("begin\t{thread}\t{}\n", words(what)),
            Line::Finding(severity, rule, what, remedy) => {
                format!("finding\t{}\t{rule}\t{}\t{}\n", severity.name(), words(what), words(remedy))
            }
            Line::Part(kind, fields) => {
                let fields: Vec<String> = fields.iter().map(|field| words(field)).collect();
                format!("part\t{kind}\t{}\n", fields.join("\t"))
            }
            Line::Done => "done\n".to_owned(),
        };
        let mut file = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let _ = file.write_all(text.as_bytes());
    }

    /// Writes what begins now on the first thread.
    pub fn begin(&self, what: &str) {
        self.write(&Line::Begin(0, what.to_owned()));
    }

    /// Reports a fault.
    pub fn fault(&self, rule: &str, what: impl Into<String>, remedy: &str) {
        self.write(&Line::Finding(Severity::Fault, rule.to_owned(), what.into(), remedy.to_owned()));
    }

    /// Reports something for information.
    pub fn note(&self, rule: &str, what: impl Into<String>, remedy: &str) {
        self.write(&Line::Finding(Severity::Note, rule.to_owned(), what.into(), remedy.to_owned()));
    }
}

/// Reads the supervisor's side. A line that is not whole is left out.
pub fn read(text: &str) -> Vec<Line> {
    text.lines().filter_map(parse).collect()
}

fn parse(line: &str) -> Option<Line> {
    let mut fields = line.split('\t').map(str::to_owned);
    let kind = fields.next()?;
    Some(match kind.as_str() {
        "begin" => Line::Begin(fields.next()?.parse().ok()?, fields.next()?),
        "finding" => {
            let severity = match fields.next()?.as_str() {
                "note" => Severity::Note,
                "warning" => Severity::Warning,
                _ => Severity::Fault,
            };
            Line::Finding(severity, fields.next()?, fields.next()?, fields.next()?)
        }
        "part" => Line::Part(fields.next()?, fields.collect()),
        "done" => Line::Done,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_as_they_were_written() {
        let path = std::env::temp_dir().join(format!("libvm-check-journal-{}", std::process::id()));
        let lines = [
            Line::Begin(2, "`m.f(1)`".to_owned()),
            Line::Finding(Severity::Note, "leak".to_owned(), "a".to_owned(), String::new()),
            Line::Part("function".to_owned(), vec!["m".to_owned(), String::new(), "f".to_owned()]),
            Line::Done,
        ];
        let journal = Journal::open(&path).unwrap();
        lines.iter().for_each(|line| journal.write(line));
        let text = std::fs::read_to_string(&path).unwrap() + "begin\t1";
        std::fs::remove_file(&path).unwrap();
        assert_eq!(read(&text), lines);
    }
}
