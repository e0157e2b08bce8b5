//! Events: values by key that the host and the hooks of a point share.

use super::convert::conversions;
use super::error::{Error, Result, Status};
use crate::hooks::{self, Event as Inner, Field, Handle};
use libvm_abi as abi;
use std::ffi::CString;
use std::marker::PhantomData;
use std::sync::Arc;

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

/// What hooks are called with: values by key, which the host and the hooks of a point share. While started hooks use it, its values can be
/// read, and not changed.
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

    pub(super) fn inner(&self) -> &Arc<Inner> {
        &self.0
    }

    /// Returns the event to change its values.
    fn changed(&self) -> Result<&Inner> {
        if self.0.is_invoked() { Err(self.0.busy().into()) } else { Ok(&self.0) }
    }
}

/// The event that a hook was called with, until it returns.
pub struct HookEvent<'a>(&'a Inner, PhantomData<*mut ()>);

/// A copy of the values of an event, which an [asynchronous hook](crate::Context::add_async_hook) owns. What the hook changes is written to
/// the event when it has answered.
pub struct EventValues(Arc<Inner>);

impl HookEvent<'_> {
    /// Returns the event that libvm passes to a hook.
    ///
    /// # Safety
    /// The result is not used after the hook has returned.
    pub(super) unsafe fn of(event: *mut abi::Event) -> Result<Self> {
        // SAFETY: libvm passes an event that is valid until the hook returns.
        let handle =
            unsafe { Handle::of(event) }.map_err(|status| Error::with_status(Status::from_number(status), "no event"))?;
        Ok(Self(handle.event(), PhantomData))
    }

    pub(super) fn copy(&self) -> EventValues {
        EventValues(Arc::new(self.0.copy()))
    }

    /// Replaces the values with those of a copy.
    pub(super) fn replace(&mut self, mut values: EventValues) {
        let fields = match Arc::get_mut(&mut values.0) {
            Some(own) => std::mem::take(&mut *own.fields()),
            // The hook has kept them.
            None => values.0.fields().clone(),
        };
        *self.0.fields() = fields;
    }

    fn changed(&self) -> Result<&Inner> {
        Ok(self.0)
    }
}

impl EventValues {
    /// Returns the same values.
    pub(super) fn share(&self) -> Self {
        Self(Arc::clone(&self.0))
    }

    fn changed(&self) -> Result<&Inner> {
        Ok(&self.0)
    }
}

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
            /// more keys than an event has; [`BUSY`](Status::BUSY) for an [`Event`] that started hooks use.
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
                Ok(self.changed()?.fields().set(&key_of(key)?, field)?)
            }

            /// Removes a value.
            ///
            /// # Errors
            /// [`NOT_FOUND`](Status::NOT_FOUND); [`BUSY`](Status::BUSY) for an [`Event`] that started hooks use.
            pub fn remove(&mut self, key: &str) -> Result<()> {
                Ok(self.changed()?.fields().remove(&key_of(key)?)?)
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
accessors!(EventValues);
