//! Why a command has failed.

use crate::exit::Exit;
use crate::{text, words};
use std::fmt::Display;
use std::path::Path;
use vm::Status;

/// Why a command has failed: what is wrong, what to do about it, and what the process exits with.
#[derive(Debug)]
pub struct Failure {
    message: String,
    hint: Option<String>,
    status: Option<Status>,
    exit: Exit,
}

impl Failure {
    /// A failure with this message. Names from files are [escaped](text::name) by the caller.
    pub fn new(exit: Exit, message: impl Display) -> Self {
        Self { message: message.to_string(), hint: None, status: None, exit }
    }

    /// Sets another exit code.
    pub fn with_exit(self, exit: Exit) -> Self {
        Self { exit, ..self }
    }

    /// Adds what to do.
    pub fn hint(mut self, hint: impl Display) -> Self {
        self.hint = Some(hint.to_string());
        self
    }

    /// Replaces the message.
    pub fn with_message(self, message: impl Display) -> Self {
        Self { message: message.to_string(), ..self }
    }

    /// Adds the status of the library that it corresponds to.
    pub fn with_status(self, status: Status) -> Self {
        Self { status: Some(status), ..self }
    }

    /// A failure of the library, with its exit code.
    pub fn library(error: &vm::Error) -> Self {
        let exit = match error.status() {
            Status::TIMEOUT => Exit::TIMEOUT,
            Status::FILE_NOT_FOUND | Status::PLUGIN_NOT_FOUND | Status::PACKAGE_NOT_FOUND => Exit::NOT_FOUND,
            Status::BAD_MODULE | Status::TEXT_FORMAT | Status::BAD_PARAMETER | Status::PERMISSION_DENIED => Exit::NOT_RUNNABLE,
            _ => Exit::FAILED,
        };
        Self::from_library(exit, error)
    }

    /// A failure of the library, with another exit code.
    pub fn from_library(exit: Exit, error: &vm::Error) -> Self {
        Self { status: Some(error.status()), ..Self::new(exit, words::message(error)) }
    }

    /// A file that cannot be read or written.
    pub fn file(what: &str, path: &Path, error: &std::io::Error) -> Self {
        let exit = match error.kind() {
            std::io::ErrorKind::NotFound => Exit::NOT_FOUND,
            _ => Exit::NOT_RUNNABLE,
        };
        Self::new(exit, format!("{what} {}: {error}", text::path(path)))
    }

    /// Standard output cannot be written. A reader that has left is no failure to speak of, as in other commands.
    pub fn output(error: &std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::BrokenPipe => Self::new(Exit::signal(13), ""),
            _ => Self::new(Exit::FAILED, format!("standard output cannot be written: {error}")),
        }
    }

    /// A command line that cannot be understood.
    pub fn usage(error: clap::Error) -> Self {
        let rendered = error.render().to_string();
        Self::new(Exit::USAGE, text::lines(rendered.trim_start_matches("error: ").trim_end()))
    }

    /// Returns what is wrong; empty if there is nothing to print.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Returns what to do.
    pub fn what_to_do(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// Returns the status of the library, if it has failed.
    pub fn status(&self) -> Option<Status> {
        self.status
    }

    /// Returns what the process exits with.
    pub fn exit(&self) -> Exit {
        self.exit
    }
}

impl From<vm::Error> for Failure {
    fn from(error: vm::Error) -> Self {
        Self::library(&error)
    }
}
