//! An instance of a plug-in, and its borrows.
use crate::Error;
use crate::myself::Myself;
use libvm_abi as abi;
use std::cell::{Cell, UnsafeCell};
use std::ops::{Deref, DerefMut};

/// An instance of a plug-in. libvm calls it on one thread at a time, unless it is a singleton that is not serialized: then nothing borrows
/// it mutably after it was created and restored, because [`Module`](crate::Module)s with such functions are refused.
pub struct Instance<T> {
    value: UnsafeCell<T>,
    /// Number of shared borrows, or -1. Not touched if the instance is shared by threads.
    borrowed: Cell<isize>,
    shared: bool,
    myself: Myself,
    /// Null if the plug-in has no compilers.
    parameters: *const abi::ParametersService,
}

impl<T> Instance<T> {
    pub(crate) fn new(value: T, shared: bool, myself: Myself, parameters: *const abi::ParametersService) -> Self {
        Self { value: UnsafeCell::new(value), borrowed: Cell::new(0), shared, myself, parameters }
    }

    #[inline(always)]
    pub(crate) fn parameters(&self) -> *const abi::ParametersService {
        self.parameters
    }

    pub(crate) fn host(&self) -> *const abi::PluginHost {
        self.myself.host()
    }

    pub(crate) fn into_parts(self) -> (T, Myself) {
        (self.value.into_inner(), self.myself)
    }

    #[cold]
    pub(crate) fn in_use() -> Error {
        Error::with_status(
            abi::STATUS_REENTRANT,
            "the plug-in is called again while a function with `&mut self` runs; take `&self` in the functions that call the guest",
        )
    }

    #[inline(always)]
    pub(crate) fn borrow(&self) -> Option<Borrow<'_, T>> {
        if !self.shared {
            let borrowed = self.borrowed.get();
            if borrowed < 0 {
                return None;
            }
            self.borrowed.set(borrowed + 1);
        }
        Some(Borrow(self))
    }

    #[inline(always)]
    pub(crate) fn borrow_mut(&self) -> Option<BorrowMut<'_, T>> {
        if self.borrowed.get() != 0 {
            return None;
        }
        self.borrowed.set(-1);
        Some(BorrowMut(self))
    }
}

/// A shared borrow of an instance.
pub struct Borrow<'a, T>(&'a Instance<T>);

impl<T> Deref for Borrow<'_, T> {
    type Target = T;

    #[inline(always)]
    fn deref(&self) -> &T {
        // SAFETY: nothing borrows it mutably.
        unsafe { &*self.0.value.get() }
    }
}

impl<T> Drop for Borrow<'_, T> {
    #[inline(always)]
    fn drop(&mut self) {
        if !self.0.shared {
            self.0.borrowed.set(self.0.borrowed.get() - 1);
        }
    }
}

/// A mutable borrow of an instance.
pub struct BorrowMut<'a, T>(&'a Instance<T>);

impl<T> Deref for BorrowMut<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: nothing else borrows it.
        unsafe { &*self.0.value.get() }
    }
}

impl<T> DerefMut for BorrowMut<'_, T> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as above.
        unsafe { &mut *self.0.value.get() }
    }
}

impl<T> Drop for BorrowMut<'_, T> {
    #[inline(always)]
    fn drop(&mut self) {
        self.0.borrowed.set(0);
    }
}
