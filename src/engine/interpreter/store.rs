//! The store of a context: its state, and what can be put into it.
#![forbid(unsafe_code)]

use super::engine::Engine;
use super::{convert, error, trampoline};
use crate::engine::frame::{self, ActiveCall, Frames};
use crate::engine::function::HostFunction;
use crate::engine::guest::Guest;
use crate::engine::handles::{Entity, Handle, Handles};
use crate::limits::{MAX_CALL_DEPTH, MIN_NATIVE_STACK};
use crate::status::{Error, Result};
use crate::user_data::UserData;
use crate::value::{ExternType, GlobalType, MemoryType, TableType};
use libvm_abi::{self as abi, Value};
use std::cell::Cell;
use std::ffi::c_void;
use std::sync::Arc;
use wasmi::errors::{MemoryError, TableError};
use wasmi_core::LimiterError;

// How many calls of the host into a guest are nested on this thread, of whatever contexts: a host function may make a context
// for each call, and then no context is entered twice.
thread_local!(static NESTED: Cell<usize> = const { Cell::new(0) });

/// How much a context's guests may take.
#[derive(Clone, Copy, Debug)]
pub struct StoreLimits {
    /// Bytes of all linear memories together.
    pub memory_bytes: u64,
    /// Elements of all tables together.
    pub table_elements: u64,
    /// Instances, and also memories and tables.
    pub instances: usize,
}

impl Default for StoreLimits {
    fn default() -> Self {
        Self { memory_bytes: u64::MAX, table_elements: 10_000_000, instances: 10_000 }
    }
}

/// Counts what all memories and tables of a store take together, which wasmi's own limits do not.
struct Limiter {
    instances: usize,
    memory_bytes: Budget,
    table_elements: Budget,
}

struct Budget {
    limit: u64,
    used: u64,
    /// What was granted last, should it come to nothing.
    last: u64,
}

impl Budget {
    fn new(limit: u64) -> Self {
        Self { limit, used: 0, last: 0 }
    }

    fn admit(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> bool {
        self.last = 0;
        let more = desired.saturating_sub(current) as u64;
        let fits = maximum.is_none_or(|maximum| desired <= maximum) && more <= self.limit - self.used;
        if fits {
            self.used += more;
            self.last = more;
        }
        fits
    }

    fn take_back(&mut self) {
        self.used -= std::mem::take(&mut self.last);
    }
}

type Answer<T> = std::result::Result<T, LimiterError>;

impl wasmi::ResourceLimiter for Limiter {
    fn memory_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> Answer<bool> {
        Ok(self.memory_bytes.admit(current, desired, maximum))
    }

    fn table_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> Answer<bool> {
        Ok(self.table_elements.admit(current, desired, maximum))
    }

    fn memory_grow_failed(&mut self, _: &MemoryError) -> Answer<()> {
        self.memory_bytes.take_back();
        Ok(())
    }

    fn table_grow_failed(&mut self, _: &TableError) -> Answer<()> {
        self.table_elements.take_back();
        Ok(())
    }

    fn instances(&self) -> usize {
        self.instances
    }

    fn tables(&self) -> usize {
        self.instances
    }

    fn memories(&self) -> usize {
        self.instances
    }
}

/// What a store knows beside wasm's own things; host functions reach it through their caller.
pub(in crate::engine) struct State {
    pub handles: Handles,
    pub frames: Frames,
    /// How deeply calls of the host into the guest are nested.
    pub depth: usize,
    pub user_data: Option<UserData>,
    limiter: Limiter,
    #[cfg(feature = "wasi")]
    pub wasi: Option<crate::engine::wasi::WasiState>,
}

#[cfg(feature = "wasi")]
impl crate::engine::wasi::HasWasi for State {
    fn wasi(&mut self) -> Option<&mut crate::engine::wasi::WasiState> {
        self.wasi.as_mut()
    }
}

impl State {
    /// Begins a call of the host into the guest. The native stack is looked at each time: calls may also be nested through
    /// other contexts, of which this one knows nothing.
    #[inline]
    pub fn enter(&mut self) -> Result<()> {
        let nested = NESTED.get();
        if nested > 0 {
            self.check_depth()?;
        }
        NESTED.set(nested + 1);
        self.depth += 1;
        Ok(())
    }

