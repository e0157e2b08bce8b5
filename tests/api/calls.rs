//! Calls of guests, and their memories, tables, globals and references.

use crate::{context_with, fails, wasm};
use vm::{Context, Engine, EngineConfig, ExternRef, ExternType, Func, FuncRef, Module, Status, Tier, TrapCode, ValType, Value};

const GUEST: &str = r#"(module
    (func (export "nothing"))
    (func (export "sum") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
    (func (export "all") (param i32 i64 f32 f64) (result f64 f32 i64 i32) (local.get 3) (local.get 2) (local.get 1) (local.get 0))
    (func (export "same") (param externref) (result externref) (local.get 0))
    (func (export "itself") (result funcref) (ref.func $seven))
    (func $seven (export "seven") (result i32) (i32.const 7))
    (func (export "call") (param funcref) (result i32)
        (table.set $t (i32.const 0) (local.get 0)) (call_indirect $t (result i32) (i32.const 0)))
    (func $inner (unreachable))
    (func (export "trap") (call $inner))
    (table $t (export "table") 2 4 funcref)
    (memory (export "memory") 1 3)
    (global (export "count") (mut i64) (i64.const 5))
    (global (export "fixed") i32 (i32.const 9)))"#;

#[test]
fn a_context_is_entered_for_many_calls() {
    let (mut context, instance) = context_with(GUEST);
    let sum = instance.function(&mut context, "sum").unwrap().typed::<(i32, i32), i32>(&context).unwrap();
    let mut entered = context.enter().unwrap();
    assert_eq!((0..1000).map(|n| sum.call(&mut entered, (n, 1)).unwrap()).sum::<i32>(), 500_500);
    {
        let mut again = entered.enter().unwrap();
        assert_eq!(instance.call::<i32>(&mut again, "seven", ()).unwrap(), 7);
        let context: &Context = &again;
        let refused = std::thread::scope(|scope| scope.spawn(|| fails(Status::BUSY, context.instances())).join().unwrap());
        assert!(refused.contains("another thread holds the context"), "{refused}");
    }
    assert_eq!(sum.call(&mut entered, (1, 1)).unwrap(), 2);
    // The one that was entered is left, whatever is in its place.
    let (mut other, there) = context_with(GUEST);
    std::mem::swap(&mut *entered, &mut other);
    drop(entered);
    std::thread::spawn(move || assert_eq!(instance.call::<i32>(&mut other, "seven", ()).unwrap(), 7)).join().unwrap();
    assert_eq!(there.call::<i32>(&mut context, "seven", ()).unwrap(), 7);
}

#[test]
fn arguments_and_results_have_rust_types() {
    let (mut context, instance) = context_with(GUEST);
    let () = instance.call(&mut context, "nothing", ()).unwrap();
    let sum: i32 = instance.call(&mut context, "sum", (20, 22)).unwrap();
    assert_eq!(sum, 42);
    let unsigned: u32 = instance.call(&mut context, "sum", (u32::MAX, 0)).unwrap();
    assert_eq!(unsigned, u32::MAX);
    let all: (f64, f32, i64, i32) = instance.call(&mut context, "all", (1, -2_i64, 0.5_f32, 0.25)).unwrap();
    assert_eq!(all, (0.25, 0.5, -2, 1));
    let values: Vec<Value> = instance.call(&mut context, "all", [1.into(), 2_i64.into(), 3_f32.into(), 4_f64.into()]).unwrap();
    assert_eq!(values, [Value::F64(4.0), Value::F32(3.0), Value::I64(2), Value::I32(1)]);
    let func = instance.function(&mut context, "sum").unwrap();
    assert_eq!(func.ty(&context).unwrap().to_string(), "(i32, i32) -> (i32)");
    let typed = func.typed::<(i32, i32), i32>(&context).unwrap();
    assert_eq!((0..1000).map(|n| typed.call(&mut context, (n, 1)).unwrap()).sum::<i32>(), 500_500);
}

