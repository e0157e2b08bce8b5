//! The result of an operation on state.
#![forbid(unsafe_code)]

use crate::status::Status;

/// Why an operation failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The status for the plug-in.
    pub status: Status,
    /// Additional information for the host.
    pub reason: Option<String>,
}

impl From<Status> for Failure {
    fn from(status: Status) -> Self {
        Self { status, reason: None }
    }
}

/// The result of an operation that may fail with a [`Failure`].
pub type Outcome<T> = std::result::Result<T, Failure>;
