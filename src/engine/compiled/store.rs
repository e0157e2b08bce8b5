//! The store of a compiled context.
#![forbid(unsafe_code)]

use super::code::Code;
use super::engine::Engine;
use super::host::{self, Imported, Linked};
use super::prepared::{self, Prepared};
use super::state::{Compiled, State};
use super::{convert, error, fiber, fuel, values};
use crate::engine::access::Item;
use crate::engine::function::{HostFunction, InstancePointers};
use crate::engine::guest::Guest;
use crate::engine::handles::Handle;
use crate::engine::instances;
use crate::engine::operand::Operand;
use crate::engine::program::Program;
use crate::engine::run::Turn;
#[cfg(feature = "wasi")]
use crate::engine::wasi;
use crate::stack;
use crate::status::Result;
use crate::tight;
use crate::value::{GlobalType, MemoryType, TableType};
use libvm_abi::RawValue;
use std::sync::Arc;
use wasmtime::{AsContextMut, StoreContextMut, UpdateDeadline};

/// A store: everything that runs in one context. Used by one thread at a time.
pub struct Store {
    pub(super) inner: wasmtime::Store<State>,
    engine: Engine,
    /// The code of its instances, in the order of addresses. The store keeps it too, and has to let go of it first: see `Code`.
    codes: Vec<Arc<Code>>,
}

fn empty(engine: &Engine, mut state: State) -> wasmtime::Store<State> {
    state.own.stack = engine.stack();
    state.own.ticker = engine.ticker().cloned();
    if let Some(ticker) = engine.ticker() {
        state.run.interrupt_by(ticker.clone());
    }
    state.frames.home().set_compiled(true);
    let mut store = wasmtime::Store::new(engine.inner(), state);
    store.limiter(limits);
    if engine.ticker().is_some() {
        store.set_epoch_deadline(1);
        store.epoch_deadline_callback(interrupted);
    }
    store
}

/// Looks whether a running guest may go on, after the engine's clock has ticked. The next tick interrupts it again.
fn interrupted(mut store: StoreContextMut<'_, State>) -> wasmtime::Result<UpdateDeadline> {
    if fuel::is_sliced(&store) {
        let failure = store.data_mut().own.fibers.failure.take();
        return failure.map_or(Ok(UpdateDeadline::Continue(1)), |error| Err(error::to_wasmtime(error)));
    }
    let state = store.data_mut();
    match state.run.check() {
        Ok(Turn::Ends) if state.own.fibers.is_running() => Ok(UpdateDeadline::Yield(1)),
        Ok(_) => Ok(UpdateDeadline::Continue(1)),
        Err(error) => Err(error::to_wasmtime(error)),
    }
}

/// Returns what limits the growth that a store is about to begin.
fn limits(state: &mut State) -> &mut dyn wasmtime::ResourceLimiter {
    if state.own.creates_object { &mut state.own.unlimited } else { &mut state.budgets }
}

impl Drop for Store {
    fn drop(&mut self) {
        // What is suspended needs the store while it ends.
        drop(self.state_mut().unfinished.take());
    }
}

impl Store {
    /// Creates an empty store with this data.
    pub fn new(engine: &Engine, state: State) -> Self {
        Self { inner: empty(engine, state), engine: engine.clone(), codes: Vec::new() }
    }

    /// Makes it an empty store with this data; what was in it is dropped last.
    pub fn reset(&mut self, state: State) {
        drop(self.state_mut().unfinished.take());
        drop(std::mem::replace(&mut self.inner, empty(&self.engine, state)));
        self.codes.clear();
    }

