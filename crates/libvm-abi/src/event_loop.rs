//! The event loop: callbacks, events, and the service for plug-ins.
use crate::{Free, PluginHost, Status};
use core::ffi::c_void;

/// A set of `LOOP_*` events of a descriptor.
pub type LoopEvents = u32;
/// Reading does not block.
pub const LOOP_READABLE: LoopEvents = 1;
/// Writing does not block.
pub const LOOP_WRITABLE: LoopEvents = 2;
/// The descriptor cannot be watched: the watch has ended.
pub const LOOP_FAILED: LoopEvents = 4;

/// Called when a watched descriptor is ready: `user`, id of the watch, events.
pub type LoopWatchCallback = unsafe extern "C" fn(*mut c_void, u64, LoopEvents);
/// Called when a timer is due: `user`, id of the timer.
pub type LoopTimerCallback = unsafe extern "C" fn(*mut c_void, u64);
/// Called soon after it was posted: `user`.
pub type LoopPostCallback = unsafe extern "C" fn(*mut c_void);

/// Watches a descriptor.
pub type LoopHostWatch = unsafe extern "C" fn(*mut c_void, i64, LoopEvents) -> Status;
/// Watches a descriptor no longer.
pub type LoopHostUnwatch = unsafe extern "C" fn(*mut c_void, i64);
/// Sets the timer, in milliseconds.
pub type LoopHostSetTimer = unsafe extern "C" fn(*mut c_void, u64);
/// Wakes the loop.
pub type LoopHostWake = unsafe extern "C" fn(*mut c_void);

/// A host's own loop, as functions.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct LoopHost {
    /// Size of this struct in bytes.
    pub size: u32,
    /// 0.
    pub reserved: u32,
    /// Watches a descriptor; required.
    pub watch: Option<LoopHostWatch>,
    /// Watches a descriptor no longer; required.
    pub unwatch: Option<LoopHostUnwatch>,
    /// Sets the timer; required.
    pub set_timer: Option<LoopHostSetTimer>,
    /// Wakes the loop; required.
    pub wake: Option<LoopHostWake>,
}

/// The id of the service of the event loop.
pub const LOOP_SERVICE: &str = "libvm.loop/1";

/// The service of the event loop.
#[repr(C)]
#[derive(Debug)]
pub struct LoopService {
    /// Size of this struct in bytes.
    pub size: u32,
    /// 0.
    pub reserved: u32,
    /// Watches a descriptor.
    pub watch: unsafe extern "C" fn(
        *const PluginHost,
        i64,
        LoopEvents,
        Option<LoopWatchCallback>,
        *mut c_void,
        Option<Free>,
        *mut u64,
    ) -> Status,
    /// Changes the events of a watch.
    pub modify_watch: unsafe extern "C" fn(*const PluginHost, u64, LoopEvents) -> Status,
    /// Ends a watch.
    pub unwatch: unsafe extern "C" fn(*const PluginHost, u64) -> Status,
    /// Starts a timer.
    pub start_timer: unsafe extern "C" fn(
        *const PluginHost,
        u64,
        u64,
        Option<LoopTimerCallback>,
        *mut c_void,
        Option<Free>,
        *mut u64,
    ) -> Status,
    /// Cancels a timer.
    pub cancel_timer: unsafe extern "C" fn(*const PluginHost, u64) -> Status,
    /// Calls a function on the thread of the loop.
    pub post: unsafe extern "C" fn(*const PluginHost, Option<LoopPostCallback>, *mut c_void, Option<Free>) -> Status,
}

const _: () = {
    let pointer = size_of::<*const ()>();
    assert!(size_of::<LoopHost>() == 8 + 4 * pointer);
    assert!(size_of::<LoopService>() == 8 + 6 * pointer);
};