#[test]
fn wrong_types_are_refused_before_the_call() {
    let (mut context, instance) = context_with(GUEST);
    let found = instance.call::<i64>(&mut context, "sum", (1, 2));
    assert_eq!(fails(Status::WRONG_TYPE, found), "result 1 of the function is i32, but i64 was asked for");
    let found = instance.call::<i32>(&mut context, "sum", (1, 2_i64));
    assert_eq!(
        fails(Status::WRONG_TYPE, found),
        "cannot call `sum`: argument 2 is i64, but the function (i32, i32) -> (i32) takes i32 there"
    );
    fails(Status::WRONG_COUNT, instance.call::<i32>(&mut context, "sum", 1));
    fails(Status::WRONG_COUNT, instance.call::<(i32, i32)>(&mut context, "sum", (1, 2)));
    fails(Status::WRONG_TYPE, instance.call::<()>(&mut context, "memory", ()));
    let found = fails(Status::NOT_FOUND, instance.call::<()>(&mut context, "summ", ()));
    assert!(found.contains("`summ`") && found.contains("sum"), "{found}");
    let func = instance.function(&mut context, "sum").unwrap();
    let found = func.typed::<i32, i32>(&context).map(|_| ());
    assert_eq!(fails(Status::WRONG_TYPE, found), "the function is (i32, i32) -> (i32), but (i32) -> (i32) was asked for");
}

#[test]
fn a_trap_has_its_code_and_frames() {
    let mut config = EngineConfig::new();
    config.set_backtraces(true).set_tier(Tier::Interpreter).set_cache_size(1 << 20).set_cache_directory(None).unwrap();
    config.set_pooling(10, 0).unwrap();
    let engine = Engine::with_config(&config).unwrap();
    assert_eq!(engine.statistics(), Default::default());
    assert_eq!(Context::new(&engine).unwrap().tier().unwrap(), Tier::Interpreter);
    let mut context = Context::new(&engine).unwrap();
    let error = context.run_wasm_from_buffer::<()>(wasm(GUEST), "trap", ()).unwrap_err();
    assert_eq!((error.status(), error.trap_code()), (Status::TRAP, Some(TrapCode::Unreachable)));
    let names: Vec<_> = error.frames().iter().map(|frame| frame.function.as_str()).collect();
    assert_eq!(names, ["inner", "trap"]);
    assert_eq!(error.function_name(), Some("trap"));
    assert!(error.to_string().contains("inner"), "{error}");
    assert_eq!((error.exit_code(), error.plugin_name(), error.path(), error.os_error()), (None, None, None, None));
    assert!(!error.is_retryable());
}

#[test]
fn memory_is_bytes() {
    let (mut context, instance) = context_with(GUEST);
    let memory = instance.memory(&mut context, "memory").unwrap();
    memory.write(&mut context, 65_531, b"hello").unwrap();
    let mut read = [0; 5];
    memory.read(&mut context, 65_531, &mut read).unwrap();
    assert_eq!(&read, b"hello");
    let mut span = memory.span(&mut context, 65_531, 5).unwrap();
    span.make_ascii_uppercase();
    drop(span);
    assert_eq!(&memory.data(&mut context).unwrap()[65_531..], b"HELLO");
    assert_eq!(memory.span(&mut context, 65_536, 0).unwrap().len(), 0);
    fails(Status::OUT_OF_BOUNDS, memory.write(&mut context, 65_532, b"hello"));
    fails(Status::OUT_OF_BOUNDS, memory.read(&mut context, u64::MAX, &mut read));
    assert_eq!(memory.grow(&mut context, 2).unwrap(), 1);
    assert_eq!(memory.size(&context).unwrap(), 3 << 16);
    fails(Status::LIMIT, memory.grow(&mut context, 1));
    assert_eq!(memory.ty(&context).unwrap().to_string(), "memory of 1 to 3 pages");
}

#[test]
fn tables_and_globals_have_values() {
    let (mut context, instance) = context_with(GUEST);
    let global = instance.global(&mut context, "count").unwrap();
    assert_eq!(global.read(&mut context).unwrap(), Value::I64(5));
    global.write(&mut context, 6_i64).unwrap();
    assert_eq!(global.read(&mut context).unwrap(), 6_i64.into());
    assert_eq!(global.ty(&context).unwrap().to_string(), "mutable global i64");
    fails(Status::WRONG_TYPE, global.write(&mut context, 6));
    let fixed = instance.global(&mut context, "fixed").unwrap();
    fails(Status::IMMUTABLE, fixed.write(&mut context, 6));
    let table = instance.table(&mut context, "table").unwrap();
    assert_eq!(table.read(&mut context, 1).unwrap(), Value::FuncRef(None));
    let seven = instance.function(&mut context, "seven").unwrap().to_ref(&mut context).unwrap();
    table.write(&mut context, 1, Some(seven)).unwrap();
    let Value::FuncRef(Some(found)) = table.read(&mut context, 1).unwrap() else { panic!("it is a function") };
    assert_eq!(found.func().call::<i32>(&mut context, ()).unwrap(), 7);
    assert_eq!(table.grow(&mut context, 2, None::<FuncRef>).unwrap(), 2);
    assert_eq!(table.size(&context).unwrap(), 4);
    fails(Status::OUT_OF_BOUNDS, table.read(&mut context, 4));
    fails(Status::WRONG_TYPE, table.write(&mut context, 0, 1));
    assert_eq!(table.ty(&context).unwrap().element, ValType::FuncRef);
}

