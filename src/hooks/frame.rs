//! Frames: what a `VM_Event` points to, for the host and for hooks.
//!
//! A frame is never freed, so that using an event after its hook has returned, or after it was deleted, is detected (its id is 0) instead
//! of being a use of freed memory. An event has a frame for the host, while that has not deleted it, and one for its hooks.
#![forbid(unsafe_code)]

use crate::thread;
use libvm_abi as abi;
use std::ffi::{CStr, c_char, c_void};
use std::mem::offset_of;
use std::ptr;
use std::sync::atomic::{AtomicPtr, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Begins like `VM_Event`.
#[repr(C, align(64))]
pub struct Frame {
    table: AtomicPtr<abi::EventTable>,
    data: AtomicPtr<c_void>,
    pub(super) id: AtomicU64,
    myself: AtomicPtr<abi::PluginInstance>,
    pub(super) point: AtomicPtr<c_char>,
    _reserved: u64,
    /// The number of the last call; each frame has a range of its own.
    last_id: AtomicU64,
    /// The event; while the host has it, the frame owns a reference.
    pub(super) event: AtomicPtr<c_void>,
    /// The thread of the hook; 0 for the host's frame.
    pub(super) thread: AtomicUsize,
}

const _: () = {
    assert!(offset_of!(Frame, table) == offset_of!(abi::Event, table));
    assert!(offset_of!(Frame, data) == offset_of!(abi::Event, data));
    assert!(offset_of!(Frame, id) == offset_of!(abi::Event, id));
    assert!(offset_of!(Frame, myself) == offset_of!(abi::Event, myself));
    assert!(offset_of!(Frame, point) == offset_of!(abi::Event, point));
    assert!(offset_of!(Frame, _reserved) == offset_of!(abi::Event, reserved));
};

/// Unused frames, and the number of all.
pub(super) struct Unused {
    frames: Vec<&'static Frame>,
    made: u64,
}

static UNUSED: Mutex<Unused> = Mutex::new(Unused { frames: Vec::new(), made: 0 });

pub(super) fn unused() -> MutexGuard<'static, Unused> {
    UNUSED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Takes an unused frame. All events have the same functions.
pub(super) fn take(table: &'static abi::EventTable) -> &'static Frame {
    let mut unused = unused();
    unused.frames.pop().unwrap_or_else(|| {
        unused.made += 1;
        Box::leak(Box::new(Frame {
            table: AtomicPtr::new(ptr::from_ref(table).cast_mut()),
            data: AtomicPtr::default(),
            id: AtomicU64::new(0),
            myself: AtomicPtr::default(),
            point: AtomicPtr::default(),
            _reserved: 0,
            last_id: AtomicU64::new(unused.made << 32),
            event: AtomicPtr::default(),
            thread: AtomicUsize::new(0),
        }))
    })
}

/// Gives back a frame that is not used any more.
pub(super) fn give_back(frame: &'static Frame) {
    unused().frames.push(frame);
}

impl Frame {
    /// Makes it valid.
    pub(super) fn begin(&self) {
        let id = self.last_id.load(Ordering::Relaxed) + 1;
        self.last_id.store(id, Ordering::Relaxed);
        // Last: a thread that sees this id also sees what it is for.
        self.id.store(id, Ordering::Release);
    }

    /// Returns what C is passed.
    pub(super) fn as_abi(&self) -> *mut abi::Event {
        ptr::from_ref(self).cast_mut().cast()
    }
}

/// The frame of an event's hooks.
pub struct OwnedFrame(&'static Frame);

impl OwnedFrame {
    /// Takes the frame of an event of a point, at this address.
    pub(super) fn new(table: &'static abi::EventTable, event: *mut c_void, point: &CStr) -> Self {
        let frame = take(table);
        frame.event.store(event, Ordering::Relaxed);
        frame.point.store(point.as_ptr().cast_mut(), Ordering::Relaxed);
        Self(frame)
    }

    /// Begins the call of a hook on this thread, and returns what it is passed.
    pub(super) fn begin(&self, data: *mut c_void, myself: *mut abi::PluginInstance) -> *mut abi::Event {
        let frame = self.0;
        frame.data.store(data, Ordering::Relaxed);
        frame.myself.store(myself, Ordering::Relaxed);
        frame.thread.store(thread::id(), Ordering::Relaxed);
        frame.begin();
        frame.as_abi()
    }

    /// Ends the call.
    pub(super) fn end(&self) {
        self.0.id.store(0, Ordering::Relaxed);
    }
}

impl Drop for OwnedFrame {
    fn drop(&mut self) {
        self.0.event.store(ptr::null_mut(), Ordering::Relaxed);
        self.0.myself.store(ptr::null_mut(), Ordering::Relaxed);
        self.0.data.store(ptr::null_mut(), Ordering::Relaxed);
        self.0.point.store(ptr::null_mut(), Ordering::Relaxed);
        give_back(self.0);
    }
}
