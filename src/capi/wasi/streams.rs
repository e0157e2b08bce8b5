//! The standard streams of a guest.

use super::{Wasi, environment};
use crate::capi::error::Error;
use crate::capi::ffi::{Shared, null, path, shared, slice};
use crate::capi::guard::{guard, guard_value};
use crate::status::{self, Result};
use crate::user_data::UserData;
use crate::wasi::Stream;
use libvm_abi::{self as abi, Bytes, Status};
use std::cell::RefCell;
use std::ffi::{CStr, c_char, c_void};
use std::sync::{Arc, PoisonError};

/// A standard stream; guests write to VM_WASI_STDOUT and VM_WASI_STDERR.
pub type WasiStream = i32;
/// Standard input.
pub const WASI_STDIN: WasiStream = 0;
/// Standard output.
pub const WASI_STDOUT: WasiStream = 1;
/// Standard error.
pub const WASI_STDERR: WasiStream = 2;

/// Reads at most `size` bytes of input into `data` and sets `count`, which is 0 before, to their number; 0 is the end of the input.
/// Returns VM_STATUS_OK, VM_STATUS_PENDING if there is no input yet (only with VM_WasiSetMaySuspend: the callback is called again after
/// VM_WasiNotify), or a failure. The guest receives the error number that is nearest: `ENOENT` for VM_STATUS_FILE_NOT_FOUND,
/// `EACCES` for VM_STATUS_PERMISSION_DENIED, `EINVAL` for VM_STATUS_INVALID_ARGUMENT, `ENOMEM` for VM_STATUS_OUT_OF_MEMORY,
/// `ENOSPC` for VM_STATUS_LIMIT, `EAGAIN` for VM_STATUS_BUSY, `ENOTSUP` for VM_STATUS_UNSUPPORTED, else `EIO`. Two end the guest's
/// call: VM_STATUS_TRAP, and a status of the host's own, -10000 or below, which is what the call then fails with. It may be called
/// on every thread on which a guest runs.
pub type WasiRead = unsafe extern "C" fn(user: *mut c_void, data: *mut u8, size: usize, count: *mut usize) -> Status;

/// Takes at most `size` bytes of output and sets `count`, which is 0 before, to the number of bytes taken; the guest then writes the rest
/// again. Returns as VM_WasiRead. It may be called on every thread on which a guest runs.
pub type WasiWrite = unsafe extern "C" fn(user: *mut c_void, data: *const u8, size: usize, count: *mut usize) -> Status;

fn stream(number: WasiStream) -> Result<Stream> {
    match number {
        WASI_STDOUT => Ok(Stream::Output),
        WASI_STDERR => Ok(Stream::Errors),
        other => {
            let message = format!("{other} is not an output stream; use VM_WASI_STDOUT or VM_WASI_STDERR");
            Err(status::Error::new(abi::STATUS_INVALID_ARGUMENT, message))
        }
    }
}

thread_local! {
    /// Why the callback of a stream that runs on this thread is about to fail; `None` while none runs.
    static FAILURE: RefCell<Option<Option<status::Error>>> = const { RefCell::new(None) };
}

/// Calls a callback, and returns how many bytes it says that it moved; `None` if it says "not yet".
fn call(callback: impl FnOnce(&mut usize) -> Status) -> Result<Option<usize>> {
    // A callback may run another guest, which has callbacks too.
    let outer = FAILURE.replace(Some(None));
    let mut count = 0;
    let status = callback(&mut count);
    let failure = FAILURE.replace(outer).flatten();
    match failure.filter(|failure| failure.status() == status) {
        Some(failure) => Err(failure),
        None => moved(status, count),
    }
}

fn moved(status: Status, count: usize) -> Result<Option<usize>> {
    match status {
        abi::STATUS_OK => return Ok(Some(count)),
        abi::STATUS_PENDING => return Ok(None),
        _ => {}
    }
    Err(match status::failure_name(status) {
        Some(name) => status::Error::new(status, format!("the callback failed with {name}")),
        None => {
            let what = format!(
                "the callback answered {status}, which is not a status; it may answer VM_STATUS_OK, VM_STATUS_PENDING or a failure"
            );
            status::Error::new(abi::STATUS_BAD_ANSWER, what)
        }
    })
}

