//! The store of a context: its state, and the items in it.
#![forbid(unsafe_code)]

use super::callee::Callee;
use super::engine::Engine;
use super::entity::{Entity, Handles};
use super::module::Module;
use super::shard::Shard;
use super::state::State;
use super::trace::Trace;
use super::{convert, error, recorded, reference, trampoline, values};
use crate::engine::function::{HostFunction, InstancePointers};
use crate::engine::guest::Guest;
use crate::engine::handles::Handle;
use crate::engine::limit::StoreLimits;
use crate::engine::run::Run;
use crate::engine::stage::Stage;
use crate::engine::watch::{Recorder, Sentinel, Statistics, Usage, Watch, WatchConfig};
use crate::status::{Error, Result};
use crate::user_data::UserData;
use crate::value::{ExternType, GlobalType, MemoryType, TableType};
use libvm_abi::{self as abi, Value};
use std::sync::Arc;
use wasmi::AsContextMut;

/// An item that can be imported: opaque on higher floors, and valid for the store that created it.
#[derive(Clone, Copy)]
pub struct Extern(pub wasmi::Extern);

/// A store: everything that runs in one context. Used by one thread at a time.
pub struct Store {
    pub(super) inner: wasmi::Store<State>,
    /// Kept until the store is dropped, also when it is reset: modules are translated there.
    pub(super) shard: Shard,
    id: u64,
    limits: StoreLimits,
    watch: WatchConfig,
    table: &'static abi::CallerTable,
}

fn empty(shard: &Shard, state: State) -> wasmi::Store<State> {
    let mut store = wasmi::Store::new(shard.engine(), state);
    if store.data().engine.config().backtraces() {
        // Without it, modules that record positions cannot be instantiated.
        let trace = Trace::new(&mut store).ok();
        store.data_mut().trace = trace;
    }
    store.limiter(|state| &mut state.budgets);
    store
}

impl Store {
    /// Creates an empty store for the context with this id. `table` has the functions available to callers of its host functions.
    pub fn new(engine: &Engine, id: u64, limits: StoreLimits, watch: WatchConfig, table: &'static abi::CallerTable) -> Self {
        let run = Run::new(engine.config().fuel_metering(), limits.may_block);
        let shard = engine.shards.enter();
        let mut inner = empty(&shard, State::new(engine, Handles::new(id), limits.clone(), run, table));
        inner.data().frames.home().set_depth_limit(limits.call_depth);
        inner.data_mut().watch = Watch::new(&watch);
        Self { inner, shard, id, limits, watch, table }
    }

    /// Restores the initial state, except for the host's data. All previous handles become stale.
    pub fn reset(&mut self) {
        let old = self.inner.data_mut();
        let thread = old.frames.home().thread();
        let mut state = State::new(&old.engine, old.handles.reset(), self.limits.clone(), old.run.reset(), self.table);
        state.user_data = old.user_data.take();
        state.watch = Watch::new(&self.watch);
        state.frames.home().set_thread(thread);
        state.frames.home().set_depth_limit(self.limits.call_depth);
        // Freeing the old one may run code of the host: the new one is already in its place.
        drop(std::mem::replace(&mut self.inner, empty(&self.shard, state)));
    }

    /// Returns its engine.
    pub fn engine(&self) -> &Engine {
        &self.inner.data().engine
    }

    /// Returns the limits with which it was created.
    pub fn limits(&self) -> &StoreLimits {
        &self.limits
    }

    /// Returns its context's id.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// Returns what its guests have used.
    pub fn usage(&mut self) -> Usage {
        let state = self.inner.data_mut();
        let (traps, fuel) = (state.traps, state.run.fuel().used());
        Usage { traps, fuel, memory_bytes: state.budgets.memory_bytes(), memory_high_water: state.budgets.high_water() }
    }

    /// Returns the counters of all calls, or of those of a plug-in; `None` if calls are not counted.
    pub fn statistics(&self, plugin: Option<&str>) -> Option<Statistics> {
        self.inner.data().watch.as_ref()?.statistics(plugin)
    }

    /// Checks that a recorder can be set.
    ///
    /// # Errors
    /// `STATUS_ALREADY_EXISTS` if there is one, `STATUS_SEALED` if something was instantiated before.
    pub fn check_recorder(&self) -> Result<()> {
        let state = self.inner.data();
        if state.is_recorded() {
            let message = "the context is already recorded or replayed; end that with VM_ContextStopRecording";
            return Err(Error::new(abi::STATUS_ALREADY_EXISTS, message));
        }
        if !state.instances.is_empty() {
            let message =
                "the context has had instances; a recording, and its replay, begins in a new context or after VM_ContextReset";
            return Err(Error::new(abi::STATUS_SEALED, message));
        }
        Ok(())
    }

