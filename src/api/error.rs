//! Errors and statuses.
#![forbid(unsafe_code)]

use crate::backtrace::Frame;
use crate::capi::fault;
use crate::panics;
use crate::status::{self, TrapCode};
use libvm_abi as abi;
use std::fmt;
use std::path::Path;

/// The result of an operation that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

macro_rules! statuses {
    ($($name:ident = $value:ident, $text:literal;)*) => {
        /// What kind of failure an error is. The constants have the names of C without `VM_STATUS_`.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct Status(i32);

        impl Status {
            $(#[doc = $text] pub const $name: Self = Self(abi::$value);)*
        }

        #[cfg(test)]
        const ALL: &[Status] = &[$(Status::$name),*];
    };
}

statuses! {
    OK = STATUS_OK, "Success.";
    PENDING = STATUS_PENDING, "A host function or a hook has suspended its call.";
    COMPLETE = STATUS_COMPLETE, "A hook has handled the event; no more hooks are called.";
    RETRY = STATUS_RETRY, "A hook asks for the event to be passed to all hooks again.";
    NULL_ARGUMENT = STATUS_NULL_ARGUMENT, "An object or a reference is null.";
    INVALID_ARGUMENT = STATUS_INVALID_ARGUMENT, "An argument is not possible.";
    BAD_UTF8 = STATUS_BAD_UTF8, "A string is not valid UTF-8.";
    WRONG_TYPE = STATUS_WRONG_TYPE, "A value, a handle or an export is of another type.";
    WRONG_COUNT = STATUS_WRONG_COUNT, "Another number of arguments or results is needed.";
    STALE = STATUS_STALE, "A handle refers to something that no longer exists.";
    WRONG_CONTEXT = STATUS_WRONG_CONTEXT, "A handle belongs to another context.";
    BUSY = STATUS_BUSY, "Another thread or an unfinished execution uses the object.";
    REENTRANT = STATUS_REENTRANT, "A callback used the object that called it.";
    WRONG_THREAD = STATUS_WRONG_THREAD, "The call is not possible on this thread.";
    NOT_FOUND = STATUS_NOT_FOUND, "Nothing has this name, index or key.";
    ALREADY_EXISTS = STATUS_ALREADY_EXISTS, "The name is taken.";
    SEALED = STATUS_SEALED, "The object is in use and can no longer be changed.";
    UNSUPPORTED = STATUS_UNSUPPORTED, "This build or this object does not have the feature.";
    OUT_OF_BOUNDS = STATUS_OUT_OF_BOUNDS, "An access outside of a memory or table.";
    BAD_SIGNATURE = STATUS_BAD_SIGNATURE, "A signature string is not valid.";
    IMMUTABLE = STATUS_IMMUTABLE, "The global is constant.";
    BAD_CONFIG = STATUS_BAD_CONFIG, "A configuration is not valid.";
    WOULD_BLOCK = STATUS_WOULD_BLOCK, "The call would have to wait, or has waited as long as allowed.";
    BAD_MODULE = STATUS_BAD_MODULE, "The module is not valid.";
    TEXT_FORMAT = STATUS_TEXT_FORMAT, "The module is in the text format, which this build does not read.";
    BAD_PARAMETER = STATUS_BAD_PARAMETER, "A parameter of the module is not valid.";
    UNRESOLVED_IMPORT = STATUS_UNRESOLVED_IMPORT, "Nothing provides an import.";
    INCOMPATIBLE_IMPORT = STATUS_INCOMPATIBLE_IMPORT, "What is provided for an import has another type.";
    INSTANTIATION = STATUS_INSTANTIATION, "The module cannot be instantiated.";
    MODULE_REFUSED = STATUS_MODULE_REFUSED, "A hook has refused the module.";
    TRAP = STATUS_TRAP, "The guest trapped, or a host function failed.";
    EXIT = STATUS_EXIT, "The guest exited.";
    BAD_ANSWER = STATUS_BAD_ANSWER, "A callback returned something that is not a status.";
    CANCELLED = STATUS_CANCELLED, "The execution was cancelled.";
    REPLAY_DIFFERS = STATUS_REPLAY_DIFFERS, "The guest does not do what was recorded.";
    OUT_OF_MEMORY = STATUS_OUT_OF_MEMORY, "The system has no more memory.";
    RECURSION_LIMIT = STATUS_RECURSION_LIMIT, "Calls of host and guests are nested too deeply.";
    LIMIT = STATUS_LIMIT, "A limit of libvm or of the host is reached.";
    TIMEOUT = STATUS_TIMEOUT, "The time of the execution is over.";
    OUT_OF_FUEL = STATUS_OUT_OF_FUEL, "The fuel is used up.";
    PLUGIN_NOT_FOUND = STATUS_PLUGIN_NOT_FOUND, "There is no such plug-in.";
    PLUGIN_BAD_FILE = STATUS_PLUGIN_BAD_FILE, "The file is not a shared library.";
    PLUGIN_NO_MANIFEST = STATUS_PLUGIN_NO_MANIFEST, "The shared library is not a plug-in.";
    PLUGIN_BAD_MANIFEST = STATUS_PLUGIN_BAD_MANIFEST, "The manifest of the plug-in is not valid.";
    PLUGIN_WRONG_PLATFORM = STATUS_PLUGIN_WRONG_PLATFORM, "The plug-in is for another platform.";
    PLUGIN_INCOMPATIBLE = STATUS_PLUGIN_INCOMPATIBLE, "The plug-in needs another version of libvm or of the host.";
    PLUGIN_NOT_ALLOWED = STATUS_PLUGIN_NOT_ALLOWED, "The policy does not allow the plug-in.";
    PLUGIN_DUPLICATE = STATUS_PLUGIN_DUPLICATE, "Two files are the same version of a plug-in.";
    PLUGIN_SUPERSEDED = STATUS_PLUGIN_SUPERSEDED, "Another version of the plug-in was chosen.";
    PLUGIN_LOAD = STATUS_PLUGIN_LOAD, "The system cannot open the plug-in.";
    PLUGIN_BAD_DESCRIPTOR = STATUS_PLUGIN_BAD_DESCRIPTOR, "The descriptor of the plug-in is not valid.";
    PLUGIN_INITIALIZE = STATUS_PLUGIN_INITIALIZE, "The plug-in could not be initialized.";
    PLUGIN_DEPENDENCY = STATUS_PLUGIN_DEPENDENCY, "A plug-in that this one needs is missing.";
    PLUGIN_FAILED = STATUS_PLUGIN_FAILED, "A function of the plug-in failed.";
    PLUGIN_OPTION = STATUS_PLUGIN_OPTION, "An option of the plug-in is not valid.";
    PLUGIN_PERMISSION = STATUS_PLUGIN_PERMISSION, "A permission is not granted.";
    UNTRUSTED_PATH = STATUS_UNTRUSTED_PATH, "Another user could have written the file.";
    PLUGIN_LOCK = STATUS_PLUGIN_LOCK, "The plug-in is not in the lock file.";
    PLUGIN_HASH = STATUS_PLUGIN_HASH, "The file is not the one that is expected.";
    PLUGIN_SIGNATURE = STATUS_PLUGIN_SIGNATURE, "The signature of the plug-in is missing or not valid.";
    BAD_PACKAGE = STATUS_BAD_PACKAGE, "The package is not valid.";
    PACKAGE_NOT_FOUND = STATUS_PACKAGE_NOT_FOUND, "There is no such package.";
    IO = STATUS_IO, "An input or output operation failed.";
    FILE_NOT_FOUND = STATUS_FILE_NOT_FOUND, "The file does not exist.";
    PERMISSION_DENIED = STATUS_PERMISSION_DENIED, "The system does not permit it.";
    BAD_STATE_FILE = STATUS_BAD_STATE_FILE, "The state file cannot be used.";
    BAD_RECORDING = STATUS_BAD_RECORDING, "The recording is not valid.";
    INTERNAL = STATUS_INTERNAL, "An internal error in libvm.";
    USER = STATUS_USER, "The first status of hosts and plug-ins: theirs are this number and below.";
}

impl Status {
    /// Returns the status with this number.
    pub const fn from_number(number: i32) -> Self {
        Self(number)
    }

    /// Returns the number, as in C: 0 for success, positive for an answer, negative for a failure.
    pub const fn number(self) -> i32 {
        self.0
    }

    /// Returns whether it is a failure.
    pub const fn is_failure(self) -> bool {
        self.0 < 0
    }

    /// Returns the name in C, as in `VM_STATUS_TRAP`. All statuses of hosts and plug-ins have the name `VM_STATUS_USER`.
    pub fn name(self) -> &'static str {
        status::name(self.0).and_then(|name| name.to_str().ok()).unwrap_or("VM_STATUS_UNKNOWN")
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Debug for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({})", self.name(), self.0)
    }
}

