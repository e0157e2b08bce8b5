//! Suspending the guest.
use crate::call::{Call, Numbers};
use crate::cancel::OnCancel;
use crate::error::c_string;
use crate::results::Results;
use crate::services::Services;
use crate::{Error, Result};
use libvm_abi::{self as abi, Status, Value};
use std::marker::PhantomData;

/// The result of a host function that has suspended the guest with [`Call::suspend`].
pub struct Pending<R>(PhantomData<R>);

// SAFETY: the results are those of the completion, which libvm checks.
unsafe impl<R: Results> Results for Pending<R> {
    fn signature() -> String {
        R::signature()
    }
    const FLAGS: u32 = R::FLAGS | abi::FUNCTION_MAY_SUSPEND;

    unsafe fn put(self, _: &crate::call::Guest<'_>, _: *mut Value) -> Status {
        abi::STATUS_PENDING
    }
}

/// Completes a suspended call, from any thread. If it is dropped without doing so, the call fails.
pub struct Completer<R> {
    token: abi::Token,
    complete: unsafe extern "C" fn(abi::Token, *const Value, usize) -> Status,
    fail: unsafe extern "C" fn(abi::Token, Status, *const std::ffi::c_char) -> Status,
    marker: PhantomData<fn(R)>,
}

impl<R: Numbers> Completer<R> {
    /// Completes the call with the results of the host function.
    ///
    /// # Errors
    /// With the status STALE if the call was cancelled: nothing is waiting any more.
    pub fn complete(mut self, results: R) -> Result<()> {
        let values = results.to_values();
        let token = std::mem::take(&mut self.token);
        // SAFETY: functions of libvm that take any token.
        match unsafe { (self.complete)(token, values.as_ptr(), values.len()) } {
            abi::STATUS_OK => Ok(()),
            status => Err(Error::of_host(status, "completing a call")),
        }
    }
}

impl<R> Completer<R> {
    /// Fails the call.
    ///
    /// # Errors
    /// As for [`Completer::complete`].
    pub fn fail(mut self, error: impl Into<Error>) -> Result<()> {
        self.fail_with(&error.into())
    }

    fn fail_with(&mut self, error: &Error) -> Result<()> {
        let token = std::mem::take(&mut self.token);
        // SAFETY: as above.
        match unsafe { (self.fail)(token, error.status(), c_string(error.text()).as_ptr()) } {
            abi::STATUS_OK => Ok(()),
            status => Err(Error::of_host(status, "completing a call")),
        }
    }
}

impl<R> Drop for Completer<R> {
    fn drop(&mut self) {
        if self.token != 0 {
            let _ = self.fail_with(&Error::new("the plug-in has dropped the call without completing it"));
        }
    }
}

impl Call<'_> {
    /// Suspends the guest: return the [`Pending`] from the host function, and complete the call later, from any thread.
    ///
    /// # Errors
    /// If the host cannot suspend guests.
    pub fn suspend<R>(&self) -> Result<(Completer<R>, Pending<R>)> {
        self.suspend_as::<R, fn()>(None)
    }

    /// Suspends the guest like [`Call::suspend`], and has a closure called if the wait ends without a completion: at the deadline of the
    /// execution, when it is cancelled or deleted, when its context is reset or deleted, and if the host function returns something else
    /// than the [`Pending`].
    ///
    /// The closure is called at most once, on the thread that ends the wait, which is any thread; of a plug-in that is serialized or
    /// thread-affine, in its turn or on its thread. The completer fails with the status STALE by then. If the call is completed, the
    /// closure is dropped without being called; so it is if this function fails.
    ///
    /// The closure must not wait, and cannot use the context. It may use [`Myself`](crate::Myself), send to a channel, wake a thread, kill a
    /// process. A panic in it is caught, and its text goes to the log.
    ///
    /// ```
    /// # use libvm_plugin::{Call, Pending, Result};
    /// # use std::sync::atomic::{AtomicBool, Ordering};
    /// # use std::sync::Arc;
    /// # struct Clock;
    /// # impl Clock {
    /// fn wait(&self, call: &Call, ms: u32) -> Result<Pending<()>> {
    ///     let cancelled = Arc::new(AtomicBool::new(false));
    ///     let flag = Arc::clone(&cancelled);
    ///     let (completer, pending) = call.suspend_with_cancel(move || flag.store(true, Ordering::Relaxed))?;
    ///     std::thread::spawn(move || {
    ///         for _ in 0..ms {
    ///             std::thread::sleep(std::time::Duration::from_millis(1));
    ///             if cancelled.load(Ordering::Relaxed) {
    ///                 break;
    ///             }
    ///         }
    ///         completer.complete(())
    ///     });
    ///     Ok(pending)
    /// }
    /// # }
    /// ```
    ///
    /// # Errors
    /// If the host cannot suspend guests.
    pub fn suspend_with_cancel<R>(&self, on_cancel: impl FnOnce() + Send + 'static) -> Result<(Completer<R>, Pending<R>)> {
        self.suspend_as(Some(on_cancel))
    }

    fn suspend_as<R, F: FnOnce() + Send + 'static>(&self, on_cancel: Option<F>) -> Result<(Completer<R>, Pending<R>)> {
        // SAFETY: the caller is valid during the call.
        let services = Services { host: self.host, myself: unsafe { (*self.caller).myself } };
        // SAFETY: the service of this id.
        let service = unsafe { services.get::<abi::SuspensionService>(abi::SUSPENSION_SERVICE) };
        let unsupported = || Error::with_status(abi::STATUS_UNSUPPORTED, "this host cannot suspend guests");
        let service = service.ok_or_else(unsupported)?;
        let mut suspension = abi::Suspension::NONE;
        // SAFETY: the host is valid until `cleanup`, before which all suspensions are released.
        let on_cancel = on_cancel.map(|closure| (unsafe { OnCancel::new(self.host) }, closure));
        if let Some((owner, _)) = &on_cancel {
            (suspension.user, suspension.cancel, suspension.release) = OnCancel::functions(owner);
        }
        let mut token = 0;
        // SAFETY: the caller is valid during the call; a host with the service has the function. It calls `release` in any case.
        let status = unsafe { ((*(*self.caller).table).suspend)(self.caller, &suspension, &mut token) };
        if status != abi::STATUS_PENDING {
            return Err(Error::known(status, "the guest cannot be suspended".to_owned()));
        }
        if let Some((owner, closure)) = on_cancel {
            owner.set(closure);
        }
        let completer = Completer { token, complete: service.complete, fail: service.complete_with_failure, marker: PhantomData };
        Ok((completer, Pending(PhantomData)))
    }
}
