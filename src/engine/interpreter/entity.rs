//! What the handles of an interpreted context refer to.
#![forbid(unsafe_code)]

use super::callee::Callee;
use crate::engine::handles::{self, Handle, wrong_kind};
use crate::status::Result;

/// What a handle refers to.
#[derive(Clone, Copy)]
pub enum Entity {
    Func(Callee),
    Memory(wasmi::Memory),
    Table(wasmi::Table),
    Global(wasmi::Global),
    Extern(wasmi::ExternRef),
    /// The index of an instance in its store.
    Instance(usize),
}

/// The root table of an interpreted context.
pub type Handles = handles::Handles<Entity>;

impl handles::Entity for Entity {
    fn noun(&self) -> &'static str {
        match self {
            Self::Func(_) => "a function",
            Self::Memory(_) => "a memory",
            Self::Table(_) => "a table",
            Self::Global(_) => "a global",
            Self::Extern(_) => "a host object",
            Self::Instance(_) => "an instance",
        }
    }
}

impl Handles {
    #[inline]
    pub fn callee(&self, handle: Handle) -> Result<Callee> {
        match self.get(handle)? {
            Entity::Func(callee) => Ok(callee),
            other => Err(wrong_kind(&other, "a function")),
        }
    }

    pub fn func(&self, handle: Handle) -> Result<wasmi::Func> {
        self.callee(handle).map(Callee::func)
    }

    pub fn memory(&self, handle: Handle) -> Result<wasmi::Memory> {
        match self.get(handle)? {
            Entity::Memory(memory) => Ok(memory),
            other => Err(wrong_kind(&other, "a memory")),
        }
    }

    pub fn table(&self, handle: Handle) -> Result<wasmi::Table> {
        match self.get(handle)? {
            Entity::Table(table) => Ok(table),
            other => Err(wrong_kind(&other, "a table")),
        }
    }

    pub fn global(&self, handle: Handle) -> Result<wasmi::Global> {
        match self.get(handle)? {
            Entity::Global(global) => Ok(global),
            other => Err(wrong_kind(&other, "a global")),
        }
    }

    pub fn extern_ref(&self, handle: Handle) -> Result<wasmi::ExternRef> {
        match self.get(handle)? {
            Entity::Extern(object) => Ok(object),
            other => Err(wrong_kind(&other, "a host object")),
        }
    }

    pub fn instance(&self, handle: Handle) -> Result<usize> {
        match self.get(handle)? {
            Entity::Instance(index) => Ok(index),
            other => Err(wrong_kind(&other, "an instance")),
        }
    }
}