/// Connects the standard input of the guest to that of the process.
///
/// @param wasi the environment
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_WasiInheritInput(wasi: Option<Shared<Wasi>>, error: Option<&mut *mut Error>) -> Status {
    guard(error, || {
        let wasi = environment(wasi)?;
        wasi.inherit_input();
        Ok(())
    })
}

/// Sets the bytes that the guest reads from its standard input. Each context reads them from the beginning.
///
/// @param wasi the environment
/// @param data copied; may be NULL if size is 0
/// @param size the number of bytes
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_OUT_OF_MEMORY
/// @par Threads
/// [thread-safe]
/// @since 0.1
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_WasiSetInput(
    wasi: Option<Shared<Wasi>>,
    data: *const u8,
    size: usize,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || {
        let wasi = environment(wasi)?;
        // SAFETY: the caller promises so many bytes.
        wasi.set_input(unsafe { slice(data, size, "data")? })
    })
}

/// Sets the file that the guest reads as its standard input. Each context opens it for itself.
///
/// @param wasi the environment
/// @param file the path of the file
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT (a directory or a named pipe), VM_STATUS_FILE_NOT_FOUND,
/// VM_STATUS_PERMISSION_DENIED, VM_STATUS_IO
/// @par Threads
/// [thread-safe]
/// @since 0.1
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_WasiSetInputFile(
    wasi: Option<Shared<Wasi>>,
    file: *const c_char,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || {
        let wasi = environment(wasi)?;
        // SAFETY: the caller promises a text that ends with NUL.
        wasi.set_input_file(unsafe { path(file, "file")? })
    })
}

/// Sets the callback that provides the standard input of the guest.
///
/// @param wasi the environment
/// @param read the callback
/// @param user passed to the callback; may be NULL
/// @param free_user called once with `user` when the callback is no longer needed, also if this call fails; may be NULL
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT
/// @par Ownership
/// The environment owns `user`.
/// @par Threads
/// [thread-safe]
/// @since 0.1
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_WasiSetInputCallback(
    wasi: Option<Shared<Wasi>>,
    read: Option<WasiRead>,
    user: *mut c_void,
    free_user: Option<abi::Free>,
    error: Option<&mut *mut Error>,
) -> Status {
    let user = UserData::new(user, free_user);
    guard(error, || {
        let wasi = environment(wasi)?;
        let read = read.ok_or_else(|| null("read"))?;
        wasi.set_input_callback(Arc::new(move |buffer: &mut [u8]| {
            // SAFETY: the callback takes the `user` that it was set with, and may write as many bytes as the buffer has.
            call(|count| unsafe { read(user.pointer(), buffer.as_mut_ptr(), buffer.len(), count) })
        }));
        Ok(())
    })
}

/// Connects an output stream of the guest to that of the process.
///
/// @param wasi the environment
/// @param stream VM_WASI_STDOUT or VM_WASI_STDERR
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT
/// @par Threads
/// [thread-safe]
/// @since 0.2
#[unsafe(no_mangle)]
pub extern "C" fn VM_WasiInheritStream(wasi: Option<Shared<Wasi>>, stream: WasiStream, error: Option<&mut *mut Error>) -> Status {
    guard(error, || {
        let wasi = environment(wasi)?;
        wasi.inherit(self::stream(stream)?);
        Ok(())
    })
}

/// Discards what the guest writes to an output stream.
///
/// @param wasi the environment
/// @param stream VM_WASI_STDOUT or VM_WASI_STDERR
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT
/// @par Threads
/// [thread-safe]
/// @since 0.2
#[unsafe(no_mangle)]
pub extern "C" fn VM_WasiDiscardStream(wasi: Option<Shared<Wasi>>, stream: WasiStream, error: Option<&mut *mut Error>) -> Status {
    guard(error, || {
        let wasi = environment(wasi)?;
        wasi.discard(self::stream(stream)?);
        Ok(())
    })
}

