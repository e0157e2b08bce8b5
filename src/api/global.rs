//! Globals.
#![forbid(unsafe_code)]

use super::context::Context;
use super::error::Result;
use super::value::Value;
use crate::engine::Handle;
use crate::value::GlobalType;

/// A global of a context. It is valid until its instance is removed, or the context is reset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Global(Handle);

impl From<Handle> for Global {
    fn from(handle: Handle) -> Self {
        Self(handle)
    }
}

impl From<Global> for Handle {
    fn from(global: Global) -> Self {
        global.0
    }
}

impl Global {
    /// Returns the value.
    ///
    /// # Errors
    /// [`STALE`](crate::Status::STALE), [`WRONG_CONTEXT`](crate::Status::WRONG_CONTEXT), [`BUSY`](crate::Status::BUSY),
    /// [`REENTRANT`](crate::Status::REENTRANT).
    pub fn read(self, context: &mut Context) -> Result<Value> {
        context.with(|context| context.store().global_get(self.0).map(|value| Value::from_abi(&value)))
    }

    /// Sets the value.
    ///
    /// # Errors
    /// [`IMMUTABLE`](crate::Status::IMMUTABLE), [`WRONG_TYPE`](crate::Status::WRONG_TYPE), and as for [`read`](Self::read).
    pub fn write(self, context: &mut Context, value: impl Into<Value>) -> Result<()> {
        let value = value.into();
        context.with(|context| context.store().global_set(self.0, &value.to_abi()))
    }

    /// Returns the type.
    ///
    /// # Errors
    /// As for [`read`](Self::read).
    pub fn ty(self, context: &Context) -> Result<GlobalType> {
        context.with(|context| context.store().global_type(self.0))
    }
}
