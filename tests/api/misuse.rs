//! What the borrow checker does not prevent is an error: other threads, callbacks, guards that were forgotten, other contexts.

use crate::{context_with, fails, wasm};
use std::sync::{Arc, Mutex, Weak};
use vm::{Caller, Context, Engine, ExternRef, Module, Status};

fn assert_send_sync<T: Send + Sync>() {}

#[test]
fn types_move_between_threads() {
    assert_send_sync::<(vm::Engine, vm::Module, vm::HostModule, vm::PluginRegistry, vm::Plugin)>();
    assert_send_sync::<(vm::Context, vm::Func, vm::ExternRef, vm::FuncRef, vm::Value, vm::Error, vm::Wasi)>();
    assert_send_sync::<(vm::Execution<i32>, vm::Completer<i32>, vm::CancelId)>();
    let (mut context, instance) = context_with(r#"(module (func (export "f") (result i32) (i32.const 3)))"#);
    let moved = std::thread::spawn(move || instance.call::<i32>(&mut context, "f", ()).map(|found| (context, found)));
    let (mut context, found) = moved.join().unwrap().unwrap();
    assert_eq!((found, instance.call::<i32>(&mut context, "f", ()).unwrap()), (3, 3));
}

#[test]
fn handles_of_another_context_are_refused() {
    let text = r#"(module (memory (export "m") 1) (func (export "f")) (func (export "g") (param externref)))"#;
    let (mut one, instance) = context_with(text);
    let (mut two, other) = context_with(text);
    fails(Status::WRONG_CONTEXT, instance.call::<()>(&mut two, "f", ()));
    let memory = instance.memory(&mut one, "m").unwrap();
    fails(Status::WRONG_CONTEXT, memory.read(&mut two, 0, &mut [0]));
    fails(Status::WRONG_CONTEXT, memory.data(&mut two).map(|_| ()));
    let object = ExternRef::new(&mut one, 5).unwrap();
    fails(Status::WRONG_CONTEXT, other.call::<()>(&mut two, "g", Some(object.clone())));
    fails(Status::WRONG_CONTEXT, object.get::<i32>(&mut two));
    drop(one);
    drop(object);
    let found = memory.size(&two);
    assert!(fails(Status::WRONG_CONTEXT, found).contains(&format!("this is context {}", two.id())));
}

#[test]
fn a_callback_cannot_use_its_context() {
    let slot = Arc::new(Mutex::new(Weak::<Mutex<Context>>::new()));
    let engine = Engine::new().unwrap();
    let mut context = Context::new(&engine).unwrap();
    let inside = Arc::clone(&slot);
    // The host's own lock is held already: waiting for it would be waiting for itself.
    let locked = move |_: Caller<'_>| assert!(inside.lock().unwrap().upgrade().unwrap().try_lock().is_err());
    context.module("host").unwrap().function("f", locked).unwrap();
    let text = r#"(module (import "host" "f" (func $f)) (func (export "run") (call $f)))"#;
    let instance = context.instantiate(&Module::from_buffer(&engine, wasm(text)).unwrap()).unwrap();
    let context = Arc::new(Mutex::new(context));
    *slot.lock().unwrap() = Arc::downgrade(&context);
    instance.call::<()>(&mut context.lock().unwrap(), "run", ()).unwrap();
}

#[test]
fn memory_that_is_in_use_is_not_shared() {
    let (mut context, instance) = context_with(r#"(module (memory (export "m") 1) (func (export "f")))"#);
    let memory = instance.memory(&mut context, "m").unwrap();
    // A guard that is forgotten leaves the context in use for ever, and nothing else happens.
    std::mem::forget(memory.data(&mut context).unwrap());
    fails(Status::REENTRANT, instance.call::<()>(&mut context, "f", ()));
    fails(Status::REENTRANT, memory.data(&mut context).map(|_| ()));
    fails(Status::REENTRANT, context.reset());
    let found = std::thread::scope(|scope| scope.spawn(|| instance.call::<()>(&mut context, "f", ())).join().unwrap());
    fails(Status::BUSY, found);
}

#[test]
fn a_forgotten_execution_keeps_its_context_busy() {
    let engine = Engine::new().unwrap();
    let mut context = Context::new(&engine).unwrap();
    let suspend = |caller: Caller<'_>| -> vm::Result<vm::Pending<()>> {
        let (completer, pending) = caller.suspend()?;
        std::mem::forget::<vm::Completer<()>>(completer);
        Ok(pending)
    };
    context.module("host").unwrap().function("f", suspend).unwrap();
    let text = r#"(module (import "host" "f" (func $f)) (func (export "run") (call $f)))"#;
    let instance = context.instantiate(&Module::from_buffer(&engine, wasm(text)).unwrap()).unwrap();
    std::mem::forget(context.start::<()>(instance, "run", ()).unwrap());
    let found = fails(Status::BUSY, instance.call::<()>(&mut context, "run", ()));
    assert!(found.contains("unfinished execution, a call of `run`"), "{found}");
    context.reset().unwrap();
}

#[test]
fn limits_are_asked_for_and_panics_in_them_refuse() {
    let engine = Engine::new().unwrap();
    let text = r#"(module (memory (export "m") 1) (func (export "f") (result i32) (memory.grow (i32.const 1))))"#;
    for (allowed, expected) in [(Some(true), 1), (Some(false), -1), (None, -1)] {
        let mut config = vm::ContextConfig::new();
        config.set_memory_limit(65_536).set_limit_callback(move |request| {
            assert_eq!((request.limit, request.wanted), (vm::Limit::Memory, 131_072));
            if allowed.unwrap() { request.wanted } else { request.most }
        });
        let mut context = Context::with_config(&engine, &config).unwrap();
        assert_eq!(context.run_wasm_from_buffer::<i32>(wasm(text), "f", ()).unwrap(), expected, "{allowed:?}");
    }
    assert_eq!(vm::ContextConfig::new().set_memory_limit(7).limit(vm::Limit::Memory), 7);
    fails(Status::INVALID_ARGUMENT, vm::ContextConfig::new().set_name("").map(|_| ()));
    fails(Status::INVALID_ARGUMENT, vm::ContextConfig::new().set_call_depth_limit(0).map(|_| ()));
}
