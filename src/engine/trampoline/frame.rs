//! Frames: what a `VM_Caller` points to while a host function runs.
//!
//! A frame is never freed. Contexts take frames from a pool of the process and give them back, so that a caller that is
//! used after its call, or after its context, is found out (its id is 0) instead of being a use of freed memory.

use super::{HostCall, HostFunction};
use crate::engine::store::State;
use crate::status::Error;
use libvm_abi as abi;
use std::cell::{Cell, RefCell};
use std::ffi::c_void;
use std::mem::offset_of;
use std::ptr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// Begins as `VM_Caller` does.
#[repr(C)]
pub(super) struct Frame {
    table: Cell<*const abi::CallerTable>,
    data: Cell<*mut c_void>,
    id: AtomicU64,
    arg_count: Cell<u32>,
    result_count: Cell<u32>,
    thread: AtomicUsize,
    caller: Cell<*mut wasmi::Caller<'static, State>>,
    call: Cell<*const HostCall>,
    /// Whether a function of the caller is running: one that calls the guest, or one that lets code of the host free something.
    inside: Cell<bool>,
    /// Why something failed that the callback asked for, with the id of the call: a callback may go on and succeed.
    failure: RefCell<Option<(u64, Error)>>,
}

const _: () = {
    assert!(offset_of!(Frame, table) == offset_of!(abi::Caller, table));
    assert!(offset_of!(Frame, data) == offset_of!(abi::Caller, data));
    assert!(offset_of!(Frame, id) == offset_of!(abi::Caller, id));
    assert!(offset_of!(Frame, arg_count) == offset_of!(abi::Caller, arg_count));
    assert!(offset_of!(Frame, result_count) == offset_of!(abi::Caller, result_count));
};

#[derive(Clone, Copy)]
pub(super) struct FrameRef(&'static Frame);

// SAFETY: a frame belongs to one context, which one thread uses at a time. What another thread may look at (to find out
// that it is the wrong one) is atomic.
unsafe impl Send for FrameRef {}
// SAFETY: as above.
unsafe impl Sync for FrameRef {}

impl std::ops::Deref for FrameRef {
    type Target = Frame;

    fn deref(&self) -> &Frame {
        self.0
    }
}

static POOL: Mutex<Vec<FrameRef>> = Mutex::new(Vec::new());

/// The frames of a context: as many as host calls have been nested in it.
pub(in crate::engine) struct Frames {
    table: &'static abi::CallerTable,
    list: Vec<FrameRef>,
    active: usize,
    last_id: u64,
}

impl Frames {
    pub(in crate::engine) fn new(context: u64, table: &'static abi::CallerTable) -> Self {
        Self { table, list: Vec::new(), active: 0, last_id: context << 40 }
    }

    /// A frame for a call that begins, and the call's id.
    #[inline]
    pub(super) fn enter(&mut self) -> (FrameRef, u64) {
        let frame = match self.list.get(self.active) {
            Some(frame) => *frame,
            None => self.acquire(),
        };
        self.active += 1;
        self.last_id += 1;
        (frame, self.last_id)
    }

    #[cold]
    fn acquire(&mut self) -> FrameRef {
        let pooled = POOL.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).pop();
        let frame = pooled.unwrap_or_else(|| {
            FrameRef(Box::leak(Box::new(Frame {
                table: Cell::new(ptr::null()),
                data: Cell::new(ptr::null_mut()),
                id: AtomicU64::new(0),
                arg_count: Cell::new(0),
                result_count: Cell::new(0),
                thread: AtomicUsize::new(0),
                caller: Cell::new(ptr::null_mut()),
                call: Cell::new(ptr::null()),
                inside: Cell::new(false),
                failure: RefCell::new(None),
            })))
        });
        frame.table.set(self.table);
        self.list.push(frame);
        frame
    }

    /// Ends the innermost call.
    #[inline]
    pub(super) fn leave(&mut self, frame: FrameRef) {
        frame.id.store(0, Ordering::Relaxed);
        self.active -= 1;
    }
}

