//! Hooks of the host.

use super::context::Context;
use super::error::{Error, Result, guard};
use super::event::{Event, HookEvent};
use super::execution::{Execution, Outcome};
use crate::context::HookPlace;
use crate::execution::Execution as Started;
use crate::hooks::{self, HostHook};
use crate::user_data::UserData;
use crate::{panics, status};
use libvm_abi as abi;
use std::ffi::{CString, c_void};
use std::sync::Arc;
use std::time::Duration;

/// Where a hook of the host is called: before or after those of plug-ins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HookPosition {
    /// Before those of plug-ins.
    First,
    /// After those of plug-ins.
    Last,
}

/// What a hook answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The next hook is called.
    Continue,
    /// The event is handled: no more hooks are called.
    Complete,
    /// The event is passed to all hooks again.
    Retry,
}

impl Answer {
    pub(super) fn to_abi(self) -> abi::Status {
        match self {
            Self::Continue => abi::STATUS_OK,
            Self::Complete => abi::STATUS_COMPLETE,
            Self::Retry => abi::STATUS_RETRY,
        }
    }

    /// Returns the answer of an invocation, which is not a retry.
    fn from_abi(status: abi::Status) -> Self {
        if status == abi::STATUS_COMPLETE { Self::Complete } else { Self::Continue }
    }
}

impl Outcome for Answer {
    fn take(execution: &Started, _: usize) -> status::Result<Self> {
        execution.answer().map(Self::from_abi)
    }
}

type Callback = Box<dyn Fn(&mut HookEvent<'_>) -> Result<Answer> + Send + Sync>;

/// Returns the status of a hook to libvm. A failure, or a panic, is that of the event.
///
/// # Safety
/// libvm has passed the event to the hook, which returns the status.
pub(super) unsafe fn returned(event: *mut abi::Event, hook: impl FnOnce() -> Result<abi::Status>) -> abi::Status {
    let panicked = |panic: panics::Panic| Err(Error::new(format!("it panicked: {}", panic.text())));
    panics::catch(hook).unwrap_or_else(panicked).unwrap_or_else(|error| {
        let text = CString::new(error.message().replace('\0', "")).unwrap_or_default();
        // SAFETY: the event is valid until the hook returns.
        unsafe { (hooks::TABLE.fail)(event, error.status().number(), text.as_ptr()) }
    })
}

/// # Safety
/// libvm calls it: `user` is a `Callback`, and the event is valid until this returns.
unsafe extern "C-unwind" fn hook(user: *mut c_void, event: *mut abi::Event) -> abi::Status {
    // SAFETY: promised by the caller.
    let callback = unsafe { &*user.cast::<Callback>() };
    // SAFETY: as above.
    unsafe { returned(event, || callback(&mut HookEvent::of(event)?).map(Answer::to_abi)) }
}

impl Context {
    /// Adds a hook of the host at a point. A panic of it is caught, and fails the event.
    ///
    /// # Errors
    /// [`INVALID_ARGUMENT`](crate::Status::INVALID_ARGUMENT) for an invalid name, [`BUSY`](crate::Status::BUSY), [`REENTRANT`](crate::Status::REENTRANT).
    pub fn add_hook(
        &mut self,
        point: &str,
        position: HookPosition,
        callback: impl Fn(&mut HookEvent<'_>) -> Result<Answer> + Send + Sync + 'static,
    ) -> Result<()> {
        let callback: Callback = Box::new(callback);
        self.add_host_hook((point, position), hook, callback)
    }

    /// Adds a hook of the host, whose first argument is the object.
    pub(super) fn add_host_hook<T: Send + Sync + 'static>(
        &mut self,
        (point, position): (&str, HookPosition),
        callback: abi::HookCallback,
        object: T,
    ) -> Result<()> {
        let object = Arc::new(object);
        let user = UserData::owned(Arc::as_ptr(&object).cast_mut().cast(), object);
        let place = match position {
            HookPosition::First => HookPlace::First,
            HookPosition::Last => HookPlace::Last,
        };
        self.with(|context| context.add_hook(point, place, HostHook { callback, user }))
    }

    /// Calls the hooks of the event's point, waits for those that suspend it, and returns the answer: [`Answer::Complete`] if one of
    /// them has handled the event.
    ///
    /// # Errors
    /// The failure of a hook, [`BUSY`](crate::Status::BUSY), [`REENTRANT`](crate::Status::REENTRANT), [`WOULD_BLOCK`](crate::Status::WOULD_BLOCK).
    pub fn invoke_hooks(&mut self, event: &mut Event) -> Result<Answer> {
        let event = event.inner();
        let answer = guard(|| {
            if !self.shared().may_have_hooks(event) && !event.is_invoked() {
                return Ok(abi::STATUS_OK);
            }
            Started::invoke_hooks(self.shared(), Arc::clone(event))
        })?;
        Ok(Answer::from_abi(answer))
    }

    /// Starts to call the hooks of the event's point, as [`invoke_hooks`](Self::invoke_hooks), without waiting for those that suspend it.
    /// The context is free meanwhile: it can have any number of events that wait, and run guests. The event can be read, but neither be
    /// changed nor be used for other hooks until the execution has ended; an event that is dropped goes on.
    ///
    /// ```
    /// # fn main() -> vm::Result<()> {
    /// use vm::{Answer, Event, EventLoop, EventValues, HookPosition};
    ///
    /// # async fn look_up(sender: String) -> vm::Result<bool> { Ok(sender == "spam") }
    /// let mut context = vm::Context::new(&vm::Engine::new()?)?;
    /// context.add_async_hook("mail.accept", HookPosition::First, |mail: EventValues| async move {
    ///     let refused = look_up(mail.string("sender")?).await?;
    ///     Ok(if refused { Answer::Complete } else { Answer::Continue })
    /// })?;
    /// let mut mail = Event::new("mail.accept")?;
    /// mail.set("sender", "spam")?;
    /// let execution = context.start_hooks(&mut mail)?; // in a task: `.await?`
    /// assert_eq!(EventLoop::new()?.block_on(execution)??, Answer::Complete);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`BUSY`](crate::Status::BUSY), [`REENTRANT`](crate::Status::REENTRANT). Failures of hooks are those of the execution.
    pub fn start_hooks(&mut self, event: &mut Event) -> Result<Execution<Answer>> {
        guard(|| Started::start_hooks(self.shared(), Arc::clone(event.inner()), None).map(Execution::of_hooks))
    }

    /// Limits how long the hooks of an event may take; `None` for no limit.
    ///
    /// # Errors
    /// [`BUSY`](crate::Status::BUSY), [`REENTRANT`](crate::Status::REENTRANT).
    pub fn set_hook_timeout(&mut self, time: Option<Duration>) -> Result<()> {
        self.with(|context| {
            context.set_hook_time(time);
            Ok(())
        })
    }
}
