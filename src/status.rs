//! Statuses, trap codes, and the error that every failing function returns.
#![forbid(unsafe_code)]

use crate::backtrace::{self, Frame};
use crate::text;
use libvm_abi as abi;
pub use libvm_abi::Status;
use std::fmt;
use std::path::{Path, PathBuf};

/// The result of an operation that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a guest trapped. The numbers equal those of `VM_TrapCode`.
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
    /// The fuel of the context is used up.
    OutOfFuel = 10,
    /// A limit did not allow the guest to grow.
    GrowthLimited = 11,
    /// A host function failed.
    HostFunction = 12,
    /// The system is out of memory.
    OutOfMemory = 13,
}

impl TrapCode {
    /// Returns the trap code with a number of `VM_TrapCode`.
    pub fn from_number(number: i32) -> Option<Self> {
        use TrapCode as T;
        let all = [
            T::None,
            T::Unreachable,
            T::MemoryOutOfBounds,
            T::TableOutOfBounds,
            T::IndirectCallToNull,
            T::DivisionByZero,
            T::IntegerOverflow,
            T::BadConversion,
            T::StackOverflow,
            T::BadSignature,
            T::OutOfFuel,
            T::GrowthLimited,
            T::HostFunction,
            T::OutOfMemory,
        ];
        all.into_iter().find(|code| *code as i32 == number)
    }
}

/// What went wrong: a status, a message for humans, and further details where they apply.
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
    /// The calls that had not returned, the innermost one first.
    frames: Vec<Frame>,
}

impl Error {
    /// Creates an error with a failure status and a message that names what was requested, what was found and what to do. The
    /// message is one line; characters that would affect a terminal are escaped.
    pub fn new(status: Status, message: impl Into<String>) -> Self {
        debug_assert!(status < 0, "an error needs a failure status");
        Self::raw(status, text::line(&message.into()).into_owned())
    }

    /// Creates what a suspended host function fails with, which is no failure: it passes through the engine like one.
    #[inline]
    pub fn suspension() -> Self {
        Self::raw(abi::STATUS_PENDING, String::new())
    }

    /// Returns whether a host function was suspended.
    #[inline]
    pub fn is_suspension(&self) -> bool {
        self.0.status == abi::STATUS_PENDING
    }

    fn raw(status: Status, message: String) -> Self {
        Self(Box::new(Details {
            status,
            message,
            retryable: status == abi::STATUS_BUSY,
            trap: TrapCode::None,
            exit_code: None,
            module: None,
            function: None,
            plugin: None,
            path: None,
            os_error: 0,
            frames: Vec::new(),
        }))
    }

    /// Creates the error of a system operation that concerns no file.
    pub fn system(action: &str, error: &std::io::Error) -> Self {
        let status = match error.kind() {
            std::io::ErrorKind::OutOfMemory => abi::STATUS_OUT_OF_MEMORY,
            _ => abi::STATUS_IO,
        };
        let mut made = Self::new(status, format!("cannot {action}: {error}"));
        made.0.os_error = error.raw_os_error().unwrap_or(0);
        made
    }

    /// Creates the error of a system operation on a file.
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

    /// Sets the system's error number.
    pub fn with_os_error(mut self, error: &std::io::Error) -> Self {
        self.0.os_error = error.raw_os_error().unwrap_or(0);
        self
    }

    /// Says that the same call may succeed later.
    pub fn retry(mut self) -> Self {
        self.0.retryable = true;
        self
    }

    /// Sets the trap code.
    pub fn with_trap(mut self, trap: TrapCode) -> Self {
        self.0.trap = trap;
        self
    }

    /// Sets the guest's exit code.
    pub fn with_exit_code(mut self, code: i32) -> Self {
        self.0.exit_code = Some(code);
        self
    }

    /// Sets the wasm module and function that the error is about, unless they are already known.
    pub fn in_function(mut self, module: &str, function: &str) -> Self {
        self.0.module.get_or_insert_with(|| module.to_owned());
        self.0.function.get_or_insert_with(|| function.to_owned());
        self
    }

    /// Sets the guest function that the error is about, which belongs to no named module.
    pub fn in_guest_function(mut self, function: &str) -> Self {
        self.0.function = Some(function.to_owned());
        self
    }

    /// Returns whether wasm code trapped, as opposed to a host function that it called: out-of-bounds accesses by the host have
    /// another status.
    pub fn is_guest_trap(&self) -> bool {
        self.0.status == abi::STATUS_TRAP && !matches!(self.0.trap, TrapCode::None | TrapCode::HostFunction)
    }

