//! Tables and globals, as seen by the host. The host must release references that these return.
#![forbid(unsafe_code)]

use super::store::Store;
use super::{convert, error, recorded, values};
use crate::engine::bounds::no_element;
use crate::engine::handles::Handle;
use crate::engine::watch::Set;
use crate::status::{Error, Result, counted};
use crate::value::{GlobalType, TableType};
use libvm_abi::{self as abi, Value};
use wasmi::{AsContextMut, Table};

fn outside(table: &Table, store: &Store, index: u64) -> Error {
    no_element(table.size(&store.inner), index)
}

impl Store {
    /// Returns the size of a table in elements.
    ///
    /// # Errors
    /// Those of an invalid handle.
    pub fn table_size(&self, table: Handle) -> Result<u64> {
        Ok(self.inner.data().handles.table(table)?.size(&self.inner))
    }

    /// Returns the type of a table.
    ///
    /// # Errors
    /// Those of an invalid handle.
    pub fn table_type(&self, table: Handle) -> Result<TableType> {
        Ok(convert::table_type(self.inner.data().handles.table(table)?.ty(&self.inner)))
    }

    /// Returns an element of a table.
    ///
    /// # Errors
    /// `STATUS_OUT_OF_BOUNDS`, and those of an invalid handle.
    pub fn table_get(&mut self, table: Handle, index: u64) -> Result<Value> {
        let table = self.inner.data().handles.table(table)?;
        let element = table.get(&self.inner, index).ok_or_else(|| outside(&table, self, index))?;
        Ok(values::from_val(self.handles(), &element.into()))
    }

    /// Sets an element of a table.
    ///
    /// # Errors
    /// `STATUS_OUT_OF_BOUNDS`, `STATUS_WRONG_TYPE`, and those of an invalid handle.
    pub fn table_set(&mut self, handle: Handle, index: u64, value: &Value) -> Result<()> {
        let handles = &self.inner.data().handles;
        let (table, element) = (handles.table(handle)?, self.table_type(handle)?.element);
        let element = values::to_ref(handles, value, element, || "the element".to_owned())?;
        table.set(&mut self.inner, index, element).map_err(|_| outside(&table, self, index))?;
        let size = table.size(&self.inner);
        recorded::note(self.inner.as_context_mut(), handle, Set::Table { size, index, value });
        Ok(())
    }

    /// Grows a table by a number of elements, and returns the previous number.
    ///
    /// # Errors
    /// `STATUS_LIMIT`, `STATUS_OUT_OF_MEMORY`, `STATUS_WRONG_TYPE`, and those of an invalid handle.
    pub fn grow_table(&mut self, handle: Handle, elements: u64, value: &Value) -> Result<u64> {
        let handles = &self.inner.data().handles;
        let (table, element) = (handles.table(handle)?, self.table_type(handle)?.element);
        let element = values::to_ref(handles, value, element, || "the element".to_owned())?;
        self.inner.data_mut().budgets.forget_refusal();
        let grown = table.grow(&mut self.inner, elements, element).map_err(|_| {
            let what = format!("the table of {} cannot grow by {elements}", counted(table.size(&self.inner), "element"));
            let most = table.ty(&self.inner).maximum().unwrap_or(u64::from(u32::MAX));
            self.inner.data().budgets.refused(&what).unwrap_or_else(|| error::of_type(&what, &counted(most, "element")))
        })?;
        let size = table.size(&self.inner);
        recorded::note(self.inner.as_context_mut(), handle, Set::Table { size, index: grown, value });
        Ok(grown)
    }

    /// Returns the type of a global.
    ///
    /// # Errors
    /// Those of an invalid handle.
    pub fn global_type(&self, global: Handle) -> Result<GlobalType> {
        Ok(convert::global_type(self.inner.data().handles.global(global)?.ty(&self.inner)))
    }

    /// Returns the value of a global.
    ///
    /// # Errors
    /// Those of an invalid handle.
    pub fn global_get(&mut self, global: Handle) -> Result<Value> {
        let value = self.inner.data().handles.global(global)?.get(&self.inner);
        Ok(values::from_val(self.handles(), &value))
    }

    /// Sets a global.
    ///
    /// # Errors
    /// `STATUS_IMMUTABLE`, `STATUS_WRONG_TYPE`, and those of an invalid handle.
    pub fn global_set(&mut self, handle: Handle, value: &Value) -> Result<()> {
        let ty = self.global_type(handle)?;
        if !ty.mutable {
            return Err(Error::new(abi::STATUS_IMMUTABLE, format!("a {ty} cannot be set")));
        }
        let handles = &self.inner.data().handles;
        let (global, content) = (handles.global(handle)?, values::to_val(handles, value, ty.content, || "the value".to_owned())?);
        global
            .set(&mut self.inner, content)
            .map_err(|error| Error::new(abi::STATUS_INTERNAL, format!("the global cannot be set: {error}")))?;
        recorded::note(self.inner.as_context_mut(), handle, Set::Global { value });
        Ok(())
    }
}
