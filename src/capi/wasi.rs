//! WASI
//!
//! WASI preview 1: what a guest is given of the world outside. An environment may be registered in several contexts; each
//! is given what it says at that time. At first it has no argument, no variable, no directory and no input; output and errors
//! are the process's own. `poll_oneoff` and reading block the thread.

use super::context::{Context, with};
use super::error::Error;
use super::ffi::{hand_out, null, path, required, slice, text};
use super::guard::{guard, guard_value};
use super::module::{Module, load_buffer, load_file};
use crate::engine;
use crate::engine::trampoline::UserData;
use crate::status::{self, Result};
use crate::wasi::{self, Clock, Rights, Stream};
use libvm_abi::{self as abi, Bytes, Status};
use std::ffi::{c_char, c_void};
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

/// What a guest may do in a directory: VM_WASI_READ, VM_WASI_WRITE, or both.
pub type WasiRights = u32;
/// Open, read and list.
pub const WASI_READ: WasiRights = 1;
/// Create, write, rename and remove.
pub const WASI_WRITE: WasiRights = 2;

const _: () = assert!(WASI_READ == Rights::READ.bits() && WASI_WRITE == Rights::WRITE.bits());

/// One of the two streams that a guest writes to.
pub type WasiStream = i32;
/// Standard output.
pub const WASI_STDOUT: WasiStream = 1;
/// Standard errors.
pub const WASI_STDERR: WasiStream = 2;

/// What a guest is given of the world outside.
pub struct Wasi {
    inner: wasi::Wasi,
    /// What `VM_WasiGetOutput` and `VM_WasiGetErrors` gave last.
    given: [Mutex<Vec<u8>>; 2],
}

/// Fills `data` with at most `size` bytes of input, and gives how many: 0 at the end, negative when reading fails. It may be
/// called on every thread on which a guest runs.
pub type WasiRead = unsafe extern "C" fn(user: *mut c_void, data: *mut u8, size: usize) -> i64;

/// Takes at most `size` bytes of output, and gives how many it took: negative when writing fails. It may be called on every
/// thread on which a guest runs.
pub type WasiWrite = unsafe extern "C" fn(user: *mut c_void, data: *const u8, size: usize) -> i64;

fn stream(number: WasiStream) -> Result<Stream> {
    match number {
        WASI_STDOUT => Ok(Stream::Output),
        WASI_STDERR => Ok(Stream::Errors),
        other => {
            let message = format!("{other} is no stream; it is VM_WASI_STDOUT or VM_WASI_STDERR");
            Err(status::Error::new(abi::STATUS_INVALID_ARGUMENT, message))
        }
    }
}

/// How many bytes a callback says that it moved, of `most`.
fn moved(count: i64, most: usize) -> io::Result<usize> {
    match usize::try_from(count) {
        Ok(count) if count <= most => Ok(count),
        _ => Err(io::Error::other("the callback failed")),
    }
}

/// Makes an environment with nothing in it.
///
/// @param wasi gets the environment; not NULL
/// @param error gets the error on failure; may be NULL
/// @return VM_STATUS_OK or a failure
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT
/// @par Ownership
/// The caller's: VM_WasiDelete.
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_WasiCreate(wasi: Option<&mut *mut Wasi>, error: *mut *mut Error) -> Status {
    guard(error, || {
        hand_out(required(wasi, "wasi")?, Wasi { inner: wasi::Wasi::new(), given: Default::default() });
        Ok(())
    })
}

/// Sets the arguments, the program's name first.
///
/// @param wasi the environment
/// @param arguments UTF-8, copied; may be NULL when count is 0
/// @param count how many
/// @param error gets the error on failure; may be NULL
/// @return VM_STATUS_OK or a failure
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_WasiSetArguments(
    wasi: Option<&Wasi>,
    arguments: *const *const c_char,
    count: usize,
    error: *mut *mut Error,
) -> Status {
    guard(error, || {
        let wasi = &required(wasi, "wasi")?.inner;
        // SAFETY: the caller promises so many texts that end with NUL.
        let arguments = unsafe {
            let pointers = slice(arguments, count, "arguments")?;
            pointers.iter().map(|argument| text(*argument, "an argument")).collect::<Result<Vec<_>>>()?
        };
        wasi.set_arguments(&arguments)
    })
}

