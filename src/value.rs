//! Types of values, functions, memories, tables and globals, independent of any engine.
#![forbid(unsafe_code)]

use crate::status::counted;
use libvm_abi as abi;
use std::fmt;

/// The type of a wasm value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u32)]
pub enum ValType {
    /// A 32-bit integer.
    I32 = abi::VALTYPE_I32,
    /// A 64-bit integer.
    I64 = abi::VALTYPE_I64,
    /// A 32-bit float.
    F32 = abi::VALTYPE_F32,
    /// A 64-bit float.
    F64 = abi::VALTYPE_F64,
    /// A 128-bit vector.
    V128 = abi::VALTYPE_V128,
    /// A reference to a function, or null.
    FuncRef = abi::VALTYPE_FUNCREF,
    /// A reference to a host object, or null.
    ExternRef = abi::VALTYPE_EXTERNREF,
}

impl ValType {
    /// Returns the type with this ABI number.
    pub fn from_abi(kind: abi::ValType) -> Option<Self> {
        Some(match kind {
            abi::VALTYPE_I32 => Self::I32,
            abi::VALTYPE_I64 => Self::I64,
            abi::VALTYPE_F32 => Self::F32,
            abi::VALTYPE_F64 => Self::F64,
            abi::VALTYPE_V128 => Self::V128,
            abi::VALTYPE_FUNCREF => Self::FuncRef,
            abi::VALTYPE_EXTERNREF => Self::ExternRef,
            _ => return None,
        })
    }

    /// Returns the ABI number.
    #[inline]
    pub fn to_abi(self) -> abi::ValType {
        self as u32
    }

    /// Returns whether the type is `funcref` or `externref`.
    pub const fn is_reference(self) -> bool {
        matches!(self, Self::FuncRef | Self::ExternRef)
    }
}

impl fmt::Display for ValType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::I32 => "i32",
            Self::I64 => "i64",
            Self::F32 => "f32",
            Self::F64 => "f64",
            Self::V128 => "v128",
            Self::FuncRef => "funcref",
            Self::ExternRef => "externref",
        })
    }
}

/// Returns the name of a value type for messages, also of a number that is not a wasm type.
pub fn type_name(kind: abi::ValType) -> String {
    match ValType::from_abi(kind) {
        Some(ty) => ty.to_string(),
        None if kind == abi::VALTYPE_NONE => "no value".to_owned(),
        None => format!("a value of the unknown type {kind}"),
    }
}

/// Returns the name of the C function that creates a value of a type.
pub fn constructor(ty: ValType) -> &'static str {
    match ty {
        ValType::I32 => "VM_ValueI32",
        ValType::I64 => "VM_ValueI64",
        ValType::F32 => "VM_ValueF32",
        ValType::F64 => "VM_ValueF64",
        ValType::V128 => "VM_ValueV128",
        ValType::FuncRef => "VM_ValueFuncRef",
        ValType::ExternRef => "VM_ValueExternRef",
    }
}

/// The type of a function.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FuncType {
    /// The types of its parameters.
    pub params: Box<[ValType]>,
    /// The types of its results.
    pub results: Box<[ValType]>,
}

impl FuncType {
    /// Creates a function type.
    pub fn new(params: impl Into<Box<[ValType]>>, results: impl Into<Box<[ValType]>>) -> Self {
        Self { params: params.into(), results: results.into() }
    }

    /// Returns whether a parameter or result is a reference.
    pub fn has_references(&self) -> bool {
        self.params.iter().chain(&self.results).any(|ty| ty.is_reference())
    }
}

impl fmt::Display for FuncType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |types: &[ValType]| types.iter().map(ValType::to_string).collect::<Vec<_>>().join(", ");
        write!(f, "({}) -> ({})", list(&self.params), list(&self.results))
    }
}