impl Drop for Frames {
    fn drop(&mut self) {
        POOL.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).append(&mut self.list);
    }
}

impl Frame {
    /// Fills in whose call it is.
    #[inline]
    pub(super) fn begin(&self, id: u64, caller: &mut wasmi::Caller<'_, State>, call: &HostCall) {
        self.data.set(call.data);
        self.arg_count.set(call.counts.0);
        self.result_count.set(call.counts.1);
        self.thread.store(caller.data().thread, Ordering::Relaxed);
        self.caller.set(ptr::from_mut(caller).cast());
        self.call.set(call);
        // Last: a thread that used the frame for an earlier call, and sees this id, also sees that the call is not its own.
        self.id.store(id, Ordering::Release);
    }

    /// What the callback is given.
    #[inline]
    pub(super) fn as_caller(&self) -> *mut abi::Caller {
        ptr::from_ref(self).cast_mut().cast()
    }

    /// Takes why the callback of this call failed.
    pub(super) fn take_failure(&self) -> Option<Error> {
        let id = self.id.load(Ordering::Relaxed);
        self.failure.take().filter(|(call, _)| *call == id).map(|(_, error)| error)
    }
}

/// The call that a `VM_Caller` stands for, while it is looked into.
pub struct ActiveCall<'a> {
    caller: &'a mut wasmi::Caller<'static, State>,
    frame: FrameRef,
    call: &'a HostCall,
}

impl ActiveCall<'_> {
    pub(in crate::engine) fn caller(&mut self) -> &mut wasmi::Caller<'static, State> {
        self.caller
    }

    /// The host function that is running.
    pub fn function(&self) -> &HostFunction {
        &self.call.function
    }

    /// The memory of the guest that called.
    pub(in crate::engine) fn memory(&self) -> Option<wasmi::Memory> {
        self.call.memory.of(self.caller)
    }

    /// Says why the callback is about to fail.
    pub fn set_failure(&self, error: Error) {
        self.frame.failure.replace(Some((self.frame.id.load(Ordering::Relaxed), error)));
    }
}

/// Looks into the call that `caller` stands for.
///
/// # Errors
/// `STATUS_NULL_ARGUMENT`, `STATUS_STALE` outside of the call, `STATUS_WRONG_THREAD`, `STATUS_REENTRANT` while the callback
/// is in another function of the caller: one that calls the guest, or frees what the host gave.
///
/// # Safety
/// `caller` is null or was given to a callback by this library.
pub unsafe fn with_caller<R>(
    caller: *mut abi::Caller,
    work: impl FnOnce(&mut ActiveCall<'_>) -> Result<R, abi::Status>,
) -> Result<R, abi::Status> {
    struct Back(FrameRef);
    impl Drop for Back {
        fn drop(&mut self) {
            self.0.inside.set(false);
        }
    }
    if caller.is_null() {
        return Err(abi::STATUS_NULL_ARGUMENT);
    }
    // SAFETY: callbacks are given frames only, and frames are never freed.
    let frame = FrameRef(unsafe { &*caller.cast::<Frame>() });
    if frame.id.load(Ordering::Acquire) == 0 {
        return Err(abi::STATUS_STALE);
    }
    if frame.thread.load(Ordering::Relaxed) != crate::engine::store::current_thread() {
        return Err(abi::STATUS_WRONG_THREAD);
    }
    if frame.inside.replace(true) {
        return Err(abi::STATUS_REENTRANT);
    }
    let _back = Back(frame);
    // SAFETY: the id is not 0, so the trampoline is waiting for the callback on this thread and does not touch its caller;
    // `inside` was not set, so no other function of the caller is running.
    let (caller, call) = unsafe { (&mut *frame.caller.get(), &*frame.call.get()) };
    work(&mut ActiveCall { caller, frame, call })
}
