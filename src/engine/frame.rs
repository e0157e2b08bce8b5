//! Frames: what a `VM_Caller` points to while a host function runs.
//!
//! A frame is never freed. Each host function of a context has one of its own, taken from a pool of the process and given
//! back with the context, so that a caller that is used after its call, or after its context, is found out (its id is 0)
//! instead of being a use of freed memory. A call nested in one of the same function takes another frame meanwhile.
//!
//! A call writes as little into its frame as can be: wasmi's own part of a call is two locked instructions, of which the
//! second waits until all that was written in between has reached the cache.

use super::call::{Bound, HostCall};
use super::function::HostFunction;
use super::guest::Guest;
use super::interpreter::store::State;
use crate::status::Error;
use crate::thread;
use crate::user_data::UserData;
use libvm_abi::{self as abi, Value};
use std::cell::{Cell, RefCell};
use std::ffi::c_void;
use std::mem::{self, MaybeUninit, offset_of};
use std::ops::Deref;
use std::ptr::{self, NonNull};
use std::sync::Arc;
use std::sync::atomic::{AtomicPtr, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard};
use wasmi::{AsContextMut, Caller, StoreContextMut};

/// Begins as `VM_Caller` does.
#[repr(C)]
pub(in crate::engine) struct Frame {
    table: Cell<*const abi::CallerTable>,
    data: Cell<*mut c_void>,
    id: AtomicU64,
    arg_count: Cell<u32>,
    result_count: Cell<u32>,
    /// The number of the last call; each frame has a range of its own.
    last_id: Cell<u64>,
    /// What the call was lent of its store. No `Option`: after the call it refers to nothing, and must not even be moved as one.
    store: Cell<MaybeUninit<StoreContextMut<'static, State>>>,
    /// What a call from a start function was lent instead: who called, as wasmi has it, since the instance that imports the
    /// function is not known yet. NULL otherwise.
    caller: Cell<*mut Caller<'static, State>>,
    call: Cell<*const HostCall>,
    /// How much was lent in the context before the callback was lent something through this frame.
    lent: Cell<Option<usize>>,
    home: AtomicPtr<Home>,
    /// Whether a function of the caller is running: one that calls the guest, or one that lets code of the host free something.
    inside: Cell<bool>,
    /// What the callback keeps until it returns.
    kept: RefCell<Option<UserData>>,
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

/// What the frames of a context have in common. It is never freed either.
struct Home {
    /// The thread that uses the context now.
    thread: AtomicUsize,
}

#[derive(Clone, Copy)]
pub(in crate::engine) struct FrameRef(&'static Frame);

// SAFETY: a frame belongs to one context, which one thread uses at a time. What another thread may look at (to find out
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

/// Frames and homes that nobody uses.
struct Pool {
    frames: Vec<FrameRef>,
    homes: Vec<&'static Home>,
    /// How many frames there are.
    made: u64,
}

static POOL: Mutex<Pool> = Mutex::new(Pool { frames: Vec::new(), homes: Vec::new(), made: 0 });

fn pool() -> MutexGuard<'static, Pool> {
    POOL.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// Where the frames of a context come from.
pub(in crate::engine) struct Frames {
    table: &'static abi::CallerTable,
    home: &'static Home,
    /// The host functions of the context with their frames.
    bound: Vec<BoundRef>,
}

impl Frames {
    pub(in crate::engine) fn new(table: &'static abi::CallerTable) -> Self {
        let home = pool().homes.pop().unwrap_or_else(|| Box::leak(Box::new(Home { thread: AtomicUsize::new(0) })));
        Self { table, home, bound: Vec::new() }
    }

    /// Says which thread uses the context from now on.
    #[inline]
    pub(in crate::engine) fn set_thread(&self, thread: usize) {
        self.home.thread.store(thread, Ordering::Relaxed);
    }

    /// Keeps a host function as long as the context, with a frame.
    pub(in crate::engine) fn keep(&mut self, call: HostCall) -> BoundRef {
        let bound = BoundRef(NonNull::from(Box::leak(Box::new(Bound { frame: self.acquire(), call }))));
        bound.frame.attach(&bound.call);
        self.bound.push(bound);
        bound
    }

    /// The host functions that were bound, and who imports them.
    pub(in crate::engine) fn bound(&self) -> impl Iterator<Item = (&HostFunction, &Guest)> {
        self.bound.iter().map(|bound| (&*bound.call.function, &*bound.call.guest))
    }

    /// A frame that calls can be attached to.
    pub(in crate::engine) fn acquire(&self) -> OwnFrame {
        let mut pool = pool();
        let frame = pool.frames.pop().unwrap_or_else(|| {
            pool.made += 1;
            FrameRef(Box::leak(Box::new(Frame {
                table: Cell::new(self.table),
                data: Cell::new(ptr::null_mut()),
                id: AtomicU64::new(0),
                arg_count: Cell::new(0),
                result_count: Cell::new(0),
                last_id: Cell::new(pool.made << 40),
                store: Cell::new(MaybeUninit::uninit()),
                caller: Cell::new(ptr::null_mut()),
                call: Cell::new(ptr::null()),
                lent: Cell::new(None),
                home: AtomicPtr::new(ptr::null_mut()),
                inside: Cell::new(false),
                kept: RefCell::new(None),
                failure: RefCell::new(None),
            })))
        });
        // Another thread may read it, through a caller that it should not have any more.
        if frame.table.get() != ptr::from_ref(self.table) {
            frame.table.set(self.table);
        }
        frame.home.store(ptr::from_ref(self.home).cast_mut(), Ordering::Relaxed);
        OwnFrame(frame)
    }
}

/// Puts others in the place of a store's bound functions: those that `other` gives, of the same type in wasm, with the plug-in's
/// instance.
pub(in crate::engine) fn rebind(
    store: &mut wasmi::Store<State>,
    mut other: impl FnMut(&HostFunction, &Guest) -> Option<(Arc<HostFunction>, *mut c_void)>,
) {
    for bound in &store.data_mut().frames.bound {
        let Some((function, instance)) = other(&bound.call.function, &bound.call.guest) else { continue };
        // SAFETY: trampolines look at it during calls only, and who has the store mutably is in none of its calls.
        unsafe { &mut (*bound.0.as_ptr()).call }.exchange(&function, instance);
        bound.frame.attach(&bound.call);
    }
}

/// A host function of a context: what its trampoline holds. It is copied and never dropped, which makes the code of each of the
/// many trampolines a good deal shorter.
#[derive(Clone, Copy)]
pub(in crate::engine) struct BoundRef(NonNull<Bound>);

// SAFETY: it is as good as a shared reference.
unsafe impl Send for BoundRef {}
// SAFETY: as above.
unsafe impl Sync for BoundRef {}

impl Deref for BoundRef {
    type Target = Bound;

    #[inline(always)]
    fn deref(&self) -> &Bound {
        // SAFETY: the context's state has it as long as there is a store whose trampolines can be called.
        unsafe { self.0.as_ref() }
    }
}

impl Drop for Frames {
    fn drop(&mut self) {
        for bound in self.bound.drain(..) {
            // SAFETY: it was a box's, and whoever drops the state calls no more trampolines.
            drop(unsafe { Box::from_raw(bound.0.as_ptr()) });
        }
        pool().homes.push(self.home);
    }
}

/// A frame until it is given back.
pub(in crate::engine) struct OwnFrame(FrameRef);

impl Deref for OwnFrame {
    type Target = FrameRef;

    #[inline]
    fn deref(&self) -> &FrameRef {
        &self.0
    }
}

impl Drop for OwnFrame {
    fn drop(&mut self) {
        pool().frames.push(self.0);
    }
}

impl Frame {
    /// Whether a call is in it.
    #[inline(always)]
    pub(in crate::engine) fn is_busy(&self) -> bool {
        self.id.load(Ordering::Relaxed) != 0
    }

    /// Says whose calls are in it; they must stay where they are as long as it is in use.
    pub(in crate::engine) fn attach(&self, call: &HostCall) {
        self.data.set(call.data);
        self.arg_count.set(call.counts.0);
        self.result_count.set(call.counts.1);
        self.call.set(call);
    }

    /// Begins a call.
    ///
    /// # Safety
    /// The store is not used until `end`, but through this frame.
    #[inline(always)]
    pub(in crate::engine) unsafe fn begin(&self, store: StoreContextMut<'_, State>) {
        // SAFETY: it is used until `end` only, and the store is lent longer than that.
        let store = unsafe { mem::transmute::<StoreContextMut<'_, State>, StoreContextMut<'static, State>>(store) };
        self.store.set(MaybeUninit::new(store));
        self.enter();
    }

    /// Begins a call from a start function.
    ///
    /// # Safety
    /// The caller is not used until `end`, but through this frame; then `forget_caller` follows.
    pub(in crate::engine) unsafe fn begin_starting(&self, caller: *mut Caller<'_, State>) {
        self.caller.set(caller.cast());
        self.enter();
    }

    /// Lets go of what `begin_starting` was given.
    pub(in crate::engine) fn forget_caller(&self) {
        self.caller.set(ptr::null_mut());
    }

    #[inline(always)]
    fn enter(&self) {
        let id = self.last_id.get() + 1;
        self.last_id.set(id);
        // Last: a thread that used the frame for an earlier call, and sees this id, also sees that the call is not its own.
        self.id.store(id, Ordering::Release);
    }

    /// What the call was lent.
    ///
    /// # Safety
    /// A call is in the frame, and nothing else that it was lent is in use.
    unsafe fn lent_store<'a>(&self) -> Lent<'a> {
        // SAFETY: one of the two was set when the call began, and is good until it ends.
        unsafe {
            match self.caller.get().as_mut() {
                Some(caller) => Lent::Caller(mem::transmute::<&mut Caller<'static, State>, &mut Caller<'a, State>>(caller)),
                None => Lent::Store((*self.store.as_ptr()).assume_init_mut().as_context_mut()),
            }
        }
    }

    /// Ends it.
    #[inline(always)]
    pub(in crate::engine) fn end(&self) {
        self.id.store(0, Ordering::Relaxed);
    }

    /// Whether the callback was lent nothing, so that nothing has to be taken back.
    #[inline(always)]
    pub(in crate::engine) fn is_tidy(&self) -> bool {
        self.lent.get().is_none()
    }

    /// Takes back what the callback was lent, unless who called does so.
    pub(in crate::engine) fn take_back(&self, later: bool) {
        let Some(lent) = self.lent.take().filter(|_| !later) else { return };
        // SAFETY: the call has not ended, and its callback has.
        unsafe { self.lent_store() }.context().data_mut().handles.take_back(lent);
    }

    /// Takes what the callback kept.
    pub(in crate::engine) fn take_kept(&self) -> Option<UserData> {
        self.kept.take()
    }

    /// What the callback is given.
    #[inline(always)]
    pub(in crate::engine) fn as_caller(&self) -> *mut abi::Caller {
        ptr::from_ref(self).cast_mut().cast()
    }

    /// Takes why the callback of this call failed.
    pub(in crate::engine) fn take_failure(&self) -> Option<Error> {
        let id = self.id.load(Ordering::Relaxed);
        self.failure.take().filter(|(call, _)| *call == id).map(|(_, error)| error)
    }

    /// The thread on which the callback runs.
    fn thread(&self) -> usize {
        // SAFETY: a frame that was given to a callback has a home, and homes are never freed.
        unsafe { &*self.home.load(Ordering::Relaxed) }.thread.load(Ordering::Relaxed)
    }
}

/// What a call was lent: its store, or in a start function wasmi's caller, through which the store can be had.
enum Lent<'a> {
    Store(StoreContextMut<'a, State>),
    Caller(&'a mut Caller<'a, State>),
}

impl Lent<'_> {
    fn context(&mut self) -> StoreContextMut<'_, State> {
        match self {
            Self::Store(store) => store.as_context_mut(),
            Self::Caller(caller) => caller.as_context_mut(),
        }
    }
}

