//! The exported functions that the suite uses, as `<libvm.h>` declares them. Nothing else of libvm is used.
#![allow(non_snake_case)] // the names of the C API

use std::ffi::{c_char, c_void};
use vm as _; // links the library

macro_rules! opaque {
    ($($name:ident),*) => {
        $(
            #[doc = concat!("`VM_", stringify!($name), "`")]
            #[repr(C)]
            pub struct $name {
                _private: [u8; 0],
            }
        )*
    };
}
opaque!(Engine, EngineConfig, Error, FuncType, Module, HostModule, Context, ContextConfig, Caller);

/// `VM_Status`
pub type Status = i32;
/// `VM_STATUS_OK`
pub const STATUS_OK: Status = 0;
/// `VM_STATUS_BAD_MODULE`
pub const STATUS_BAD_MODULE: Status = -200;
/// `VM_STATUS_UNRESOLVED_IMPORT`
pub const STATUS_UNRESOLVED_IMPORT: Status = -300;
/// `VM_STATUS_INCOMPATIBLE_IMPORT`
pub const STATUS_INCOMPATIBLE_IMPORT: Status = -301;
/// `VM_TIER_INTERPRETER`
pub const TIER_INTERPRETER: i32 = 0;
/// `VM_TIER_COMPILED`
pub const TIER_COMPILED: i32 = 1;

/// `VM_STATUS_TRAP`
pub const STATUS_TRAP: Status = -400;

/// `VM_TRAP_*`, by the words with which the suite's assertions begin; the first match counts.
pub const TRAPS: [(&str, &[i32]); 11] = [
    ("unreachable", &[1]),
    ("out of bounds memory access", &[2]),
    ("out of bounds table access", &[3]),
    ("out of bounds", &[2, 3]),
    ("undefined", &[3]),
    ("uninitialized", &[4]),
    ("integer divide by zero", &[5]),
    ("integer overflow", &[6]),
    ("invalid conversion to integer", &[7]),
    ("call stack exhausted", &[8]),
    ("indirect call", &[9]),
];

/// `VM_VALTYPE_I32`
pub const I32: u32 = 1;
/// `VM_VALTYPE_I64`
pub const I64: u32 = 2;
/// `VM_VALTYPE_F32`
pub const F32: u32 = 3;
/// `VM_VALTYPE_F64`
pub const F64: u32 = 4;
/// `VM_VALTYPE_V128`
pub const V128: u32 = 5;
/// `VM_VALTYPE_FUNCREF`
pub const FUNCREF: u32 = 6;
/// `VM_VALTYPE_EXTERNREF`
pub const EXTERNREF: u32 = 7;

/// `VM_Ref`, `VM_Instance`, `VM_Func` and `VM_Global`, which have the same layout.
#[repr(C)]
#[derive(Clone, Copy, Default)]
pub struct Handle {
    pub context: u64,
    pub slot: u32,
    pub generation: u32,
}

/// `VM_Value`; its union as bytes.
#[repr(C, align(8))]
#[derive(Clone, Copy, Default)]
pub struct Value {
    pub kind: u32,
    pub reserved: u32,
    pub of: [u8; 16],
}

/// `VM_MemoryType`
#[repr(C)]
pub struct MemoryType {
    pub size: u32,
    pub page_size: u32,
    pub minimum: u64,
    pub maximum: u64,
    pub has_maximum: bool,
    pub is_64: bool,
    pub reserved: [u8; 6],
}

/// `VM_TableType`
#[repr(C)]
pub struct TableType {
    pub size: u32,
    pub element: u32,
    pub minimum: u64,
    pub maximum: u64,
    pub has_maximum: bool,
    pub is_64: bool,
    pub reserved: [u8; 6],
}

/// `VM_GlobalType`
#[repr(C)]
pub struct GlobalType {
    pub size: u32,
    pub content: u32,
    pub is_mutable: bool,
    pub reserved: [u8; 7],
}

impl MemoryType {
    pub fn new(minimum: u64, maximum: u64) -> Self {
        let size = size_of::<Self>() as u32;
        Self { size, page_size: 0, minimum, maximum, has_maximum: true, is_64: false, reserved: [0; 6] }
    }
}

impl TableType {
    pub fn new(element: u32, is_64: bool, minimum: u64, maximum: u64) -> Self {
        Self { size: size_of::<Self>() as u32, element, minimum, maximum, has_maximum: true, is_64, reserved: [0; 6] }
    }
}

impl GlobalType {
    pub fn constant(content: u32) -> Self {
        Self { size: size_of::<Self>() as u32, content, is_mutable: false, reserved: [0; 7] }
    }
}

/// `VM_Import`
#[repr(C)]
pub struct Import {
    pub size: u32,
    pub reserved: u32,
    pub module: *const u8,
    pub module_size: usize,
    pub name: *const u8,
    pub name_size: usize,
    pub ty: *const c_void,
}

/// `VM_Export`
#[repr(C)]
pub struct Export {
    pub size: u32,
    pub reserved: u32,
    pub name: *const u8,
    pub name_size: usize,
    pub ty: *const c_void,
}

/// `VM_Callback`
pub type Callback = unsafe extern "C" fn(*mut c_void, *mut Caller, *const Value, *mut Value) -> Status;
/// `VM_Free`
pub type Free = unsafe extern "C" fn(*mut c_void);
type Out<'a> = &'a mut *mut Error;
type Text = *const c_char;

