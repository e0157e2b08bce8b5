//! Events as C has them: the host's, and those that hooks are passed.

use super::event::Event;
use super::frame::{Frame, give_back, take};
use crate::status::{Error, Result, Status};
use crate::thread;
use libvm_abi as abi;
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// An event as C has it, while a function uses it.
#[derive(Clone, Copy)]
pub struct Handle<'a> {
    frame: &'static Frame,
    event: &'a Event,
}

impl<'a> Handle<'a> {
    /// Creates the host's handle of an event.
    pub fn hand_out(event: Arc<Event>, table: &'static abi::EventTable) -> *mut abi::Event {
        let frame = take(table);
        frame.point.store(event.point().as_ptr().cast_mut(), Ordering::Relaxed);
        frame.thread.store(0, Ordering::Relaxed);
        frame.event.store(Arc::into_raw(event).cast_mut().cast(), Ordering::Relaxed);
        frame.begin();
        frame.as_abi()
    }

    /// Returns the event that a pointer of C refers to.
    ///
    /// # Errors
    /// `STATUS_NULL_ARGUMENT`, `STATUS_STALE`, `STATUS_WRONG_THREAD`.
    ///
    /// # Safety
    /// The pointer is NULL or was passed to C by this library; a host's is not deleted while the result lives.
    pub unsafe fn of(event: *const abi::Event) -> Result<Self, Status> {
        // SAFETY: C has pointers to frames only, and frames are never freed.
        let frame: &'static Frame = unsafe { event.cast::<Frame>().as_ref() }.ok_or(abi::STATUS_NULL_ARGUMENT)?;
        if frame.id.load(Ordering::Acquire) == 0 {
            return Err(abi::STATUS_STALE);
        }
        let thread = frame.thread.load(Ordering::Relaxed);
        if thread != 0 && thread != thread::id() {
            return Err(abi::STATUS_WRONG_THREAD);
        }
        // SAFETY: the id was not 0: the host has not deleted it, or this is inside of a hook, whose invocation owns the event.
        let event = unsafe { frame.event.load(Ordering::Relaxed).cast::<Event>().as_ref() }.ok_or(abi::STATUS_STALE)?;
        Ok(Self { frame, event })
    }

    /// Returns the event.
    pub fn event(self) -> &'a Event {
        self.event
    }

    /// Returns whether it is what a hook was passed.
    pub fn is_of_hook(self) -> bool {
        self.frame.thread.load(Ordering::Relaxed) != 0
    }

    /// Returns an owning reference to the host's event.
    ///
    /// # Errors
    /// `STATUS_INVALID_ARGUMENT` for what a hook was passed.
    pub fn share(self) -> Result<Arc<Event>> {
        if self.is_of_hook() {
            let message = "the event is the one that a hook was passed; create one with VM_EventCreate";
            return Err(Error::new(abi::STATUS_INVALID_ARGUMENT, message));
        }
        // SAFETY: the pointer in the host's frame is from `Arc::into_raw`, and the frame owns it.
        Ok(unsafe {
            Arc::increment_strong_count(self.event);
            Arc::from_raw(self.event)
        })
    }

    /// Deletes the host's handle: for NULL, and for what a hook was passed, nothing is done.
    ///
    /// # Safety
    /// As `of`; nothing else uses the handle.
    pub unsafe fn delete(event: *mut abi::Event) {
        // SAFETY: promised above.
        let Ok(handle) = (unsafe { Self::of(event) }) else { return };
        if handle.is_of_hook() || handle.frame.id.swap(0, Ordering::AcqRel) == 0 {
            return;
        }
        let frame = handle.frame;
        let owned = frame.event.swap(ptr::null_mut(), Ordering::Relaxed);
        frame.point.store(ptr::null_mut(), Ordering::Relaxed);
        // SAFETY: from `Arc::into_raw` in `hand_out`, and taken once.
        drop(unsafe { Arc::from_raw(owned.cast::<Event>()) });
        give_back(frame);
    }
}
