//! Suspending the guest of a host function.

use super::caller::Caller;
use super::error::{Error, Result, guard};
use super::results::Pending;
use super::taken::{into_user, release, take};
use super::value::{Number, WasmArgs};
use crate::engine::{Completion, Suspension, complete, complete_with_failure};
use libvm_abi as abi;
use std::ffi::c_void;
use std::marker::PhantomData;

mod sealed {
    pub trait Numbers {}
}

impl<T: Number> sealed::Numbers for T {}

macro_rules! tuples {
    ($(($($name:ident)*))*) => {$(
        impl<$($name: Number),*> sealed::Numbers for ($($name,)*) {}
    )*};
}

tuples! { () (A) (A B) (A B C) (A B C D) }

/// Completes a suspended call, from any thread. If it is dropped without doing so, the call fails.
pub struct Completer<R> {
    token: abi::Token,
    marker: PhantomData<fn(R)>,
}

impl<R> Completer<R> {
    /// Completes the call with the results of the host function, which are numbers.
    ///
    /// # Errors
    /// [`STALE`](crate::Status::STALE) if the execution has ended: nothing waits for it any more.
    #[allow(private_bounds)]
    pub fn complete(mut self, results: R) -> Result<()>
    where
        R: WasmArgs + sealed::Numbers,
    {
        let token = std::mem::take(&mut self.token);
        let values = results.with(<[abi::Value]>::to_vec);
        guard(|| complete(token, Completion::with(values)))
    }

    /// Fails the call: a trap with the text of the error.
    ///
    /// # Errors
    /// As for [`complete`](Self::complete).
    pub fn fail(mut self, error: impl Into<Error>) -> Result<()> {
        self.fail_with(&error.into())
    }

    fn fail_with(&mut self, error: &Error) -> Result<()> {
        let token = std::mem::take(&mut self.token);
        guard(|| complete_with_failure(token, error.status().number(), Some(error.message())))
    }
}

impl<R> Drop for Completer<R> {
    fn drop(&mut self) {
        if self.token != 0 {
            // Nothing waits for it any more if that fails.
            let _ = self.fail_with(&Error::new("the host has dropped the call without completing it"));
        }
    }
}

type OnCancel = Box<dyn FnOnce() + Send>;

/// # Safety
/// libvm calls it: `user` is that of `suspend_with_cancel`.
unsafe extern "C" fn cancel(user: *mut c_void) {
    // SAFETY: promised above.
    let on_cancel = unsafe { take::<OnCancel>(user) };
    // A panic cannot pass through libvm; its message has been printed.
    let _ = crate::panics::catch(|| on_cancel.map(|on_cancel| on_cancel()));
}

impl Caller<'_> {
    /// Suspends the guest: return the [`Pending`] from the host function, and complete the call later, from any thread. A blocking call
    /// of the guest waits; an [`Execution`](crate::Execution) does not hold its thread meanwhile.
    ///
    /// # Errors
    /// [`WOULD_BLOCK`](crate::Status::WOULD_BLOCK) where the guest cannot be suspended, [`ALREADY_EXISTS`](crate::Status::ALREADY_EXISTS)
    /// if the call is already suspended, [`UNSUPPORTED`](crate::Status::UNSUPPORTED) if the function does not return a [`Pending`].
    pub fn suspend<R>(&self) -> Result<(Completer<R>, Pending<R>)> {
        self.suspend_as(abi::Suspension::NONE)
    }

    /// Suspends the guest, as [`suspend`](Self::suspend); `on_cancel` is called if its wait ends without a completion, because of a
    /// timeout, by cancelling, or since the context is reset or dropped.
    ///
    /// # Errors
    /// As for [`suspend`](Self::suspend).
    pub fn suspend_with_cancel<R>(&self, on_cancel: impl FnOnce() + Send + 'static) -> Result<(Completer<R>, Pending<R>)> {
        let on_cancel: OnCancel = Box::new(on_cancel);
        self.suspend_as(abi::Suspension {
            user: into_user(on_cancel),
            cancel: Some(cancel),
            release: Some(release::<OnCancel>),
            ..abi::Suspension::NONE
        })
    }

    fn suspend_as<R>(&self, suspension: abi::Suspension) -> Result<(Completer<R>, Pending<R>)> {
        let suspension = Suspension::new(suspension);
        let token = self.with(|call| call.suspend(suspension))?;
        Ok((Completer { token, marker: PhantomData }, Pending::new()))
    }
}