    /// Records what happens from now on, or compares it with a recording.
    pub fn set_recorder(&mut self, recorder: Box<dyn Recorder>) {
        self.inner.data_mut().watch.get_or_insert_with(Watch::bare).recorder = Some(recorder);
    }

    /// Sets what is asked before and after the calls of guests from now on; `None` for nothing. A reset removes it.
    pub fn set_sentinel(&mut self, sentinel: Option<Arc<dyn Sentinel>>) {
        let state = self.inner.data_mut();
        if sentinel.is_some() || state.watch.is_some() {
            let former = std::mem::replace(&mut state.watch.get_or_insert_with(Watch::bare).sentinel, sentinel);
            drop(former);
        }
    }

    /// Returns what the fuel of guests depends on; 0 if the engine does not meter it.
    pub fn metering(&self) -> u8 {
        recorded::metering(self.engine().config())
    }

    /// Ends the recording or the replay.
    ///
    /// # Errors
    /// `STATUS_NOT_FOUND` if there is none, and those of `Recorder::finish`.
    pub fn stop_recorder(&mut self) -> Result<()> {
        recorded::finish(self.inner.as_context_mut())
    }

    /// Sets the thread that uses the store from now on, and applies the releases requested meanwhile.
    #[inline]
    pub fn begin_use(&mut self, thread: usize) {
        let state = self.inner.data_mut();
        state.frames.home().set_thread(thread);
        state.handles.settle();
        state.budgets.forget_refusal();
        state.run.recover(state.pile.is_some());
    }

    /// Returns the largest number of bytes that all linear memories together have had since the store is empty.
    pub fn memory_high_water(&self) -> u64 {
        self.inner.data().budgets.high_water()
    }

    /// Returns the host's data, which host functions may request.
    pub fn user_data(&self) -> Option<&UserData> {
        self.inner.data().user_data.as_ref()
    }

    /// Sets the host's data, and returns the previous data.
    pub fn set_user_data(&mut self, data: UserData) -> Option<UserData> {
        self.inner.data_mut().user_data.replace(data)
    }

    /// Returns the events of the running stage of a stream, to be set and taken.
    pub fn stage(&mut self) -> &mut Option<Box<Stage>> {
        &mut self.inner.data_mut().stage
    }

    /// Takes the host's data from it.
    pub fn take_user_data(&mut self) -> Option<UserData> {
        self.inner.data_mut().user_data.take()
    }

    /// Returns a number of the part of the engine in which it runs guests: those in other parts do not wait for it.
    pub fn part(&self) -> usize {
        self.shard.index()
    }

    /// Retains a reference.
    ///
    /// # Errors
    /// `STATUS_STALE`, `STATUS_WRONG_CONTEXT`.
    pub fn retain_ref(&mut self, reference: Handle) -> Result<()> {
        self.handles().retain(reference)
    }

    /// Returns the root table.
    pub(super) fn handles(&mut self) -> &mut Handles {
        &mut self.inner.data_mut().handles
    }

    /// Binds a host function. See `trampoline::bind`.
    pub fn bind(&mut self, function: &Arc<HostFunction>, pointers: InstancePointers, guest: &Arc<Guest>) -> Extern {
        self.inner.data_mut().driven |= function.may_suspend();
        Extern(trampoline::bind(&mut self.inner, function, pointers, guest).into())
    }

    /// Binds a host function that the host calls itself, and returns its handle.
    pub fn bind_called(&mut self, function: &Arc<HostFunction>, pointers: InstancePointers) -> Handle {
        let Extern(bound) = self.bind(function, pointers, &Guest::new(None));
        let func = bound.into_func().expect("a host function is bound to a function");
        let callee = Callee::new(&self.inner, func);
        self.handles().insert(Entity::Func(callee))
    }

    /// Returns the bound host functions, each with the guest that imports it.
    pub fn bound(&self) -> impl Iterator<Item = (&HostFunction, &Guest)> {
        self.inner.data().frames.bound()
    }

    /// Returns the modules of all instances, also of those that were removed.
    pub fn modules(&self) -> impl Iterator<Item = &Module> {
        self.inner.data().instances.iter().map(|instance| &*instance.module)
    }

