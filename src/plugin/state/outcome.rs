//! The result of an operation on state.
#![forbid(unsafe_code)]

use crate::status::Status;

/// Why an operation was not done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What the plug-in is told.
    pub status: Status,
    /// What the host is to know beyond that.
    pub reason: Option<String>,
}

impl From<Status> for Failure {
    fn from(status: Status) -> Self {
        Self { status, reason: None }
    }
}

/// The result of what may fail with a [`Failure`].
pub type Outcome<T> = std::result::Result<T, Failure>;
