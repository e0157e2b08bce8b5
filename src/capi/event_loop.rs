//! Loop
//!
//! An event loop calls functions when a descriptor is ready, when a timer is due, or when another thread posts them. They run on the
//! thread that runs the loop: a program that has no loop of its own calls VM_LoopRunOnce again and again; one that has adds
//! VM_LoopGetHandle to what it waits for, or lets libvm use its loop (VM_LoopCreateOnHost). VM_PluginRegistrySetLoop offers the loop to
//! plug-ins, which find it as the service `libvm.loop/1`.
//!
//! All functions except those that run a round may be called on any thread, and in callbacks: there a watch or timer may end itself
//! or others, and the loop may be deleted. When VM_LoopUnwatch, VM_LoopCancelTimer or VM_LoopDelete returns, the callback is not
//! called any more; if it is running on another thread, they wait until it has returned, so do not hold a lock that it takes. A
//! callback that ends itself goes on. `free_user` is called exactly once, after the last call.

mod on_host;

use super::error::Error;
use super::ffi::{Shared, hand_out, required, shared};
use super::guard::{guard, guard_value};
use super::plugin::{PluginRegistry, registry};
use crate::event_loop::{EventLoop, Owner};
use crate::status::Result;
use crate::user_data::UserData;
use libvm_abi::{self as abi, LoopEvents, Status};
use std::ffi::c_void;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// An event loop.
// A callback of the loop may delete it: behind a lock, what a call refers to may be freed while it runs.
pub struct Loop(Mutex<Inner>);

#[derive(Clone)]
struct Inner {
    event_loop: Arc<EventLoop>,
    owner: Arc<dyn Owner>,
}

/// The host itself, whose callbacks may always run.
struct Host;

impl Owner for Host {
    fn run(&self, work: &mut dyn FnMut()) {
        work();
    }
}

impl Loop {
    fn new(event_loop: Arc<EventLoop>) -> Self {
        Self(Mutex::new(Inner { event_loop, owner: Arc::new(Host) }))
    }