#[test]
fn references_are_held_and_released() {
    let (mut context, instance) = context_with(GUEST);
    let object = ExternRef::new(&mut context, String::from("an object")).unwrap();
    let same: Option<ExternRef> = instance.call(&mut context, "same", Some(object.clone())).unwrap();
    let same = same.unwrap();
    assert_eq!(*same.get::<String>(&mut context).unwrap().unwrap(), "an object");
    assert!(same.get::<Vec<u8>>(&mut context).unwrap().is_none());
    assert_eq!(instance.call::<Option<ExternRef>>(&mut context, "same", None::<ExternRef>).unwrap(), None);
    let itself: Option<FuncRef> = instance.call(&mut context, "itself", ()).unwrap();
    let itself = itself.unwrap();
    let other = itself.clone();
    drop(itself);
    assert_eq!(instance.call::<i32>(&mut context, "call", Some(other.clone())).unwrap(), 7);
    let func: Func = other.func();
    assert_eq!(func.call::<i32>(&mut context, ()).unwrap(), 7);
    // On another thread, and after its last holder the function is gone.
    std::thread::spawn(move || drop(other)).join().unwrap();
    fails(Status::STALE, func.call::<i32>(&mut context, ()));
}

#[test]
fn a_module_shows_what_it_has() {
    let engine = Engine::new().unwrap();
    let module =
        Module::from_buffer(&engine, wasm(r#"(module (import "a" "b" (func (param i32))) (memory (export "m") 1))"#)).unwrap();
    let imports: Vec<_> = module.imports().map(|import| format!("{}.{}: {}", import.module, import.name, import.ty)).collect();
    assert_eq!(imports, ["a.b: function (i32) -> ()"]);
    let exports: Vec<_> = module.exports().collect();
    assert!(exports[0].name == "m" && matches!(exports[0].ty, ExternType::Memory(_)));
    assert_eq!(module.custom_sections().count(), 0);
    Module::validate(&engine, wasm("(module)")).unwrap();
    fails(Status::BAD_MODULE, Module::validate(&engine, b"\0asm\x01\0\0\0garbage"));
    let found = Module::from_file(&engine, "/nowhere/at/all.wasm").map(|_| ());
    let error = found.unwrap_err();
    assert_eq!((error.status(), error.os_error()), (Status::FILE_NOT_FOUND, Some(2)));
    assert_eq!(error.path(), Some(std::path::Path::new("/nowhere/at/all.wasm")));
}

#[test]
fn instances_are_registered_found_and_removed() {
    let engine = Engine::new().unwrap();
    let mut context = Context::new(&engine).unwrap();
    let math = Module::from_buffer(&engine, wasm(GUEST)).unwrap();
    let user = r#"(module (import "math" "seven" (func $f (result i32))) (func (export "run") (result i32) (call $f)))"#;
    let instance = context.register_wasm("math", &math).unwrap();
    assert_eq!(context.run_wasm_from_buffer::<i32>(wasm(user), "run", ()).unwrap(), 7);
    assert_eq!(context.find_instance("math").unwrap(), instance);
    assert_eq!(context.instances().unwrap().len(), 2);
    context.remove_instance(instance).unwrap();
    fails(Status::STALE, instance.call::<i32>(&mut context, "seven", ()));
    fails(Status::NOT_FOUND, context.find_instance("math"));
    let again = context.instantiate(&math).unwrap();
    context.register_instance("math", again).unwrap();
    context.reset().unwrap();
    fails(Status::STALE, again.call::<i32>(&mut context, "seven", ()));
    fails(Status::UNRESOLVED_IMPORT, context.run_wasm_from_buffer::<i32>(wasm(user), "run", ()));
}