/// Captures what the guest writes to an output stream in memory. A guest that writes more than the capacity gets the error
/// ENOSPC.
///
/// @param wasi the environment
/// @param stream VM_WASI_STDOUT or VM_WASI_STDERR
/// @param capacity the maximum number of bytes; 0 for 16 MiB
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT
/// @par Threads
/// [thread-safe]
/// @since 0.2
#[unsafe(no_mangle)]
pub extern "C" fn VM_WasiCaptureStream(
    wasi: Option<Shared<Wasi>>,
    stream: WasiStream,
    capacity: usize,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || {
        let wasi = environment(wasi)?;
        wasi.capture(self::stream(stream)?, (capacity > 0).then_some(capacity));
        Ok(())
    })
}

/// Captures what the guest writes to standard output in memory, up to 16 MiB; VM_WasiGetOutput returns it. Standard error is not
/// changed (use VM_WasiCaptureStream).
///
/// @param wasi the environment
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_WasiCaptureOutput(wasi: Option<Shared<Wasi>>, error: Option<&mut *mut Error>) -> Status {
    guard(error, || {
        let wasi = environment(wasi)?;
        wasi.capture(Stream::Output, None);
        Ok(())
    })
}

/// Writes what the guest writes to an output stream to a file, which is created or truncated now.
///
/// @param wasi the environment
/// @param stream VM_WASI_STDOUT or VM_WASI_STDERR
/// @param file the path of the file
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT (not a stream, or a named pipe), VM_STATUS_FILE_NOT_FOUND,
/// VM_STATUS_PERMISSION_DENIED, VM_STATUS_IO
/// @par Threads
/// [thread-safe]
/// @since 0.2
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_WasiSetStreamFile(
    wasi: Option<Shared<Wasi>>,
    stream: WasiStream,
    file: *const c_char,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || {
        let wasi = environment(wasi)?;
        // SAFETY: the caller promises a text that ends with NUL.
        wasi.write_to_file(self::stream(stream)?, unsafe { path(file, "file")? })
    })
}

/// Passes what the guest writes to an output stream to a callback.
///
/// @param wasi the environment
/// @param stream VM_WASI_STDOUT or VM_WASI_STDERR
/// @param write the callback
/// @param user passed to the callback; may be NULL
/// @param free_user called once with `user` when the callback is no longer needed, also if this call fails; may be NULL
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT
/// @par Ownership
/// The environment owns `user`.
/// @par Threads
/// [thread-safe]
/// @since 0.2
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_WasiSetStreamCallback(
    wasi: Option<Shared<Wasi>>,
    stream: WasiStream,
    write: Option<WasiWrite>,
    user: *mut c_void,
    free_user: Option<abi::Free>,
    error: Option<&mut *mut Error>,
) -> Status {
    let user = UserData::new(user, free_user);
    guard(error, || {
        let wasi = environment(wasi)?;
        let (stream, write) = (self::stream(stream)?, write.ok_or_else(|| null("write"))?);
        let forward = move |bytes: &[u8]| {
            // SAFETY: the callback takes the `user` that it was set with, and reads as many bytes as there are.
            call(|count| unsafe { write(user.pointer(), bytes.as_ptr(), bytes.len(), count) })
        };
        wasi.write_to_callback(stream, Arc::new(forward));
        Ok(())
    })
}

/// Sets the reason for the failure of the callback of a stream that is running on this thread: return the result of this function from it.
/// The error with which the guest's call ends contains the text; a guest that gets an error number does not see it.
///
/// @param status a failure: one of VM_STATUS_*, or a status of your own (VM_STATUS_USER and below)
/// @param text the message, UTF-8, copied; bytes that are not valid are replaced; NULL for none
/// @return `status`
/// @par Errors
/// VM_STATUS_INVALID_ARGUMENT (the status is not a failure), VM_STATUS_WRONG_THREAD (no callback of a stream is running on this thread):
/// the text is then dropped
/// @par Threads
/// [inside a callback only]
/// @since 0.6
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_WasiFail(status: Status, text: *const c_char) -> Status {
    guard_value(abi::STATUS_INTERNAL, || {
        if status::failure_name(status).is_none() {
            return abi::STATUS_INVALID_ARGUMENT;
        }
        FAILURE.with_borrow_mut(|failure| {
            let Some(failure) = failure else { return abi::STATUS_WRONG_THREAD };
            // SAFETY: the caller promises a string that ends with NUL.
            let text = (!text.is_null()).then(|| unsafe { CStr::from_ptr(text) }.to_string_lossy());
            *failure = text.map(|text| status::Error::new(status, text));
            status
        })
    })
}

