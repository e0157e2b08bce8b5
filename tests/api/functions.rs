//! Host functions from closures.

use crate::{context_with, fails, wasm};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use vm::{
    Caller, Context, Engine, Error, ExternRef, FuncRef, FuncType, HostModule, MemoryType, Module, Status, TableType, ValType,
    Value,
};

fn run<M>(function: impl vm::HostFunction<M>, ty: &str, args: &str) -> Result<Vec<Value>, Error> {
    let mut context = Context::new(&Engine::new().unwrap()).unwrap();
    context.module("host").unwrap().function("f", function).unwrap();
    let results = ty.find("(result").map_or("", |at| &ty[at..]);
    let text = format!(
        r#"(module (import "host" "f" (func $f {ty})) (memory (export "memory") 1) (data (i32.const 8) "h\c3\a9llo\ff")
        (func (export "run") {results} (call $f {args})))"#
    );
    context.run_wasm_from_buffer(wasm(&text), "run", ())
}

#[test]
fn types_are_deduced_from_the_closure() {
    assert_eq!(run(|| (), "", "").unwrap(), []);
    assert_eq!(
        run(|a: i32, b: i64| i64::from(a) + b, "(param i32 i64) (result i64)", "(i32.const 1) (i64.const 2)").unwrap(),
        [Value::I64(3)]
    );
    assert_eq!(run(|_: Caller<'_>| 7_u32, "(result i32)", "").unwrap(), [Value::I32(7)]);
    assert_eq!(
        run(|_: Caller<'_>, x: f32| (x > 1.0, f64::from(x)), "(param f32) (result i32 f64)", "(f32.const 2)").unwrap(),
        [Value::I32(1), Value::F64(2.0)]
    );
    fn plain(text: &str) -> u32 {
        text.chars().count() as u32
    }
    assert_eq!(run(plain, "(param i32 i32) (result i32)", "(i32.const 8) (i32.const 6)").unwrap(), [Value::I32(5)]);
    let bytes = |a: &[u8], b: &[u8]| (a.len() + b.len()) as u64;
    assert_eq!(
        run(bytes, "(param i32 i32 i32 i32) (result i64)", "(i32.const 0) (i32.const 3) (i32.const 65536) (i32.const 0)")
            .unwrap(),
        [Value::I64(3)]
    );
    let found = run(|| (), "(param i32)", "(i32.const 1)");
    fails(Status::INCOMPATIBLE_IMPORT, found);
}

#[test]
fn memory_is_checked_before_the_call() {
    let never = |_: &[u8]| -> Result<(), &str> { Err("it must not be called") };
    let found = run(never, "(param i32 i32)", "(i32.const 65530) (i32.const 7)");
    fails(Status::OUT_OF_BOUNDS, found);
    let found = run(|_: &str| (), "(param i32 i32)", "(i32.const 8) (i32.const 7)");
    let message = fails(Status::BAD_UTF8, found);
    assert!(message.contains("host function `host.f` failed: a string argument: invalid utf-8"), "{message}");
}

#[test]
fn failures_are_traps_with_their_texts() {
    let found = run(|| -> Result<(), &str> { Err("not today") }, "", "");
    assert_eq!(fails(Status::TRAP, found).lines().next(), Some("host function `host.f` failed: not today"));
    let found = run(|| -> std::io::Result<i32> { Err(std::io::Error::other("disk")) }, "(result i32)", "");
    assert!(fails(Status::TRAP, found).contains("failed: disk"));
    let own = Status::from_number(Status::USER.number() - 3);
    let found = run(move || -> vm::Result<()> { Err(Error::with_status(own, "mine")) }, "", "");
    assert_eq!(found.as_ref().unwrap_err().trap_code(), Some(vm::TrapCode::HostFunction));
    assert!(fails(own, found).contains("failed: mine"));
}

#[test]
fn a_panic_is_caught() {
    let found = run(|n: i32| assert_eq!(n, 1, "one was expected"), "(param i32)", "(i32.const 2)");
    let message = fails(Status::TRAP, found);
    assert!(message.contains("host function `host.f` failed: it panicked") && message.contains("one was expected"), "{message}");
}

#[test]
fn a_caller_reaches_its_guest() {
    let engine = Engine::new().unwrap();
    let mut context = Context::new(&engine).unwrap();
    let mut host = HostModule::new("host");
    host.function("work", |mut caller: Caller<'_>, at: u32| -> vm::Result<i32> {
        let mut text = [0; 3];
        caller.read_memory(at.into(), &mut text)?;
        caller.write_memory(u64::from(at) + 3, &text)?;
        caller.memory_span(at.into(), 6)?.make_ascii_uppercase();
        assert_eq!(caller.memory_size()?, 65_536);
        assert_eq!(caller.read_memory(65_535, &mut text).unwrap_err().status(), Status::OUT_OF_BOUNDS);
        assert_eq!(caller.time_left(), None);
        assert_eq!(caller.consume_fuel(1).unwrap_err().status(), Status::UNSUPPORTED);
        let double = caller.export("double")?;
        let by_ref: i32 = caller.call_ref(&double, 4)?;
        let by_name: i32 = caller.call("double", 17)?;
        assert_eq!(caller.call::<Vec<Value>>("double", 1)?, [Value::I32(2)]);
        assert_eq!(caller.call::<i64>("double", 1).unwrap_err().status(), Status::WRONG_TYPE);
        assert_eq!(caller.call::<()>("nothing", ()).unwrap_err().status(), Status::NOT_FOUND);
        Ok(by_ref + by_name)
    })
    .unwrap();
    context.register_module(&host).unwrap();
    let text = r#"(module (import "host" "work" (func $work (param i32) (result i32)))
        (memory (export "memory") 1) (data (i32.const 8) "abc")
        (func (export "double") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2)))
        (func (export "run") (result i32) (call $work (i32.const 8))))"#;
    let instance = context.instantiate(&Module::from_buffer(&engine, wasm(text)).unwrap()).unwrap();
    assert_eq!(instance.call::<i32>(&mut context, "run", ()).unwrap(), 42);
    let memory = instance.memory(&mut context, "memory").unwrap();
    assert_eq!(&*memory.span(&mut context, 8, 6).unwrap(), b"ABCABC");
}

