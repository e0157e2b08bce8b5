//! The store of a context: its state, and what can be put into it.
#![forbid(unsafe_code)]

use super::engine::Engine;
use super::entity::Handles;
use super::limiter::Limiter;
use super::state::State;
use super::{convert, error, reference, trampoline, values};
use crate::engine::bound::Frames;
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
}

impl Store {
    /// An empty store for the context with this id. `table` is what callers of its host functions can do.
    pub fn new(engine: &Engine, id: u64, limits: StoreLimits, table: &'static abi::CallerTable) -> Self {
        let state = State {
            engine: engine.clone(),
            handles: Handles::new(id),
            frames: Frames::new(table),
            instances: Vec::new(),
            user_data: None,
            limiter: Limiter::new(limits),
            #[cfg(feature = "wasi")]
            wasi: None,
        };
        let mut inner = wasmi::Store::new(&engine.inner, state);
        inner.limiter(|state| &mut state.limiter);
        Self { inner, id }
    }

    /// Its engine.
    pub fn engine(&self) -> &Engine {
        &self.inner.data().engine
    }

    /// Its context's id.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// Says which thread uses the store from now on.
    #[inline]
    pub fn set_thread(&self, thread: usize) {
        self.inner.data().frames.home().set_thread(thread);
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

    /// Holds a reference once less.
    ///
    /// # Errors
    /// `STATUS_STALE`, `STATUS_WRONG_CONTEXT`.
    pub fn release_ref(&mut self, reference: Handle) -> Result<()> {
        self.handles().release(reference)
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
