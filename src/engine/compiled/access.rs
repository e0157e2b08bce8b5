//! What code that both engines share needs of a compiled store.
#![forbid(unsafe_code)]

use super::callee::Callee;
use super::state::{Compiled, Object, State};
use super::{convert, enter, error, fuel, typed, values};
use crate::engine::access::{Access, Item};
use crate::engine::operand::Operand;
use crate::status::{Error, Result};
use crate::value::{FuncType, GlobalType, MemoryType, TableType};
use libvm_abi::{self as abi, RawValue, Value};
use wasmtime::{AsContextMut, Extern, ExternRef, Global, Instance, Memory, RootScope, StoreContextMut, Table, Val};

/// Returns an item as shared code knows it; `None` for a kind that no module that was validated has.
pub fn item(item: Extern) -> Option<Item<Compiled>> {
    match item {
        Extern::Func(func) => Some(Item::Func(func.into())),
        Extern::Memory(memory) => Some(Item::Memory(memory)),
        Extern::Table(table) => Some(Item::Table(table)),
        Extern::Global(global) => Some(Item::Global(global)),
        Extern::SharedMemory(_) | Extern::Tag(_) => None,
    }
}

/// Returns an item as wasmtime knows it.
pub fn to_extern(item: Item<Compiled>) -> Extern {
    match item {
        Item::Func(callee) => callee.func.into(),
        Item::Memory(memory) => memory.into(),
        Item::Table(table) => table.into(),
        Item::Global(global) => global.into(),
    }
}

impl Access for StoreContextMut<'_, State> {
    type Backend = Compiled;

    fn state(&self) -> &State {
        self.data()
    }

    fn state_mut(&mut self) -> &mut State {
        self.data_mut()
    }

    fn export(&mut self, instance: Instance, name: &str) -> Option<Item<Compiled>> {
        item(instance.get_export(self, name)?)
    }

    fn prepare(&mut self, callee: Callee) -> Callee {
        callee.with_type(typed::index(self, callee))
    }

    fn func_type(&mut self, callee: Callee) -> FuncType {
        let ty = typed::index(self, callee);
        self.data().own.types.get(ty).ty.clone()
    }

    fn memory_type(&mut self, memory: Memory) -> MemoryType {
        convert::memory_type(&memory.ty(&*self))
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
        convert::table_type(&table.ty(&*self))
    }

    fn table_size(&mut self, table: Table) -> u64 {
        table.size(&*self)
    }

    fn table_get(&mut self, table: Table, index: u64) -> Option<Operand<Compiled>> {
        if index >= table.size(&*self) {
            return None;
        }
        // It is inside of the table.
        Some(values::operand(self, |store| table.get(store, index).map_or(Val::FuncRef(None), Val::from)))
    }

    fn table_set(&mut self, table: Table, index: u64, element: Operand<Compiled>) -> Option<()> {
        values::with_ref(self, element, |store, element| table.set(store, index, element).ok())
    }

    fn grow_table(&mut self, table: Table, elements: u64, element: Operand<Compiled>) -> Option<u64> {
        values::with_ref(self, element, |store, element| table.grow(store, elements, element).ok())
    }

    fn global_type(&mut self, global: Global) -> GlobalType {
        convert::global_type(&global.ty(&*self))
    }

    fn global_get(&mut self, global: Global) -> Operand<Compiled> {
        values::operand(self, |store| global.get(store))
    }

    fn global_set(&mut self, global: Global, value: Operand<Compiled>) -> Result<()> {
        let refused = |error| Error::new(abi::STATUS_IMMUTABLE, format!("the global cannot be set: {error:#}"));
        values::with_val(self, value, |store, value| global.set(store, value)).map_err(refused)
    }

    fn create_object(&mut self, index: usize) -> Result<Object> {
        self.data_mut().own.creates_object = true;
        let mut scope = RootScope::new(self.as_context_mut());
        let created = ExternRef::new(&mut scope, ()).and_then(|object| object.to_raw(&mut scope));
        drop(scope);
        let State { own, config, .. } = self.data_mut();
        own.creates_object = false;
        let object = Object(created.map_err(|error| error::of_object(&error, config.pooling()))?);
        own.objects.get_or_insert_default().insert(object, index);
        Ok(object)
    }

    fn object_index(&self, object: Object) -> Option<usize> {
        self.data().own.objects.as_ref()?.get(&object).copied()
    }

    #[inline]
    fn call(&mut self, callee: Callee, args: &[Value], results: &mut [Value]) -> Result<()> {
        enter::call(self, callee, args, results)
    }

    #[inline]
    fn call_raw(&mut self, callee: Callee, _: usize, values: &mut [RawValue]) -> Option<Result<()>> {
        enter::call_raw(self, callee, values)
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
