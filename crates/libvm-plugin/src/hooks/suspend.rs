//! Answers that come later.
use super::{Answer, Event};
use crate::cancel::OnCancel;
use crate::error::c_string;
use crate::{Error, Result};
use libvm_abi::{self as abi, Status};
use std::ffi::c_char;

/// Shows that an event was suspended: the content of [`Answer::Pending`].
#[derive(Debug)]
pub struct Suspended(());

/// Completes a suspended event, from any thread. If it is dropped without doing so, the hook fails.
pub struct EventCompleter {
    token: abi::Token,
    complete: unsafe extern "C" fn(abi::Token, Status, *const c_char) -> Status,
}

impl EventCompleter {
    /// Answers: anything but [`Answer::Pending`].
    ///
    /// # Errors
    /// With the status STALE if nothing waits for the answer any more.
    pub fn complete(mut self, answer: Answer) -> Result<()> {
        match answer {
            Answer::Pending(_) => {
                Err(Error::with_status(abi::STATUS_INVALID_ARGUMENT, "an event cannot be completed with a pending answer"))
            }
            answer => self.complete_with(answer.status(), None),
        }
    }

    /// Fails the hook.
    ///
    /// # Errors
    /// As for [`EventCompleter::complete`].
    pub fn fail(mut self, error: impl Into<Error>) -> Result<()> {
        let error = error.into().outside_of_guests();
        self.complete_with(error.status(), Some(error.text()))
    }

    fn complete_with(&mut self, answer: Status, text: Option<&str>) -> Result<()> {
        let (token, text) = (std::mem::take(&mut self.token), text.map(c_string));
        // SAFETY: a function of libvm that takes any token.
        match unsafe { (self.complete)(token, answer, text.as_ref().map_or(std::ptr::null(), |text| text.as_ptr())) } {
            abi::STATUS_OK => Ok(()),
            status => Err(Error::of_host(status, "completing an event")),
        }
    }
}

impl Drop for EventCompleter {
    fn drop(&mut self) {
        if self.token != 0 {
            let text = "the plug-in has dropped the event without completing it";
            let _ = self.complete_with(abi::STATUS_PLUGIN_FAILED, Some(text));
        }
    }
}

impl Event<'_> {
    /// Suspends the event: return the answer from the hook, and complete the event later, from any thread. Other hooks are not called before that,
    /// and the context is free meanwhile.
    ///
    /// ```
    /// # use libvm_plugin::{Answer, Event, Result};
    /// # struct Scanner;
    /// # fn is_clean(text: &str) -> bool { true }
    /// # impl Scanner {
    /// fn received(&self, mail: &mut Event<'_>) -> Result<Answer> {
    ///     let text = mail.string("text")?.to_owned();
    ///     let (completer, answer) = mail.suspend()?;
    ///     std::thread::spawn(move || match is_clean(&text) {
    ///         true => completer.complete(Answer::Continue),
    ///         false => completer.complete(Answer::Complete),
    ///     });
    ///     Ok(answer)
    /// }
    /// # }
    /// ```
    ///
    /// # Errors
    /// At the points of libvm, in a context that may not block, and if the event is suspended already.
    pub fn suspend(&mut self) -> Result<(EventCompleter, Answer)> {
        self.suspend_as::<fn()>(None)
    }

    /// Suspends the event like [`Event::suspend`], and has a closure called if the wait ends without a completion: when it is cancelled or not
    /// answered in time, when its context is reset or deleted, and if the hook returns something else than the answer. The rules of
    /// [`Call::suspend_with_cancel`](crate::Call::suspend_with_cancel) apply.
    ///
    /// # Errors
    /// As for [`Event::suspend`]; the closure is then dropped.
    pub fn suspend_with_cancel(&mut self, on_cancel: impl FnOnce() + Send + 'static) -> Result<(EventCompleter, Answer)> {
        self.suspend_as(Some(on_cancel))
    }

    fn suspend_as<F: FnOnce() + Send + 'static>(&mut self, on_cancel: Option<F>) -> Result<(EventCompleter, Answer)> {
        // SAFETY: the service of this id.
        let service = unsafe { self.services().get::<abi::SuspensionService>(abi::SUSPENSION_SERVICE) };
        let service = service.ok_or_else(|| Error::with_status(abi::STATUS_UNSUPPORTED, "this host cannot suspend events"))?;
        let mut suspension = abi::EventSuspension::NONE;
        // SAFETY: the host is valid until `cleanup`, before which all suspensions are released.
        let on_cancel = on_cancel.map(|closure| (unsafe { OnCancel::new(self.host) }, closure));
        if let Some((owner, _)) = &on_cancel {
            (suspension.user, suspension.cancel, suspension.release) = OnCancel::functions(owner);
        }
        let mut token = 0;
        // SAFETY: the event is valid during the hook. libvm calls `release` in any case.
        let status = unsafe { (self.table().suspend)(self.event, &suspension, &mut token) };
        if status != abi::STATUS_PENDING {
            return Err(Error::known(status, "the event cannot be suspended".to_owned()));
        }
        if let Some((owner, closure)) = on_cancel {
            owner.set(closure);
        }
        Ok((EventCompleter { token, complete: service.complete_event }, Answer::Pending(Suspended(()))))
    }
}
