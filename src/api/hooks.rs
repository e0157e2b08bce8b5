//! Hooks of the host, and events.

use super::context::Context;
use super::convert::conversions;
use super::error::{Error, Result, Status, guard};
use crate::context::HookPlace;
use crate::execution::Execution;
use crate::hooks::{self, Event as Inner, Field, Handle, HostHook};
use crate::panics;
use crate::user_data::UserData;
use libvm_abi as abi;
use std::ffi::{CString, c_void};
use std::marker::PhantomData;
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

/// A value of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventValue {
    /// A string.
    String(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// An integer.
    Integer(i64),
}

conversions! {
    EventValue,
    &str: |value| Self::String(value.to_owned());
    String: |value| Self::String(value);
    &[u8]: |value| Self::Bytes(value.to_vec());
    Vec<u8>: |value| Self::Bytes(value);
    i64: |value| Self::Integer(value);
    i32: |value| Self::Integer(value.into());
}

/// What hooks are called with: values by key, which the host and the hooks of a point share.
///
/// ```
/// # fn main() -> vm::Result<()> {
/// use vm::{Answer, Event, HookEvent, HookPosition};
///
/// let mut context = vm::Context::new(&vm::Engine::new()?)?;
/// context.add_hook("mail.accept", HookPosition::First, |mail: &mut HookEvent<'_>| -> vm::Result<Answer> {
///     mail.set("subject", mail.string("subject")?.to_uppercase())?;
///     Ok(Answer::Complete)
/// })?;
/// let mut mail = Event::new("mail.accept")?;
/// mail.set("subject", "hello")?;
/// assert_eq!(context.invoke_hooks(&mut mail)?, Answer::Complete);
/// assert_eq!(mail.string("subject")?, "HELLO");
/// # Ok(())
/// # }
/// ```
pub struct Event(Arc<Inner>);

fn key_of(key: &str) -> Result<CString> {
    CString::new(key).map_err(|_| Error::with_status(Status::INVALID_ARGUMENT, "the key of an event contains a NUL"))
}

impl Event {
    /// Creates an event for the hooks of a point.
    ///
    /// # Errors
    /// [`INVALID_ARGUMENT`](Status::INVALID_ARGUMENT) for an invalid name.
    pub fn new(point: &str) -> Result<Self> {
        hooks::check_point(point)?;
        Ok(Self(Arc::new(Inner::new(point))))
    }
}

/// The event that a hook was called with, until it returns.
pub struct HookEvent<'a>(&'a Inner, PhantomData<*mut ()>);

macro_rules! accessors {
    ($ty:ty) => {
        impl $ty {
            /// Returns the name of the point.
            pub fn point(&self) -> &str {
                self.0.point_name()
            }

            /// Returns a value; `None` for a pointer, which only C has.
            ///
            /// # Errors
            /// [`NOT_FOUND`](Status::NOT_FOUND).
            pub fn get(&self, key: &str) -> Result<Option<EventValue>> {
                Ok(match self.0.fields().get(&key_of(key)?)? {
                    Field::String(text) => Some(EventValue::String(text.to_string_lossy().into_owned())),
                    Field::Bytes(bytes) => Some(EventValue::Bytes(bytes.clone())),
                    Field::Integer(number) => Some(EventValue::Integer(*number)),
                    Field::Pointer(_) => None,
                })
            }

            fn get_as<T>(&self, key: &str, kind: abi::EventType, part: impl FnOnce(&Field) -> Option<T>) -> Result<T> {
                Ok(self.0.fields().get_as(&key_of(key)?, kind, part)?)
            }

            /// Returns a string.
            ///
            /// # Errors
            /// [`NOT_FOUND`](Status::NOT_FOUND), [`WRONG_TYPE`](Status::WRONG_TYPE).
            pub fn string(&self, key: &str) -> Result<String> {
                self.get_as(key, abi::EVENT_TYPE_STRING, |field| match field {
                    Field::String(text) => Some(text.to_string_lossy().into_owned()),
                    _ => None,
                })
            }

            /// Returns bytes.
            ///
            /// # Errors
            /// As for [`string`](Self::string).
            pub fn bytes(&self, key: &str) -> Result<Vec<u8>> {
                self.get_as(key, abi::EVENT_TYPE_BYTES, |field| match field {
                    Field::Bytes(bytes) => Some(bytes.clone()),
                    _ => None,
                })
            }

            /// Returns an integer.
            ///
            /// # Errors
            /// As for [`string`](Self::string).
            pub fn integer(&self, key: &str) -> Result<i64> {
                self.get_as(key, abi::EVENT_TYPE_INTEGER, |field| match field {
                    Field::Integer(number) => Some(*number),
                    _ => None,
                })
            }

            /// Sets a value.
            ///
            /// # Errors
            /// [`INVALID_ARGUMENT`](Status::INVALID_ARGUMENT) for an invalid key, and for a string with a NUL; [`LIMIT`](Status::LIMIT) for
            /// more keys than an event has.
            pub fn set(&mut self, key: &str, value: impl Into<EventValue>) -> Result<()> {
                let field = match value.into() {
                    EventValue::String(text) => {
                        let text = CString::new(text);
                        Field::String(text.map_err(|_| {
                            Error::with_status(Status::INVALID_ARGUMENT, "a string of an event contains a NUL; set it as bytes")
                        })?)
                    }
                    EventValue::Bytes(bytes) => Field::Bytes(bytes),
                    EventValue::Integer(number) => Field::Integer(number),
                };
                Ok(self.0.fields().set(&key_of(key)?, field)?)
            }

            /// Removes a value.
            ///
            /// # Errors
            /// [`NOT_FOUND`](Status::NOT_FOUND).
            pub fn remove(&mut self, key: &str) -> Result<()> {
                Ok(self.0.fields().remove(&key_of(key)?)?)
            }

            /// Returns the keys, in their order.
            pub fn keys(&self) -> Vec<String> {
                let fields = self.0.fields();
                (0..).map_while(|index| fields.key(index).ok().map(|key| key.to_string_lossy().into_owned())).collect()
            }
        }
    };
}

