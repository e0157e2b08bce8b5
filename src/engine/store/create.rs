//! What the host creates in a store.
#![forbid(unsafe_code)]

use super::{Extern, Running, Store};
#[cfg(feature = "compiled")]
use crate::engine::compiled;
use crate::engine::handles::Handle;
use crate::engine::operand::Operand;
use crate::engine::{instances, interpreter, reference};
use crate::status::Result;
use crate::user_data::UserData;
use crate::value::{ExternType, GlobalType, MemoryType, TableType};
use libvm_abi::Value;

impl Store {
    /// Creates a memory.
    ///
    /// # Errors
    /// `STATUS_INVALID_ARGUMENT` for an impossible type, `STATUS_LIMIT`, `STATUS_OUT_OF_MEMORY`.
    pub fn create_memory(&mut self, ty: MemoryType) -> Result<Extern> {
        interpreter::check_memory_type(ty)?;
        running!(&mut self.running, running as wrap => {
            running.state_mut().budgets.count_memory()?;
            running.create_memory(ty).map(wrap)
        })
    }

    /// Creates a table of null references.
    ///
    /// # Errors
    /// `STATUS_INVALID_ARGUMENT` for an impossible type, `STATUS_LIMIT`, `STATUS_OUT_OF_MEMORY`.
    pub fn create_table(&mut self, ty: TableType) -> Result<Extern> {
        interpreter::check_table_type(ty)?;
        running!(&mut self.running, running as wrap => {
            running.state_mut().budgets.count_table()?;
            running.create_table(ty).map(wrap)
        })
    }

    /// Creates a global.
    ///
    /// # Errors
    /// `STATUS_WRONG_TYPE` if the value has another type.
    pub fn create_global(&mut self, ty: GlobalType, value: &Value) -> Result<Extern> {
        running!(&mut self.running, running as wrap => {
            let value = Operand::new(&running.state().handles, value, ty.content, || "the global's value".to_owned())?;
            Ok(wrap(running.create_global(ty, value)))
        })
    }

    /// Creates an externref that owns a pointer of the host until the store is dropped.
    ///
    /// # Errors
    /// `STATUS_LIMIT`.
    pub fn create_extern_ref(&mut self, data: UserData) -> Result<Handle> {
        access!(self, store => reference::create(store, data))
    }

    /// Returns the data of an externref; `None` for the null reference.
    ///
    /// # Errors
    /// `STATUS_STALE`, `STATUS_WRONG_CONTEXT`, `STATUS_WRONG_TYPE` for a funcref.
    pub fn extern_ref_data(&mut self, reference: Handle) -> Result<Option<&UserData>> {
        let index = access!(self, store => reference::index(store, reference))?;
        Ok(index.map(|index| state!(self, state => &state.objects[index])))
    }

    /// Returns the type of an item, with the current size of a memory or table as its minimum.
    pub fn extern_type(&mut self, item: Extern) -> ExternType {
        match (&mut self.running, item) {
            (Running::Interpreted(running), Extern::Interpreted(item)) => instances::type_of(&mut running.access(), item),
            #[cfg(feature = "compiled")]
            (Running::Compiled(running), Extern::Compiled(compiled::Imported::Item(item))) => {
                instances::type_of(&mut running.access(), item)
            }
            #[cfg(feature = "compiled")]
            _ => unreachable!("the items of a context are of its engine, and exist before anything is bound to imports"),
        }
    }
}