    fn inner(&self) -> Inner {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn inner(event_loop: Option<Shared<Loop>>) -> Result<Inner> {
    shared(event_loop, "loop").map(Loop::inner)
}

/// Writes a number to where the host wants it, if anywhere.
fn write_to(id: Option<&mut u64>) -> impl FnOnce(u64) {
    |made| {
        if let Some(id) = id {
            *id = made;
        }
    }
}

/// A time in milliseconds; UINT64_MAX is none.
fn duration(ms: u64) -> Option<Duration> {
    (ms != u64::MAX).then(|| Duration::from_millis(ms))
}

/// Milliseconds, rounded up; UINT64_MAX for no time.
fn milliseconds(time: Option<Duration>) -> u64 {
    time.map_or(u64::MAX, |time| u64::try_from(time.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX - 1))
}

/// Creates an event loop that waits with the system's interface: epoll, kqueue, event ports or I/O completion ports.
///
/// @param loop receives the loop; must not be NULL
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_IO (the process has too many descriptors)
/// @par Ownership
/// The caller owns it and frees it with VM_LoopDelete.
/// @par Threads
/// [thread-safe]
/// @since 0.3
#[unsafe(no_mangle)]
pub extern "C" fn VM_LoopCreate(r#loop: Option<&mut *mut Loop>, error: Option<&mut *mut Error>) -> Status {
    guard(error, || {
        let out = required(r#loop, "loop")?;
        hand_out(out, Loop::new(EventLoop::new()?));
        Ok(())
    })
}

/// Deletes an event loop: its watches and timers end, and what was posted is not called. Plug-ins that still use it get
/// VM_STATUS_STALE.
///
/// @param loop the loop; NULL does nothing
/// @par Threads
/// [thread-safe]: also in its own callbacks; not while another thread runs it
/// @since 0.3
#[unsafe(no_mangle)]
pub extern "C" fn VM_LoopDelete(r#loop: Option<Box<Loop>>) {
    guard_value((), || {
        let Some(event_loop) = r#loop else { return };
        event_loop.inner().event_loop.close();
    });
}

/// Runs a round of an event loop: waits until something is due, and calls the functions that are. What these post or start is due in
/// the next round. In a loop on the host's own loop it does not wait.
///
/// @param loop the loop
/// @param timeout_ms milliseconds to wait at most; 0 not to wait, UINT64_MAX for no bound
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, also when nothing was due; otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_BUSY (another thread runs it), VM_STATUS_REENTRANT (in a callback of it), VM_STATUS_IO
/// @par Threads
/// [one thread per object]: this thread calls the callbacks; a second thread gets VM_STATUS_BUSY
/// @since 0.3
#[unsafe(no_mangle)]
pub extern "C" fn VM_LoopRunOnce(r#loop: Option<Shared<Loop>>, timeout_ms: u64, error: Option<&mut *mut Error>) -> Status {
    guard(error, || inner(r#loop)?.event_loop.run_once(duration(timeout_ms)))
}

/// Returns a descriptor that is readable when VM_LoopRunOnce has something to do: a watched descriptor is ready, a timer is due, or
/// something was posted. Only wait for it, with poll, epoll, select or another loop, and then call VM_LoopRunOnce with 0.
///
/// @param loop the loop; may be NULL
/// @return the descriptor, which belongs to the loop; -1 for NULL, where the system has none (other than Linux), and for a loop on the
///         host's own loop: see VM_LoopGetTimeout
/// @par Threads
/// [thread-safe]
/// @since 0.3
#[unsafe(no_mangle)]
pub extern "C" fn VM_LoopGetHandle(r#loop: Option<&Loop>) -> i64 {
    guard_value(-1, || r#loop.and_then(|event_loop| event_loop.inner().event_loop.handle()).unwrap_or(-1))
}

/// Returns the time until the next timer is due, or something that was posted.
///
/// @param loop the loop; may be NULL
/// @return milliseconds, rounded up; 0 if something is due; UINT64_MAX if there is none, and for NULL
/// @par Threads
/// [thread-safe]
/// @since 0.3
#[unsafe(no_mangle)]
pub extern "C" fn VM_LoopGetTimeout(r#loop: Option<&Loop>) -> u64 {
    guard_value(u64::MAX, || milliseconds(r#loop.and_then(|event_loop| event_loop.inner().event_loop.timeout())))
}

/// Watches a descriptor: `callback` is called in each round in which it is ready, until the watch is ended. A descriptor may be watched
/// several times. End its watches before closing it: otherwise they may see another one that gets its number.
///
/// @param loop the loop
/// @param fd a file descriptor that the system can wait for: socket, pipe, terminal, …; on Windows a SOCKET
/// @param events VM_LOOP_READABLE, VM_LOOP_WRITABLE, both, or 0 for a watch that pauses. A descriptor with an error, or whose other side
///        was closed, counts as ready
/// @param callback the function
/// @param user passed to the function; may be NULL
/// @param free_user frees `user` when the watch has ended; may be NULL
/// @param id receives the number of the watch, never 0; may be NULL
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT (unknown events, or not an open descriptor), VM_STATUS_UNSUPPORTED (a file or
/// directory, for which the system does not wait), VM_STATUS_IO
/// @par Ownership
/// `user` is freed also if the call fails.
/// @par Threads
/// [thread-safe]
/// @since 0.3
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_LoopWatch(
    r#loop: Option<Shared<Loop>>,
    fd: i64,
    events: LoopEvents,
    callback: Option<abi::LoopWatchCallback>,
    user: *mut c_void,
    free_user: Option<abi::Free>,
    id: Option<&mut u64>,
    error: Option<&mut *mut Error>,
) -> Status {
    let user = UserData::new(user, free_user);
    guard(error, || {
        let Inner { event_loop, owner } = inner(r#loop)?;
        let callback = required(callback, "callback")?;
        // SAFETY: whoever passed the function promised that it may be called with this pointer on the loop's thread.
        let call = move |id, events| unsafe { callback(user.pointer(), id, events) };
        event_loop.watch(fd, events, &owner, Arc::new(call), write_to(id)).map(|_| ())
    })
}

/// Changes the events of a watch.
///
/// @param loop the loop
/// @param id the number of the watch
/// @param events as in VM_LoopWatch
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_STALE (the watch was ended), and those of VM_LoopWatch
/// @par Threads
/// [thread-safe]
/// @since 0.3
#[unsafe(no_mangle)]
pub extern "C" fn VM_LoopModifyWatch(
    r#loop: Option<Shared<Loop>>,
    id: u64,
    events: LoopEvents,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || {
        let Inner { event_loop, owner } = inner(r#loop)?;
        event_loop.modify_watch(id, events, &owner)
    })
}

/// Ends a watch.
///
/// @param loop the loop
/// @param id the number of the watch
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_STALE (the watch was ended)
/// @par Threads
/// [thread-safe]
/// @since 0.3
#[unsafe(no_mangle)]
pub extern "C" fn VM_LoopUnwatch(r#loop: Option<Shared<Loop>>, id: u64, error: Option<&mut *mut Error>) -> Status {
    guard(error, || {
        let Inner { event_loop, owner } = inner(r#loop)?;
        event_loop.unwatch(id, &owner)
    })
}

/// Starts a timer: `callback` is called after some time, once or repeatedly. A repeating timer that was missed is called once, not
/// several times.
///
/// @param loop the loop
/// @param first_ms milliseconds until the first call; 0 for the next round
/// @param repeat_ms milliseconds between the calls; 0 for a timer that is called once
/// @param callback the function
/// @param user passed to the function; may be NULL
/// @param free_user frees `user` when the timer has ended; may be NULL
/// @param id receives the number of the timer, never 0; may be NULL
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT
/// @par Ownership
/// `user` is freed also if the call fails.
/// @par Threads
/// [thread-safe]
/// @since 0.3
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_LoopStartTimer(
    r#loop: Option<Shared<Loop>>,
    first_ms: u64,
    repeat_ms: u64,
    callback: Option<abi::LoopTimerCallback>,
    user: *mut c_void,
    free_user: Option<abi::Free>,
    id: Option<&mut u64>,
    error: Option<&mut *mut Error>,
) -> Status {
    let user = UserData::new(user, free_user);
    guard(error, || {
        let Inner { event_loop, owner } = inner(r#loop)?;
        let callback = required(callback, "callback")?;
        // SAFETY: whoever passed the function promised that it may be called with this pointer on the loop's thread.
        let call = move |id, _| unsafe { callback(user.pointer(), id) };
        let repeat = (repeat_ms > 0).then(|| Duration::from_millis(repeat_ms));
        event_loop.start_timer(Duration::from_millis(first_ms), repeat, &owner, Arc::new(call), write_to(id)).map(|_| ())
    })
}

/// Cancels a timer.
///
/// @param loop the loop
/// @param id the number of the timer
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_STALE (it has run, or was cancelled)
/// @par Threads
/// [thread-safe]
/// @since 0.3
#[unsafe(no_mangle)]
pub extern "C" fn VM_LoopCancelTimer(r#loop: Option<Shared<Loop>>, id: u64, error: Option<&mut *mut Error>) -> Status {
    guard(error, || {
        let Inner { event_loop, owner } = inner(r#loop)?;
        event_loop.cancel_timer(id, &owner)
    })
}

/// Calls a function once on the thread that runs the loop, in its next round: the way for other threads to get there. Functions are
/// called in the order in which they were posted.
///
/// @param loop the loop
/// @param callback the function
/// @param user passed to the function; may be NULL
/// @param free_user frees `user` after the call, or when the loop is deleted before; may be NULL
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT
/// @par Ownership
/// `user` is freed also if the call fails.
/// @par Threads
/// [thread-safe]
/// @since 0.3
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_LoopPost(
    r#loop: Option<Shared<Loop>>,
    callback: Option<abi::LoopPostCallback>,
    user: *mut c_void,
    free_user: Option<abi::Free>,
    error: Option<&mut *mut Error>,
) -> Status {
    let user = UserData::new(user, free_user);
    guard(error, || {
        let Inner { event_loop, owner } = inner(r#loop)?;
        let callback = required(callback, "callback")?;
        // SAFETY: whoever passed the function promised that it may be called with this pointer on the loop's thread.
        event_loop.post(&owner, Arc::new(move |_, _| unsafe { callback(user.pointer()) }))
    })
}

/// Sets the event loop that plug-ins of a registry use with the service `libvm.loop/1`. Without one the functions of the service return
/// VM_STATUS_UNSUPPORTED. Set it before loading plug-ins: they may need it when they start.
///
/// @param registry the registry
/// @param loop the loop; it may be deleted before the registry
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_SEALED (the registry has another loop)
/// @par Ownership
/// What a plug-in has left in the loop ends before its `cleanup` is called.
/// @par Threads
/// [thread-safe]
/// @since 0.3
#[unsafe(no_mangle)]
pub extern "C" fn VM_PluginRegistrySetLoop(
    registry: Option<Shared<PluginRegistry>>,
    r#loop: Option<Shared<Loop>>,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || {
        let registry = self::registry(registry)?;
        registry.set_event_loop(inner(r#loop)?.event_loop)
    })
}