    /// Returns whether the guest trapped, or a host function that it called failed.
    pub fn is_trap(&self) -> bool {
        self.0.trap != TrapCode::None
    }

    /// Prepends to the message what was being done.
    pub fn while_doing(mut self, what: &str) -> Self {
        if what.is_empty() {
            return self;
        }
        self.0.message = format!("{}: {}", text::line(what), self.0.message);
        self
    }

    /// Appends a line to the message, escaped like the first one.
    pub fn with_line(mut self, line: &str) -> Self {
        self.0.message.push('\n');
        self.0.message.push_str(&text::line(line));
        self
    }

    /// Replaces the message.
    pub fn with_message(mut self, message: &str) -> Self {
        self.0.message = text::line(message).into_owned();
        self
    }

    /// Sets the plug-in that the error is about.
    pub fn of_plugin(mut self, name: &str) -> Self {
        self.0.plugin = Some(name.to_owned());
        self
    }

    /// Sets the file that the error is about.
    pub fn at_path(mut self, path: &Path) -> Self {
        self.0.path = Some(path.to_owned());
        self
    }

    /// Returns the status, which is always negative.
    pub fn status(&self) -> Status {
        self.0.status
    }

    /// Returns the message for humans.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Appends the frames of calls that the error went through.
    pub fn with_frames(mut self, frames: impl IntoIterator<Item = Frame>) -> Self {
        self.0.frames.extend(frames);
        self
    }

    /// Replaces the outermost frame so far if it is that of an unknown function.
    pub fn with_known_frame(mut self, frame: impl FnOnce() -> Option<Frame>) -> Self {
        if let Some(last) = self.0.frames.last_mut().filter(|last| last.is_unknown()) {
            *last = frame().unwrap_or_else(Frame::unknown);
        }
        self
    }

    /// Returns the calls that had not returned when the error occurred, the innermost one first.
    pub fn frames(&self) -> &[Frame] {
        &self.0.frames
    }

    /// Returns the message with a line for each frame, if they say more than the message.
    pub fn full_message(&self) -> String {
        let says_more = self.0.frames.len() > 1 || self.0.frames.iter().any(|frame| frame.offset.is_some());
        let lines = if says_more { backtrace::lines(&self.0.frames) } else { String::new() };
        format!("{}{lines}", self.0.message)
    }

    /// Returns whether the same call may succeed later.
    pub fn retryable(&self) -> bool {
        self.0.retryable
    }

    /// Returns why the guest trapped.
    pub fn trap(&self) -> TrapCode {
        self.0.trap
    }

    /// Returns the exit code that the guest passed to `proc_exit`.
    pub fn exit_code(&self) -> Option<i32> {
        self.0.exit_code
    }

    /// Returns the wasm module that the error is about.
    pub fn module(&self) -> Option<&str> {
        self.0.module.as_deref()
    }

    /// Returns the function that the error is about.
    pub fn function(&self) -> Option<&str> {
        self.0.function.as_deref()
    }

    /// Returns the plug-in that the error is about.
    pub fn plugin(&self) -> Option<&str> {
        self.0.plugin.as_deref()
    }

    /// Returns the file that the error is about.
    pub fn path(&self) -> Option<&Path> {
        self.0.path.as_deref()
    }

    /// Returns the system's error number, or 0.
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

/// Formats a count for a message: "1 byte", "2 bytes".
pub fn counted(count: impl fmt::Display + PartialEq + From<u8>, noun: &str) -> String {
    let ending = if count == 1.into() { "" } else { "s" };
    format!("{count} {noun}{ending}")
}

/// Returns the name of a failure for messages, as in `VM_STATUS_IO` or `status -10001`; `None` if the number is not a failure.
pub fn failure_name(status: Status) -> Option<String> {
    match status {
        ..=abi::STATUS_USER => Some(format!("status {status}")),
        0.. => None,
        _ => name(status).map(|name| name.to_string_lossy().into_owned()),
    }
}

/// Creates the error of an index past the end.
pub fn no_index(owner: &str, index: usize, count: usize, noun: &str) -> Error {
    let message = format!("index {index} is out of range: {owner} has {}", counted(count, noun));
    Error::new(abi::STATUS_NOT_FOUND, message)
}

/// Returns the C name of a status, as in `VM_STATUS_OK`; `None` if the number is not a status. All statuses of hosts and plug-ins
/// share one name.
pub fn name(status: Status) -> Option<&'static std::ffi::CStr> {
    let status = status.max(abi::STATUS_USER);
    abi::STATUS_NAMES.iter().find(|(number, _)| *number == status).map(|(_, name)| *name)
}