    #[cold]
    fn check_depth(&self) -> Result<()> {
        if self.depth >= MAX_CALL_DEPTH {
            let message = format!("host and guest call each other more than {MAX_CALL_DEPTH} times deep; is that meant to end?");
            return Err(Error::new(abi::STATUS_RECURSION_LIMIT, message));
        }
        match stacker::remaining_stack() {
            // 0 is impossible: the host runs this on a stack of its own making, as of a fiber.
            Some(left) if (1..MIN_NATIVE_STACK).contains(&left) => {
                let message = format!(
                    "the thread has {left} bytes of stack left, and a nested call needs {MIN_NATIVE_STACK}; give it a larger stack"
                );
                Err(Error::new(abi::STATUS_RECURSION_LIMIT, message))
            }
            _ => Ok(()),
        }
    }

    /// Ends it.
    #[inline]
    pub fn leave(&mut self) {
        self.depth -= 1;
        NESTED.set(NESTED.get().saturating_sub(1));
    }
}

/// Something that can be imported: opaque above this floor, and good for the store that made it.
#[derive(Clone, Copy)]
pub struct Extern(pub(in crate::engine) wasmi::Extern);

/// A store: all that runs in one context. One thread at a time.
pub struct Store {
    pub(in crate::engine) inner: wasmi::Store<State>,
    pub(in crate::engine) instances: Vec<super::instance::Instance>,
    engine: Engine,
    id: u64,
}

impl Store {
    /// An empty store for the context with this id. `table` is what callers of its host functions can do.
    pub fn new(engine: &Engine, id: u64, limits: StoreLimits, table: &'static abi::CallerTable) -> Self {
        let state = State {
            handles: Handles::new(id),
            frames: Frames::new(table),
            depth: 0,
            user_data: None,
            limiter: Limiter {
                instances: limits.instances,
                memory_bytes: Budget::new(limits.memory_bytes),
                table_elements: Budget::new(limits.table_elements),
            },
            #[cfg(feature = "wasi")]
            wasi: None,
        };
        let mut inner = wasmi::Store::new(&engine.inner, state);
        inner.limiter(|state| &mut state.limiter);
        Self { inner, instances: Vec::new(), engine: engine.clone(), id }
    }

    /// Its engine.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Its context's id.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// Says which thread uses the store from now on.
    #[inline]
    pub fn set_thread(&self, thread: usize) {
        self.inner.data().frames.set_thread(thread);
    }

    /// The host's data, which host functions may ask for.
    pub fn user_data(&self) -> Option<&UserData> {
        self.inner.data().user_data.as_ref()
    }

    /// Sets the host's data, and gives back what was there.
    pub fn set_user_data(&mut self, data: UserData) -> Option<UserData> {
        self.inner.data_mut().user_data.replace(data)
    }

    /// The root table.
    pub fn handles(&mut self) -> &mut Handles {
        &mut self.inner.data_mut().handles
    }

    /// Puts a host function in. See `trampoline::bind`.
    pub fn bind(&mut self, function: &Arc<HostFunction>, receiver: *mut c_void, guest: &Arc<Guest>) -> Extern {
        Extern(trampoline::bind(&mut self.inner, function, receiver, guest).into())
    }

    /// The host functions that were put in, and who imports them.
    pub fn bound(&self) -> impl Iterator<Item = (&HostFunction, &Guest)> {
        self.inner.data().frames.bound()
    }

    /// Puts others in their places. See `frame::rebind`.
    pub fn rebind(&mut self, other: impl FnMut(&HostFunction, &Guest) -> Option<(Arc<HostFunction>, *mut c_void)>) {
        frame::rebind(&mut self.inner, other);
    }

    /// Sets the WASI environment, in the place of an earlier one.
    #[cfg(feature = "wasi")]
    pub fn set_wasi(&mut self, wasi: crate::engine::wasi::WasiState) {
        self.inner.data_mut().wasi = Some(wasi);
    }

    /// Puts a function of WASI preview 1 in; `None` when it has no function of that name.
    #[cfg(feature = "wasi")]
    pub fn bind_wasi(&mut self, name: &str) -> Option<Extern> {
        crate::engine::wasi::bind(&mut self.inner, name).map(|func| Extern(func.into()))
    }

