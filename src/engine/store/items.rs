//! Functions, memories, tables and globals of a store, as seen by the host. The host must release references that these return.
#![forbid(unsafe_code)]

use super::{Running, Store};
use crate::engine::access::Access;
#[cfg(feature = "compiled")]
use crate::engine::compiled;
use crate::engine::handles::Handle;
use crate::engine::watch::Set;
use crate::engine::watched::{self, Target};
use crate::engine::{arguments, global, memory, prepared, recorded, table};
use crate::status::Result;
use crate::value::{FuncType, GlobalType, MemoryType, TableType, ValType};
use libvm_abi::{self as abi, RawValue, Value};

impl Store {
    /// Calls a function by its handle.
    ///
    /// # Errors
    /// `STATUS_STALE`, `STATUS_WRONG_CONTEXT`, `STATUS_WRONG_TYPE`, `STATUS_WRONG_COUNT`, and every failure of a guest.
    #[inline(always)] // on the path of every call
    pub fn call(&mut self, func: Handle, args: &[Value], results: &mut [Value]) -> Result<()> {
        access!(self, store => {
            let called = store.state().handles.func(func)?;
            watched::call(store, Target::Handle(func), called, args, results)
        })
    }

    /// Prepares calls of a function for `call_compiled`, if guests are compiled.
    ///
    /// # Errors
    /// Those of an invalid handle.
    #[cfg(feature = "compiled")]
    pub fn prepare_compiled(&self, func: Handle) -> Result<Option<compiled::Prepared>> {
        match &self.running {
            Running::Interpreted(_) => Ok(None),
            Running::Compiled(running) => compiled::Prepared::new(running.state(), func).map(Some),
        }
    }

    /// Calls a function of a store that runs compiled guests, for the thread that holds its context; `None` where `call_compiled` has to.
    #[cfg(feature = "compiled")]
    #[inline(always)] // as above
    pub fn call_compiled_again(&mut self, prepared: &compiled::Prepared, values: &mut [RawValue]) -> Option<Result<()>> {
        match &mut self.running {
            Running::Interpreted(_) => None,
            Running::Compiled(running) => running.call_prepared_again(prepared, values),
        }
    }

    /// Lends the stack of this thread, which holds the context, to calls by `call_compiled_again`, until `take_stack_back`.
    #[cfg(feature = "compiled")]
    pub fn lend_stack(&mut self) {
        if let Running::Compiled(running) = &self.running {
            let state = running.state();
            state.frames.home().lend_stack(state.own.stack);
        }
    }

    /// Takes back the stack of this thread, if it was lent.
    pub fn take_stack_back(&mut self) {
        #[cfg(feature = "compiled")]
        state!(self, state => state.frames.home().take_stack_back());
    }

    /// Begins the use by a thread and calls a function of a store that runs compiled guests; `None` where `begin_use` and `call_prepared` have
    /// to do it.
    #[cfg(feature = "compiled")]
    #[inline(always)] // on the path of prepared calls
    pub fn call_compiled(&mut self, thread: usize, prepared: &compiled::Prepared, values: &mut [RawValue]) -> Option<Result<()>> {
        match &mut self.running {
            Running::Interpreted(_) => None,
            Running::Compiled(running) => running.call_prepared(thread, prepared, values),
        }
    }

    /// Calls a function of these types, which are numbers: the results are written in the place of the arguments.
    ///
    /// # Errors
    /// Those of an invalid handle, and every failure of a guest.
    #[inline(always)] // on the path of prepared calls
    pub fn call_prepared(&mut self, func: Handle, types: (&[ValType], &[ValType]), values: &mut [RawValue]) -> Result<()> {
        access!(self, store => {
            let called = store.state().handles.func(func)?;
            prepared::call(store, Target::Handle(func), called, types, values)
        })
    }

    /// Returns the type of a function.
    ///
    /// # Errors
    /// `STATUS_STALE`, `STATUS_WRONG_CONTEXT`, `STATUS_WRONG_TYPE`.
    pub fn func_type(&mut self, func: Handle) -> Result<FuncType> {
        access!(self, store => {
            let func = store.state().handles.func(func)?;
            Ok(store.func_type(func))
        })
    }

    /// Compares arguments with the type of a function.
    ///
    /// # Errors
    /// Those of `func_type`, `STATUS_WRONG_COUNT`, `STATUS_WRONG_TYPE`.
    pub fn check_args(&mut self, func: Handle, args: &[Value]) -> Result<()> {
        arguments::check_args(&self.func_type(func)?, args)
    }

    /// Returns a pointer into a memory. See [`memory::span`].
    pub fn memory_span(&mut self, memory: Handle, address: u64, size: u64) -> Result<abi::Buffer> {
        access!(self, store => memory::span(store, memory, address, size))
    }

    /// Returns the size of a memory in bytes. See [`memory::size`].
    pub fn memory_size(&mut self, memory: Handle) -> Result<u64> {
        access!(self, store => memory::size(store, memory))
    }

    /// Grows a memory by a number of pages. See [`memory::grow`].
    pub fn grow_memory(&mut self, memory: Handle, pages: u64) -> Result<u64> {
        access!(self, store => memory::grow(store, memory, pages))
    }

    /// Returns the type of a memory. See [`memory::ty`].
    pub fn memory_type(&mut self, memory: Handle) -> Result<MemoryType> {
        access!(self, store => memory::ty(store, memory))
    }

    /// Returns the size of a table in elements. See [`table::size`].
    pub fn table_size(&mut self, table: Handle) -> Result<u64> {
        access!(self, store => table::size(store, table))
    }

    /// Returns the type of a table. See [`table::ty`].
    pub fn table_type(&mut self, table: Handle) -> Result<TableType> {
        access!(self, store => table::ty(store, table))
    }

    /// Returns an element of a table. See [`table::get`].
    pub fn table_get(&mut self, table: Handle, index: u64) -> Result<Value> {
        access!(self, store => table::get(store, table, index))
    }

    /// Sets an element of a table. See [`table::set`].
    pub fn table_set(&mut self, table: Handle, index: u64, value: &Value) -> Result<()> {
        access!(self, store => {
            table::set(store, table, index, value)?;
            let size = table::size(store, table)?;
            recorded::note(store, table, Set::Table { size, index, value });
            Ok(())
        })
    }

    /// Grows a table by a number of elements. See [`table::grow`].
    pub fn grow_table(&mut self, table: Handle, elements: u64, value: &Value) -> Result<u64> {
        access!(self, store => {
            let index = table::grow(store, table, elements, value)?;
            let size = table::size(store, table)?;
            recorded::note(store, table, Set::Table { size, index, value });
            Ok(index)
        })
    }

    /// Returns the type of a global. See [`global::ty`].
    pub fn global_type(&mut self, global: Handle) -> Result<GlobalType> {
        access!(self, store => global::ty(store, global))
    }

    /// Returns the value of a global. See [`global::get`].
    pub fn global_get(&mut self, global: Handle) -> Result<Value> {
        access!(self, store => global::get(store, global))
    }

    /// Sets a global. See [`global::set`].
    pub fn global_set(&mut self, global: Handle, value: &Value) -> Result<()> {
        access!(self, store => {
            global::set(store, global, value)?;
            recorded::note(store, global, Set::Global { value });
            Ok(())
        })
    }
}
