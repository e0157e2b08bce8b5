//! Frames: what a `VM_Caller` points to while a host function runs.
//!
//! A frame is never freed. Each host function of a context has its own, taken from a pool of the process and returned when
//! the context is deleted, so that using a caller after its call, or after its context, is detected (its id is 0)
//! instead of being a use of freed memory. A nested call of the same function takes another frame meanwhile.
//!
//! A call writes as little into its frame as possible: wasmi's own part of a call includes two locked instructions, of which the
//! second waits until everything written in between has reached the cache.

use super::call::HostCall;
use super::home::Home;
use crate::status::Error;
use crate::user_data::UserData;
use crate::{thread, tight};
use libvm_abi as abi;
use std::cell::{Cell, RefCell};
use std::ffi::{CString, c_char, c_void};
use std::mem::offset_of;
use std::ops::Deref;
use std::ptr;
use std::sync::atomic::{AtomicPtr, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard};

/// Begins like `VM_Caller`. Each call writes it: it shares no line of the cache with a frame of another context, which another thread
/// may write.
#[repr(C, align(64))]
pub struct Frame {
    table: Cell<*const abi::CallerTable>,
    data: Cell<*mut c_void>,
    id: AtomicU64,
    arg_count: Cell<u32>,
    result_count: Cell<u32>,
    myself: Cell<*mut abi::PluginInstance>,
    _reserved: *mut c_void,
    /// The number of the last call; each frame has a range of its own.
    last_id: Cell<u64>,
    /// The store that is lent to the call, as its engine represents it.
    store: Cell<*mut c_void>,
    call: Cell<*const HostCall>,
    /// How much was lent in the context before something was lent to the callback through this frame.
    lent: Cell<Option<usize>>,
    home: AtomicPtr<Home>,
    /// Whether a function of the caller is running: one that calls the guest, or one that makes code of the host free something.
    inside: Cell<bool>,
    /// What most frames never have.
    rare: RefCell<Option<Box<Rare>>>,
}

// A context has one for each function that its guests import: two lines of the cache.
#[cfg(target_pointer_width = "64")]
const _: () = assert!(size_of::<Frame>() == 128);

/// What few callbacks need.
#[derive(Default)]
struct Rare {
    /// The pointer that the callback keeps until it returns.
    kept: Option<UserData>,
    /// The error of the callback's last failed request, with the id of the call: a callback may continue and succeed.
    failure: Option<(u64, Error)>,
    /// Likewise the error of the last call into the guest: a callback may clean up, and then return the guest's failure.
    guest_failure: Option<(u64, Error)>,
    /// The message that was lent to the callback last.
    message: CString,
    /// The signature that was lent to the callback last.
    signature: CString,
}

const _: () = {
    assert!(offset_of!(Frame, table) == offset_of!(abi::Caller, table));
    assert!(offset_of!(Frame, data) == offset_of!(abi::Caller, data));
    assert!(offset_of!(Frame, id) == offset_of!(abi::Caller, id));
    assert!(offset_of!(Frame, arg_count) == offset_of!(abi::Caller, arg_count));
    assert!(offset_of!(Frame, result_count) == offset_of!(abi::Caller, result_count));
    assert!(offset_of!(Frame, myself) == offset_of!(abi::Caller, myself));
    assert!(offset_of!(Frame, _reserved) == offset_of!(abi::Caller, reserved));
};

