//! Pools of contexts.

use crate::{fails, wasm};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use vm::{Context, ContextConfig, ContextPool, Engine, EngineConfig, Module, PooledContext, Status};

const GUEST: &str = r#"(module (import "host" "one" (func $one (result i32))) (memory (export "memory") 1) (global $n (mut i32) (i32.const 0))
    (func (export "count") (result i32) (global.set $n (i32.add (global.get $n) (call $one))) (global.get $n)))"#;

fn pool(limit: usize, prepare: impl Fn(&mut Context) -> vm::Result<()> + Send + Sync + 'static) -> (ContextPool, Module) {
    let engine = Engine::with_config(EngineConfig::new().set_fuel_metering(true)).unwrap();
    let module = Module::from_buffer(&engine, wasm(GUEST)).unwrap();
    (ContextPool::new(&engine, &ContextConfig::new(), limit, prepare), module)
}

fn with_host(context: &mut Context) -> vm::Result<()> {
    context.set_fuel(100_000)?;
    context.module("host")?.function("one", || 1)?;
    Ok(())
}

fn count(context: &mut Context, module: &Module) -> i32 {
    let instance = context.instantiate(module).unwrap();
    instance.call(context, "count", ()).unwrap()
}

#[test]
fn a_context_returns_as_it_was_prepared() {
    let prepared = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&prepared);
    let (pool, module) = pool(2, move |context| {
        counted.fetch_add(1, Ordering::Relaxed);
        with_host(context)
    });
    pool.fill(1).unwrap();
    assert_eq!((pool.idle_count(), pool.taken_count(), prepared.load(Ordering::Relaxed)), (1, 0, 1));
    for _ in 0..3 {
        let mut context = pool.take().unwrap();
        assert_eq!(context.fuel().unwrap(), 100_000);
        assert_eq!(count(&mut context, &module), 1);
        context.set_fuel(1).unwrap();
    }
    let (one, two) = (pool.take().unwrap(), pool.take().unwrap());
    let error = pool.take().map(|_| ()).unwrap_err();
    assert_eq!((error.status(), error.is_retryable()), (Status::LIMIT, true));
    assert_eq!((pool.taken_count(), prepared.load(Ordering::Relaxed)), (2, 2));
    drop(one);
    // More was registered in it than by the function: it does not return.
    let mut two = two;
    two.module("other").unwrap().function("f", || ()).unwrap();
    drop(two);
    assert_eq!((pool.idle_count(), pool.taken_count()), (1, 0));
    fails(Status::LIMIT, pool.fill(3));
    let mut kept = pool.take().unwrap().into_context();
    assert_eq!((pool.idle_count(), pool.taken_count()), (0, 1));
    drop(pool);
    assert_eq!(count(&mut kept, &module), 1);
}

#[test]
fn threads_take_contexts() {
    let (pool, module) = pool(0, with_host);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..20).for_each(|_| assert_eq!(count(&mut pool.take().unwrap(), &module), 1)));
        }
    });
    assert_eq!(pool.taken_count(), 0);
    assert!((1..=4).contains(&pool.idle_count()), "{pool:?}");
    // A context may be returned on another thread, and after the pool.
    let context = pool.take().unwrap();
    drop(pool);
    std::thread::spawn(move || drop(context)).join().unwrap();
}

#[test]
fn a_function_that_fails_or_panics_leaves_nothing() {
    let (failing, _) = pool(1, |_| Err(vm::Error::with_status(Status::USER, "no permit")));
    assert!(fails(Status::USER, failing.take().map(|_| ())).contains("no permit"));
    let (panicking, _) = pool(1, |_| panic!("on purpose"));
    for _ in 0..2 {
        assert!(fails(Status::TRAP, panicking.take().map(|_| ())).contains("panicked: on purpose"));
    }
    let (instance, _) = pool(1, |context| {
        context.set_fuel(100)?;
        context.run_wasm_from_buffer(wasm("(module (func (export \"f\")))"), "f", ())
    });
    fails(Status::INVALID_ARGUMENT, instance.take().map(|_| ()));
    assert_eq!((failing.taken_count(), panicking.idle_count(), instance.idle_count()), (0, 0, 0));
}

#[test]
fn contexts_that_change_places_are_dropped_once() {
    let stolen = Arc::new(Mutex::new(Vec::new()));
    let place = Arc::clone(&stolen);
    let (thieving, _) = pool(1, move |context| {
        let other = Context::new(&Engine::new()?)?;
        place.lock().unwrap().push(std::mem::replace(context, other));
        Ok(())
    });
    let found = fails(Status::INVALID_ARGUMENT, thieving.take().map(|_| ()));
    assert!(found.contains("has put another context in the place of the new one"), "{found}");
    // The stolen one is a context like others, and occupies the pool until it is dropped.
    let text = r#"(module (func (export "f") (result i32) (i32.const 5)))"#;
    stolen.lock().unwrap()[0].set_fuel(100).unwrap();
    let engine_of_its_own = stolen.lock().unwrap()[0].run_wasm_from_buffer::<i32>(wasm(text), "f", ());
    assert_eq!(engine_of_its_own.unwrap(), 5);
    fails(Status::LIMIT, thieving.take().map(|_| ()));
    stolen.lock().unwrap().clear();
    fails(Status::INVALID_ARGUMENT, thieving.take().map(|_| ()));

    let ((one, module), (two, _)) = (pool(1, with_host), pool(1, with_host));
    let (mut first, mut second) = (one.take().unwrap(), two.take().unwrap());
    std::mem::swap::<Context>(&mut first, &mut second);
    drop((first, second));
    assert_eq!((one.idle_count(), one.taken_count(), two.idle_count(), two.taken_count()), (0, 0, 0, 0));
    let mut taken = one.take().unwrap();
    *taken = Context::new(&Engine::new().unwrap()).unwrap();
    drop(taken);
    assert_eq!(count(&mut one.take().unwrap(), &module), 1);
}

#[test]
fn a_context_in_use_does_not_return() {
    let (pool, module) = pool(1, with_host);
    let mut context = pool.take().unwrap();
    let instance = context.instantiate(&module).unwrap();
    let memory = instance.memory(&mut context, "memory").unwrap();
    std::mem::forget(memory.data(&mut context).unwrap());
    drop::<PooledContext>(context);
    assert_eq!(pool.idle_count(), 0);
    std::mem::forget(pool.clone());
}
