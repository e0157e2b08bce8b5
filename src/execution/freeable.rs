//! Objects that the last call that uses them may free.

use std::cell::UnsafeCell;
use std::ops::Deref;

/// An object of C that may be freed while a function still has a reference to it, in the last use of that reference. This is allowed
/// for a reference to memory that others may write, and every byte in here is such memory.
pub struct Freeable<T>(UnsafeCell<T>);

// SAFETY: it only lends shared references to what is in it.
unsafe impl<T: Sync> Sync for Freeable<T> {}

impl<T> Freeable<T> {
    pub fn new(inner: T) -> Self {
        Self(UnsafeCell::new(inner))
    }
}

impl<T> Deref for Freeable<T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: no mutable reference to it is ever created.
        unsafe { &*self.0.get() }
    }
}
