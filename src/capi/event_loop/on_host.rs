//! Loops on the host's own loop.

use super::{Loop, inner, milliseconds};
use crate::capi::error::Error;
use crate::capi::ffi::{Shared, hand_out, null, required};
use crate::capi::guard::guard;
use crate::capi::sized::{self, Growing};
use crate::event_loop::{Descriptor, EventLoop, HostLoop};
use crate::user_data::UserData;
use libvm_abi::{self as abi, LoopEvents, LoopHost, Status};
use std::ffi::c_void;
use std::sync::Arc;
use std::time::Duration;

// SAFETY: two numbers and four pointers leave no padding, and zeros are no functions.
unsafe impl Growing for LoopHost {
    const NAME: &'static str = "VM_LoopHost";
    const INIT: &'static str = "VM_LOOPHOST_INIT";
    const LEAST: usize = 8 + 4 * size_of::<*const ()>();
}

/// The functions with their argument.
struct Table {
    watch: abi::LoopHostWatch,
    unwatch: abi::LoopHostUnwatch,
    set_timer: abi::LoopHostSetTimer,
    wake: abi::LoopHostWake,
    user: UserData,
}

// SAFETY (of all blocks): the host promises that its functions take `user`, on the threads that the header names.
impl HostLoop for Table {
    fn watch(&self, descriptor: Descriptor, events: LoopEvents) -> bool {
        // SAFETY: as above.
        unsafe { (self.watch)(self.user.pointer(), descriptor, events) == abi::STATUS_OK }
    }

    fn unwatch(&self, descriptor: Descriptor) {
        // SAFETY: as above.
        unsafe { (self.unwatch)(self.user.pointer(), descriptor) }
    }

    fn set_timer(&self, after: Option<Duration>) {
        // SAFETY: as above.
        unsafe { (self.set_timer)(self.user.pointer(), milliseconds(after)) }
    }

    fn wake(&self) {
        // SAFETY: as above.
        unsafe { (self.wake)(self.user.pointer()) }
    }
}

/// Creates an event loop that runs in the host's own loop. The host calls VM_LoopRunOnce with 0 when `wake` or the timer asks for it, and
/// VM_LoopReport when a descriptor is ready. Where the host's loop can wait for a descriptor, VM_LoopCreate and VM_LoopGetHandle are
/// simpler.
///
/// @param host the functions of the host's loop; copied
/// @param user passed to the functions; may be NULL
/// @param free_user frees `user` when the loop is deleted: then no function is called any more; may be NULL
/// @param loop receives the loop; must not be NULL
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT (also for a missing function), VM_STATUS_INVALID_ARGUMENT (the size of the struct)
/// @par Ownership
/// The caller owns it and frees it with VM_LoopDelete. `user` is freed also if the call fails.
/// @par Threads
/// [thread-safe]
/// @since 0.3
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_LoopCreateOnHost(
    host: *const LoopHost,
    user: *mut c_void,
    free_user: Option<abi::Free>,
    r#loop: Option<&mut *mut Loop>,
    error: Option<&mut *mut Error>,
) -> Status {
    let user = UserData::new(user, free_user);
    guard(error, || {
        // SAFETY: the caller promises a struct of the size that it says.
        let host = unsafe { sized::read(host, "host")? };
        let out = required(r#loop, "loop")?;
        let missing = |name: &str| null(&format!("the function {name} of host"));
        let table = Table {
            watch: host.watch.ok_or_else(|| missing("watch"))?,
            unwatch: host.unwatch.ok_or_else(|| missing("unwatch"))?,
            set_timer: host.set_timer.ok_or_else(|| missing("set_timer"))?,
            wake: host.wake.ok_or_else(|| missing("wake"))?,
            user,
        };
        hand_out(out, Loop::new(EventLoop::on_host(Arc::new(table))));
        Ok(())
    })
}

/// Reports that a descriptor is ready, in a loop on the host's own loop, and runs a round. A descriptor that stays ready is reported
/// again and again.
///
/// @param loop the loop
/// @param fd the descriptor; nothing happens for one that is not watched
/// @param events the events that have come; for an error or a closed other side both
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_UNSUPPORTED (the loop waits by itself), VM_STATUS_BUSY, VM_STATUS_REENTRANT
/// @par Threads
/// [one thread per object]: as VM_LoopRunOnce
/// @since 0.3
#[unsafe(no_mangle)]
pub extern "C" fn VM_LoopReport(
    r#loop: Option<Shared<Loop>>,
    fd: i64,
    events: LoopEvents,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || inner(r#loop)?.event_loop.report(fd, events & (abi::LOOP_READABLE | abi::LOOP_WRITABLE)))
}
