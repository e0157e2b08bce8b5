//! The functions of `wasi_snapshot_preview1`, independent of the engine: each receives the guest's memory.
#![forbid(unsafe_code)]

use super::common::{Errno, GuestMemory, WasiCtx, anyhow, preview1};
use super::errno::{self, out_of_bounds, trap};
use super::{MODULE, WasiState};
use crate::engine::bounds::range;
use crate::limits;
use crate::panics;
use crate::status::{Error, Result};
use crate::value::{FuncType, ValType};
use libvm_abi as abi;
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::pin;
use std::sync::LazyLock;
use std::task::{Context, Poll, Waker};

/// The largest value of an argument by which a guest makes the host allocate, and the error number for more.
type Most = (u32, Errno);
const BUFFERS: Most = (limits::MAX_WASI_BUFFERS, Errno::Inval);
const SUBSCRIPTIONS: Most = (limits::MAX_WASI_SUBSCRIPTIONS, Errno::Inval);
const PATH: Most = (limits::MAX_WASI_PATH, Errno::Nametoolong);

/// The result for success.
const SUCCESS: i32 = Errno::Success as i32;

/// Passes all functions that `wasi-common` implements to the macro `$each`, which defines or binds them.
macro_rules! functions {
    ($each:ident) => {
        $each! {
            args_get(argv: i32, buffer: i32);
            args_sizes_get(count: i32, size: i32);
            environ_get(environ: i32, buffer: i32);
            environ_sizes_get(count: i32, size: i32);
            clock_res_get(clock: i32, resolution: i32);
            clock_time_get(clock: i32, precision: i64, time: i32);
            fd_advise(fd: i32, offset: i64, size: i64, advice: i32);
            fd_allocate(fd: i32, offset: i64, size: i64);
            fd_close(fd: i32);
            fd_datasync(fd: i32);
            fd_fdstat_get(fd: i32, stat: i32);
            fd_fdstat_set_flags(fd: i32, flags: i32);
            fd_fdstat_set_rights(fd: i32, rights: i64, inheriting: i64);
            fd_filestat_get(fd: i32, stat: i32);
            fd_filestat_set_size(fd: i32, size: i64);
            fd_filestat_set_times(fd: i32, accessed: i64, modified: i64, flags: i32);
            fd_pread(fd: i32, buffers: i32, count: i32, offset: i64, size: i32) limited count to BUFFERS;
            fd_prestat_get(fd: i32, stat: i32);
            fd_prestat_dir_name(fd: i32, path: i32, path_size: i32);
            fd_pwrite(fd: i32, buffers: i32, count: i32, offset: i64, size: i32) limited count to BUFFERS;
            fd_read(fd: i32, buffers: i32, count: i32, size: i32) limited count to BUFFERS;
            fd_readdir(fd: i32, buffer: i32, buffer_size: i32, cookie: i64, size: i32);
            fd_renumber(fd: i32, to: i32);
            fd_seek(fd: i32, offset: i64, whence: i32, position: i32);
            fd_sync(fd: i32);
            fd_tell(fd: i32, position: i32);
            fd_write(fd: i32, buffers: i32, count: i32, size: i32) limited count to BUFFERS;
            path_create_directory(fd: i32, path: i32, path_size: i32) limited path_size to PATH;
            path_filestat_get(fd: i32, flags: i32, path: i32, path_size: i32, stat: i32) limited path_size to PATH;
            path_filestat_set_times(fd: i32, flags: i32, path: i32, path_size: i32, accessed: i64, modified: i64, which: i32) limited path_size to PATH;
            path_link(old_fd: i32, flags: i32, old: i32, old_size: i32, new_fd: i32, new: i32, new_size: i32) limited old_size to PATH, new_size to PATH;
            path_open(fd: i32, lookup: i32, path: i32, path_size: i32, how: i32, rights: i64, inheriting: i64, flags: i32, opened: i32) limited path_size to PATH;
            path_readlink(fd: i32, path: i32, path_size: i32, buffer: i32, buffer_size: i32, size: i32) limited path_size to PATH;
            path_remove_directory(fd: i32, path: i32, path_size: i32) limited path_size to PATH;
            path_rename(fd: i32, old: i32, old_size: i32, new_fd: i32, new: i32, new_size: i32) limited old_size to PATH, new_size to PATH;
            path_symlink(target: i32, target_size: i32, fd: i32, path: i32, path_size: i32) limited target_size to PATH, path_size to PATH;
            path_unlink_file(fd: i32, path: i32, path_size: i32) limited path_size to PATH;
            poll_oneoff(subscriptions: i32, events: i32, count: i32, size: i32) limited count to SUBSCRIPTIONS begun by begin_polling;
            proc_raise(signal: i32);
            sched_yield();
            sock_accept(fd: i32, flags: i32, accepted: i32);
            sock_recv(fd: i32, buffers: i32, count: i32, how: i32, size: i32, flags: i32) limited count to BUFFERS;
            sock_send(fd: i32, buffers: i32, count: i32, how: i32, size: i32) limited count to BUFFERS;
            sock_shutdown(fd: i32, how: i32);
        }
    };
}
pub(in crate::engine) use functions;