/// Returns the captured standard output. The guest may still be running on another thread.
///
/// @param wasi the environment; NULL has none
/// @return the bytes; none if nothing was captured
/// @par Ownership
/// The bytes belong to the environment and are valid until the next call for standard output.
/// @par Threads
/// [one thread per object]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_WasiGetOutput(wasi: Option<Shared<Wasi>>) -> Bytes {
    captured(wasi, Stream::Output)
}

/// Returns the captured bytes of an output stream. The guest may still be running on another thread.
///
/// @param wasi the environment; NULL has none
/// @param stream VM_WASI_STDOUT or VM_WASI_STDERR
/// @return the bytes; none if nothing was captured or the stream does not exist
/// @par Ownership
/// The bytes belong to the environment and are valid until the next call for the same stream.
/// @par Threads
/// [one thread per object]
/// @since 0.2
#[unsafe(no_mangle)]
pub extern "C" fn VM_WasiGetCaptured(wasi: Option<Shared<Wasi>>, stream: WasiStream) -> Bytes {
    self::stream(stream).map_or(NOTHING, |stream| captured(wasi, stream))
}

const NOTHING: Bytes = Bytes { data: std::ptr::null(), size: 0 };

fn captured(wasi: Option<Shared<Wasi>>, stream: Stream) -> Bytes {
    guard_value(NOTHING, || {
        let Ok(wasi) = shared(wasi, "wasi") else { return NOTHING };
        let (index, bytes) = match stream {
            Stream::Output => (0, wasi.inner.output()),
            Stream::Errors => (1, wasi.inner.errors()),
        };
        let mut given = wasi.given[index].lock().unwrap_or_else(PoisonError::into_inner);
        *given = bytes;
        Bytes { data: given.as_ptr(), size: given.len() }
    })
}

/// Returns whether a guest tried to write more to a captured stream than its capacity.
///
/// @param wasi the environment; NULL has none
/// @param stream VM_WASI_STDOUT or VM_WASI_STDERR
/// @return true if bytes are missing
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_WasiIsTruncated(wasi: Option<&Wasi>, stream: WasiStream) -> bool {
    guard_value(false, || match (wasi, self::stream(stream)) {
        (Some(wasi), Ok(stream)) => wasi.inner.is_truncated(stream),
        _ => false,
    })
}

/// Says that the callback of a standard stream can go on after it has answered VM_STATUS_PENDING: all guests with this environment that
/// wait for it are woken, and call it again. A notice that comes while the callback runs is not lost.
///
/// @param wasi the environment; keep it as long as its callbacks answer VM_STATUS_PENDING
/// @param stream VM_WASI_STDIN, VM_WASI_STDOUT or VM_WASI_STDERR
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, also when no guest waits; otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT (not a stream)
/// @par Threads
/// [thread-safe]
/// @since 0.3
#[unsafe(no_mangle)]
pub extern "C" fn VM_WasiNotify(wasi: Option<Shared<Wasi>>, stream: WasiStream, error: Option<&mut *mut Error>) -> Status {
    guard(error, || {
        let wasi = environment(wasi)?;
        if !(WASI_STDIN..=WASI_STDERR).contains(&stream) {
            let message = format!("{stream} is not a standard stream; use VM_WASI_STDIN, VM_WASI_STDOUT or VM_WASI_STDERR");
            return Err(status::Error::new(abi::STATUS_INVALID_ARGUMENT, message));
        }
        wasi.notify(stream as usize);
        Ok(())
    })
}
