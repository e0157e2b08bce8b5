//! A store of wasmi, and what is created in it.
#![forbid(unsafe_code)]

use super::access::to_extern;
use super::callee::Callee;
use super::code::Code;
use super::engine::Engine;
use super::shard::Shard;
use super::state::{Interpreter, State};
use super::trace::Trace;
use super::{convert, error, trampoline, values};
use crate::engine::access::Item;
use crate::engine::function::{HostFunction, InstancePointers};
use crate::engine::guest::Guest;
use crate::engine::handles::Handle;
use crate::engine::instances;
use crate::engine::operand::Operand;
use crate::engine::program::Program;
use crate::engine::rewrite::Recorded;
use crate::status::{Error, Result};
use crate::value::{GlobalType, MemoryType, TableType};
use libvm_abi as abi;
use std::sync::Arc;
use wasmi::errors::{ErrorKind, InstantiationError};
use wasmi::{AsContextMut, StoreContextMut};

/// A store of wasmi.
pub struct Store {
    pub(super) inner: wasmi::Store<State>,
    /// Kept until the store is dropped, also when it is reset: modules are translated there.
    shard: Shard,
}

fn empty(shard: &Shard, state: State) -> wasmi::Store<State> {
    state.frames.home().set_compiled(false);
    let mut store = wasmi::Store::new(shard.engine(), state);
    if store.data().config.backtraces() {
        // Without it, modules that record positions cannot be instantiated.
        let trace = Trace::new(&mut store).ok();
        store.data_mut().own.trace = trace;
    }
    store.limiter(|state| &mut state.budgets);
    store
}

impl Store {
    /// Creates an empty store with this data.
    pub fn new(engine: &Engine, state: State) -> Self {
        let shard = engine.shards.enter();
        Self { inner: empty(&shard, state), shard }
    }

    /// Makes it an empty store with this data; what was in it is dropped last.
    pub fn reset(&mut self, state: State) {
        drop(std::mem::replace(&mut self.inner, empty(&self.shard, state)));
    }