/// What went wrong: a [`Status`] for the program, a message for a person, and details such as the trap code and the backtrace.
///
/// Its `Display` is the message of the C API.
#[derive(Clone)]
pub struct Error {
    inner: status::Error,
    /// Whether the host has created it: as the failure of a host function it is named after that.
    own: bool,
}

impl Error {
    /// Creates the error of a host function that fails: a trap with a text.
    pub fn new(text: impl fmt::Display) -> Self {
        Self::with_status(Status::TRAP, text)
    }

    /// Creates an error with a status: one of libvm's, or one of the host's own, which are [`Status::USER`] and below. A status that is
    /// no failure is replaced with [`Status::BAD_ANSWER`].
    pub fn with_status(status: Status, text: impl fmt::Display) -> Self {
        let number = if status.is_failure() { status.number() } else { abi::STATUS_BAD_ANSWER };
        Self { inner: status::Error::new(number, text.to_string()), own: true }
    }

    /// Returns the status.
    pub fn status(&self) -> Status {
        Status(self.inner.status())
    }

    /// Returns the message for a person, with a line for each frame of the backtrace.
    pub fn message(&self) -> String {
        self.inner.full_message()
    }

    /// Returns whether the same call may succeed later.
    pub fn is_retryable(&self) -> bool {
        self.inner.retryable()
    }