/// Sets an environment variable.
///
/// @param wasi the environment
/// @param name UTF-8 without `=`, copied
/// @param value UTF-8, copied
/// @param error gets the error on failure; may be NULL
/// @return VM_STATUS_OK or a failure
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_INVALID_ARGUMENT
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_WasiAddEnvironment(
    wasi: Option<&Wasi>,
    name: *const c_char,
    value: *const c_char,
    error: *mut *mut Error,
) -> Status {
    guard(error, || {
        let wasi = &required(wasi, "wasi")?.inner;
        // SAFETY: the caller promises texts that end with NUL.
        let (name, value) = unsafe { (text(name, "name")?, text(value, "value")?) };
        wasi.add_environment(name, value)
    })
}

/// Adds all environment variables of the process that are UTF-8.
///
/// @param wasi the environment
/// @param error gets the error on failure; may be NULL
/// @return VM_STATUS_OK or a failure
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_WasiInheritEnvironment(wasi: Option<&Wasi>, error: *mut *mut Error) -> Status {
    guard(error, || {
        let wasi = &required(wasi, "wasi")?.inner;
        wasi.inherit_environment();
        Ok(())
    })
}

/// Gives the guest a directory of the host. Paths cannot leave it, also not by links.
///
/// @param wasi the environment
/// @param host_path where it is; it must exist
/// @param guest_path what the guest calls it, UTF-8, copied
/// @param rights VM_WASI_READ, VM_WASI_WRITE, or both
/// @param error gets the error on failure; may be NULL
/// @return VM_STATUS_OK or a failure
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_FILE_NOT_FOUND, VM_STATUS_PERMISSION_DENIED, VM_STATUS_INVALID_ARGUMENT
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_WasiAddDirectory(
    wasi: Option<&Wasi>,
    host_path: *const c_char,
    guest_path: *const c_char,
    rights: WasiRights,
    error: *mut *mut Error,
) -> Status {
    guard(error, || {
        let wasi = &required(wasi, "wasi")?.inner;
        // SAFETY: the caller promises texts that end with NUL.
        let (host, guest) = unsafe { (path(host_path, "host_path")?, text(guest_path, "guest_path")?) };
        wasi.add_directory(host, guest, Rights::from_bits(rights)?)
    })
}

/// Gives the guest the process's own standard input.
///
/// @param wasi the environment
/// @param error gets the error on failure; may be NULL
/// @return VM_STATUS_OK or a failure
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_WasiInheritInput(wasi: Option<&Wasi>, error: *mut *mut Error) -> Status {
    guard(error, || {
        let wasi = &required(wasi, "wasi")?.inner;
        wasi.inherit_input();
        Ok(())
    })
}

/// Gives the guest bytes as its standard input; each context reads them from the first.
///
/// @param wasi the environment
/// @param data copied; may be NULL when size is 0
/// @param size how many bytes
/// @param error gets the error on failure; may be NULL
/// @return VM_STATUS_OK or a failure
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_WasiSetInput(wasi: Option<&Wasi>, data: *const u8, size: usize, error: *mut *mut Error) -> Status {
    guard(error, || {
        let wasi = &required(wasi, "wasi")?.inner;
        // SAFETY: the caller promises so many bytes.
        wasi.set_input(unsafe { slice(data, size, "data")? });
        Ok(())
    })
}

/// Gives the guest a file as its standard input; each context opens it anew.
///
/// @param wasi the environment
/// @param file its path
/// @param error gets the error on failure; may be NULL
/// @return VM_STATUS_OK or a failure
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_FILE_NOT_FOUND, VM_STATUS_PERMISSION_DENIED, VM_STATUS_IO
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_WasiSetInputFile(wasi: Option<&Wasi>, file: *const c_char, error: *mut *mut Error) -> Status {
    guard(error, || {
        let wasi = &required(wasi, "wasi")?.inner;
        // SAFETY: the caller promises a text that ends with NUL.
        wasi.set_input_file(unsafe { path(file, "file")? })
    })
}

