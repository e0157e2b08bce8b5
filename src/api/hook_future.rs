//! Hooks of the host from asynchronous closures.

use super::context::Context;
use super::error::Result;
use super::event::{EventValues, HookEvent};
use super::hooks::{Answer, HookPosition, returned};
use super::taken::{cancel, into_user, release, take};
use super::waking::Waking;
use crate::hooks;
use libvm_abi as abi;
use std::ffi::{c_char, c_void};
use std::future::Future;
use std::pin::Pin;
use std::task::{Context as Task, Poll};

type Answering = Pin<Box<dyn Future<Output = Result<Answer>> + Send>>;
type Callback = Box<dyn Fn(EventValues) -> Answering + Send + Sync>;

/// A hook that has not answered.
struct Running {
    // First: it may have values of its own.
    future: Answering,
    values: EventValues,
}

impl Running {
    /// Polls the future; while it is not ready its event is suspended, and goes on here when it was woken.
    ///
    /// # Safety
    /// libvm has passed the event to a hook, which returns the status.
    unsafe fn poll(mut self, event: *mut abi::Event) -> Result<abi::Status> {
        let (waking, waker) = Waking::new(|token| hooks::complete(token, abi::STATUS_OK, None));
        if let Poll::Ready(answer) = self.future.as_mut().poll(&mut Task::from_waker(&waker)) {
            let Self { future, values } = self;
            drop(future);
            let answer = answer?;
            // SAFETY: promised by the caller.
            unsafe { HookEvent::of(event) }?.replace(values);
            return Ok(answer.to_abi());
        }
        let suspension = abi::EventSuspension {
            user: into_user(self),
            resume: Some(resume),
            cancel: Some(cancel::<Self>),
            release: Some(release::<Self>),
            ..abi::EventSuspension::NONE
        };
        let mut token = 0;
        // SAFETY: promised by the caller; the functions take the pointer, which libvm owns from now on.
        let status = unsafe { (hooks::TABLE.suspend)(event, &suspension, &mut token) };
        if status == abi::STATUS_PENDING {
            waking.set_token(token);
        }
        Ok(status)
    }
}

/// # Safety
/// libvm calls it: `user` is a `Callback`, and the event is valid until this returns.
unsafe extern "C-unwind" fn hook(user: *mut c_void, event: *mut abi::Event) -> abi::Status {
    // SAFETY: promised above.
    let callback = unsafe { &*user.cast::<Callback>() };
    let start = || {
        // SAFETY: as above.
        let values = unsafe { HookEvent::of(event) }?.copy();
        let future = callback(values.share());
        // SAFETY: as above.
        unsafe { Running { future, values }.poll(event) }
    };
    // SAFETY: as above.
    unsafe { returned(event, start) }
}

/// # Safety
/// libvm calls it: `user` is that of a suspension, and the event is valid until this returns.
unsafe extern "C-unwind" fn resume(user: *mut c_void, event: *mut abi::Event, _: abi::Status, _: *const c_char) -> abi::Status {
    // SAFETY: promised above.
    let Some(running) = (unsafe { take::<Running>(user) }) else { return abi::STATUS_STALE };
    // SAFETY: as above.
    unsafe { returned(event, || running.poll(event)) }
}

impl Context {
    /// Adds a hook of the host at a point that answers with a future: while it is not ready, the event is suspended. The hook owns a copy of
    /// the event's values; what it changes in them is written to the event when it has answered, and is dropped if it fails.
    ///
    /// The future is polled where the hooks are called: in the task that polls the [`Execution`](crate::Execution) of
    /// [`start_hooks`](Self::start_hooks), or on the thread that waits in [`invoke_hooks`](Self::invoke_hooks). So it needs no runtime, and
    /// can use the one that polls the execution. It is dropped if the wait for it ends. A panic is caught, and fails the event.
    ///
    /// At points of libvm the future has to be ready at once, since those events cannot wait:
    /// [`UNSUPPORTED`](crate::Status::UNSUPPORTED). In a context that may not block, `invoke_hooks` fails with
    /// [`WOULD_BLOCK`](crate::Status::WOULD_BLOCK) if it would have to wait.
    ///
    /// ```
    /// # fn main() -> vm::Result<()> {
    /// use vm::{Answer, Event, EventValues, HookPosition};
    ///
    /// # async fn translate(text: String) -> vm::Result<String> { Ok(text.to_uppercase()) }
    /// let mut context = vm::Context::new(&vm::Engine::new()?)?;
    /// context.add_async_hook("mail.accept", HookPosition::First, |mut mail: EventValues| async move {
    ///     let subject = translate(mail.string("subject")?).await?;
    ///     mail.set("subject", subject)?;
    ///     Ok(Answer::Continue)
    /// })?;
    /// let mut mail = Event::new("mail.accept")?;
    /// mail.set("subject", "hello")?;
    /// context.invoke_hooks(&mut mail)?; // waits; `start_hooks` does not
    /// assert_eq!(mail.string("subject")?, "HELLO");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As for [`add_hook`](Self::add_hook).
    pub fn add_async_hook<F: Future<Output = Result<Answer>> + Send + 'static>(
        &mut self,
        point: &str,
        position: HookPosition,
        callback: impl Fn(EventValues) -> F + Send + Sync + 'static,
    ) -> Result<()> {
        let callback: Callback = Box::new(move |values| Box::pin(callback(values)));
        self.add_host_hook((point, position), hook, callback)
    }
}