    /// Replaces bound host functions, each with the guest that imports it and its module. See `Frames::rebind`.
    pub fn rebind(
        &mut self,
        mut other: impl FnMut(&HostFunction, &Guest, Option<&Module>) -> Option<(Arc<HostFunction>, InstancePointers)>,
    ) {
        let state = self.inner.data_mut();
        let (frames, instances) = (&mut state.frames, &state.instances);
        frames.rebind(|function, guest| other(function, guest, guest.index().map(|index| &*instances[index].module)));
        // A new version may suspend where the old one did not.
        state.driven |= state.frames.bound().any(|(function, _)| function.may_suspend());
    }

    /// Sets the WASI environment, replacing an earlier one.
    #[cfg(feature = "wasi")]
    pub fn set_wasi(&mut self, wasi: crate::engine::wasi::WasiState) {
        let state = self.inner.data_mut();
        state.driven |= wasi.may_suspend();
        state.wasi = Some(wasi);
    }

    /// Returns whether there is a WASI environment.
    #[cfg(feature = "wasi")]
    pub fn has_wasi(&self) -> bool {
        self.inner.data().wasi.is_some()
    }

    /// Binds a function of WASI preview 1; returns `None` if there is no function with that name.
    #[cfg(feature = "wasi")]
    pub fn bind_wasi(&mut self, name: &str) -> Option<Extern> {
        super::wasi::bind(&mut self.inner, name).map(|func| Extern(func.into()))
    }

    /// Creates a memory.
    ///
    /// # Errors
    /// `STATUS_INVALID_ARGUMENT` for an impossible type, `STATUS_LIMIT`, `STATUS_OUT_OF_MEMORY`.
    pub fn create_memory(&mut self, ty: MemoryType) -> Result<Extern> {
        let ty = convert::to_wasmi_memory_type(ty)?;
        self.inner.data_mut().budgets.count_memory()?;
        let memory = wasmi::Memory::new(&mut self.inner, ty);
        memory.map(|memory| Extern(memory.into())).map_err(|error| error::of_creation(&error, &self.inner.data().budgets))
    }

    /// Creates a table of null references.
    ///
    /// # Errors
    /// `STATUS_INVALID_ARGUMENT` for an impossible type, `STATUS_LIMIT`, `STATUS_OUT_OF_MEMORY`.
    pub fn create_table(&mut self, ty: TableType) -> Result<Extern> {
        let null = wasmi::Ref::null(convert::to_wasmi_ref_type(ty.element)?);
        let ty = convert::to_wasmi_table_type(ty)?;
        self.inner.data_mut().budgets.count_table()?;
        let table = wasmi::Table::new(&mut self.inner, ty, null);
        table.map(|table| Extern(table.into())).map_err(|error| error::of_creation(&error, &self.inner.data().budgets))
    }

    /// Creates a global.
    ///
    /// # Errors
    /// `STATUS_WRONG_TYPE` if the value has another type.
    pub fn create_global(&mut self, ty: GlobalType, value: &Value) -> Result<Extern> {
        let value = values::to_val(&self.inner.data().handles, value, ty.content, || "the global's value".to_owned())?;
        let mutability = if ty.mutable { wasmi::Mutability::Var } else { wasmi::Mutability::Const };
        Ok(Extern(wasmi::Global::new(&mut self.inner, value, mutability).into()))
    }

    /// Creates an externref that owns a pointer of the host until the store is dropped.
    ///
    /// # Errors
    /// `STATUS_LIMIT`.
    pub fn create_extern_ref(&mut self, data: UserData) -> Result<Handle> {
        reference::create(self.inner.as_context_mut(), data)
    }

    /// Returns the data of an externref; `None` for the null reference.
    ///
    /// # Errors
    /// `STATUS_STALE`, `STATUS_WRONG_CONTEXT`, `STATUS_WRONG_TYPE` for a funcref.
    pub fn extern_ref_data(&self, reference: Handle) -> Result<Option<&UserData>> {
        reference::data(&self.inner, reference)
    }

    /// Returns the type of an item, with the current size of a memory or table as its minimum.
    pub fn extern_type(&self, item: Extern) -> ExternType {
        let mut ty = convert::extern_type(&item.0.ty(&self.inner));
        match (&mut ty, item.0) {
            (ExternType::Memory(ty), wasmi::Extern::Memory(memory)) => ty.minimum = memory.size(&self.inner),
            (ExternType::Table(ty), wasmi::Extern::Table(table)) => ty.minimum = table.size(&self.inner),
            _ => {}
        }
        ty
    }
}
