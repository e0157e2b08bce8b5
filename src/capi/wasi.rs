//! WASI
//!
//! WASI preview 1: the arguments, variables, directories and streams of a guest. An environment can be registered in several
//! contexts; each context receives the settings at that time. By default there are no arguments, variables, directories and no input;
//! the output streams are those of the process. `poll_oneoff`, reading and writing block the thread, unless the guest may be suspended
//! (VM_WasiSetMaySuspend).

mod streams;

use super::cell::{Context, with};
use super::error::Error;
use super::ffi::{Shared, hand_out, path, required, shared, slice, text};
use super::guard::{guard, guard_value};
use super::module::{Module, load_buffer, load_file};
use crate::engine;
use crate::status::Result;
use crate::wasi::{self, Clock, Rights};
use libvm_abi::Status;
use std::ffi::c_char;
use std::sync::Mutex;

/// What a guest may do in a directory: VM_WASI_READ, VM_WASI_WRITE, or both.
pub type WasiRights = u32;
/// Open, read and list. Without VM_WASI_WRITE, every change fails with EROFS.
pub const WASI_READ: WasiRights = 1;
/// Create, write, rename and remove. Without VM_WASI_READ, reading and listing fail with EACCES.
pub const WASI_WRITE: WasiRights = 2;

const _: () = assert!(WASI_READ == Rights::READ.bits() && WASI_WRITE == Rights::WRITE.bits());

/// A WASI environment.
pub struct Wasi {
    inner: wasi::Wasi,
    /// What was returned last of each stream.
    given: [Mutex<Vec<u8>>; 2],
}

/// The environment, where there is WASI.
fn environment<'a>(wasi: Option<Shared<'a, Wasi>>) -> Result<&'a wasi::Wasi> {
    wasi::available()?;
    Ok(&shared(wasi, "wasi")?.inner)
}

/// Creates an environment: no arguments, no variables, no directories, no input, and the output streams of the process.
///
/// @param wasi receives the environment; must not be NULL
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_UNSUPPORTED (the library was built without WASI)
/// @par Ownership
/// The caller owns it and frees it with VM_WasiDelete.
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_WasiCreate(wasi: Option<&mut *mut Wasi>, error: Option<&mut *mut Error>) -> Status {
    guard(error, || {
        wasi::available()?;
        hand_out(required(wasi, "wasi")?, Wasi { inner: wasi::Wasi::new(), given: Default::default() });
        Ok(())
    })
}

/// Sets the arguments of the guest, beginning with the name of the program.
///
/// @param wasi the environment
/// @param arguments UTF-8; copied; may be NULL if count is 0
/// @param count the number
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8; VM_STATUS_LIMIT for more than 16,384 arguments
/// @par Threads
/// [thread-safe]
/// @since 0.1
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_WasiSetArguments(
    wasi: Option<Shared<Wasi>>,
    arguments: *const *const c_char,
    count: usize,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || {
        let wasi = environment(wasi)?;
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
/// @param name the name, UTF-8, without `=`; copied
/// @param value UTF-8; copied
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_INVALID_ARGUMENT; VM_STATUS_LIMIT for more than 16,384 variables
/// @par Threads
/// [thread-safe]
/// @since 0.1
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_WasiAddEnvironment(
    wasi: Option<Shared<Wasi>>,
    name: *const c_char,
    value: *const c_char,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || {
        let wasi = environment(wasi)?;
        // SAFETY: the caller promises texts that end with NUL.
        let (name, value) = unsafe { (text(name, "name")?, text(value, "value")?) };
        wasi.add_environment(name, value)
    })
}

/// Adds all environment variables of the process that are valid UTF-8.
///
/// @param wasi the environment
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT; VM_STATUS_LIMIT for more than 16,384 variables
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_WasiInheritEnvironment(wasi: Option<Shared<Wasi>>, error: Option<&mut *mut Error>) -> Status {
    guard(error, || {
        let wasi = environment(wasi)?;
        wasi.inherit_environment()
    })
}

/// Makes a directory of the host available to the guest. Paths cannot leave it, not even through links.
///
/// @param wasi the environment
/// @param host_path the path on the host; it must exist
/// @param guest_path the path for the guest, UTF-8; copied
/// @param rights VM_WASI_READ, VM_WASI_WRITE, or both
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_FILE_NOT_FOUND, VM_STATUS_PERMISSION_DENIED,
/// VM_STATUS_INVALID_ARGUMENT, VM_STATUS_ALREADY_EXISTS (the guest path is in use)
/// @par Threads
/// [thread-safe]
/// @since 0.1
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_WasiAddDirectory(
    wasi: Option<Shared<Wasi>>,
    host_path: *const c_char,
    guest_path: *const c_char,
    rights: WasiRights,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || {
        let wasi = environment(wasi)?;
        // SAFETY: the caller promises texts that end with NUL.
        let (host, guest) = unsafe { (path(host_path, "host_path")?, text(guest_path, "guest_path")?) };
        wasi.add_directory(host, guest, Rights::from_bits(rights)?)
    })
}

