//! A store of wasmi for code that both engines share.
#![forbid(unsafe_code)]

use super::callee::Callee;
use super::state::{Interpreter, State};
use super::{convert, execution, fuel, values};
use crate::engine::access::{Access, Item};
use crate::engine::operand::Operand;
use crate::status::{Error, Result};
use crate::value::{FuncType, GlobalType, MemoryType, TableType};
use libvm_abi::{self as abi, RawValue, Value};
use wasmi::{AsContextMut, Extern, ExternRef, Global, Instance, Memory, StoreContextMut, Table};

impl Access for StoreContextMut<'_, State> {
    type Backend = Interpreter;

    fn state(&self) -> &State {
        self.data()
    }

    fn state_mut(&mut self) -> &mut State {
        self.data_mut()
    }

    fn export(&mut self, instance: Instance, name: &str) -> Option<Item<Interpreter>> {
        instance.get_export(&*self, name).map(item)
    }

    fn prepare(&mut self, func: Callee) -> Callee {
        Callee::new(&*self, func.func())
    }

    fn func_type(&mut self, func: Callee) -> FuncType {
        convert::func_type(&func.func().ty(&*self))
    }

    fn memory_type(&mut self, memory: Memory) -> MemoryType {
        convert::memory_type(memory.ty(&*self))
    }

    fn memory(&mut self, memory: Memory) -> &mut [u8] {
        memory.data_mut(self)
    }

    fn memory_pages(&mut self, memory: Memory) -> u64 {
        memory.size(&*self)
    }

    fn grow_memory(&mut self, memory: Memory, pages: u64) -> Option<u64> {
        memory.grow(self, pages).ok()
    }

    fn table_type(&mut self, table: Table) -> TableType {
        convert::table_type(table.ty(&*self))
    }

    fn table_size(&mut self, table: Table) -> u64 {
        table.size(&*self)
    }

    fn table_get(&mut self, table: Table, index: u64) -> Option<Operand<Interpreter>> {
        table.get(&*self, index).map(|element| values::operand(&element.into()))
    }

    fn table_set(&mut self, table: Table, index: u64, element: Operand<Interpreter>) -> Option<()> {
        table.set(self, index, values::to_ref(element)?).ok()
    }

    fn grow_table(&mut self, table: Table, elements: u64, element: Operand<Interpreter>) -> Option<u64> {
        table.grow(self, elements, values::to_ref(element)?).ok()
    }

    fn global_type(&mut self, global: Global) -> GlobalType {
        convert::global_type(global.ty(&*self))
    }

    fn global_get(&mut self, global: Global) -> Operand<Interpreter> {
        values::operand(&global.get(&*self))
    }

    fn global_set(&mut self, global: Global, value: Operand<Interpreter>) -> Result<()> {
        let set = global.set(self, values::of_operand(value));
        set.map_err(|error| Error::new(abi::STATUS_IMMUTABLE, format!("the global: {error}")))
    }

    fn create_object(&mut self, index: usize) -> Result<ExternRef> {
        Ok(ExternRef::new(self, index))
    }

    fn object_index(&self, object: ExternRef) -> Option<usize> {
        object.data(self).downcast_ref().copied()
    }

    #[inline]
    fn call(&mut self, func: Callee, args: &[Value], results: &mut [Value]) -> Result<()> {
        execution::call(self.as_context_mut(), func, args, results)
    }

    #[inline]
    fn call_raw(&mut self, func: Callee, params: usize, values: &mut [RawValue]) -> Option<Result<()>> {
        execution::call_raw(self, func, params, values)
    }

    fn memory_address(&self, memory: Memory) -> *const u8 {
        memory.data_ptr(self)
    }

    fn settle_fuel(&mut self) {
        fuel::settle(self);
    }

    fn refill_fuel(&mut self) {
        fuel::refill(self);
    }
}

/// Returns an item for wasmi.
pub fn to_extern(item: Item<Interpreter>) -> Extern {
    match item {
        Item::Func(func) => func.func().into(),
        Item::Memory(memory) => memory.into(),
        Item::Table(table) => table.into(),
        Item::Global(global) => global.into(),
    }
}

/// Returns an item from wasmi.
fn item(item: Extern) -> Item<Interpreter> {
    match item {
        Extern::Func(func) => Item::Func(Callee::Any(func)),
        Extern::Memory(memory) => Item::Memory(memory),
        Extern::Table(table) => Item::Table(table),
        Extern::Global(global) => Item::Global(global),
    }
}
