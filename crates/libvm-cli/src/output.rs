//! What the command prints.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::progress::Progress;
use crate::text;
use clap::ColorChoice;
use clap::builder::styling::{AnsiColor, Style};
use serde::Serialize;
use serde_json::json;
use std::fmt::Display;
use std::io::{self, IsTerminal, Write};

const ERROR: Style = AnsiColor::Red.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const HINT: Style = AnsiColor::Cyan.on_default().bold();

/// How the answer is printed: as text or as JSON on standard output, with failures, warnings and progress on standard error.
pub struct Output {
    json: bool,
    color: ColorChoice,
}

impl Output {
    pub fn new(json: bool, color: ColorChoice) -> Self {
        Self { json, color }
    }

    /// Returns whether one JSON document is asked for instead of text.
    pub fn is_json(&self) -> bool {
        self.json
    }

    /// Prints text to standard output, as it is.
    ///
    /// # Errors
    /// Standard output cannot be written.
    pub fn text(&self, text: impl Display) -> Result<(), Failure> {
        let mut out = io::stdout().lock();
        write!(out, "{text}").and_then(|()| out.flush()).map_err(|error| Failure::output(&error))
    }

    /// Prints a line to standard output.
    ///
    /// # Errors
    /// As for [`text`](Self::text).
    pub fn line(&self, line: impl Display) -> Result<(), Failure> {
        self.text(format_args!("{line}\n"))
    }

    /// Prints the JSON document of the answer to standard output.
    ///
    /// # Errors
    /// As for [`text`](Self::text).
    pub fn document(&self, document: &impl Serialize) -> Result<(), Failure> {
        let text = serde_json::to_string_pretty(document)
            .map_err(|error| Failure::new(Exit::FAILED, format!("the answer cannot be written as JSON: {error}")))?;
        self.line(text::json(&text))
    }

    /// Prints the answer: its JSON document, or its text.
    ///
    /// # Errors
    /// As for [`text`](Self::text).
    pub fn answer(&self, document: &impl Serialize, text: impl Display) -> Result<(), Failure> {
        if self.json { self.document(document) } else { self.text(text) }
    }

    /// Prints what another program has said to standard error.
    pub fn note(&self, text: impl Display) {
        self.remark("note", &text, || format!("{text}\n"));
    }

    /// Prints a warning to standard error.
    pub fn warning(&self, text: impl Display) {
        self.remark("warning", &text, || format!("{}: {text}\n", self.styled(WARNING, "warning")));
    }

    fn remark(&self, kind: &str, message: &impl Display, text: impl FnOnce() -> String) {
        if self.json {
            self.complain(&format!("{:#}\n", json!({ kind: { "message": message.to_string() } })));
        } else {
            self.complain(&text());
        }
    }

    /// Prints a failure to standard error, and returns its exit code.
    pub fn failure(&self, failure: &Failure) -> Exit {
        let exit = failure.exit();
        if self.json {
            let status = failure.status().map(|status| status.name());
            let error = json!({
                "message": failure.message(), "hint": failure.what_to_do(), "status": status, "exit_code": exit.code(),
            });
            if !failure.message().is_empty() {
                self.complain(&format!("{:#}\n", json!({ "error": error })));
            }
        } else if !failure.message().is_empty() {
            self.complain(&format!("{}: {}\n", self.styled(ERROR, "error"), failure.message()));
            if let Some(hint) = failure.what_to_do() {
                self.complain(&format!("{}: {hint}\n", self.styled(HINT, "hint")));
            }
        }
        exit
    }

    /// Shows progress from now on until the returned object is dropped: on a terminal, and only if it takes longer than a second.
    pub fn progress(&self, what: impl Into<String>) -> Progress {
        Progress::start(what.into(), io::stderr().is_terminal())
    }

    /// Returns text of standard output in a style, if that has colours.
    pub fn styled_output(&self, style: Style, text: impl Display) -> String {
        styled(self.has_color(io::stdout().is_terminal()), style, text)
    }

    fn styled(&self, style: Style, text: impl Display) -> String {
        styled(self.has_color(io::stderr().is_terminal()), style, text)
    }

    fn has_color(&self, is_terminal: bool) -> bool {
        let refused = || std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let is_dumb = || std::env::var_os("TERM").is_some_and(|value| value == "dumb");
        match self.color {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => is_terminal && !refused() && !is_dumb(),
        }
    }

    /// Standard error that cannot be written leaves no other place to say so.
    fn complain(&self, text: &str) {
        let _ = io::stderr().lock().write_all(text.as_bytes());
    }
}

fn styled(on: bool, style: Style, text: impl Display) -> String {
    if on { format!("{style}{text}{style:#}") } else { text.to_string() }
}
