//! The store of a context: its state, and what can be put into it.
#![forbid(unsafe_code)]

use super::engine::Engine;
use super::entity::Handles;
use super::state::State;
use super::{convert, error, reference, trampoline, values};
use crate::engine::budget::StoreLimits;
use crate::engine::function::{HostFunction, InstancePointers};
use crate::engine::guest::Guest;
use crate::engine::handles::Handle;
use crate::status::Result;
use crate::user_data::UserData;
use crate::value::{ExternType, GlobalType, MemoryType, TableType};
use libvm_abi::{self as abi, Value};
use std::ffi::c_void;
use std::sync::Arc;
use wasmi::AsContextMut;

/// Something that can be imported: opaque above this floor, and good for the store that made it.
#[derive(Clone, Copy)]
pub struct Extern(pub wasmi::Extern);

/// A store: all that runs in one context. One thread at a time.
pub struct Store {
    pub(super) inner: wasmi::Store<State>,
    id: u64,
    limits: StoreLimits,
    table: &'static abi::CallerTable,
}

fn empty(state: State) -> wasmi::Store<State> {
    let engine = state.engine.clone();
    let mut store = wasmi::Store::new(&engine.inner, state);
    store.limiter(|state| &mut state.limiter);
    store
}

impl Store {
    /// An empty store for the context with this id. `table` is what callers of its host functions can do.
    pub fn new(engine: &Engine, id: u64, limits: StoreLimits, table: &'static abi::CallerTable) -> Self {
        Self { inner: empty(State::new(engine, Handles::new(id), limits, table)), id, limits, table }
    }

    /// Makes it as it was at first, but for the host's data. No handle of before is good any more.
    pub fn reset(&mut self) {
        let old = self.inner.data_mut();
        let thread = old.frames.home().thread();
        let mut state = State::new(&old.engine, old.handles.reset(), self.limits, self.table);
        state.user_data = old.user_data.take();
        state.frames.home().set_thread(thread);
        // What is freed with the old one may be code of the host: by then the new one is in its place.
        drop(std::mem::replace(&mut self.inner, empty(state)));
    }

    /// Its engine.
    pub fn engine(&self) -> &Engine {
        &self.inner.data().engine
    }

    /// Its context's id.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// Says which thread uses the store from now on, and ends what was released meanwhile.
    #[inline]
    pub fn begin_use(&mut self, thread: usize) {
        let state = self.inner.data_mut();
        state.frames.home().set_thread(thread);
        state.handles.settle();
    }

    /// The host's data, which host functions may ask for.
    pub fn user_data(&self) -> Option<&UserData> {
        self.inner.data().user_data.as_ref()
    }

    /// Sets the host's data, and gives back what was there.
    pub fn set_user_data(&mut self, data: UserData) -> Option<UserData> {
        self.inner.data_mut().user_data.replace(data)
    }

    /// Holds a reference once more.
    ///
    /// # Errors
    /// `STATUS_STALE`, `STATUS_WRONG_CONTEXT`.
    pub fn retain_ref(&mut self, reference: Handle) -> Result<()> {
        self.handles().retain(reference)
    }

    /// The root table.
    pub(super) fn handles(&mut self) -> &mut Handles {
        &mut self.inner.data_mut().handles
    }

    /// Puts a host function in. See `trampoline::bind`.
    pub fn bind(&mut self, function: &Arc<HostFunction>, pointers: InstancePointers, guest: &Arc<Guest>) -> Extern {
        Extern(trampoline::bind(&mut self.inner, function, pointers, guest).into())
    }

    /// The host functions that were put in, and who imports them.
    pub fn bound(&self) -> impl Iterator<Item = (&HostFunction, &Guest)> {
        self.inner.data().frames.bound()
    }

    /// Puts others in their places. See `Frames::rebind`.
    pub fn rebind(&mut self, other: impl FnMut(&HostFunction, &Guest) -> Option<(Arc<HostFunction>, InstancePointers)>) {
        self.inner.data_mut().frames.rebind(other);
    }

    /// Sets the WASI environment, in the place of an earlier one.
    #[cfg(feature = "wasi")]
    pub fn set_wasi(&mut self, wasi: crate::engine::wasi::WasiState) {
        self.inner.data_mut().wasi = Some(wasi);
    }

    /// Whether there is a WASI environment.
    #[cfg(feature = "wasi")]
    pub fn has_wasi(&self) -> bool {
        self.inner.data().wasi.is_some()
    }

    /// Puts a function of WASI preview 1 in; `None` when it has no function of that name.
    #[cfg(feature = "wasi")]
    pub fn bind_wasi(&mut self, name: &str) -> Option<Extern> {
        super::wasi::bind(&mut self.inner, name).map(|func| Extern(func.into()))
    }

    /// Makes a memory.
    ///
    /// # Errors
    /// `STATUS_INVALID_ARGUMENT` for a type that cannot be, `STATUS_LIMIT`, `STATUS_OUT_OF_MEMORY`.
    pub fn create_memory(&mut self, ty: MemoryType) -> Result<Extern> {
        let memory = wasmi::Memory::new(&mut self.inner, convert::to_wasmi_memory_type(ty)?);
        memory.map(|memory| Extern(memory.into())).map_err(|error| error::of_instantiation(error, self.engine().config()))
    }

    /// Makes a table of null references.
    ///
    /// # Errors
    /// `STATUS_INVALID_ARGUMENT` for a type that cannot be, `STATUS_LIMIT`, `STATUS_OUT_OF_MEMORY`.
    pub fn create_table(&mut self, ty: TableType) -> Result<Extern> {
        let null = wasmi::Ref::null(convert::to_wasmi_ref_type(ty.element)?);
        let table = wasmi::Table::new(&mut self.inner, convert::to_wasmi_table_type(ty)?, null);
        table.map(|table| Extern(table.into())).map_err(|error| error::of_instantiation(error, self.engine().config()))
    }

    /// Makes a global.
    ///
    /// # Errors
    /// `STATUS_WRONG_TYPE` when the value is of another type.
    pub fn create_global(&mut self, ty: GlobalType, value: &Value) -> Result<Extern> {
        let value = values::to_val(&self.inner.data().handles, value, ty.content, || "the global's value".to_owned())?;
        let mutability = if ty.mutable { wasmi::Mutability::Var } else { wasmi::Mutability::Const };
        Ok(Extern(wasmi::Global::new(&mut self.inner, value, mutability).into()))
    }

    /// Makes an externref that owns a pointer of the host until the store goes.
    pub fn create_extern_ref(&mut self, data: UserData) -> Handle {
        reference::create(self.inner.as_context_mut(), data)
    }

    /// The pointer that an externref carries.
    ///
    /// # Errors
    /// `STATUS_STALE`, `STATUS_WRONG_CONTEXT`, `STATUS_WRONG_TYPE` for a funcref.
    pub fn extern_ref_pointer(&self, reference: Handle) -> Result<*mut c_void> {
        reference::pointer(&self.inner, reference)
    }

    /// The type of what can be imported, with the current size of a memory or table as its minimum.
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
