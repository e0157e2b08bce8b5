//! Kinds of what can be imported and exported.
#![forbid(unsafe_code)]

use crate::value::ExternType;

/// What kind of thing is looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A function.
    Func,
    /// A linear memory.
    Memory,
    /// A table.
    Table,
    /// A global.
    Global,
}

impl Kind {
    /// The kind of a type.
    pub fn of(ty: &ExternType) -> Self {
        match ty {
            ExternType::Func(_) => Self::Func,
            ExternType::Memory(_) => Self::Memory,
            ExternType::Table(_) => Self::Table,
            ExternType::Global(_) => Self::Global,
        }
    }

    /// What a person calls it.
    pub fn noun(self) -> &'static str {
        match self {
            Self::Func => "function",
            Self::Memory => "memory",
            Self::Table => "table",
            Self::Global => "global",
        }
    }
}