/// Gives the guest what a callback reads as its standard input.
///
/// @param wasi the environment
/// @param read fills a buffer
/// @param user given to the callback; may be NULL
/// @param free_user called once with `user` when the callback is needed no more, also when this fails; NULL for none
/// @param error gets the error on failure; may be NULL
/// @return VM_STATUS_OK or a failure
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT
/// @par Ownership
/// `user` belongs to the environment from now on.
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_WasiSetInputCallback(
    wasi: Option<&Wasi>,
    read: Option<WasiRead>,
    user: *mut c_void,
    free_user: Option<abi::Free>,
    error: *mut *mut Error,
) -> Status {
    let user = UserData::new(user, free_user);
    guard(error, || {
        let wasi = &required(wasi, "wasi")?.inner;
        let read = read.ok_or_else(|| null("read"))?;
        wasi.set_input_callback(Arc::new(move |buffer: &mut [u8]| {
            // SAFETY: the callback takes the `user` that it was set with, and may write as many bytes as the buffer has.
            moved(unsafe { read(user.pointer(), buffer.as_mut_ptr(), buffer.len()) }, buffer.len())
        }));
        Ok(())
    })
}

/// Lets the guest write to the process's own stream.
///
/// @param wasi the environment
/// @param stream VM_WASI_STDOUT or VM_WASI_STDERR
/// @param error gets the error on failure; may be NULL
/// @return VM_STATUS_OK or a failure
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_WasiInherit(wasi: Option<&Wasi>, stream: WasiStream, error: *mut *mut Error) -> Status {
    guard(error, || {
        let wasi = &required(wasi, "wasi")?.inner;
        wasi.inherit(self::stream(stream)?);
        Ok(())
    })
}

/// Throws away what the guest writes to a stream.
///
/// @param wasi the environment
/// @param stream VM_WASI_STDOUT or VM_WASI_STDERR
/// @param error gets the error on failure; may be NULL
/// @return VM_STATUS_OK or a failure
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_WasiDiscard(wasi: Option<&Wasi>, stream: WasiStream, error: *mut *mut Error) -> Status {
    guard(error, || {
        let wasi = &required(wasi, "wasi")?.inner;
        wasi.discard(self::stream(stream)?);
        Ok(())
    })
}

/// Keeps what the guest writes to a stream in memory. A guest that writes more gets the error of a full device.
///
/// @param wasi the environment
/// @param stream VM_WASI_STDOUT or VM_WASI_STDERR
/// @param capacity the most bytes to keep; 0 for 16 MiB
/// @param error gets the error on failure; may be NULL
/// @return VM_STATUS_OK or a failure
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_WasiCapture(wasi: Option<&Wasi>, stream: WasiStream, capacity: usize, error: *mut *mut Error) -> Status {
    guard(error, || {
        let wasi = &required(wasi, "wasi")?.inner;
        wasi.capture(self::stream(stream)?, (capacity > 0).then_some(capacity));
        Ok(())
    })
}

/// Keeps what the guest writes to both streams in memory, at most 16 MiB each: VM_WasiGetOutput, VM_WasiGetErrors.
///
/// @param wasi the environment
/// @param error gets the error on failure; may be NULL
/// @return VM_STATUS_OK or a failure
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_WasiCaptureOutput(wasi: Option<&Wasi>, error: *mut *mut Error) -> Status {
    guard(error, || {
        let wasi = &required(wasi, "wasi")?.inner;
        wasi.capture(Stream::Output, None);
        wasi.capture(Stream::Errors, None);
        Ok(())
    })
}