#[test]
fn the_failure_of_a_guest_that_was_called_back_goes_through() {
    let mut context = Context::new(&Engine::new().unwrap()).unwrap();
    let call = |mut caller: Caller<'_>| -> vm::Result<()> { caller.call("trap", ()) };
    context.module("host").unwrap().function("call", call).unwrap();
    let text = r#"(module (import "host" "call" (func $call)) (memory (export "memory") 1)
        (func (export "trap") (unreachable)) (func (export "run") (call $call)))"#;
    let error = context.run_wasm_from_buffer::<()>(wasm(text), "run", ()).unwrap_err();
    assert_eq!(error.trap_code(), Some(vm::TrapCode::Unreachable));
    assert!(error.to_string().contains("in `trap`, called by host function `host.call`"), "{error}");
}

#[test]
fn references_go_through_host_functions() {
    let engine = Engine::new().unwrap();
    let mut context = Context::new(&engine).unwrap();
    let dropped = Arc::new(AtomicU32::new(0));
    struct Counted(Arc<AtomicU32>);
    impl Drop for Counted {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
    let count = Arc::clone(&dropped);
    let make = move |caller: Caller<'_>| caller.create_extern_ref(Counted(Arc::clone(&count))).map(Some);
    let same = |_: Caller<'_>, reference: Option<ExternRef>| reference;
    let is_mine = |caller: Caller<'_>, reference: Option<ExternRef>| -> vm::Result<bool> {
        Ok(caller.extern_ref::<Counted>(&reference.ok_or("it is null").map_err(Error::new)?)?.is_some())
    };
    let call = |mut caller: Caller<'_>, func: Option<FuncRef>| caller.call_ref::<i32>(&func.unwrap(), ());
    let host = context.module("host").unwrap();
    host.function("make", make)
        .unwrap()
        .function("same", same)
        .unwrap()
        .function("is_mine", is_mine)
        .unwrap()
        .function("call", call)
        .unwrap();
    let text = r#"(module (import "host" "make" (func $make (result externref))) (import "host" "call" (func $call (param funcref) (result i32)))
        (import "host" "same" (func $same (param externref) (result externref)))
        (import "host" "is_mine" (func $is_mine (param externref) (result i32)))
        (elem declare func $five) (func $five (result i32) (i32.const 5))
        (func (export "run") (result i32) (i32.add (call $is_mine (call $same (call $make))) (call $call (ref.func $five))))
        (func (export "give") (result externref) (call $make)))"#;
    let instance = context.instantiate(&Module::from_buffer(&engine, wasm(text)).unwrap()).unwrap();
    for _ in 0..1000 {
        assert_eq!(instance.call::<i32>(&mut context, "run", ()).unwrap(), 6);
    }
    let given: Option<ExternRef> = instance.call(&mut context, "give", ()).unwrap();
    assert!(given.unwrap().get::<Counted>(&mut context).unwrap().is_some());
    drop(context);
    assert_eq!(dropped.load(Ordering::Relaxed), 1001);
}

