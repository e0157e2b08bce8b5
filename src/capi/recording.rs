//! Recording
//!
//! A recording has everything that comes from the host: results of host functions, what they write to the memory of guests,
//! completions, and where executions were interrupted. A replay runs the same guests again without any of the host's functions or
//! plug-ins, with the same results.

use super::cell::{Context, with};
use super::error::Error;
use super::ffi::{Shared, path, required, slice};
use crate::recording::{Replayed, Sink, ToFile, open};
use crate::status::{self, Result};
use crate::user_data::UserData;
use libvm_abi::{self as abi, Status};
use std::ffi::{c_char, c_void};
use std::io::Cursor;

/// Receives the next bytes of a recording; `user` and the bytes, which are valid until it returns. It is called on the thread that
/// uses the context, and may not use the context. It returns VM_STATUS_OK or a failure, which ends the recording.
pub type RecordCallback = unsafe extern "C" fn(user: *mut c_void, data: *const u8, size: usize) -> Status;

struct ToCallback {
    callback: RecordCallback,
    user: UserData,
}

impl Sink for ToCallback {
    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        // SAFETY: the callback takes the `user` that it was set with, and the bytes.
        match unsafe { (self.callback)(self.user.pointer(), bytes.as_ptr(), bytes.len()) } {
            abi::STATUS_OK => Ok(()),
            answer => {
                let message = format!("the callback of the recording returned {answer} for {} bytes", bytes.len());
                let status = if answer < 0 { answer } else { abi::STATUS_BAD_ANSWER };
                Err(status::Error::new(status, message))
            }
        }
    }

    fn finish(&mut self) -> Result<()> {
        Ok(())
    }
}

/// Records the calls of a context to a file, from its first instance on. Host functions become slower: before each call the memory
/// that it can change is copied, and compared afterwards.
///
/// If the file cannot be written, the recording ends, and VM_ContextStopRecording returns why; guests are not affected.
/// VM_ContextReset and VM_ContextDelete also end a recording.
///
/// @param context the context, which has had no instances since it was created or reset
/// @param file the path of the file, which is created or overwritten
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_SEALED (the context has had instances), VM_STATUS_ALREADY_EXISTS (it is recorded or replayed),
/// VM_STATUS_UNSUPPORTED (VM_TIER_AUTO; VM_TIER_COMPILED with interruption and without fuel), VM_STATUS_FILE_NOT_FOUND,
/// VM_STATUS_PERMISSION_DENIED, VM_STATUS_IO, VM_STATUS_BUSY, VM_STATUS_REENTRANT
/// @par Threads
/// [one thread per context]
/// @since 0.3
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_ContextRecordToFile(
    context: Option<Shared<Context>>,
    file: *const c_char,
    error: Option<&mut *mut Error>,
) -> Status {
    with(context, error, |context| {
        // SAFETY: the caller promises a path that ends with NUL.
        let file = unsafe { path(file, "file")? };
        context.record(|| Ok(Box::new(ToFile::create(file)?)))
    })
}

/// Records the calls of a context like VM_ContextRecordToFile, and passes the bytes to a callback.
///
/// @param context the context, which has had no instances since it was created or reset
/// @param write receives the bytes; must not be NULL
/// @param user passed to the callback; may be NULL
/// @param free_user called once with `user` when the recording has ended, also if this call fails; may be NULL
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_SEALED, VM_STATUS_ALREADY_EXISTS, VM_STATUS_BUSY, VM_STATUS_REENTRANT, and the failure of the
/// callback
/// @par Ownership
/// The context owns `user`.
/// @par Threads
/// [one thread per context]
/// @since 0.3
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_ContextRecordToCallback(
    context: Option<Shared<Context>>,
    write: Option<RecordCallback>,
    user: *mut c_void,
    free_user: Option<abi::Free>,
    error: Option<&mut *mut Error>,
) -> Status {
    let user = UserData::new(user, free_user);
    with(context, error, |context| {
        let callback = required(write, "write")?;
        context.record(|| Ok(Box::new(ToCallback { callback, user })))
    })
}

/// Replays a recording in a context. The host makes the same calls as when it was recorded: it instantiates the same modules, in the same
/// order, and calls the same functions with the same arguments. Each imported function does what the recording says, whether or not
/// the context has a host module, a plug-in or WASI that provides it; none of their code is run. Memories, tables and globals that
/// modules import must be provided as in the recorded context. Executions do not suspend.
///
/// A call fails with VM_STATUS_REPLAY_DIFFERS where the replay differs from the recording, and all later ones do too.
///
/// @param context the context, which has had no instances since it was created or reset
/// @param file the path of the recording
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_SEALED (the context has had instances), VM_STATUS_ALREADY_EXISTS (it is recorded or replayed),
/// VM_STATUS_UNSUPPORTED (VM_TIER_AUTO; VM_TIER_COMPILED with interruption and without fuel), VM_STATUS_BAD_RECORDING (also of later
/// calls, when a damaged part is reached), VM_STATUS_FILE_NOT_FOUND, VM_STATUS_PERMISSION_DENIED, VM_STATUS_IO, VM_STATUS_BUSY,
/// VM_STATUS_REENTRANT
/// @par Threads
/// [one thread per context]
/// @since 0.3
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_ContextReplayFromFile(
    context: Option<Shared<Context>>,
    file: *const c_char,
    error: Option<&mut *mut Error>,
) -> Status {
    with(context, error, |context| {
        // SAFETY: the caller promises a path that ends with NUL.
        let file = unsafe { path(file, "file")? };
        context.replay(Replayed::new(open(file)?).map_err(|error| error.at_path(file))?)
    })
}

/// Replays a recording in a context like VM_ContextReplayFromFile.
///
/// @param context the context, which has had no instances since it was created or reset
/// @param data the recording; copied
/// @param size the number of bytes
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_SEALED, VM_STATUS_ALREADY_EXISTS, VM_STATUS_BAD_RECORDING, VM_STATUS_BUSY,
/// VM_STATUS_REENTRANT
/// @par Threads
/// [one thread per context]
/// @since 0.3
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_ContextReplayFromBuffer(
    context: Option<Shared<Context>>,
    data: *const u8,
    size: usize,
    error: Option<&mut *mut Error>,
) -> Status {
    with(context, error, |context| {
        // SAFETY: the caller promises so many bytes.
        let bytes = unsafe { slice(data, size, "data")? };
        context.replay(Replayed::new(Box::new(Cursor::new(bytes.to_vec())))?)
    })
}

/// Ends a recording, which is then complete, or a replay, after making the changes that the recorded host made last. The context
/// can be used on; the imported functions of replayed guests fail from now on.
///
/// @param context the context
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_NOT_FOUND (the context is neither recorded nor replayed). Of a recording: VM_STATUS_IO or the
/// failure of the callback, if it could not be written; VM_STATUS_UNSUPPORTED, if the host passed guests a function that a recording
/// cannot name; VM_STATUS_LIMIT. Of a replay: VM_STATUS_REPLAY_DIFFERS, also if the recording goes on; VM_STATUS_BAD_RECORDING.
/// VM_STATUS_BUSY, VM_STATUS_REENTRANT
/// @par Threads
/// [one thread per context]
/// @since 0.3
#[unsafe(no_mangle)]
pub extern "C" fn VM_ContextStopRecording(context: Option<Shared<Context>>, error: Option<&mut *mut Error>) -> Status {
    with(context, error, |context| context.stop_recording())
}
