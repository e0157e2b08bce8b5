//! The functions of `<libvm.h>` that the check uses, as they are declared there.
#![allow(non_snake_case)] // the names of the C API

use libvm_abi::{Event, Free, Ref, SinkDescriptor, SourceDescriptor, Status, Value};
use std::ffi::{c_char, c_void};
use vm as _; // links the library

macro_rules! opaque {
    ($($name:ident),*) => {
        $(
            #[repr(C)]
            pub struct $name {
                _private: [u8; 0],
            }
        )*
    };
}
opaque!(Engine, EngineConfig, Error, Context, ContextConfig, Module, Registry, Report, Plugin, Execution, Stream);

/// `VM_Instance`, `VM_Func` and `VM_Memory`
pub type Handle = Ref;
pub type Text = *const c_char;

/// `VM_PluginFunction`, as far as it is used.
#[repr(C)]
pub struct Function {
    pub size: u32,
    pub flags: u32,
    pub name: Text,
    pub signature: Text,
    pub description: Text,
    pub permission: Text,
}

/// `VM_PluginOption`, as far as it is used.
#[repr(C)]
pub struct PluginOption {
    pub size: u32,
    pub kind: u32,
    pub key: Text,
    pub description: Text,
    pub default_value: Text,
    pub choices: Text,
    pub minimum: i64,
    pub maximum: i64,
    pub minimum_number: f64,
    pub maximum_number: f64,
    pub is_secret: bool,
    pub is_ranged: bool,
}

/// The beginning of `VM_PluginHook`, `VM_PluginSource` and `VM_PluginSink`.
#[repr(C)]
pub struct Named {
    pub size: u32,
    pub flags: u32,
    pub name: Text,
}

pub type Out = *mut *mut Error;

