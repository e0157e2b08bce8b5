//! The C API as include/libvm.h declares it; `build.rs` writes it.
#![allow(non_camel_case_types, missing_docs)]

use libvm_abi::{
    Buffer as VM_Buffer, Bytes as VM_Bytes, Caller as VM_Caller, DirectoryKind as VM_DirectoryKind, Event as VM_Event,
    LogLevel as VM_LogLevel, LoopEvents as VM_LoopEvents, LoopHost as VM_LoopHost, PluginBuiltin as VM_PluginBuiltin,
    RawValue as VM_RawValue, Ref as VM_Ref, SinkDescriptor as VM_SinkDescriptor, SourceDescriptor as VM_SourceDescriptor,
    Status as VM_Status, StreamPartState as VM_StreamPartState, Token as VM_Token, ValType as VM_ValType, Value as VM_Value,
};
use std::ffi::{c_char, c_void};

// The functions are in the library, which nothing else here may name.
extern crate vm as _;

/// A host function, or NULL.
pub type VM_Callback = Option<libvm_abi::Callback>;
/// A host function of numbers without types, or NULL.
pub type VM_RawCallback = Option<libvm_abi::RawCallback>;
/// A hook, or NULL.
pub type VM_HookCallback = Option<libvm_abi::HookCallback>;
/// What frees a pointer, or NULL.
pub type VM_Free = Option<libvm_abi::Free>;
/// The function of a watch, or NULL.
pub type VM_LoopWatchCallback = Option<libvm_abi::LoopWatchCallback>;
/// The function of a timer, or NULL.
pub type VM_LoopTimerCallback = Option<libvm_abi::LoopTimerCallback>;
/// A function that is posted, or NULL.
pub type VM_LoopPostCallback = Option<libvm_abi::LoopPostCallback>;

include!(concat!(env!("OUT_DIR"), "/c.rs"));
