//! Failures of functions of a plug-in.
use libvm_abi::{self as abi, Status};
use std::borrow::Cow;
use std::ffi::CString;
use std::fmt;

/// A failure: a trap with a text, or a status with one.
///
/// Every `std::error::Error` becomes one with `?`: a trap with its text. `Error` is not a `std::error::Error` itself, which is what makes
/// that possible.
pub struct Error {
    status: Status,
    text: Cow<'static, str>,
    /// Whether the host has the reason: the status alone passes it on.
    known: bool,
}

/// What functions of a plug-in return.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// Creates a trap with a text.
    pub fn new(text: impl Into<Cow<'static, str>>) -> Self {
        Self { status: abi::STATUS_TRAP, text: text.into(), known: false }
    }

    /// Creates a failure with a status: one of libvm's, or one of the plug-in's own, which are [`USER`](crate::status::USER) and below.
    pub fn with_status(status: Status, text: impl Into<Cow<'static, str>>) -> Self {
        let status = if status < 0 { status } else { abi::STATUS_BAD_ANSWER };
        Self { status, text: text.into(), known: false }
    }

    /// Creates the failure of a function of the host that returned this status.
    pub(crate) fn of_host(status: Status, what: &str) -> Self {
        Self::with_status(status, format!("{what} failed with status {status}"))
    }

    /// Creates a failure whose reason the host has.
    pub(crate) fn known(status: Status, text: String) -> Self {
        Self { known: true, ..Self::with_status(status, text) }
    }

    /// Returns whether the host has the reason.
    pub(crate) fn is_known(&self) -> bool {
        self.known
    }

    /// Returns whether it has a text, and no status of its own.
    pub(crate) fn is_plain(&self) -> bool {
        self.status == abi::STATUS_TRAP && !self.known
    }

    /// Returns it as the failure of a function that no guest calls: where nothing can trap, the plug-in has failed.
    pub(crate) fn outside_of_guests(self) -> Self {
        if self.is_plain() { Self { status: abi::STATUS_PLUGIN_FAILED, ..self } } else { self }
    }

    /// Returns the status.
    pub fn status(&self) -> Status {
        self.status
    }

    /// Returns the text.
    pub fn text(&self) -> &str {
        &self.text
    }
}

impl<E: std::error::Error> From<E> for Error {
    fn from(error: E) -> Self {
        Self::new(error.to_string())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (status {})", self.text, self.status)
    }
}

/// Converts a text to a C string; a NUL becomes U+FFFD.
pub(crate) fn c_string(text: &str) -> CString {
    CString::new(text).unwrap_or_else(|_| CString::new(text.replace('\0', "\u{fffd}")).unwrap_or_default())
}

/// Returns the text of a caught panic.
pub(crate) fn of_panic(payload: &(dyn std::any::Any + Send)) -> Error {
    let text = payload.downcast_ref::<&str>().copied().or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    Error::new(format!("the plug-in panicked: {}", text.unwrap_or("(no text)")))
}