/// A parameter of a host function, as passed to its callback.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Param {
    /// A wasm value.
    Value(ValType),
    /// A range of guest memory: two wasm parameters, pointer and length.
    Buffer,
    /// A NUL-terminated string in guest memory: one wasm parameter, the pointer.
    Text,
}

/// The parameters and results of a host function, as its callback sees them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Signature {
    /// The parameters.
    pub params: Box<[Param]>,
    /// The types of the results.
    pub results: Box<[ValType]>,
}

impl Signature {
    /// Returns whether a parameter is in guest memory.
    pub fn takes_memory(&self) -> bool {
        self.params.iter().any(|param| !matches!(param, Param::Value(_)))
    }

    /// Returns the wasm type; pointers and lengths are i32, or i64 for a memory with 64-bit addresses.
    pub fn func_type(&self, is_64: bool) -> FuncType {
        let address = if is_64 { ValType::I64 } else { ValType::I32 };
        let params = self.params.iter().flat_map(|param| match param {
            Param::Value(ty) => [Some(*ty), None],
            Param::Buffer => [Some(address), Some(address)],
            Param::Text => [Some(address), None],
        });
        FuncType { params: params.flatten().collect(), results: self.results.clone() }
    }
}

impl From<FuncType> for Signature {
    fn from(ty: FuncType) -> Self {
        Self { params: ty.params.iter().copied().map(Param::Value).collect(), results: ty.results }
    }
}

/// The type of a linear memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryType {
    /// Minimum size in pages (of 64 KiB, unless the module uses custom page sizes).
    pub minimum: u64,
    /// Maximum size in pages.
    pub maximum: Option<u64>,
    /// Whether addresses are 64-bit.
    pub is_64: bool,
    /// Size of a page in bytes.
    pub page_size: u32,
}

/// Size of a page in bytes, unless a module uses custom page sizes.
pub const PAGE_SIZE: u32 = 65_536;

impl fmt::Display for MemoryType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "memory of {}", Limits(self.minimum, self.maximum, "page"))?;
        if self.page_size != PAGE_SIZE {
            write!(f, " of {}", counted(self.page_size, "byte"))?;
        }
        if self.is_64 { f.write_str(", 64-bit") } else { Ok(()) }
    }
}

/// The type of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TableType {
    /// Type of the elements, a reference type.
    pub element: ValType,
    /// Minimum size in elements.
    pub minimum: u64,
    /// Maximum size in elements.
    pub maximum: Option<u64>,
    /// Whether indices are 64-bit.
    pub is_64: bool,
}

impl fmt::Display for TableType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let noun = format!("{} element", self.element);
        write!(f, "table of {}", Limits(self.minimum, self.maximum, &noun))?;
        if self.is_64 { f.write_str(", 64-bit") } else { Ok(()) }
    }
}

/// The type of a global.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GlobalType {
    /// Type of the value.
    pub content: ValType,
    /// Whether it can be set.
    pub mutable: bool,
}

impl fmt::Display for GlobalType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} global {}", if self.mutable { "mutable" } else { "constant" }, self.content)
    }
}

struct Limits<'a>(u64, Option<u64>, &'a str);

impl fmt::Display for Limits<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.1 {
            Some(maximum) if maximum == self.0 => f.write_str(&counted(maximum, self.2)),
            Some(maximum) => write!(f, "{} to {}", self.0, counted(maximum, self.2)),
            None => write!(f, "at least {}", counted(self.0, self.2)),
        }
    }
}

/// The type of an import or export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExternType {
    /// A function.
    Func(FuncType),
    /// A linear memory.
    Memory(MemoryType),
    /// A table.
    Table(TableType),
    /// A global.
    Global(GlobalType),
}

impl fmt::Display for ExternType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Func(ty) => write!(f, "function {ty}"),
            Self::Memory(ty) => ty.fmt(f),
            Self::Table(ty) => ty.fmt(f),
            Self::Global(ty) => ty.fmt(f),
        }
    }
}