#[test]
fn types_may_be_known_at_run_time_only() {
    let mut host = HostModule::new("host");
    let ty = FuncType::new([ValType::I32, ValType::I64], [ValType::I64, ValType::I32]);
    let swap = |_: Caller<'_>, args: &[Value]| -> Result<Vec<Value>, Error> { Ok(vec![args[1].clone(), args[0].clone()]) };
    host.function_with_type("swap", ty.clone(), swap).unwrap();
    let short = |_: Caller<'_>, _: &[Value]| -> Result<Vec<Value>, &str> { Ok(Vec::new()) };
    host.function_with_type("short", ty.clone(), short).unwrap();
    let wrong = |_: Caller<'_>, args: &[Value]| -> Result<Vec<Value>, &str> { Ok(args.to_vec()) };
    host.function_with_type("wrong", ty, wrong).unwrap();
    let mut context = Context::new(&Engine::new().unwrap()).unwrap();
    context.register_module(&host).unwrap();
    let ty = "(param i32 i64) (result i64 i32)";
    let call = |name: &str| format!(r#"(func (export "{name}") (result i64 i32) (call ${name} (i32.const 1) (i64.const 2)))"#);
    let import = |name: &str| format!(r#"(import "host" "{name}" (func ${name} {ty}))"#);
    let names = ["swap", "short", "wrong"];
    let text = format!("(module {} {})", names.map(import).concat(), names.map(call).concat());
    let mut run = |name: &str| context.run_wasm_from_buffer::<(i64, i32)>(wasm(&text), name, ());
    assert_eq!(run("swap").unwrap(), (2, 1));
    assert!(fails(Status::TRAP, run("short")).contains("it returned 0 results, and its type (i32, i64) -> (i64, i32) has 2"));
    assert!(fails(Status::TRAP, run("wrong")).contains("returned i32 as its result 1, which must be i64"));
}

#[test]
fn a_host_module_is_sealed_when_it_is_registered() {
    let mut host = HostModule::new("host");
    host.function("f", || ()).unwrap();
    assert!(fails(Status::ALREADY_EXISTS, host.function("f", || ()).map(|_| ())).contains("already has an item `f`"));
    host.global("limit", false, 10_i64).unwrap().global("none", true, None::<ExternRef>).unwrap();
    host.memory("m", MemoryType { minimum: 1, maximum: Some(2), is_64: false, page_size: 65_536 }).unwrap();
    host.table("t", TableType { element: ValType::FuncRef, minimum: 1, maximum: None, is_64: false }).unwrap();
    let found = host.table("n", TableType { element: ValType::I32, minimum: 1, maximum: None, is_64: false });
    fails(Status::WRONG_TYPE, found.map(|_| ()));
    fails(Status::INVALID_ARGUMENT, host.set_permission("f", Some("")).map(|_| ()));
    host.set_permission("f", Some("host:f")).unwrap();
    let engine = Engine::new().unwrap();
    let text = r#"(module (import "host" "f" (func $f)) (import "host" "limit" (global i64)) (import "host" "m" (memory 1))
        (import "host" "t" (table 1 funcref)) (func (export "run") (call $f)))"#;
    for granted in [false, true] {
        let mut context = Context::new(&engine).unwrap();
        if granted {
            context.grant_permission("host", "host:f").unwrap();
        }
        context.register_module(&host).unwrap();
        let found = context.run_wasm_from_buffer::<()>(wasm(text), "run", ());
        assert_eq!(found.err().map(|error| error.status()), (!granted).then_some(Status::PLUGIN_PERMISSION));
    }
    let (mut context, _) = context_with("(module)");
    context.register_module(&host).unwrap();
    assert!(fails(Status::SEALED, host.function("g", || ()).map(|_| ())).contains("add `g` before registering it"));
    fails(Status::ALREADY_EXISTS, context.register_module(&host));
    fails(Status::ALREADY_EXISTS, context.module("host").unwrap().function("f", || ()).map(|_| ()));
}

#[test]
fn closures_are_dropped_with_their_contexts() {
    let held = Arc::new(());
    let engine = Engine::new().unwrap();
    let mut host = HostModule::new("host");
    let kept = Arc::clone(&held);
    host.function("f", move || assert_eq!(*kept, ())).unwrap();
    let contexts: Vec<_> = (0..3)
        .map(|_| {
            let mut context = Context::new(&engine).unwrap();
            context.register_module(&host).unwrap();
            let text = r#"(module (import "host" "f" (func $f)) (func (export "run") (call $f)))"#;
            context.run_wasm_from_buffer::<()>(wasm(text), "run", ()).unwrap();
            context
        })
        .collect();
    drop(host);
    assert_eq!(Arc::strong_count(&held), 2);
    drop(contexts);
    assert_eq!(Arc::strong_count(&held), 1);
}