    /// Makes a memory.
    ///
    /// # Errors
    /// `STATUS_INVALID_ARGUMENT` for a type that cannot be, `STATUS_LIMIT`, `STATUS_OUT_OF_MEMORY`.
    pub fn create_memory(&mut self, ty: MemoryType) -> Result<Extern> {
        let memory = wasmi::Memory::new(&mut self.inner, convert::to_wasmi_memory_type(ty)?);
        memory.map(|memory| Extern(memory.into())).map_err(error::of_instantiation)
    }

    /// Makes a table of null references.
    ///
    /// # Errors
    /// `STATUS_INVALID_ARGUMENT` for a type that cannot be, `STATUS_LIMIT`, `STATUS_OUT_OF_MEMORY`.
    pub fn create_table(&mut self, ty: TableType) -> Result<Extern> {
        let null = wasmi::Ref::null(convert::to_wasmi_ref_type(ty.element)?);
        let table = wasmi::Table::new(&mut self.inner, convert::to_wasmi_table_type(ty)?, null);
        table.map(|table| Extern(table.into())).map_err(error::of_instantiation)
    }

    /// Makes a global.
    ///
    /// # Errors
    /// `STATUS_WRONG_TYPE` when the value is of another type.
    pub fn create_global(&mut self, ty: GlobalType, value: &Value) -> Result<Extern> {
        let value = convert::to_val(&self.inner.data().handles, value, ty.content, || "the global's value".to_owned())?;
        let mutability = if ty.mutable { wasmi::Mutability::Var } else { wasmi::Mutability::Const };
        Ok(Extern(wasmi::Global::new(&mut self.inner, value, mutability).into()))
    }

    /// Makes an externref that owns a pointer of the host until the store goes.
    pub fn create_extern_ref(&mut self, data: UserData) -> Handle {
        let object = wasmi::ExternRef::new(&mut self.inner, data);
        self.handles().insert(Entity::Extern(object))
    }

    /// The pointer that an externref carries.
    ///
    /// # Errors
    /// `STATUS_STALE`, `STATUS_WRONG_CONTEXT`, `STATUS_WRONG_TYPE` for a funcref.
    pub fn extern_ref_pointer(&self, reference: Handle) -> Result<*mut c_void> {
        extern_ref_pointer(&self.inner, reference)
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

/// The pointer that an externref carries; the null reference carries NULL.
pub(in crate::engine) fn extern_ref_pointer(
    store: &impl wasmi::AsContext<Data = State>,
    reference: Handle,
) -> Result<*mut c_void> {
    if reference.context == 0 {
        return Ok(std::ptr::null_mut());
    }
    let object = store.as_context().data().handles.extern_ref(reference)?;
    let data = object.data(store.as_context()).downcast_ref::<UserData>();
    data.map(UserData::pointer).ok_or_else(|| Error::new(abi::STATUS_INTERNAL, "an externref that libvm did not make"))
}

impl ActiveCall<'_> {
    /// The host's data of the context; NULL when there is none.
    pub fn context_data(&mut self) -> *mut c_void {
        self.store().data().user_data.as_ref().map_or(std::ptr::null_mut(), UserData::pointer)
    }

    /// Makes an externref that owns a pointer until the context goes; it is lent until the callback returns.
    pub fn create_extern_ref(&mut self, data: UserData) -> Handle {
        let object = wasmi::ExternRef::new(self.store(), data);
        let reference = self.store().data_mut().handles.insert(Entity::Extern(object));
        self.lend(&Value::extern_ref(reference));
        reference
    }

    /// The pointer that an externref carries.
    ///
    /// # Errors
    /// `STATUS_STALE`, `STATUS_WRONG_CONTEXT`, `STATUS_WRONG_TYPE` for a funcref.
    pub fn extern_ref_pointer(&mut self, reference: Handle) -> Result<*mut c_void> {
        extern_ref_pointer(&self.store(), reference)
    }

    /// Holds a reference once more.
    ///
    /// # Errors
    /// `STATUS_STALE`, `STATUS_WRONG_CONTEXT`.
    pub fn retain_ref(&mut self, reference: Handle) -> Result<()> {
        self.store().data_mut().handles.retain(reference)
    }

    /// Holds a reference once less.
    ///
    /// # Errors
    /// `STATUS_STALE`, `STATUS_WRONG_CONTEXT`.
    pub fn release_ref(&mut self, reference: Handle) -> Result<()> {
        self.store().data_mut().handles.release(reference)
    }
}
