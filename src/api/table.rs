//! Tables.
#![forbid(unsafe_code)]

use super::context::Context;
use super::error::Result;
use super::value::Value;
use crate::engine::Handle;
use crate::value::TableType;

/// A table of a context. It is valid until its instance is removed, or the context is reset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Table(Handle);

impl From<Handle> for Table {
    fn from(handle: Handle) -> Self {
        Self(handle)
    }
}

impl From<Table> for Handle {
    fn from(table: Table) -> Self {
        table.0
    }
}

impl Table {
    /// Returns the number of elements.
    ///
    /// # Errors
    /// [`STALE`](crate::Status::STALE), [`WRONG_CONTEXT`](crate::Status::WRONG_CONTEXT), [`BUSY`](crate::Status::BUSY),
    /// [`REENTRANT`](crate::Status::REENTRANT).
    pub fn size(self, context: &Context) -> Result<u64> {
        context.with(|context| context.store().table_size(self.0))
    }

    /// Returns an element.
    ///
    /// # Errors
    /// [`OUT_OF_BOUNDS`](crate::Status::OUT_OF_BOUNDS), and as for [`size`](Self::size).
    pub fn read(self, context: &mut Context, index: u64) -> Result<Value> {
        context.with(|context| context.store().table_get(self.0, index).map(|value| Value::from_abi(&value)))
    }

    /// Sets an element.
    ///
    /// # Errors
    /// [`OUT_OF_BOUNDS`](crate::Status::OUT_OF_BOUNDS), [`WRONG_TYPE`](crate::Status::WRONG_TYPE), and as for [`size`](Self::size).
    pub fn write(self, context: &mut Context, index: u64, value: impl Into<Value>) -> Result<()> {
        let value = value.into();
        context.with(|context| context.store().table_set(self.0, index, &value.to_abi()))
    }

    /// Grows the table by a number of elements with a value; returns the previous size.
    ///
    /// # Errors
    /// [`LIMIT`](crate::Status::LIMIT), [`WRONG_TYPE`](crate::Status::WRONG_TYPE), and as for [`size`](Self::size).
    pub fn grow(self, context: &mut Context, elements: u64, value: impl Into<Value>) -> Result<u64> {
        let value = value.into();
        context.with(|context| context.store().grow_table(self.0, elements, &value.to_abi()))
    }

    /// Returns the type, as it was declared.
    ///
    /// # Errors
    /// As for [`size`](Self::size).
    pub fn ty(self, context: &Context) -> Result<TableType> {
        context.with(|context| context.store().table_type(self.0))
    }
}
