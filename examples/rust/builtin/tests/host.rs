//! A host in Rust that links both plug-ins.
#![allow(non_snake_case)] // the names of the C API

use libvm_abi::{PluginBuiltin, Status, Value};
use std::ffi::{CStr, c_char, c_void};
use std::ptr::{null, null_mut};
use vm as _; // links the library

#[repr(C)]
struct Object {
    _private: [u8; 0],
}

type Out<'a> = &'a mut *mut Object;

unsafe extern "C" {
    fn VM_ErrorGetMessage(error: *const Object) -> *const c_char;
    fn VM_EngineCreate(config: *const c_void, engine: Out, error: Out) -> Status;
    fn VM_EngineDelete(engine: *mut Object);
    fn VM_ContextCreate(engine: *mut Object, config: *const c_void, context: Out, error: Out) -> Status;
    fn VM_ContextDelete(context: *mut Object);
    fn VM_ContextRegisterPlugins(context: *mut Object, registry: *mut Object, error: Out) -> Status;
    fn VM_PluginRegistryCreate(registry: Out, error: Out) -> Status;
    fn VM_PluginRegistryAddBuiltin(registry: *mut Object, builtin: *const PluginBuiltin, error: Out) -> Status;
    fn VM_PluginRegistryGetCount(registry: *const Object) -> usize;
    fn VM_PluginRegistryDelete(registry: *mut Object);
    fn VM_ContextRunWasmFromBuffer(
        context: *mut Object,
        data: *const u8,
        size: usize,
        name: *const c_char,
        args: *const Value,
        arg_count: usize,
        results: *mut Value,
        result_count: usize,
        error: Out,
    ) -> Status;
}

fn ok(status: Status, error: *mut Object) {
    // SAFETY: the error of a failed call, and its string.
    assert!(status == 0, "{}", unsafe { CStr::from_ptr(VM_ErrorGetMessage(error)) }.to_string_lossy());
}

#[test]
fn two_plugins_are_linked_into_one_program() {
    let guest = wat::parse_str(include_str!("../builtin.wat")).unwrap();
    let (mut engine, mut context, mut registry, mut error) = (null_mut(), null_mut(), null_mut(), null_mut());
    // SAFETY: as the header says of each function; what is created here is deleted once, at the end.
    unsafe {
        ok(VM_EngineCreate(null(), &mut engine, &mut error), error);
        ok(VM_ContextCreate(engine, null(), &mut context, &mut error), error);
        ok(VM_PluginRegistryCreate(&mut registry, &mut error), error);
        for builtin in [&builtin_plugins::calc::BUILTIN, &builtin_plugins::greeter::BUILTIN] {
            ok(VM_PluginRegistryAddBuiltin(registry, builtin.as_abi(), &mut error), error);
        }
        assert_eq!(VM_PluginRegistryGetCount(registry), 2);
        ok(VM_ContextRegisterPlugins(context, registry, &mut error), error);
        let (args, mut sum) = ([Value::i32(40), Value::i32(2)], Value::NONE);
        let (data, size, name) = (guest.as_ptr(), guest.len(), c"greet_and_add".as_ptr());
        let status = VM_ContextRunWasmFromBuffer(context, data, size, name, args.as_ptr(), 2, &mut sum, 1, &mut error);
        ok(status, error);
        assert_eq!(sum.bits_32(), 42);
        VM_ContextDelete(context);
        VM_PluginRegistryDelete(registry);
        VM_EngineDelete(engine);
    }
}
