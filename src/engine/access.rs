//! A borrowed store: what code that both engines share needs of it.
#![forbid(unsafe_code)]

use super::backend::Backend;
use super::kind::Kind;
use super::operand::Operand;
use super::state::State;
use crate::status::Result;
use crate::value::{FuncType, GlobalType, MemoryType, TableType};
use libvm_abi::{RawValue, Value};

/// An item that is imported or exported.
#[derive(Clone, Copy)]
pub enum Item<B: Backend> {
    Func(B::Func),
    Memory(B::Memory),
    Table(B::Table),
    Global(B::Global),
}

impl<B: Backend> Item<B> {
    /// Returns its kind.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Func(_) => Kind::Func,
            Self::Memory(_) => Kind::Memory,
            Self::Table(_) => Kind::Table,
            Self::Global(_) => Kind::Global,
        }
    }
}

/// A function in a borrowed store `A`.
pub type FuncOf<A> = <<A as Access>::Backend as Backend>::Func;
/// A memory in a borrowed store `A`.
pub type MemoryOf<A> = <<A as Access>::Backend as Backend>::Memory;
/// A table in a borrowed store `A`.
pub type TableOf<A> = <<A as Access>::Backend as Backend>::Table;
/// A global in a borrowed store `A`.
pub type GlobalOf<A> = <<A as Access>::Backend as Backend>::Global;
/// An object of the host in a borrowed store `A`.
pub type ObjectOf<A> = <<A as Access>::Backend as Backend>::Object;
/// An instance in a borrowed store `A`.
pub type InstanceOf<A> = <<A as Access>::Backend as Backend>::Instance;

/// A borrowed store of an engine.
pub trait Access {
    /// The engine.
    type Backend: Backend;

    /// Returns the data of the store.
    fn state(&self) -> &State<Self::Backend>;

    /// Returns the data of the store.
    fn state_mut(&mut self) -> &mut State<Self::Backend>;

    /// Returns an item that an instance exports.
    fn export(&mut self, instance: InstanceOf<Self>, name: &str) -> Option<Item<Self::Backend>>;

    /// Returns a function with the fastest way to call it, which takes a moment to find.
    fn prepare(&mut self, func: FuncOf<Self>) -> FuncOf<Self>;

    /// Returns the type of a function.
    fn func_type(&mut self, func: FuncOf<Self>) -> FuncType;

    /// Returns the type of a memory, with the minimum that it was created with.
    fn memory_type(&mut self, memory: MemoryOf<Self>) -> MemoryType;

    /// Returns the bytes of a memory.
    fn memory(&mut self, memory: MemoryOf<Self>) -> &mut [u8];

    /// Returns the size of a memory in pages.
    fn memory_pages(&mut self, memory: MemoryOf<Self>) -> u64;

    /// Grows a memory by a number of pages; returns the previous number. If it returns `None`, the budgets know why, or it is the
    /// memory's type.
    fn grow_memory(&mut self, memory: MemoryOf<Self>, pages: u64) -> Option<u64>;

    /// Returns the type of a table, with the minimum that it was created with.
    fn table_type(&mut self, table: TableOf<Self>) -> TableType;

    /// Returns the size of a table in elements.
    fn table_size(&mut self, table: TableOf<Self>) -> u64;

    /// Returns an element of a table; `None` outside of it.
    fn table_get(&mut self, table: TableOf<Self>, index: u64) -> Option<Operand<Self::Backend>>;

    /// Sets an element of a table, which is of its type; returns `None` outside of it.
    fn table_set(&mut self, table: TableOf<Self>, index: u64, element: Operand<Self::Backend>) -> Option<()>;

    /// Grows a table by a number of elements of its type, and returns the previous number. If it returns `None`, the budgets know
    /// why, or it is the table's type.
    fn grow_table(&mut self, table: TableOf<Self>, elements: u64, element: Operand<Self::Backend>) -> Option<u64>;

    /// Returns the type of a global.
    fn global_type(&mut self, global: GlobalOf<Self>) -> GlobalType;

    /// Returns the value of a global.
    fn global_get(&mut self, global: GlobalOf<Self>) -> Operand<Self::Backend>;

    /// Sets a mutable global to a value of its type.
    ///
    /// # Errors
    /// `STATUS_IMMUTABLE` for one that is not mutable.
    fn global_set(&mut self, global: GlobalOf<Self>, value: Operand<Self::Backend>) -> Result<()>;

    /// Creates an externref to the object of the host with this index, which exists until the store is dropped.
    ///
    /// # Errors
    /// `STATUS_OUT_OF_MEMORY`.
    fn create_object(&mut self, index: usize) -> Result<ObjectOf<Self>>;

    /// Returns the index of the object that an externref refers to; `None` for an externref that libvm did not create.
    fn object_index(&self, object: ObjectOf<Self>) -> Option<usize>;

    /// Calls a function, and waits on this thread until it ends.
    ///
    /// # Errors
    /// Those of invalid arguments, and every failure of a guest.
    fn call(&mut self, func: FuncOf<Self>, args: &[Value], results: &mut [Value]) -> Result<()>;

    /// Calls a function with `params` numbers of its type, if the store can do so without their types, and waits on this thread until it
    /// ends. The results are written in the place of the arguments.
    ///
    /// # Errors
    /// Every failure of a guest.
    fn call_raw(&mut self, func: FuncOf<Self>, params: usize, values: &mut [RawValue]) -> Option<Result<()>>;

    /// Returns the address of the first byte of a memory, which differs from that of other memories with bytes.
    fn memory_address(&self, memory: MemoryOf<Self>) -> *const u8;

    /// Accounts for the fuel that was used.
    fn settle_fuel(&mut self);

    /// Grants the guest fuel again after others used it: a call below on the native stack continues.
    fn refill_fuel(&mut self);
}
