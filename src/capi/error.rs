//! Error
//!
//! Errors: a status for the program, a message for a person, and details such as the trap code, the plug-in and the path.

mod frame;

use super::ffi::{c_path, c_text};
use crate::panics;
use crate::status;
use frame::{Frame, Frames};
use libvm_abi::{self as abi, Status};
use std::alloc::{Layout, alloc};
use std::borrow::Cow;
use std::ffi::{CStr, CString, c_char};
use std::ptr;

/// Why a guest trapped.
pub type TrapCode = i32;
/// Not a trap.
pub const TRAP_NONE: TrapCode = 0;
/// `unreachable` was reached.
pub const TRAP_UNREACHABLE: TrapCode = 1;
/// A memory access outside of the memory.
pub const TRAP_MEMORY_OUT_OF_BOUNDS: TrapCode = 2;
/// A table access outside of the table.
pub const TRAP_TABLE_OUT_OF_BOUNDS: TrapCode = 3;
/// An indirect call through a null entry.
pub const TRAP_INDIRECT_CALL_TO_NULL: TrapCode = 4;
/// An integer division by zero.
pub const TRAP_DIVISION_BY_ZERO: TrapCode = 5;
/// An integer operation whose result does not fit.
pub const TRAP_INTEGER_OVERFLOW: TrapCode = 6;
/// A conversion of NaN or infinity to an integer.
pub const TRAP_BAD_CONVERSION: TrapCode = 7;
/// The guest's calls are nested too deeply.
pub const TRAP_STACK_OVERFLOW: TrapCode = 8;
/// An indirect call to a function of another type.
pub const TRAP_BAD_SIGNATURE: TrapCode = 9;
/// The fuel of the context is used up.
pub const TRAP_OUT_OF_FUEL: TrapCode = 10;
/// A limit forbade the guest to grow.
pub const TRAP_GROWTH_LIMITED: TrapCode = 11;
/// A host function failed.
pub const TRAP_HOST_FUNCTION: TrapCode = 12;
/// The system had no memory.
pub const TRAP_OUT_OF_MEMORY: TrapCode = 13;

const _: () = {
    use status::TrapCode as T;
    assert!(TRAP_NONE == T::None as i32);
    assert!(TRAP_UNREACHABLE == T::Unreachable as i32);
    assert!(TRAP_MEMORY_OUT_OF_BOUNDS == T::MemoryOutOfBounds as i32);
    assert!(TRAP_TABLE_OUT_OF_BOUNDS == T::TableOutOfBounds as i32);
    assert!(TRAP_INDIRECT_CALL_TO_NULL == T::IndirectCallToNull as i32);
    assert!(TRAP_DIVISION_BY_ZERO == T::DivisionByZero as i32);
    assert!(TRAP_INTEGER_OVERFLOW == T::IntegerOverflow as i32);
    assert!(TRAP_BAD_CONVERSION == T::BadConversion as i32);
    assert!(TRAP_STACK_OVERFLOW == T::StackOverflow as i32);
    assert!(TRAP_BAD_SIGNATURE == T::BadSignature as i32);
    assert!(TRAP_OUT_OF_FUEL == T::OutOfFuel as i32);
    assert!(TRAP_GROWTH_LIMITED == T::GrowthLimited as i32);
    assert!(TRAP_HOST_FUNCTION == T::HostFunction as i32);
    assert!(TRAP_OUT_OF_MEMORY == T::OutOfMemory as i32);
};

/// An error.
pub struct Error {
    status: Status,
    message: Cow<'static, CStr>,
    retryable: bool,
    trap: TrapCode,
    exit_code: i32,
    module: Option<CString>,
    function: Option<CString>,
    plugin: Option<CString>,
    path: Option<CString>,
    os_error: i32,
    frames: Frames,
}

/// What is given when there is no memory for an error.
static OUT_OF_MEMORY: Error = Error {
    status: abi::STATUS_OUT_OF_MEMORY,
    message: Cow::Borrowed(c"out of memory, even for the text of the error"),
    retryable: true,
    trap: TRAP_NONE,
    exit_code: -1,
    module: None,
    function: None,
    plugin: None,
    path: None,
    os_error: 0,
    frames: Frames::NONE,
};

impl Error {
    fn new(error: &status::Error) -> Self {
        Self {
            status: error.status(),
            message: Cow::Owned(c_text(&error.full_message())),
            retryable: error.retryable(),
            trap: error.trap() as TrapCode,
            exit_code: error.exit_code().unwrap_or(-1),
            module: error.module().map(c_text),
            function: error.function().map(c_text),
            plugin: error.plugin().map(c_text),
            path: error.path().map(c_path),
            os_error: error.os_error(),
            frames: Frames::new(error.frames()),
        }
    }

    /// Creates the object that C is given: never NULL.
    pub(super) fn allocate(error: &status::Error) -> *mut Self {
        // SAFETY: the type is not zero-sized.
        let room = unsafe { alloc(Layout::new::<Self>()) }.cast::<Self>();
        if room.is_null() {
            return ptr::from_ref(&OUT_OF_MEMORY).cast_mut();
        }
        // SAFETY: the room is fresh and of the type's layout.
        unsafe { room.write(Self::new(error)) };
        room
    }
}

fn pointer(text: Option<&CString>) -> *const c_char {
    text.map_or(ptr::null(), |text| text.as_ptr())
}