    /// Returns it for code that both engines share.
    #[inline]
    pub fn access(&mut self) -> StoreContextMut<'_, State> {
        self.inner.as_context_mut()
    }

    /// Returns its data.
    #[inline]
    pub fn state(&self) -> &State {
        self.inner.data()
    }

    /// Returns its data.
    #[inline]
    pub fn state_mut(&mut self) -> &mut State {
        self.inner.data_mut()
    }

    /// Returns a number of the part of the engine in which it runs guests: those in other parts do not wait for it.
    pub fn part(&self) -> usize {
        self.shard.index()
    }

    /// Binds a host function. See `trampoline::bind`.
    pub fn bind(&mut self, function: &Arc<HostFunction>, pointers: InstancePointers, guest: &Arc<Guest>) -> Item<Interpreter> {
        Item::Func(Callee::Any(trampoline::bind(&mut self.inner, function, pointers, guest)))
    }

    /// Binds a host function that the host calls itself.
    pub fn bind_called(&mut self, function: &Arc<HostFunction>, pointers: InstancePointers) -> Item<Interpreter> {
        self.bind(function, pointers, &Guest::new(None))
    }

    /// Binds a function of WASI preview 1; returns `None` if there is no function with that name.
    #[cfg(feature = "wasi")]
    pub fn bind_wasi(&mut self, name: &str) -> Option<Item<Interpreter>> {
        super::wasi::bind(&mut self.inner, name).map(|func| Item::Func(Callee::Any(func)))
    }

    /// Creates a memory, which the budgets have counted.
    ///
    /// # Errors
    /// `STATUS_INVALID_ARGUMENT` for an impossible type, `STATUS_LIMIT`, `STATUS_OUT_OF_MEMORY`.
    pub fn create_memory(&mut self, ty: MemoryType) -> Result<Item<Interpreter>> {
        let memory = wasmi::Memory::new(&mut self.inner, convert::to_wasmi_memory_type(ty)?);
        memory.map(Item::Memory).map_err(|error| error::of_creation(&error, &self.state().budgets))
    }

    /// Creates a table of null references, which the budgets have counted.
    ///
    /// # Errors
    /// `STATUS_INVALID_ARGUMENT` for an impossible type, `STATUS_LIMIT`, `STATUS_OUT_OF_MEMORY`.
    pub fn create_table(&mut self, ty: TableType) -> Result<Item<Interpreter>> {
        let null = wasmi::Ref::null(convert::to_wasmi_ref_type(ty.element)?);
        let table = wasmi::Table::new(&mut self.inner, convert::to_wasmi_table_type(ty)?, null);
        table.map(Item::Table).map_err(|error| error::of_creation(&error, &self.state().budgets))
    }

    /// Creates a global with a value of its type.
    pub fn create_global(&mut self, ty: GlobalType, value: Operand<Interpreter>) -> Item<Interpreter> {
        let mutability = if ty.mutable { wasmi::Mutability::Var } else { wasmi::Mutability::Const };
        Item::Global(wasmi::Global::new(&mut self.inner, values::of_operand(value), mutability))
    }

    /// Instantiates a module, which the budgets have counted, with its imports, in its order; its start function is still to be
    /// run. `guest` is what its host functions were bound with. By the rules of wasm, the effects before a failure remain: writes to
    /// imported memories, tables and globals, through which functions of the failed instance may still be called; therefore wasmi
    /// keeps its parts.
    ///
    /// # Errors
    /// `STATUS_INCOMPATIBLE_IMPORT`, `STATUS_INSTANTIATION`, `STATUS_LIMIT`, `STATUS_OUT_OF_MEMORY`, `STATUS_TRAP` for a segment that
    /// does not fit.
    pub fn instantiate(
        &mut self,
        program: &Arc<Program>,
        code: &Arc<Code>,
        imports: &[Item<Interpreter>],
        guest: &Arc<Guest>,
    ) -> Result<Handle> {
        let module = code.modules.of(&self.shard)?;
        let mut items: Vec<_> = imports.iter().map(|item| to_extern(*item)).collect();
        if let Some(recorded) = &code.recorded {
            items.extend(self.hidden(recorded)?);
        }
        let mut externs = items.clone();
        for (item, place) in items.iter().zip(&code.import_places) {
            externs[*place] = *item;
        }
        let instantiated = wasmi::Instance::new(&mut self.inner, module, &externs);
        let inner = instantiated.map_err(|error| self.not_instantiated(error))?;
        Ok(instances::add(&mut self.access(), inner, program, code, guest))
    }

    fn not_instantiated(&self, error: wasmi::Error) -> Error {
        let state = self.state();
        error::of_instantiation(error, &state.config, &state.budgets)
    }

    /// Returns what a module that records positions imports behind its own imports.
    fn hidden(&mut self, recorded: &Recorded) -> Result<Vec<wasmi::Extern>> {
        let mut items = Vec::with_capacity(recorded.memories.len() + 3);
        for ty in &recorded.memories {
            let page_size = 1 << ty.page_size_log2.unwrap_or(16);
            let ty = MemoryType { minimum: ty.initial, maximum: ty.maximum, is_64: ty.memory64, page_size };
            let memory = wasmi::Memory::new(&mut self.inner, convert::to_wasmi_memory_type(ty)?);
            let memory = memory.map_err(|error| match error.kind() {
                ErrorKind::Memory(kind) => self.not_instantiated(InstantiationError::FailedToInstantiateMemory(*kind).into()),
                _ => self.not_instantiated(error),
            });
            items.push(memory?.into());
        }
        let no_memory =
            || Error::new(abi::STATUS_OUT_OF_MEMORY, "the module cannot be instantiated: there is no memory for backtraces");
        items.extend(self.state().own.trace.ok_or_else(no_memory)?.externs());
        Ok(items)
    }
}