    /// Returns why the guest trapped; `None` if it did not.
    pub fn trap_code(&self) -> Option<TrapCode> {
        Some(self.inner.trap()).filter(|code| *code != TrapCode::None)
    }

    /// Returns the exit code, if the guest has exited.
    pub fn exit_code(&self) -> Option<i32> {
        self.inner.exit_code()
    }

    /// Returns the calls that had not returned, the innermost first. Those inside a guest are there with
    /// [`EngineConfig::set_backtraces`](crate::EngineConfig::set_backtraces).
    pub fn frames(&self) -> &[Frame] {
        self.inner.frames()
    }

    /// Returns the name of the wasm module that the error is about.
    pub fn module_name(&self) -> Option<&str> {
        self.inner.module()
    }

    /// Returns the name of the function that the error is about.
    pub fn function_name(&self) -> Option<&str> {
        self.inner.function()
    }

    /// Returns the name of the plug-in that the error is about.
    pub fn plugin_name(&self) -> Option<&str> {
        self.inner.plugin()
    }

    /// Returns the path that the error is about.
    pub fn path(&self) -> Option<&Path> {
        self.inner.path()
    }

    /// Returns the error number of the system.
    pub fn os_error(&self) -> Option<i32> {
        Some(self.inner.os_error()).filter(|number| *number != 0)
    }

    /// Returns the error of libvm, or the text of one that the host has created.
    pub(super) fn into_inner(self) -> Result<status::Error, status::Error> {
        if self.own { Err(self.inner) } else { Ok(self.inner) }
    }
}

impl From<status::Error> for Error {
    fn from(inner: status::Error) -> Self {
        Self { inner, own: false }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.status(), self.message())
    }
}

impl std::error::Error for Error {}

/// Runs a part of libvm: an internal error becomes an error like any other.
pub(super) fn guard<T>(work: impl FnOnce() -> status::Result<T>) -> Result<T> {
    Ok(panics::catch(work).unwrap_or_else(|panic| Err(fault(&panic)))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_has_its_constant() {
        let found: Vec<_> = ALL.iter().map(|status| (status.number(), status.name())).collect();
        let expected: Vec<_> = abi::STATUS_NAMES.iter().map(|(number, name)| (*number, name.to_str().unwrap())).collect();
        assert_eq!(found, expected);
        assert_eq!(format!("{:?} {}", Status::TRAP, Status::from_number(-20_000)), "VM_STATUS_TRAP(-400) VM_STATUS_USER");
    }

    #[test]
    fn an_error_of_the_host_has_a_failure_status() {
        assert_eq!(Error::new("no").status(), Status::TRAP);
        assert_eq!(Error::with_status(Status::OK, "no").status(), Status::BAD_ANSWER);
        assert_eq!(format!("{:?}", Error::with_status(Status::IO, "no")), "VM_STATUS_IO: no");
    }
}
