//! Kinds of imports and exports.
#![forbid(unsafe_code)]

use crate::value::ExternType;

/// The kind of an import or export.
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
    /// Returns the kind of a type.
    pub fn of(ty: &ExternType) -> Self {
        match ty {
            ExternType::Func(_) => Self::Func,
            ExternType::Memory(_) => Self::Memory,
            ExternType::Table(_) => Self::Table,
            ExternType::Global(_) => Self::Global,
        }
    }

    /// Returns its name in messages.
    pub fn noun(self) -> &'static str {
        match self {
            Self::Func => "function",
            Self::Memory => "memory",
            Self::Table => "table",
            Self::Global => "global",
        }
    }
}