unsafe extern "C" {
    pub safe fn VM_ErrorGetStatus(error: Option<&Error>) -> Status;
    pub safe fn VM_ErrorGetTrapCode(error: Option<&Error>) -> i32;
    pub safe fn VM_ErrorGetMessage(error: Option<&Error>) -> Text;
    pub fn VM_ErrorDelete(error: *mut Error);

    pub safe fn VM_EngineConfigCreate(config: &mut *mut EngineConfig, error: Out) -> Status;
    pub safe fn VM_EngineConfigSetProposal(config: &mut EngineConfig, proposal: i32, enabled: bool, error: Out) -> Status;
    pub safe fn VM_EngineConfigSetCompilation(config: &mut EngineConfig, compilation: i32, error: Out) -> Status;
    pub safe fn VM_EngineConfigSetBacktraces(config: &mut EngineConfig, backtraces: bool, error: Out) -> Status;
    pub safe fn VM_EngineConfigSetInterruptible(config: &mut EngineConfig, interruptible: bool, error: Out) -> Status;
    pub safe fn VM_EngineConfigSetTier(config: &mut EngineConfig, tier: i32, error: Out) -> Status;
    pub fn VM_EngineConfigSetCacheDirectory(config: &mut EngineConfig, directory: Text, error: Out) -> Status;
    pub fn VM_EngineConfigDelete(config: *mut EngineConfig);
    pub safe fn VM_EngineCreate(config: Option<&EngineConfig>, engine: &mut *mut Engine, error: Out) -> Status;
    pub fn VM_EngineDelete(engine: *mut Engine);

    pub fn VM_ModuleLoadFromBuffer(engine: &Engine, data: *const u8, size: usize, module: &mut *mut Module, error: Out)
    -> Status;
    pub safe fn VM_ModuleGetImportCount(module: &Module) -> usize;
    pub safe fn VM_ModuleGetImport(module: &Module, index: usize) -> Option<&Import>;
    pub safe fn VM_ModuleGetExportCount(module: &Module) -> usize;
    pub safe fn VM_ModuleGetExport(module: &Module, index: usize) -> Option<&Export>;
    pub fn VM_ModuleDelete(module: *mut Module);

    pub fn VM_HostModuleCreate(name: Text, module: &mut *mut HostModule, error: Out) -> Status;
    pub fn VM_HostModuleAddFunction(
        module: &HostModule,
        name: Text,
        signature: Text,
        callback: Callback,
        user: *mut c_void,
        free_user: Option<Free>,
        error: Out,
    ) -> Status;
    pub fn VM_HostModuleAddMemory(module: &HostModule, name: Text, ty: &MemoryType, error: Out) -> Status;
    pub fn VM_HostModuleAddTable(module: &HostModule, name: Text, ty: &TableType, error: Out) -> Status;
    pub fn VM_HostModuleAddGlobal(module: &HostModule, name: Text, ty: &GlobalType, value: &Value, error: Out) -> Status;
    pub fn VM_HostModuleDelete(module: *mut HostModule);

    pub safe fn VM_ContextConfigCreate(config: &mut *mut ContextConfig, error: Out) -> Status;
    pub safe fn VM_ContextConfigSetMemoryLimit(config: &mut ContextConfig, bytes: u64, error: Out) -> Status;
    pub fn VM_ContextConfigDelete(config: *mut ContextConfig);
    pub safe fn VM_ContextCreate(
        engine: &Engine,
        config: Option<&ContextConfig>,
        context: &mut *mut Context,
        error: Out,
    ) -> Status;
    pub safe fn VM_ContextRegisterModule(context: &Context, module: &HostModule, error: Out) -> Status;
    pub fn VM_ContextRegisterInstance(context: &Context, name: Text, instance: Handle, error: Out) -> Status;
    pub safe fn VM_ContextInstantiate(context: &Context, module: &Module, instance: &mut Handle, error: Out) -> Status;
    pub fn VM_ContextDelete(context: *mut Context);

    pub fn VM_InstanceFindFunction(context: &Context, instance: Handle, name: Text, func: &mut Handle, error: Out) -> Status;
    pub safe fn VM_InstanceGetFunction(
        context: &Context,
        instance: Handle,
        index: usize,
        func: &mut Handle,
        error: Out,
    ) -> Status;
    pub fn VM_InstanceFindGlobal(context: &Context, instance: Handle, name: Text, global: &mut Handle, error: Out) -> Status;
    pub safe fn VM_FuncTypeCreateFromFunc(context: &Context, func: Handle, ty: &mut *mut FuncType, error: Out) -> Status;
    pub safe fn VM_FuncTypeGetResults(ty: &FuncType, count: &mut usize) -> *const u32;
    pub fn VM_FuncTypeDelete(ty: *mut FuncType);
    pub fn VM_FuncCall(
        context: &Context,
        func: Handle,
        args: *const Value,
        arg_count: usize,
        results: *mut Value,
        result_count: usize,
        error: Out,
    ) -> Status;
    pub safe fn VM_GlobalRead(context: &Context, global: Handle, value: &mut Value, error: Out) -> Status;
    pub safe fn VM_RefCreateExtern(
        context: &Context,
        pointer: *mut c_void,
        free_pointer: Option<Free>,
        made: &mut Handle,
        error: Out,
    ) -> Status;
    pub safe fn VM_RefGetExtern(context: &Context, of: Handle, pointer: &mut *mut c_void, error: Out) -> Status;
    pub safe fn VM_RefRelease(of: Handle);
}

const _: () = assert!(size_of::<Value>() == 24 && size_of::<Handle>() == 16);