/// Writes what the guest writes to a stream into a file, which is made or emptied now.
///
/// @param wasi the environment
/// @param stream VM_WASI_STDOUT or VM_WASI_STDERR
/// @param file its path
/// @param error gets the error on failure; may be NULL
/// @return VM_STATUS_OK or a failure
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT, VM_STATUS_FILE_NOT_FOUND, VM_STATUS_PERMISSION_DENIED, VM_STATUS_IO
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_WasiWriteToFile(
    wasi: Option<&Wasi>,
    stream: WasiStream,
    file: *const c_char,
    error: *mut *mut Error,
) -> Status {
    guard(error, || {
        let wasi = &required(wasi, "wasi")?.inner;
        // SAFETY: the caller promises a text that ends with NUL.
        wasi.write_to_file(self::stream(stream)?, unsafe { path(file, "file")? })
    })
}

/// Gives what the guest writes to a stream to a callback.
///
/// @param wasi the environment
/// @param stream VM_WASI_STDOUT or VM_WASI_STDERR
/// @param write takes the bytes
/// @param user given to the callback; may be NULL
/// @param free_user called once with `user` when the callback is needed no more, also when this fails; NULL for none
/// @param error gets the error on failure; may be NULL
/// @return VM_STATUS_OK or a failure
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT
/// @par Ownership
/// `user` belongs to the environment from now on.
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_WasiWriteToCallback(
    wasi: Option<&Wasi>,
    stream: WasiStream,
    write: Option<WasiWrite>,
    user: *mut c_void,
    free_user: Option<abi::Free>,
    error: *mut *mut Error,
) -> Status {
    let user = UserData::new(user, free_user);
    guard(error, || {
        let wasi = &required(wasi, "wasi")?.inner;
        let (stream, write) = (self::stream(stream)?, write.ok_or_else(|| null("write"))?);
        let forward = move |bytes: &[u8]| {
            // SAFETY: the callback takes the `user` that it was set with, and reads as many bytes as there are.
            moved(unsafe { write(user.pointer(), bytes.as_ptr(), bytes.len()) }, bytes.len())
        };
        wasi.write_to_callback(stream, Arc::new(forward));
        Ok(())
    })
}

/// Gives what was captured of standard output so far; the guest may still be running on another thread.
///
/// @param wasi the environment; NULL has none
/// @return the bytes, none when nothing was captured
/// @par Ownership
/// The bytes stay with the environment, until VM_WasiGetOutput is called again.
/// @par Threads
/// [one thread per object]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_WasiGetOutput(wasi: Option<&Wasi>) -> Bytes {
    given(wasi, 0, wasi::Wasi::output)
}

/// Gives what was captured of standard errors so far; the guest may still be running on another thread.
///
/// @param wasi the environment; NULL has none
/// @return the bytes, none when nothing was captured
/// @par Ownership
/// The bytes stay with the environment, until VM_WasiGetErrors is called again.
/// @par Threads
/// [one thread per object]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_WasiGetErrors(wasi: Option<&Wasi>) -> Bytes {
    given(wasi, 1, wasi::Wasi::errors)
}

fn given(wasi: Option<&Wasi>, index: usize, captured: impl FnOnce(&wasi::Wasi) -> Vec<u8>) -> Bytes {
    let nothing = Bytes { data: std::ptr::null(), size: 0 };
    guard_value(nothing, || {
        let Some(wasi) = wasi else { return nothing };
        let mut given = wasi.given[index].lock().unwrap_or_else(PoisonError::into_inner);
        *given = captured(&wasi.inner);
        Bytes { data: given.as_ptr(), size: given.len() }
    })
}

/// Tells whether a guest wanted to write more to a captured stream than is kept.
///
/// @param wasi the environment; NULL has none
/// @param stream VM_WASI_STDOUT or VM_WASI_STDERR
/// @return whether something is missing
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

/// Lets the guest read made-up times, for runs that can be repeated: both clocks begin at a time and go on by a step at each reading.
///
/// @param wasi the environment
/// @param start_ns the first reading, in nanoseconds
/// @param step_ns what each reading adds, in nanoseconds
/// @param error gets the error on failure; may be NULL
/// @return VM_STATUS_OK or a failure
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_WasiSetClock(wasi: Option<&Wasi>, start_ns: u64, step_ns: u64, error: *mut *mut Error) -> Status {
    guard(error, || {
        let wasi = &required(wasi, "wasi")?.inner;
        let clock = Clock::Steps { start: start_ns, step: step_ns };
        wasi.set_realtime_clock(Some(clock.clone()));
        wasi.set_monotonic_clock(Some(clock));
        Ok(())
    })
}

