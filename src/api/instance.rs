//! Instances.
#![forbid(unsafe_code)]

use super::context::Context;
use super::error::Result;
use super::func::Func;
use super::global::Global;
use super::memory::Memory;
use super::table::Table;
use super::value::{WasmArgs, WasmResults};
use crate::engine::{Handle, Kind};

/// An instantiated module of a context. It is valid until it is removed, or the context is reset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Instance(Handle);

impl From<Handle> for Instance {
    fn from(handle: Handle) -> Self {
        Self(handle)
    }
}

impl From<Instance> for Handle {
    fn from(instance: Instance) -> Self {
        instance.0
    }
}

impl Instance {
    /// Calls an export, as [`Context::execute`].
    ///
    /// # Errors
    /// Those of [`Context::execute`].
    pub fn call<R: WasmResults>(self, context: &mut Context, name: &str, args: impl WasmArgs) -> Result<R> {
        context.execute(self, name, args)
    }

    /// Finds an exported function.
    ///
    /// # Errors
    /// [`NOT_FOUND`](crate::Status::NOT_FOUND), [`WRONG_TYPE`](crate::Status::WRONG_TYPE) for an export of another kind,
    /// [`STALE`](crate::Status::STALE), [`WRONG_CONTEXT`](crate::Status::WRONG_CONTEXT), [`BUSY`](crate::Status::BUSY),
    /// [`REENTRANT`](crate::Status::REENTRANT).
    pub fn function(self, context: &mut Context, name: &str) -> Result<Func> {
        context.with(|context| context.store().find(self.0, Kind::Func, name).map(Func::from))
    }

    /// Finds an exported memory.
    ///
    /// # Errors
    /// [`NOT_FOUND`](crate::Status::NOT_FOUND), [`WRONG_TYPE`](crate::Status::WRONG_TYPE) for an export of another kind,
    /// [`STALE`](crate::Status::STALE), [`WRONG_CONTEXT`](crate::Status::WRONG_CONTEXT), [`BUSY`](crate::Status::BUSY),
    /// [`REENTRANT`](crate::Status::REENTRANT).
    pub fn memory(self, context: &mut Context, name: &str) -> Result<Memory> {
        context.with(|context| context.store().find(self.0, Kind::Memory, name).map(Memory::from))
    }

    /// Finds an exported table.
    ///
    /// # Errors
    /// [`NOT_FOUND`](crate::Status::NOT_FOUND), [`WRONG_TYPE`](crate::Status::WRONG_TYPE) for an export of another kind,
    /// [`STALE`](crate::Status::STALE), [`WRONG_CONTEXT`](crate::Status::WRONG_CONTEXT), [`BUSY`](crate::Status::BUSY),
    /// [`REENTRANT`](crate::Status::REENTRANT).
    pub fn table(self, context: &mut Context, name: &str) -> Result<Table> {
        context.with(|context| context.store().find(self.0, Kind::Table, name).map(Table::from))
    }

    /// Finds an exported global.
    ///
    /// # Errors
    /// [`NOT_FOUND`](crate::Status::NOT_FOUND), [`WRONG_TYPE`](crate::Status::WRONG_TYPE) for an export of another kind,
    /// [`STALE`](crate::Status::STALE), [`WRONG_CONTEXT`](crate::Status::WRONG_CONTEXT), [`BUSY`](crate::Status::BUSY),
    /// [`REENTRANT`](crate::Status::REENTRANT).
    pub fn global(self, context: &mut Context, name: &str) -> Result<Global> {
        context.with(|context| context.store().find(self.0, Kind::Global, name).map(Global::from))
    }
}