/// Replaces the clocks of the guest, for reproducible runs: both clocks start at a time and advance by a step with each reading.
///
/// @param wasi the environment
/// @param start_ns the first time, in nanoseconds
/// @param step_ns the step, in nanoseconds
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_WasiSetClock(
    wasi: Option<Shared<Wasi>>,
    start_ns: u64,
    step_ns: u64,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || {
        let wasi = environment(wasi)?;
        let clock = Clock::Steps { start: start_ns, step: step_ns };
        wasi.set_realtime_clock(Some(clock.clone()));
        wasi.set_monotonic_clock(Some(clock));
        Ok(())
    })
}

/// Replaces the random numbers of the guest by pseudo-random ones that are the same in each run. They are not secret.
///
/// @param wasi the environment
/// @param seed the seed
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_WasiSetRandomSeed(wasi: Option<Shared<Wasi>>, seed: u64, error: Option<&mut *mut Error>) -> Status {
    guard(error, || {
        let wasi = environment(wasi)?;
        wasi.set_random_seed(Some(seed));
        Ok(())
    })
}

/// Sets whether a guest is suspended where a function of WASI has to wait: `poll_oneoff`, `fd_read` and `fd_write`. A started execution
/// (VM_ContextStart) is then VM_EXECUTION_PENDING, and its thread is free; a blocking one waits on its thread. Without it such a
/// function holds the thread of the guest; cancelling and timeouts end that too, if the engine is interruptible. Files, pipes,
/// terminals and sockets are waited for by one thread of the process.
///
/// @param wasi the environment
/// @param may_suspend true to suspend guests in contexts that register the environment from now on; initially false
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT
/// @par Threads
/// [thread-safe]
/// @since 0.3
#[unsafe(no_mangle)]
pub extern "C" fn VM_WasiSetMaySuspend(wasi: Option<Shared<Wasi>>, may_suspend: bool, error: Option<&mut *mut Error>) -> Status {
    guard(error, || {
        environment(wasi)?.set_may_suspend(may_suspend);
        Ok(())
    })
}

/// Deletes an environment. Contexts in which it is registered keep what they need of it.
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
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_ALREADY_EXISTS, VM_STATUS_FILE_NOT_FOUND, VM_STATUS_PERMISSION_DENIED, VM_STATUS_IO,
/// VM_STATUS_BUSY, VM_STATUS_REENTRANT
/// @par Threads
/// [one thread per context]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_ContextRegisterWasi(
    context: Option<Shared<Context>>,
    wasi: Option<Shared<Wasi>>,
    error: Option<&mut *mut Error>,
) -> Status {
    with(context, error, |context| register(context, environment(wasi)?))
}

#[cfg(feature = "wasi")]
fn register(context: &mut crate::context::Context, wasi: &wasi::Wasi) -> Result<()> {
    context.register_wasi(wasi)
}

#[cfg(not(feature = "wasi"))]
fn register(_: &mut crate::context::Context, _: &wasi::Wasi) -> Result<()> {
    wasi::available()
}

fn run(
    context: Option<Shared<Context>>,
    load: impl FnOnce(&engine::Engine) -> Result<Module>,
    exit_code: Option<&mut i32>,
    error: Option<&mut *mut Error>,
) -> Status {
    with(context, error, |context| {
        wasi::available()?;
        let module = load(context.store().engine())?;
        let code = context.run_wasi(&module.inner)?;
        if let Some(out) = exit_code {
            *out = code;
        }
        Ok(())
    })
}

/// Loads a WASI command from a file and runs it. For a reactor, which is not run but called, see VM_ContextInstantiate.
///
/// @param context the context, in which WASI is registered
/// @param file the path of the wasm file
/// @param exit_code receives the exit code, 0 if the guest returns without one; may be NULL
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// The errors of VM_ModuleLoadFromFile and VM_ContextInstantiate, VM_STATUS_NOT_FOUND (no `_start`: not a command), and those of
/// VM_ContextExecute except VM_STATUS_EXIT
/// @par Threads
/// [one thread per context]
/// @since 0.1
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_ContextRunWasiFromFile(
    context: Option<Shared<Context>>,
    file: *const c_char,
    exit_code: Option<&mut i32>,
    error: Option<&mut *mut Error>,
) -> Status {
    run(context, |engine| load_file(engine, file), exit_code, error)
}

/// Loads a WASI command from memory and runs it. For a reactor, which is not run but called, see VM_ContextInstantiate.
///
/// @param context the context, in which WASI is registered
/// @param data the module
/// @param size the number of bytes
/// @param exit_code receives the exit code, 0 if the guest returns without one; may be NULL
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// The errors of VM_ModuleLoadFromBuffer and VM_ContextInstantiate, VM_STATUS_NOT_FOUND (no `_start`: not a command), and those
/// of VM_ContextExecute except VM_STATUS_EXIT
/// @par Threads
/// [one thread per context]
/// @since 0.1
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_ContextRunWasiFromBuffer(
    context: Option<Shared<Context>>,
    data: *const u8,
    size: usize,
    exit_code: Option<&mut i32>,
    error: Option<&mut *mut Error>,
) -> Status {
    run(context, |engine| load_buffer(engine, data, size), exit_code, error)
}