/// Lets the guest read pseudo-random numbers that are the same in each run. They are no secret.
///
/// @param wasi the environment
/// @param seed any number
/// @param error gets the error on failure; may be NULL
/// @return VM_STATUS_OK or a failure
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_WasiSetRandomSeed(wasi: Option<&Wasi>, seed: u64, error: *mut *mut Error) -> Status {
    guard(error, || {
        let wasi = &required(wasi, "wasi")?.inner;
        wasi.set_random_seed(Some(seed));
        Ok(())
    })
}

/// Deletes an environment; contexts in which it is registered keep what they need of it.
///
/// @param wasi the environment; NULL does nothing
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_WasiDelete(wasi: Option<Box<Wasi>>) {
    guard_value((), || drop(wasi));
}

/// Registers WASI preview 1 in a context, and opens its directories and files.
///
/// @param context the context
/// @param wasi the environment; it may be deleted afterwards
/// @param error gets the error on failure; may be NULL
/// @return VM_STATUS_OK or a failure
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_ALREADY_EXISTS, VM_STATUS_FILE_NOT_FOUND, VM_STATUS_PERMISSION_DENIED, VM_STATUS_IO,
/// VM_STATUS_BUSY, VM_STATUS_REENTRANT
/// @par Threads
/// [one thread per context]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_ContextRegisterWasi(context: Option<&Context>, wasi: Option<&Wasi>, error: *mut *mut Error) -> Status {
    with(context, error, |context| context.register_wasi(&required(wasi, "wasi")?.inner))
}

fn run(
    context: Option<&Context>,
    load: impl FnOnce(&engine::Engine) -> Result<Module>,
    exit_code: Option<&mut i32>,
    error: *mut *mut Error,
) -> Status {
    with(context, error, |context| {
        let module = load(context.store().engine())?;
        let code = context.run_wasi(&module.inner)?;
        if let Some(out) = exit_code {
            *out = code;
        }
        Ok(())
    })
}

/// Loads a WASI command from a file and runs it to its end.
///
/// @param context the context, in which WASI is registered
/// @param file path of the wasm file
/// @param exit_code gets the exit code, 0 when the guest just returns; may be NULL
/// @param error gets the error on failure; may be NULL
/// @return VM_STATUS_OK or a failure
/// @par Errors
/// those of VM_ModuleLoadFromFile and VM_ContextInstantiate, VM_STATUS_NOT_FOUND (no `_start`: not a command), and those of
/// VM_ContextExecute but VM_STATUS_EXIT
/// @par Threads
/// [one thread per context]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_ContextRunWasiFromFile(
    context: Option<&Context>,
    file: *const c_char,
    exit_code: Option<&mut i32>,
    error: *mut *mut Error,
) -> Status {
    run(context, |engine| load_file(engine, file), exit_code, error)
}

/// Loads a WASI command from memory and runs it to its end.
///
/// @param context the context, in which WASI is registered
/// @param data the wasm
/// @param size how many bytes
/// @param exit_code gets the exit code, 0 when the guest just returns; may be NULL
/// @param error gets the error on failure; may be NULL
/// @return VM_STATUS_OK or a failure
/// @par Errors
/// those of VM_ModuleLoadFromBuffer and VM_ContextInstantiate, VM_STATUS_NOT_FOUND (no `_start`: not a command), and those of
/// VM_ContextExecute but VM_STATUS_EXIT
/// @par Threads
/// [one thread per context]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_ContextRunWasiFromBuffer(
    context: Option<&Context>,
    data: *const u8,
    size: usize,
    exit_code: Option<&mut i32>,
    error: *mut *mut Error,
) -> Status {
    run(context, |engine| load_buffer(engine, data, size), exit_code, error)
}
