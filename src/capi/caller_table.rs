//! The table of the functions of a `VM_Caller`.
#![forbid(unsafe_code)]

use super::caller::{
    VM_CallerCall, VM_CallerCallRef, VM_CallerConsumeFuel, VM_CallerCreateExternRef, VM_CallerExtendTime, VM_CallerFail,
    VM_CallerGetContextData, VM_CallerGetErrorMessage, VM_CallerGetExport, VM_CallerGetExternRef, VM_CallerGetMemorySize,
    VM_CallerGetMemorySpan, VM_CallerGetSignature, VM_CallerGetTimeLeft, VM_CallerReadMemory, VM_CallerReleaseRef,
    VM_CallerRetainRef, VM_CallerTrap, VM_CallerWriteMemory,
};
use super::stream::{VM_CallerEmitEvent, VM_CallerGetEvent, VM_CallerNextEvent};
use super::suspension::{VM_CallerStartCall, VM_CallerSuspend};
use libvm_abi::CallerTable;

/// The table that every caller of this library carries.
pub(crate) static TABLE: CallerTable = CallerTable {
    size: size_of::<CallerTable>() as u32,
    reserved: 0,
    trap: VM_CallerTrap,
    get_memory_size: VM_CallerGetMemorySize,
    read_memory: VM_CallerReadMemory,
    write_memory: VM_CallerWriteMemory,
    get_memory_span: VM_CallerGetMemorySpan,
    call: VM_CallerCall,
    call_ref: VM_CallerCallRef,
    get_context_data: VM_CallerGetContextData,
    create_extern_ref: VM_CallerCreateExternRef,
    get_extern_ref: VM_CallerGetExternRef,
    retain_ref: VM_CallerRetainRef,
    release_ref: VM_CallerReleaseRef,
    fail: VM_CallerFail,
    suspend: VM_CallerSuspend,
    start_call: VM_CallerStartCall,
    get_export: VM_CallerGetExport,
    get_time_left: VM_CallerGetTimeLeft,
    extend_time: VM_CallerExtendTime,
    consume_fuel: VM_CallerConsumeFuel,
    get_event: VM_CallerGetEvent,
    next_event: VM_CallerNextEvent,
    emit_event: VM_CallerEmitEvent,
    get_error_message: VM_CallerGetErrorMessage,
    get_signature: VM_CallerGetSignature,
};
