//! Events: values by key that the host and the hooks of a point share.
#![forbid(unsafe_code)]

use super::fields::Fields;
use super::frame::OwnedFrame;
use super::suspension::{Requested, Suspends};
use crate::status::{Error, Result};
use libvm_abi as abi;
use std::ffi::{CStr, CString};
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

/// What a hook says besides its answer.
#[derive(Default)]
pub(super) struct Said {
    /// Why its last request failed, or the hook itself.
    pub failure: Option<Error>,
    /// What it has suspended the event with.
    pub requested: Option<Requested>,
}

/// An event.
pub struct Event {
    point: CString,
    bit: u64,
    fields: Mutex<Fields>,
    /// Whether hooks are called with it, or it waits for one of them.
    invoked: AtomicBool,
    /// Whether `said` has something.
    spoken: AtomicBool,
    said: Mutex<Said>,
    suspends: Mutex<Suspends>,
    frame: OnceLock<OwnedFrame>,
}

/// Returns the bit of a point in a set of 64 bits, which tells quickly that there is no hook at a point.
pub fn bit_of(point: &str) -> u64 {
    1 << (BuildHasherDefault::<DefaultHasher>::default().hash_one(point) % 64)
}

impl Event {
    /// Creates an event of a point.
    pub fn new(point: &str) -> Self {
        Self::with_values(CString::new(point).unwrap_or_default(), bit_of(point), Fields::default())
    }

    fn with_values(point: CString, bit: u64, fields: Fields) -> Self {
        Self {
            point,
            bit,
            fields: Mutex::new(fields),
            invoked: AtomicBool::new(false),
            spoken: AtomicBool::new(false),
            said: Mutex::default(),
            suspends: Mutex::default(),
            frame: OnceLock::new(),
        }
    }

    /// Returns an event of the same point with the same values.
    pub fn copy(&self) -> Self {
        Self::with_values(self.point.clone(), self.bit, self.fields().clone())
    }

    /// Returns the name of its point.
    pub fn point(&self) -> &CStr {
        &self.point
    }

    /// Returns the name of its point.
    pub fn point_name(&self) -> &str {
        self.point.to_str().unwrap_or_default()
    }

    /// Returns the bit of its point.
    #[inline]
    pub fn bit(&self) -> u64 {
        self.bit
    }

    /// Returns the values.
    pub fn fields(&self) -> MutexGuard<'_, Fields> {
        self.fields.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns whether an invocation uses it.
    #[inline]
    pub fn is_invoked(&self) -> bool {
        self.invoked.load(Ordering::Acquire)
    }

    /// Begins an invocation.
    ///
    /// # Errors
    /// `STATUS_BUSY`.
    pub(super) fn begin(&self, suspends: Suspends) -> Result<()> {
        if self.invoked.swap(true, Ordering::AcqRel) {
            return Err(self.busy());
        }
        *self.suspends() = suspends;
        Ok(())
    }

    /// Ends an invocation.
    pub(super) fn end(&self) {
        self.invoked.store(false, Ordering::Release);
    }

    /// Creates the error of an event that an invocation uses.
    pub fn busy(&self) -> Error {
        let message =
            format!("hooks at `{}` are called with the event, or it waits for one of them", crate::text::name(self.point_name()));
        Error::new(abi::STATUS_BUSY, message)
    }

    /// Returns whether hooks may suspend it.
    pub(super) fn suspends(&self) -> MutexGuard<'_, Suspends> {
        self.suspends.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns what the running hook says, to add to it.
    pub(super) fn say(&self) -> MutexGuard<'_, Said> {
        self.spoken.store(true, Ordering::Relaxed);
        self.said.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes what the last hook has said.
    pub(super) fn take_said(&self) -> Said {
        if !self.spoken.load(Ordering::Relaxed) {
            return Said::default();
        }
        let said = std::mem::take(&mut *self.say());
        self.spoken.store(false, Ordering::Relaxed);
        said
    }

    /// Returns the frame of its hooks, which have these functions of an event.
    #[inline]
    pub(super) fn frame(&self, table: &'static abi::EventTable) -> &OwnedFrame {
        self.frame.get_or_init(|| OwnedFrame::new(table, std::ptr::from_ref(self).cast_mut().cast(), &self.point))
    }
}
