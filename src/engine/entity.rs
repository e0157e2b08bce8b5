//! What the handles of a context refer to.
#![forbid(unsafe_code)]

use super::backend::Backend;
use super::handles::{self, Handle, wrong_kind};
use crate::status::Result;

/// What a handle refers to.
#[derive(Clone, Copy)]
pub enum Entity<B: Backend> {
    Func(B::Func),
    Memory(B::Memory),
    Table(B::Table),
    Global(B::Global),
    Object(B::Object),
    /// The index of an instance in its store.
    Instance(usize),
}

/// The root table of a context.
pub type Handles<B> = handles::Handles<Entity<B>>;

impl<B: Backend> handles::Entity for Entity<B> {
    fn noun(&self) -> &'static str {
        match self {
            Self::Func(_) => "a function",
            Self::Memory(_) => "a memory",
            Self::Table(_) => "a table",
            Self::Global(_) => "a global",
            Self::Object(_) => "a host object",
            Self::Instance(_) => "an instance",
        }
    }
}

impl<B: Backend> Handles<B> {
    #[inline]
    pub fn func(&self, handle: Handle) -> Result<B::Func> {
        match self.get(handle)? {
            Entity::Func(func) => Ok(func),
            other => Err(wrong_kind(&other, "a function")),
        }
    }

    pub fn memory(&self, handle: Handle) -> Result<B::Memory> {
        match self.get(handle)? {
            Entity::Memory(memory) => Ok(memory),
            other => Err(wrong_kind(&other, "a memory")),
        }
    }

    pub fn table(&self, handle: Handle) -> Result<B::Table> {
        match self.get(handle)? {
            Entity::Table(table) => Ok(table),
            other => Err(wrong_kind(&other, "a table")),
        }
    }

    pub fn global(&self, handle: Handle) -> Result<B::Global> {
        match self.get(handle)? {
            Entity::Global(global) => Ok(global),
            other => Err(wrong_kind(&other, "a global")),
        }
    }

    pub fn object(&self, handle: Handle) -> Result<B::Object> {
        match self.get(handle)? {
            Entity::Object(object) => Ok(object),
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
