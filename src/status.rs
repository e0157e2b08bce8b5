//! Statuses, trap codes, and the error that every failing function gives.
#![forbid(unsafe_code)]

use crate::text;
use libvm_abi as abi;
pub use libvm_abi::Status;
use std::fmt;
use std::path::{Path, PathBuf};

/// The result of everything that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a guest trapped. The numbers are those of `VM_TrapCode`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum TrapCode {
    /// Not a trap.
    None = 0,
    /// `unreachable` was reached.
    Unreachable = 1,
    /// A memory access outside of the memory.
    MemoryOutOfBounds = 2,
    /// A table access outside of the table.
    TableOutOfBounds = 3,
    /// An indirect call through a null entry.
    IndirectCallToNull = 4,
    /// An integer division by zero.
    DivisionByZero = 5,
    /// An integer operation whose result does not fit.
    IntegerOverflow = 6,
    /// A conversion of NaN or infinity to an integer.
    BadConversion = 7,
    /// The guest's calls are nested too deeply.
    StackOverflow = 8,
    /// An indirect call to a function of another type.
    BadSignature = 9,
    // 10 is reserved for used up fuel.
    /// A limit forbade the guest to grow.
    GrowthLimited = 11,
    /// A host function failed.
    HostFunction = 12,
    /// The system had no memory.
    OutOfMemory = 13,
}

/// What went wrong: a status, a message for a person, and what else applies.
#[derive(Debug, Clone)]
pub struct Error(Box<Details>);

#[derive(Debug, Clone)]
struct Details {
    status: Status,
    message: String,
    retryable: bool,
    trap: TrapCode,
    exit_code: Option<i32>,
    module: Option<String>,
    function: Option<String>,
    plugin: Option<String>,
    path: Option<PathBuf>,
    os_error: i32,
}

impl Error {
    /// An error with a status of failure and a message that names what was asked, what was found and what to do. The message is one
    /// line; what would act on a terminal is escaped in it.
    pub fn new(status: Status, message: impl Into<String>) -> Self {
        debug_assert!(status < 0, "an error needs a status of failure");
        Self(Box::new(Details {
            status,
            message: text::line(&message.into()).into_owned(),
            retryable: status == abi::STATUS_BUSY,
            trap: TrapCode::None,
            exit_code: None,
            module: None,
            function: None,
            plugin: None,
            path: None,
            os_error: 0,
        }))
    }

    /// The error of an operation of the system on a file.
    pub fn io(action: &str, path: &Path, error: &std::io::Error) -> Self {
        use std::io::ErrorKind;
        let status = match error.kind() {
            ErrorKind::NotFound => abi::STATUS_FILE_NOT_FOUND,
            ErrorKind::PermissionDenied => abi::STATUS_PERMISSION_DENIED,
            ErrorKind::OutOfMemory => abi::STATUS_OUT_OF_MEMORY,
            _ => abi::STATUS_IO,
        };
        let shown = if path.as_os_str().is_empty() { "\"\"".into() } else { path.to_string_lossy() };
        let mut made = Self::new(status, format!("cannot {action} {shown}: {error}")).at_path(path);
        made.0.os_error = error.raw_os_error().unwrap_or(0);
        made.0.retryable = matches!(error.kind(), ErrorKind::Interrupted | ErrorKind::WouldBlock | ErrorKind::TimedOut);
        made
    }

    /// Adds the trap code.
    pub fn with_trap(mut self, trap: TrapCode) -> Self {
        self.0.trap = trap;
        self
    }

    /// Adds the code with which the guest left.
    pub fn with_exit_code(mut self, code: i32) -> Self {
        self.0.exit_code = Some(code);
        self
    }

    /// Adds the wasm module and function that it is about, where they are not yet known.
    pub fn in_function(mut self, module: &str, function: &str) -> Self {
        self.0.module.get_or_insert_with(|| module.to_owned());
        self.0.function.get_or_insert_with(|| function.to_owned());
        self
    }