    /// Returns it for code that both engines share.
    #[inline]
    pub fn access(&mut self) -> StoreContextMut<'_, State> {
        self.inner.as_context_mut()
    }

    /// Does a prepared call of the thread that holds the context, if nothing is to be done before; otherwise returns `None`.
    #[inline(always)] // on the path of prepared calls
    pub fn call_prepared_again(&mut self, prepared: &Prepared, values: &mut [RawValue]) -> Option<Result<()>> {
        prepared::call_again(&mut self.access(), prepared, values)
    }

    /// Begins the use by a thread for a prepared call, and does it, if nothing is to be done in between; otherwise returns `None`.
    #[inline(always)] // as above
    pub fn call_prepared(&mut self, thread: usize, prepared: &Prepared, values: &mut [RawValue]) -> Option<Result<()>> {
        self.state_mut().begin_call(thread);
        prepared::call(&mut self.access(), prepared, values)
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

    /// Returns a number of the part of the engine in which it runs guests, of which there is one.
    pub fn part(&self) -> usize {
        0
    }

    /// Binds a host function. See `host::bind`.
    pub fn bind(&mut self, function: &Arc<HostFunction>, pointers: InstancePointers, guest: &Arc<Guest>) -> Imported {
        Imported::Bound(host::bind(&mut self.inner, function, pointers, guest))
    }

    /// Binds a host function that the host calls itself.
    pub fn bind_called(&mut self, function: &Arc<HostFunction>, pointers: InstancePointers) -> Item<Compiled> {
        let slot = host::bind(&mut self.inner, function, pointers, &Guest::new(None));
        Item::Func(host::func(&mut self.inner, slot).into())
    }

    /// Binds a function of WASI preview 1 for an import with its name; returns `None` if there is no function with that name.
    #[cfg(feature = "wasi")]
    pub fn bind_wasi(&mut self, name: &str) -> Option<Imported> {
        wasi::function_type(name).map(|_| Imported::Wasi)
    }

    /// Creates a memory, which the budgets have counted.
    ///
    /// # Errors
    /// `STATUS_INVALID_ARGUMENT` for an impossible type, `STATUS_LIMIT`, `STATUS_OUT_OF_MEMORY`.
    pub fn create_memory(&mut self, ty: MemoryType) -> Result<Item<Compiled>> {
        let memory = wasmtime::Memory::new(&mut self.inner, convert::to_wasmtime_memory_type(ty)?);
        memory.map(Item::Memory).map_err(|error| error::of_creation("memory", &error, &mut self.state_mut().budgets))
    }

    /// Creates a table of null references, which the budgets have counted.
    ///
    /// # Errors
    /// `STATUS_INVALID_ARGUMENT` for an impossible type, `STATUS_LIMIT`, `STATUS_OUT_OF_MEMORY`.
    pub fn create_table(&mut self, ty: TableType) -> Result<Item<Compiled>> {
        let null = wasmtime::Ref::null(convert::to_wasmtime_ref_type(ty.element)?.heap_type());
        let table = wasmtime::Table::new(&mut self.inner, convert::to_wasmtime_table_type(ty)?, null);
        table.map(Item::Table).map_err(|error| error::of_creation("table", &error, &mut self.state_mut().budgets))
    }

    /// Creates a global with a value of its type.
    pub fn create_global(&mut self, ty: GlobalType, value: Operand<Compiled>) -> Item<Compiled> {
        let ty = convert::to_wasmtime_global_type(ty);
        let created = values::with_val(&mut self.access(), value, |store, value| wasmtime::Global::new(store, ty, value));
        Item::Global(created.expect("the value is of the type, and of this store"))
    }

    /// Instantiates a module, which the budgets have counted, with its imports, in its order; its start function is still to be
    /// run. `guest` is what its host functions were bound with. By the rules of wasm, the effects before a failure remain: writes to
    /// imported memories, tables and globals, through which functions of the failed instance may still be called; therefore wasmtime
    /// keeps its parts.
    ///
    /// # Errors
    /// `STATUS_INSTANTIATION`, `STATUS_LIMIT`, `STATUS_OUT_OF_MEMORY`, `STATUS_RECURSION_LIMIT`, `STATUS_TRAP` for a segment that does not fit.
    pub fn instantiate(
        &mut self,
        program: &Arc<Program>,
        code: &Arc<Code>,
        imports: &[Imported],
        guest: &Arc<Guest>,
    ) -> Result<Handle> {
        let linked = Linked::find(&self.inner, code, imports);
        let items: Vec<_> = match linked {
            Some(_) => Vec::new(),
            None => {
                let wanted = imports.iter().zip(program.imports());
                wanted.map(|(item, import)| host::item(&mut self.inner, *item, &import.name)).collect()
            }
        };
        if let Err(place) = self.codes.binary_search_by_key(&Arc::as_ptr(code), Arc::as_ptr) {
            tight::insert(&mut self.codes, place, Arc::clone(code));
        }
        // What wasmtime runs now, for constant expressions and segments, needs no more than its own code: it calls no function.
        let state = self.inner.data();
        let granted = state.budgets.granted();
        let entered = state.frames.home().enter()?;
        stack::prepare();
        let made = match (linked, state.own.fibers.are_used()) {
            (Some(linked), false) => linked.instantiate(&mut self.inner),
            (Some(linked), true) => fiber::now(linked.instantiate_async(&mut self.inner)),
            (None, false) => wasmtime::Instance::new(&mut self.inner, code.inner(), &items),
            (None, true) => fiber::now(wasmtime::Instance::new_async(&mut self.inner, code.inner(), &items)),
        };
        drop(entered);
        let state = self.inner.data_mut();
        let inner = made.map_err(|error| error::of_instantiation(error, state.own.stack, &mut state.budgets, &granted))?;
        Ok(instances::add(&mut self.access(), inner, program, code, guest))
    }
}
