//! The service of the event loop: `libvm.loop/1`.

use crate::event_loop::{Callback, EventLoop, Owner};
use crate::panics;
use crate::plugin::host::object::{Host, host_of};
use crate::status::{Error, Result};
use crate::user_data::UserData;
use libvm_abi::{self as abi, Free, LoopEvents, LoopService, PluginHost, Status};
use std::ffi::c_void;
use std::sync::Arc;
use std::time::Duration;

/// The table that plug-ins are passed.
pub static SERVICE: LoopService = LoopService {
    size: size_of::<LoopService>() as u32,
    reserved: 0,
    watch,
    modify_watch,
    unwatch,
    start_timer,
    cancel_timer,
    post,
};

/// Runs `work` with the loop and the owner.
///
/// # Safety
/// `host` is NULL or the pointer that the plug-in was passed.
unsafe fn with(host: *const PluginHost, work: impl FnOnce(&EventLoop, &Arc<dyn Owner>) -> Result<()>) -> Status {
    let status = panics::catch(|| {
        // SAFETY: promised above.
        let Some(host) = (unsafe { host_of(host) }) else { return abi::STATUS_NULL_ARGUMENT };
        let Some(loop_use) = host.loop_use() else { return abi::STATUS_UNSUPPORTED };
        match loop_use.event_loop().and_then(|event_loop| work(event_loop, loop_use.owner())) {
            Ok(()) => abi::STATUS_OK,
            Err(error) => explain(host, &error),
        }
    });
    status.unwrap_or(abi::STATUS_INTERNAL)
}

/// Returns the status of an error, of which the plug-in's host keeps the message unless it is part of the usual course of things.
fn explain(host: &Host, error: &Error) -> Status {
    if error.status() != abi::STATUS_STALE {
        host.give_reason(error.message().to_owned(), Some(error.status()), None);
    }
    error.status()
}

/// Writes the number that was given.
///
/// # Safety
/// `out` is NULL or can be written to.
unsafe fn write(out: *mut u64, id: u64) {
    if !out.is_null() {
        // SAFETY: promised above.
        unsafe { out.write(id) };
    }
}

fn missing() -> Error {
    Error::new(abi::STATUS_NULL_ARGUMENT, "callback is NULL")
}

unsafe extern "C" fn watch(
    host: *const PluginHost,
    fd: i64,
    events: LoopEvents,
    callback: Option<abi::LoopWatchCallback>,
    user: *mut c_void,
    free_user: Option<Free>,
    id: *mut u64,
) -> Status {
    let user = UserData::new(user, free_user);
    let watch = |event_loop: &EventLoop, owner: &Arc<dyn Owner>| {
        let callback = callback.ok_or_else(missing)?;
        // SAFETY: the plug-in promises that the callback takes its `user`, on the thread of the loop.
        let call: Callback = Arc::new(move |id, events| unsafe { callback(user.pointer(), id, events) });
        // SAFETY: the plug-in promises what the header says.
        event_loop.watch(fd, events, owner, call, |made| unsafe { write(id, made) }).map(|_| ())
    };
    // SAFETY: the plug-in promises what the header says.
    unsafe { with(host, watch) }
}

unsafe extern "C" fn modify_watch(host: *const PluginHost, id: u64, events: LoopEvents) -> Status {
    // SAFETY: the plug-in promises what the header says.
    unsafe { with(host, |event_loop, owner| event_loop.modify_watch(id, events, owner)) }
}

unsafe extern "C" fn unwatch(host: *const PluginHost, id: u64) -> Status {
    // SAFETY: the plug-in promises what the header says.
    unsafe { with(host, |event_loop, owner| event_loop.unwatch(id, owner)) }
}

unsafe extern "C" fn start_timer(
    host: *const PluginHost,
    first_ms: u64,
    repeat_ms: u64,
    callback: Option<abi::LoopTimerCallback>,
    user: *mut c_void,
    free_user: Option<Free>,
    id: *mut u64,
) -> Status {
    let user = UserData::new(user, free_user);
    let start = |event_loop: &EventLoop, owner: &Arc<dyn Owner>| {
        let callback = callback.ok_or_else(missing)?;
        // SAFETY: the plug-in promises that the callback takes its `user`, on the thread of the loop.
        let call: Callback = Arc::new(move |id, _| unsafe { callback(user.pointer(), id) });
        let repeat = (repeat_ms > 0).then(|| Duration::from_millis(repeat_ms));
        // SAFETY: the plug-in promises what the header says.
        let told = |made| unsafe { write(id, made) };
        event_loop.start_timer(Duration::from_millis(first_ms), repeat, owner, call, told).map(|_| ())
    };
    // SAFETY: the plug-in promises what the header says.
    unsafe { with(host, start) }
}

unsafe extern "C" fn cancel_timer(host: *const PluginHost, id: u64) -> Status {
    // SAFETY: the plug-in promises what the header says.
    unsafe { with(host, |event_loop, owner| event_loop.cancel_timer(id, owner)) }
}

unsafe extern "C" fn post(
    host: *const PluginHost,
    callback: Option<abi::LoopPostCallback>,
    user: *mut c_void,
    free_user: Option<Free>,
) -> Status {
    let user = UserData::new(user, free_user);
    let post = |event_loop: &EventLoop, owner: &Arc<dyn Owner>| {
        let callback = callback.ok_or_else(missing)?;
        // SAFETY: the plug-in promises that the callback takes its `user`, on the thread of the loop.
        event_loop.post(owner, Arc::new(move |_, _| unsafe { callback(user.pointer()) }))
    };
    // SAFETY: the plug-in promises what the header says.
    unsafe { with(host, post) }
}