    /// Sets the guest's function that it is about, which belongs to no module with a name.
    pub fn in_guest_function(mut self, function: &str) -> Self {
        self.0.function = Some(function.to_owned());
        self
    }

    /// Whether wasm code trapped, as opposed to a host function that it called: the host's own accesses out of bounds have another
    /// status.
    pub fn is_guest_trap(&self) -> bool {
        self.0.status == abi::STATUS_TRAP && !matches!(self.0.trap, TrapCode::None | TrapCode::HostFunction)
    }

    /// Puts in front of the message what was going on.
    pub fn while_doing(mut self, what: &str) -> Self {
        self.0.message = format!("{}: {}", text::line(what), self.0.message);
        self
    }

    /// Adds a line to the message, escaped as the first one is.
    pub fn with_line(mut self, line: &str) -> Self {
        self.0.message.push('\n');
        self.0.message.push_str(&text::line(line));
        self
    }

    /// Says something else in the place of the message.
    pub fn with_message(mut self, message: &str) -> Self {
        self.0.message = text::line(message).into_owned();
        self
    }

    /// Adds the plug-in that it is about.
    pub fn of_plugin(mut self, name: &str) -> Self {
        self.0.plugin = Some(name.to_owned());
        self
    }

    /// Adds the file that it is about.
    pub fn at_path(mut self, path: &Path) -> Self {
        self.0.path = Some(path.to_owned());
        self
    }

    /// The status, always negative.
    pub fn status(&self) -> Status {
        self.0.status
    }

    /// What a person reads.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Whether the same call may work later.
    pub fn retryable(&self) -> bool {
        self.0.retryable
    }

    /// Why the guest trapped.
    pub fn trap(&self) -> TrapCode {
        self.0.trap
    }

    /// The code with which the guest left through `proc_exit`.
    pub fn exit_code(&self) -> Option<i32> {
        self.0.exit_code
    }

    /// The wasm module that it is about.
    pub fn module(&self) -> Option<&str> {
        self.0.module.as_deref()
    }

    /// The function that it is about.
    pub fn function(&self) -> Option<&str> {
        self.0.function.as_deref()
    }

    /// The plug-in that it is about.
    pub fn plugin(&self) -> Option<&str> {
        self.0.plugin.as_deref()
    }

    /// The file that it is about.
    pub fn path(&self) -> Option<&Path> {
        self.0.path.as_deref()
    }

    /// The system's error number, or 0.
    pub fn os_error(&self) -> i32 {
        self.0.os_error
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl std::error::Error for Error {}

/// A number of things as a message says it: "1 byte", "2 bytes".
pub fn counted(count: impl fmt::Display + PartialEq + From<u8>, noun: &str) -> String {
    let ending = if count == 1.into() { "" } else { "s" };
    format!("{count} {noun}{ending}")
}

/// A failure as messages name it, as in `VM_STATUS_IO` or `status -10001`; `None` for a number that is not a failure.
pub fn failure_name(status: Status) -> Option<String> {
    match status {
        ..=abi::STATUS_USER => Some(format!("status {status}")),
        0.. => None,
        _ => name(status).map(|name| name.to_string_lossy().into_owned()),
    }
}

/// The error of an index behind the last of what something has.
pub fn no_index(owner: &str, index: usize, count: usize, noun: &str) -> Error {
    let message = format!("{owner} has {}, there is none at index {index}", counted(count, noun));
    Error::new(abi::STATUS_NOT_FOUND, message)
}

/// The C name of a status, as in `VM_STATUS_OK`; `None` for a number that is not one. Those of hosts and plug-ins share one.
pub fn name(status: Status) -> Option<&'static std::ffi::CStr> {
    let status = status.max(abi::STATUS_USER);
    abi::STATUS_NAMES.iter().find(|(number, _)| *number == status).map(|(_, name)| *name)
}