macro_rules! define {
    ($($name:ident($($arg:ident: $ty:ty),*) $(limited $($count:ident to $most:ident),+)? $(begun by $begin:ident)?;)*) => {
        $(
            /// Returns the function with this name.
            ///
            /// # Errors
            /// `STATUS_OUT_OF_BOUNDS` for a pointer outside of the memory, `STATUS_TRAP` for other errors that have no number in WASI.
            #[allow(clippy::too_many_arguments, reason = "as many as WASI has")]
            pub fn $name(memory: &mut [u8], state: &mut WasiState, $($arg: $ty),*) -> Result<i32> {
                $($(if $count as u32 > $most.0 {
                    return Ok($most.1 as i32);
                })+)?
                $(state.$begin();)?
                call(stringify!($name), memory, state, async |wasi, memory| preview1::$name(wasi, memory, $($arg),*).await)
            }
        )*
    };
}
functions!(define);

macro_rules! types {
    ($($name:ident($($arg:ident: $ty:ty),*) $(limited $($count:ident to $most:ident),+)? $(begun by $begin:ident)?;)*) => {
        /// The types of all functions, by name.
        static TYPES: LazyLock<BTreeMap<&'static str, FuncType>> = LazyLock::new(|| {
            BTreeMap::from([
                $((stringify!($name), FuncType::new([$(<$ty as Number>::TYPE),*], [ValType::I32])),)*
                ("proc_exit", FuncType::new([ValType::I32], [])),
                ("random_get", FuncType::new([ValType::I32, ValType::I32], [ValType::I32])),
            ])
        });
    };
}
functions!(types);

/// Returns the names of all functions, in order.
pub fn names() -> impl ExactSizeIterator<Item = &'static str> {
    TYPES.keys().copied()
}

/// Returns the type of a function; `None` if WASI has no function with that name.
pub fn function_type(name: &str) -> Option<&'static FuncType> {
    TYPES.get(name)
}

/// A number type of wasm.
trait Number {
    const TYPE: ValType;
}

impl Number for i32 {
    const TYPE: ValType = ValType::I32;
}

impl Number for i64 {
    const TYPE: ValType = ValType::I64;
}

/// Runs a function and catches its panics: the engine's own call handlers cannot be unwound.
///
/// # Errors
/// Its own, and `STATUS_INTERNAL` for a panic.
pub fn guarded<R>(name: &str, work: impl FnOnce() -> Result<R>) -> Result<R> {
    panics::catch(work).unwrap_or_else(|panic| Err(trap(name, &format!("panicked: {}", panic.text()))))
}

/// Creates the error of a guest that exits with an exit code.
pub fn proc_exit(code: i32) -> Error {
    Error::new(abi::STATUS_EXIT, format!("the guest exited with code {code}")).with_exit_code(code)
}

/// Creates the error of a guest in whose context no WASI is registered.
pub fn no_environment(name: &str) -> Error {
    trap(name, "the context has no WASI environment; register one in the context before the guest runs")
}

/// Creates the error of a function that would have to wait, where the guest cannot be suspended.
pub fn would_block(name: &str, why: &str) -> Error {
    Error::new(abi::STATUS_WOULD_BLOCK, trap(name, why).message()).in_function(MODULE, name)
}

/// Creates the error of a guest whose export `memory` is not a memory; `found` is its kind, if it exists.
pub fn no_memory(name: &str, found: Option<&str>) -> Error {
    let found = match found {
        None => "it has no such export".to_owned(),
        Some(noun) => format!("that export is a {noun}"),
    };
    trap(name, &format!("the calling module must export its memory as `memory`, but {found}; export the memory"))
}

fn call(
    name: &str,
    memory: &mut [u8],
    state: &mut WasiState,
    function: impl AsyncFnOnce(&mut WasiCtx, &mut GuestMemory<'_>) -> anyhow::Result<i32>,
) -> Result<i32> {
    let mut memory = GuestMemory::Unshared(memory);
    let future = pin!(function(&mut state.wasi, &mut memory));
    // Everything that is awaited blocks the thread or fails with a suspension, so the first poll completes, and it needs no heap.
    completed(name, future.poll(&mut Context::from_waker(Waker::noop())))
}

#[inline(never)] // a part of each function otherwise
fn completed(name: &str, outcome: Poll<anyhow::Result<i32>>) -> Result<i32> {
    match outcome {
        Poll::Ready(Ok(errno)) => Ok(errno),
        Poll::Ready(Err(error)) => errno::of_failure(name, error).map(|errno| errno as i32),
        Poll::Pending => Err(trap(name, "would have to wait for something that never happens; please report this")),
    }
}

/// Fills a range of guest memory with random bytes.
///
/// # Errors
/// `STATUS_OUT_OF_BOUNDS` if it is not inside the memory.
pub fn random_get(memory: &mut [u8], state: &mut WasiState, buffer: i32, size: i32) -> Result<i32> {
    let range = range(memory.len(), u64::from(buffer as u32), u64::from(size as u32));
    let range = range.map_err(|error| out_of_bounds("random_get", error.message()))?;
    let bytes = &mut memory[range];
    match &mut state.random {
        Some(random) => random.fill(bytes),
        None => match state.wasi.random.lock() {
            Ok(mut random) => random.fill_bytes(bytes),
            Err(_) => return Ok(Errno::Io as i32),
        },
    }
    Ok(SUCCESS)
}