unsafe extern "C" {
    pub fn VM_ErrorGetStatus(error: *const Error) -> Status;
    pub fn VM_ErrorGetMessage(error: *const Error) -> Text;
    pub fn VM_ErrorDelete(error: *mut Error);

    pub fn VM_EngineConfigCreate(config: *mut *mut EngineConfig, error: Out) -> Status;
    pub fn VM_EngineConfigDelete(config: *mut EngineConfig);
    pub fn VM_EngineCreate(config: *const EngineConfig, engine: *mut *mut Engine, error: Out) -> Status;
    pub fn VM_EngineDelete(engine: *mut Engine);

    pub fn VM_ContextConfigCreate(config: *mut *mut ContextConfig, error: Out) -> Status;
    pub fn VM_ContextConfigSetName(config: *mut ContextConfig, name: Text, error: Out) -> Status;
    pub fn VM_ContextConfigDelete(config: *mut ContextConfig);
    pub fn VM_ContextCreate(engine: *mut Engine, config: *const ContextConfig, context: *mut *mut Context, error: Out) -> Status;
    pub fn VM_ContextDelete(context: *mut Context);
    pub fn VM_ContextReset(context: *mut Context, error: Out) -> Status;
    pub fn VM_ContextRegisterPlugin(context: *mut Context, plugin: *mut Plugin, error: Out) -> Status;
    pub fn VM_ContextRegisterPlugins(context: *mut Context, registry: *mut Registry, error: Out) -> Status;
    pub fn VM_ContextSetPluginOption(context: *mut Context, plugin: Text, key: Text, value: Text, error: Out) -> Status;
    pub fn VM_ContextGrantPermission(context: *mut Context, plugin: Text, permission: Text, error: Out) -> Status;
    pub fn VM_ContextSetHookTimeout(context: *mut Context, ms: u64, error: Out) -> Status;
    pub fn VM_ContextSetModulePlugins(context: *mut Context, registry: *mut Registry, error: Out) -> Status;
    pub fn VM_ContextInstantiate(context: *mut Context, module: *const Module, instance: *mut Handle, error: Out) -> Status;
    pub fn VM_ContextExecute(
        context: *mut Context,
        instance: Handle,
        name: Text,
        args: *const Value,
        arg_count: usize,
        results: *mut Value,
        result_count: usize,
        error: Out,
    ) -> Status;
    pub fn VM_ContextStart(
        context: *mut Context,
        instance: Handle,
        name: Text,
        args: *const Value,
        arg_count: usize,
        queue: *mut c_void,
        execution: *mut *mut Execution,
        error: Out,
    ) -> Status;
    pub fn VM_ExecutionWait(execution: *mut Execution, timeout_ms: u64, error: Out) -> Status;
    pub fn VM_ExecutionDelete(execution: *mut Execution);

    pub fn VM_ModuleLoadFromBuffer(
        engine: *mut Engine,
        data: *const u8,
        size: usize,
        module: *mut *mut Module,
        error: Out,
    ) -> Status;
    pub fn VM_ModuleDelete(module: *mut Module);
    pub fn VM_InstanceFindFunction(context: *mut Context, instance: Handle, name: Text, func: *mut Handle, error: Out) -> Status;
    pub fn VM_InstanceFindMemory(context: *mut Context, instance: Handle, name: Text, memory: *mut Handle, error: Out) -> Status;
    pub fn VM_FuncToRef(func: Handle) -> Ref;
    pub fn VM_MemoryRead(
        context: *const Context,
        memory: Handle,
        address: u64,
        data: *mut c_void,
        size: usize,
        error: Out,
    ) -> Status;
    pub fn VM_MemoryWrite(
        context: *mut Context,
        memory: Handle,
        address: u64,
        data: *const c_void,
        size: usize,
        error: Out,
    ) -> Status;

    pub fn VM_PluginRegistryCreate(registry: *mut *mut Registry, error: Out) -> Status;
    pub fn VM_PluginRegistryDelete(registry: *mut Registry);
    pub fn VM_PluginRegistrySetFileChecks(registry: *mut Registry, on: bool, error: Out) -> Status;
    pub fn VM_PluginRegistrySetDataDirectory(registry: *mut Registry, kind: u32, path: Text, error: Out) -> Status;
    pub fn VM_PluginRegistrySetModulePlugins(registry: *mut Registry, flags: u32, error: Out) -> Status;
    pub fn VM_PluginRegistrySetIndexFile(registry: *mut Registry, path: Text, error: Out) -> Status;
    pub fn VM_PluginRegistryPrepareModule(registry: *mut Registry, module: *mut Module, error: Out) -> Status;
    pub fn VM_PluginLoadFromPath(registry: *mut Registry, path: Text, report: *mut *mut Report, error: Out) -> Status;
    pub fn VM_PluginRegistryFind(registry: *const Registry, name: Text, plugin: *mut *mut Plugin, error: Out) -> Status;
    pub fn VM_PluginRelease(plugin: *mut Plugin);
    pub fn VM_PluginGetModuleCount(plugin: *const Plugin) -> usize;
    pub fn VM_PluginGetModuleName(plugin: *const Plugin, module: usize) -> Text;
    pub fn VM_PluginGetFunctionCount(plugin: *const Plugin, module: usize) -> usize;
    pub fn VM_PluginGetFunction(plugin: *const Plugin, module: usize, index: usize) -> *const Function;
    pub fn VM_PluginGetOptionCount(plugin: *const Plugin) -> usize;
    pub fn VM_PluginGetOption(plugin: *const Plugin, index: usize) -> *const PluginOption;
    pub fn VM_PluginGetHookCount(plugin: *const Plugin) -> usize;
    pub fn VM_PluginGetHook(plugin: *const Plugin, index: usize) -> *const Named;
    pub fn VM_PluginGetSourceCount(plugin: *const Plugin) -> usize;
    pub fn VM_PluginGetSource(plugin: *const Plugin, index: usize) -> *const Named;
    pub fn VM_PluginGetSourceOption(plugin: *const Plugin, source: usize, index: usize) -> *const PluginOption;
    pub fn VM_PluginGetSinkCount(plugin: *const Plugin) -> usize;
    pub fn VM_PluginGetSink(plugin: *const Plugin, index: usize) -> *const Named;
    pub fn VM_PluginGetSinkOption(plugin: *const Plugin, sink: usize, index: usize) -> *const PluginOption;
    pub fn VM_PluginGetExtension(plugin: *const Plugin, id: Text) -> *const c_void;

    pub fn VM_EventCreate(point: Text, event: *mut *mut Event, error: Out) -> Status;
    pub fn VM_EventDelete(event: *mut Event);
    pub fn VM_EventSetString(event: *mut Event, key: Text, value: Text) -> Status;
    pub fn VM_EventSetBytes(event: *mut Event, key: Text, data: *const c_void, size: usize) -> Status;
    pub fn VM_EventSetInteger(event: *mut Event, key: Text, value: i64) -> Status;
    pub fn VM_ContextInvokeHooks(context: *mut Context, event: *mut Event, answer: *mut Status, error: Out) -> Status;

    pub fn VM_StreamCreate(context: *mut Context, name: Text, stream: *mut *mut Stream, error: Out) -> Status;
    pub fn VM_StreamSetSource(stream: *mut Stream, plugin: *const Plugin, source: Text, error: Out) -> Status;
    pub fn VM_StreamSetSourceCallbacks(
        stream: *mut Stream,
        source: *const SourceDescriptor,
        user: *mut c_void,
        free_user: Option<Free>,
        error: Out,
    ) -> Status;
    pub fn VM_StreamAddSink(stream: *mut Stream, plugin: *const Plugin, sink: Text, name: Text, error: Out) -> Status;
    pub fn VM_StreamAddSinkCallbacks(
        stream: *mut Stream,
        sink: *const SinkDescriptor,
        name: Text,
        user: *mut c_void,
        free_user: Option<Free>,
        error: Out,
    ) -> Status;
    pub fn VM_StreamSetOption(stream: *mut Stream, part: Text, key: Text, value: Text, error: Out) -> Status;
    pub fn VM_StreamPoll(stream: *mut Stream, max_events: u64, error: Out) -> Status;
    pub fn VM_StreamRewind(stream: *mut Stream, position: u64, error: Out) -> Status;
    pub fn VM_StreamDelete(stream: *mut Stream);
}
