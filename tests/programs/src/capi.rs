//! The exported functions for running the programs, as `<libvm.h>` declares them. Nothing else of libvm is used.
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
opaque!(Engine, EngineConfig, Error, Context, Module, Wasi);

/// `VM_Status`
pub type Status = i32;
/// `VM_TIER_INTERPRETER`
pub const TIER_INTERPRETER: i32 = 0;
/// `VM_TIER_COMPILED`
pub const TIER_COMPILED: i32 = 1;
/// `VM_WASI_READ`
pub const READ: u32 = 1;
/// `VM_WASI_WRITE`
pub const WRITE: u32 = 2;
/// `VM_WASI_STDOUT`
pub const STDOUT: i32 = 1;
/// `VM_WASI_STDERR`
pub const STDERR: i32 = 2;

/// `VM_Bytes`
#[repr(C)]
pub struct Bytes {
    pub data: *const u8,
    pub size: usize,
}

type Out<'a> = &'a mut *mut Error;
type Text = *const c_char;

unsafe extern "C" {
    pub safe fn VM_ErrorGetMessage(error: Option<&Error>) -> Text;
    pub fn VM_ErrorDelete(error: *mut Error);

    pub safe fn VM_EngineConfigCreate(config: &mut *mut EngineConfig, error: Out) -> Status;
    pub safe fn VM_EngineConfigSetTier(config: &EngineConfig, tier: i32, error: Out) -> Status;
    pub fn VM_EngineConfigSetCacheDirectory(config: &EngineConfig, directory: Text, error: Out) -> Status;
    pub fn VM_EngineConfigDelete(config: *mut EngineConfig);
    pub safe fn VM_EngineCreate(config: Option<&EngineConfig>, engine: &mut *mut Engine, error: Out) -> Status;
    pub fn VM_EngineDelete(engine: *mut Engine);
    pub fn VM_ModuleLoadFromFile(engine: &Engine, file: Text, module: &mut *mut Module, error: Out) -> Status;
    pub fn VM_ModuleDelete(module: *mut Module);
    pub safe fn VM_ContextCreate(engine: &Engine, config: Option<&c_void>, context: &mut *mut Context, error: Out) -> Status;
    pub fn VM_ContextDelete(context: *mut Context);

    pub safe fn VM_WasiCreate(wasi: &mut *mut Wasi, error: Out) -> Status;
    pub fn VM_WasiSetArguments(wasi: &Wasi, arguments: *const Text, count: usize, error: Out) -> Status;
    pub fn VM_WasiAddDirectory(wasi: &Wasi, host: Text, guest: Text, rights: u32, error: Out) -> Status;
    pub fn VM_WasiSetInput(wasi: &Wasi, data: *const u8, size: usize, error: Out) -> Status;
    pub safe fn VM_WasiCaptureStream(wasi: &Wasi, stream: i32, capacity: usize, error: Out) -> Status;
    pub safe fn VM_WasiGetCaptured(wasi: &Wasi, stream: i32) -> Bytes;
    pub fn VM_WasiDelete(wasi: *mut Wasi);
    pub safe fn VM_ContextRegisterWasi(context: &Context, wasi: &Wasi, error: Out) -> Status;
    pub fn VM_ContextRunWasiFromFile(context: &Context, file: Text, exit_code: &mut i32, error: Out) -> Status;
}