#[derive(Clone, Copy)]
pub struct FrameRef(&'static Frame);

// SAFETY: a frame belongs to one context, which one thread uses at a time. What another thread may read (to detect
// that it is the wrong one) is atomic.
unsafe impl Send for FrameRef {}
// SAFETY: as above.
unsafe impl Sync for FrameRef {}

impl Deref for FrameRef {
    type Target = Frame;

    #[inline]
    fn deref(&self) -> &Frame {
        self.0
    }
}

/// Unused frames.
pub(super) struct Pool {
    frames: Vec<FrameRef>,
    /// Number of frames.
    made: u64,
}

static POOL: Mutex<Pool> = Mutex::new(Pool { frames: Vec::new(), made: 0 });

pub(super) fn pool() -> MutexGuard<'static, Pool> {
    POOL.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// A frame until it is returned to the pool.
pub struct OwnFrame(FrameRef);

impl OwnFrame {
    /// A frame of a context that calls can be attached to.
    pub fn new(table: &'static abi::CallerTable, home: &'static Home) -> Self {
        let frame = pool().take(table);
        // Another thread may read it, through a caller that it should no longer have.
        if frame.table.get() != ptr::from_ref(table) {
            frame.table.set(table);
        }
        frame.home.store(ptr::from_ref(home).cast_mut(), Ordering::Relaxed);
        Self(frame)
    }
}

impl Pool {
    fn take(&mut self, table: &'static abi::CallerTable) -> FrameRef {
        if let Some(frame) = self.frames.pop() {
            return frame;
        }
        let made = &mut self.made;
        let frames = tight::forever(|| {
            *made += 1;
            Frame {
                table: Cell::new(table),
                data: Cell::new(ptr::null_mut()),
                id: AtomicU64::new(0),
                arg_count: Cell::new(0),
                result_count: Cell::new(0),
                myself: Cell::new(ptr::null_mut()),
                _reserved: ptr::null_mut(),
                last_id: Cell::new(*made << 40),
                store: Cell::new(ptr::null_mut()),
                call: Cell::new(ptr::null()),
                lent: Cell::new(None),
                home: AtomicPtr::new(ptr::null_mut()),
                inside: Cell::new(false),
                rare: RefCell::new(None),
            }
        });
        let (first, others) = frames.split_first().expect("some were made");
        self.frames.extend(others.iter().map(FrameRef));
        FrameRef(first)
    }
}

impl Deref for OwnFrame {
    type Target = FrameRef;

    #[inline]
    fn deref(&self) -> &FrameRef {
        &self.0
    }
}

impl Drop for OwnFrame {
    fn drop(&mut self) {
        // A caller that is used after its context finds no call.
        self.0.data.set(ptr::null_mut());
        self.0.myself.set(ptr::null_mut());
        pool().frames.push(self.0);
    }
}

impl Frame {
    /// Returns whether a call is in the frame.
    #[inline(always)]
    pub fn is_busy(&self) -> bool {
        self.id.load(Ordering::Relaxed) != 0
    }

    /// Sets the host function whose calls are in the frame; it must not move while the frame is in use.
    pub fn attach(&self, call: &HostCall) {
        self.data.set(call.data);
        self.myself.set(call.myself);
        self.arg_count.set(call.counts.0);
        self.result_count.set(call.counts.1);
        self.call.set(call);
    }

    /// Begins a call, to which `store` is lent.
    ///
    /// # Safety
    /// The store is not used until `end`, except through this frame.
    #[inline(always)]
    pub unsafe fn begin(&self, store: *mut c_void) {
        self.store.set(store);
        let id = self.last_id.get() + 1;
        self.last_id.set(id);
        // Last: a thread that used the frame for an earlier call, and sees this id, also sees that the call is not its own.
        self.id.store(id, Ordering::Release);
    }

    /// Returns the pointer that was passed to `begin`.
    pub fn store(&self) -> *mut c_void {
        self.store.get()
    }

    /// Ends the call.
    #[inline(always)]
    pub fn end(&self) {
        self.id.store(0, Ordering::Relaxed);
    }

    /// Returns whether nothing was lent to the callback, so that nothing has to be taken back.
    #[inline(always)]
    pub fn is_tidy(&self) -> bool {
        self.lent.get().is_none()
    }

    /// Returns the number of the call.
    pub fn call_id(&self) -> u64 {
        self.id.load(Ordering::Relaxed)
    }

    /// Records how much was lent in the context before something is lent to this call: `mark` returns it.
    pub fn set_lent(&self, mark: impl FnOnce() -> usize) {
        if self.is_tidy() {
            self.lent.set(Some(mark()));
        }
    }

    /// Takes the recorded mark.
    pub fn take_lent(&self) -> Option<usize> {
        self.lent.take()
    }

    /// Keeps a pointer until the callback returns; returns the one that was kept before.
    pub fn keep(&self, data: UserData) -> Option<UserData> {
        self.rare(|rare| rare.kept.replace(data))
    }

    /// Returns the pointer that is kept until the callback returns.
    pub fn kept(&self) -> *mut c_void {
        let rare = self.rare.borrow();
        rare.as_ref().and_then(|rare| rare.kept.as_ref()).map_or(ptr::null_mut(), UserData::pointer)
    }

    /// Takes what the callback kept.
    pub fn take_kept(&self) -> Option<UserData> {
        self.rare.borrow_mut().as_mut()?.kept.take()
    }

    /// Returns the pointer that the callback is passed.
    #[inline(always)]
    pub fn as_caller(&self) -> *mut abi::Caller {
        ptr::from_ref(self).cast_mut().cast()
    }

    /// Records why a request of the callback failed.
    pub fn set_failure(&self, error: Error) {
        let known = Some((self.id.load(Ordering::Relaxed), error));
        self.rare(|rare| rare.failure = known);
    }

    /// Returns why the last failed request of the callback of this call failed.
    pub fn failure(&self) -> Option<Error> {
        let id = self.id.load(Ordering::Relaxed);
        let rare = self.rare.borrow();
        let known = rare.as_ref()?.failure.as_ref();
        known.filter(|(call, _)| *call == id).map(|(_, error)| error.clone())
    }

    /// Lends a message to the callback, until it is lent another one.
    pub fn lend_message(&self, message: CString) -> *const c_char {
        self.rare(|rare| {
            rare.message = message;
            rare.message.as_ptr()
        })
    }

    /// Lends a signature to the callback, until it is lent another one.
    pub fn lend_signature(&self, signature: CString) -> *const c_char {
        self.rare(|rare| {
            rare.signature = signature;
            rare.signature.as_ptr()
        })
    }

    /// Records why a call into the guest failed.
    pub fn set_guest_failure(&self, error: Error) {
        let known = Some((self.id.load(Ordering::Relaxed), error));
        self.rare(|rare| rare.guest_failure = known);
    }

    /// Takes the reason why the callback of this call failed with a status.
    pub fn take_failure(&self, status: abi::Status) -> Option<Error> {
        let id = self.id.load(Ordering::Relaxed);
        let (failure, guest_failure) = {
            let mut rare = self.rare.borrow_mut();
            let rare = rare.as_mut()?;
            (rare.failure.take(), rare.guest_failure.take())
        };
        let mut known = [failure, guest_failure].into_iter().flatten();
        known.find(|(call, error)| *call == id && error.status() == status).map(|(_, error)| error)
    }

    /// Runs a function on what few callbacks need.
    fn rare<R>(&self, work: impl FnOnce(&mut Rare) -> R) -> R {
        work(self.rare.borrow_mut().get_or_insert_default())
    }

    /// Returns whether the context runs compiled code.
    #[cfg(feature = "compiled")]
    pub fn is_compiled(&self) -> bool {
        // SAFETY: a frame that was passed to a callback has a home, and homes are never freed.
        unsafe { &*self.home.load(Ordering::Relaxed) }.is_compiled()
    }

    /// Returns the thread on which the callback runs.
    fn thread(&self) -> usize {
        // SAFETY: a frame that was passed to a callback has a home, and homes are never freed.
        unsafe { &*self.home.load(Ordering::Relaxed) }.thread()
    }
}

/// A frame in whose call a function of the caller is running, until that ends.
pub struct Claimed(FrameRef);

impl Claimed {
    /// Claims the frame that `caller` points to.
    ///
    /// # Errors
    /// `STATUS_NULL_ARGUMENT`, `STATUS_STALE` outside of the call, `STATUS_WRONG_THREAD`, `STATUS_REENTRANT` if it is
    /// already claimed.
    ///
    /// # Safety
    /// `caller` is null or was passed to a callback by this library.
    pub unsafe fn new(caller: *mut abi::Caller) -> Result<Self, abi::Status> {
        if caller.is_null() {
            return Err(abi::STATUS_NULL_ARGUMENT);
        }
        // SAFETY: callbacks are passed frames only, and frames are never freed.
        let frame = FrameRef(unsafe { &*caller.cast::<Frame>() });
        if frame.id.load(Ordering::Acquire) == 0 {
            return Err(abi::STATUS_STALE);
        }
        if frame.thread() != thread::id() {
            return Err(abi::STATUS_WRONG_THREAD);
        }
        if frame.inside.replace(true) {
            return Err(abi::STATUS_REENTRANT);
        }
        Ok(Self(frame))
    }

    /// Returns the frame.
    pub fn frame(&self) -> FrameRef {
        self.0
    }

    /// Returns the host call that is running.
    pub fn call(&self) -> &HostCall {
        // SAFETY: the id was not 0, so the trampoline is waiting for the callback on this thread. The call exists as long
        // as its frame is attached to it.
        unsafe { &*self.0.call.get() }
    }
}

impl Drop for Claimed {
    fn drop(&mut self) {
        self.0.inside.set(false);
    }
}