/// The call that a `VM_Caller` stands for, while it is looked into.
pub struct ActiveCall<'a> {
    lent: Lent<'a>,
    frame: FrameRef,
    call: &'a HostCall,
}

impl ActiveCall<'_> {
    pub(in crate::engine) fn store(&mut self) -> StoreContextMut<'_, State> {
        self.lent.context()
    }

    /// What the guest that called exports under a name.
    pub(in crate::engine) fn export(&self, name: &str) -> Option<wasmi::Extern> {
        match &self.lent {
            Lent::Caller(caller) => caller.get_export(name),
            Lent::Store(store) => self.call.guest.export(store, name),
        }
    }

    /// The host function that is running.
    pub fn function(&self) -> &HostFunction {
        &self.call.function
    }

    /// The memory of the guest that called.
    pub(in crate::engine) fn memory(&self) -> Option<wasmi::Memory> {
        self.call.guest.memory(|name| self.export(name))
    }

    /// Lends a reference to the callback until it returns.
    pub(in crate::engine) fn lend(&mut self, value: &Value) {
        let mut store = self.lent.context();
        let handles = &mut store.data_mut().handles;
        if self.frame.lent.get().is_none() {
            self.frame.lent.set(Some(handles.lent()));
        }
        handles.lend(value);
    }

    /// Keeps a pointer until the callback returns; gives the one that was kept before.
    pub fn set_data(&mut self, data: UserData) -> Option<UserData> {
        if self.frame.lent.get().is_none() {
            // The call is not tidy any more: its end must look.
            let lent = self.store().data_mut().handles.lent();
            self.frame.lent.set(Some(lent));
        }
        self.frame.kept.replace(Some(data))
    }

    /// The pointer that is kept until the callback returns.
    pub fn data(&self) -> *mut c_void {
        self.frame.kept.borrow().as_ref().map_or(ptr::null_mut(), UserData::pointer)
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
    if frame.thread() != thread::id() {
        return Err(abi::STATUS_WRONG_THREAD);
    }
    if frame.inside.replace(true) {
        return Err(abi::STATUS_REENTRANT);
    }
    let _back = Back(frame);
    // SAFETY: the id is not 0, so the trampoline is waiting for the callback on this thread and does not touch its store;
    // `inside` was not set, so no other function of the caller is running. The call is there as long as its frame.
    let (lent, call) = unsafe { (frame.lent_store(), &*frame.call.get()) };
    work(&mut ActiveCall { lent, frame, call })
}