/// Returns the name of a status, as in "VM_STATUS_OK".
///
/// @param status a status
/// @return a static string; "VM_STATUS_USER" for all statuses of hosts and plug-ins (VM_STATUS_USER and below),
///         "VM_STATUS_UNKNOWN" for a number that is not a status
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_StatusGetName(status: Status) -> *const c_char {
    status::name(status).unwrap_or(c"VM_STATUS_UNKNOWN").as_ptr()
}

/// Returns the status of an error.
///
/// @param error the error; may be NULL
/// @return a negative status, or VM_STATUS_OK for NULL
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_ErrorGetStatus(error: Option<&Error>) -> Status {
    error.map_or(abi::STATUS_OK, |error| error.status)
}

/// Returns the message of an error: what was asked, what was found, and what to do.
///
/// @param error the error; may be NULL
/// @return UTF-8, never NULL; "" for NULL
/// @par Ownership
/// The string lives as long as the error.
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_ErrorGetMessage(error: Option<&Error>) -> *const c_char {
    error.map_or(c"".as_ptr(), |error| error.message.as_ptr())
}

/// Returns whether the same call may succeed later: something is in use (VM_STATUS_BUSY), a wait has reached its timeout, all contexts
/// of a pool are taken, or the system interrupted a call.
///
/// @param error the error; may be NULL
/// @return true if it may be retried
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_ErrorIsRetryable(error: Option<&Error>) -> bool {
    error.is_some_and(|error| error.retryable)
}

/// Returns the reason why the guest trapped.
///
/// @param error the error; may be NULL
/// @return the trap code; VM_TRAP_NONE if it was not a trap
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_ErrorGetTrapCode(error: Option<&Error>) -> TrapCode {
    error.map_or(TRAP_NONE, |error| error.trap)
}

/// Returns the exit code that the guest passed to `proc_exit`.
///
/// @param error the error; may be NULL
/// @return the exit code of an error with VM_STATUS_EXIT, otherwise -1
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_ErrorGetExitCode(error: Option<&Error>) -> i32 {
    error.map_or(-1, |error| error.exit_code)
}

/// Returns the name of the wasm module that an error is about.
///
/// @param error the error; may be NULL
/// @return UTF-8; NULL if there is none
/// @par Ownership
/// The string lives as long as the error.
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_ErrorGetModuleName(error: Option<&Error>) -> *const c_char {
    pointer(error.and_then(|error| error.module.as_ref()))
}

/// Returns the name of the function that an error is about: a host function that failed, or the export that was called by its
/// name, if its call was wrong or it, or a function that it called, trapped.
///
/// @param error the error; may be NULL
/// @return UTF-8; NULL if there is none
/// @par Ownership
/// The string lives as long as the error.
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_ErrorGetFunctionName(error: Option<&Error>) -> *const c_char {
    pointer(error.and_then(|error| error.function.as_ref()))
}

/// Returns the name of the plug-in that an error is about.
///
/// @param error the error; may be NULL
/// @return UTF-8; NULL if there is none
/// @par Ownership
/// The string lives as long as the error.
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_ErrorGetPluginName(error: Option<&Error>) -> *const c_char {
    pointer(error.and_then(|error| error.plugin.as_ref()))
}

/// Returns the path of the file or directory that an error is about: of plug-ins, lock files, configurations and state files the
/// absolute path, of others the path as it was given.
///
/// @param error the error; may be NULL
/// @return the path, on Unix any bytes; NULL if there is none
/// @par Ownership
/// The string lives as long as the error.
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_ErrorGetPath(error: Option<&Error>) -> *const c_char {
    pointer(error.and_then(|error| error.path.as_ref()))
}

/// Returns the operating system's error number: errno, or the value of GetLastError on Windows.
///
/// @param error the error; may be NULL
/// @return the number; 0 if there is none
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_ErrorGetOsError(error: Option<&Error>) -> i32 {
    error.map_or(0, |error| error.os_error)
}

/// Returns the number of frames of an error of a guest: the calls of functions that had not returned when it occurred. A frame of
/// the kind VM_FRAME_OMITTED counts as one.
///
/// An error has the functions that the host called and the host functions that failed; with VM_EngineConfigSetBacktraces it has
/// all functions of the guest. The message has them too, if they say more than the rest of it.
///
/// @param error the error; may be NULL
/// @return the number; 0 for an error without a call
/// @par Threads
/// [thread-safe]
/// @since 0.3
#[unsafe(no_mangle)]
pub extern "C" fn VM_ErrorGetFrameCount(error: Option<&Error>) -> usize {
    error.map_or(0, |error| error.frames.shown.len())
}

/// Returns a frame of an error.
///
/// @param error the error; may be NULL
/// @param index from 0, the innermost call, to the function that the host called first
/// @return the frame; NULL if the index is past the end
/// @par Ownership
/// The frame and everything it points to belong to the error and live as long as it.
/// @par Threads
/// [thread-safe]
/// @since 0.3
#[unsafe(no_mangle)]
pub extern "C" fn VM_ErrorGetFrame(error: Option<&Error>, index: usize) -> Option<&Frame> {
    error.and_then(|error| error.frames.shown.get(index))
}

/// Deletes an error with its strings.
///
/// @param error the error; NULL does nothing
/// @par Threads
/// [thread-safe]
/// @since 0.1
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_ErrorDelete(error: *mut Error) {
    if !error.is_null() && !ptr::eq(error, &OUT_OF_MEMORY) {
        // SAFETY: it was made by `allocate`, and the caller promises to delete it once.
        let _ = panics::catch(|| drop(unsafe { Box::from_raw(error) }));
    }
}