accessors!(Event);
accessors!(HookEvent<'_>);

type Callback = Box<dyn Fn(&mut HookEvent<'_>) -> Result<Answer> + Send + Sync>;

fn run(callback: &Callback, event: *mut abi::Event) -> Result<Answer> {
    // SAFETY: libvm passes an event that is valid until the hook returns.
    let handle = unsafe { Handle::of(event) }.map_err(|status| Error::with_status(Status::from_number(status), "no event"))?;
    callback(&mut HookEvent(handle.event(), PhantomData))
}

/// # Safety
/// libvm calls it: `user` is a `Callback`, and the event is valid until this returns.
unsafe extern "C-unwind" fn hook(user: *mut c_void, event: *mut abi::Event) -> abi::Status {
    // SAFETY: promised by the caller.
    let callback = unsafe { &*user.cast::<Callback>() };
    let answer =
        panics::catch(|| run(callback, event)).unwrap_or_else(|panic| Err(Error::new(format!("it panicked: {}", panic.text()))));
    match answer {
        Ok(Answer::Continue) => abi::STATUS_OK,
        Ok(Answer::Complete) => abi::STATUS_COMPLETE,
        Ok(Answer::Retry) => abi::STATUS_RETRY,
        Err(error) => {
            let text = CString::new(error.message().replace('\0', "")).unwrap_or_default();
            // SAFETY: the event is valid until this returns.
            unsafe { (hooks::TABLE.fail)(event, error.status().number(), text.as_ptr()) }
        }
    }
}

impl Context {
    /// Adds a hook of the host at a point. A panic of it is caught, and fails the event.
    ///
    /// # Errors
    /// [`INVALID_ARGUMENT`](Status::INVALID_ARGUMENT) for an invalid name, [`BUSY`](Status::BUSY), [`REENTRANT`](Status::REENTRANT).
    pub fn add_hook(
        &mut self,
        point: &str,
        position: HookPosition,
        callback: impl Fn(&mut HookEvent<'_>) -> Result<Answer> + Send + Sync + 'static,
    ) -> Result<()> {
        let callback: Arc<Callback> = Arc::new(Box::new(callback));
        let user = UserData::owned(Arc::as_ptr(&callback).cast_mut().cast(), callback);
        let place = match position {
            HookPosition::First => HookPlace::First,
            HookPosition::Last => HookPlace::Last,
        };
        self.with(|context| context.add_hook(point, place, HostHook { callback: hook, user }))
    }

    /// Calls the hooks of the event's point, waits for those that suspend it, and returns the answer: [`Answer::Complete`] if one of
    /// them has handled the event.
    ///
    /// # Errors
    /// The failure of a hook, [`BUSY`](Status::BUSY), [`REENTRANT`](Status::REENTRANT), [`WOULD_BLOCK`](Status::WOULD_BLOCK).
    pub fn invoke_hooks(&mut self, event: &mut Event) -> Result<Answer> {
        let answer = guard(|| {
            if !self.shared().may_have_hooks(&event.0) && !event.0.is_invoked() {
                return Ok(abi::STATUS_OK);
            }
            Execution::invoke_hooks(self.shared(), Arc::clone(&event.0))
        })?;
        Ok(match answer {
            abi::STATUS_COMPLETE => Answer::Complete,
            abi::STATUS_RETRY => Answer::Retry,
            _ => Answer::Continue,
        })
    }

    /// Limits how long the hooks of an event may take; `None` for no limit.
    ///
    /// # Errors
    /// [`BUSY`](Status::BUSY), [`REENTRANT`](Status::REENTRANT).
    pub fn set_hook_timeout(&mut self, time: Option<Duration>) -> Result<()> {
        self.with(|context| {
            context.set_hook_time(time);
            Ok(())
        })
    }
}
