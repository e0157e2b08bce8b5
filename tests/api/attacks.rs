//! What a host in Rust can do wrong without `unsafe`: panics where they are least expected, lengths that are not possible, objects that are
//! dropped while they are used.

use crate::{fails, wasm};
use std::panic::panic_any;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use vm::{Caller, Context, Engine, EngineConfig, Instance, Module, Result, Status};

struct PanicsWhenDropped;

impl Drop for PanicsWhenDropped {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            panic!("in drop");
        }
    }
}

const GUEST: &str = r#"(module (import "host" "f" (func $f (result i32))) (memory (export "memory") 1) (func (export "run") (result i32) (call $f)))"#;

fn with(f: impl Fn(Caller<'_>) -> Result<i32> + Send + Sync + 'static) -> (Context, Instance) {
    let engine = Engine::with_config(EngineConfig::new().set_interruptible(true)).unwrap();
    let mut context = Context::new(&engine).unwrap();
    context.module("host").unwrap().function("f", f).unwrap();
    let instance = context.instantiate(&Module::from_buffer(&engine, wasm(GUEST)).unwrap()).unwrap();
    (context, instance)
}

#[test]
fn a_panic_may_carry_what_panics() {
    let (mut context, instance) = with(|_| panic_any(PanicsWhenDropped));
    let error = instance.call::<i32>(&mut context, "run", ()).unwrap_err();
    assert!(error.message().contains("a panic without a message"), "{error}");
}

#[test]
fn an_object_that_panics_when_it_is_dropped() {
    let (mut context, instance) = with(|caller| {
        drop(caller.create_extern_ref(PanicsWhenDropped)?);
        Ok(1)
    });
    for _ in 0..2 {
        assert_eq!(instance.call::<i32>(&mut context, "run", ()).unwrap(), 1);
    }
    context.reset().unwrap();
    fails(Status::STALE, instance.call::<i32>(&mut context, "run", ()));
}

#[test]
fn a_closure_that_panics_when_it_is_dropped() {
    let guard = PanicsWhenDropped;
    let (context, _) = with(move |_| {
        let _ = &guard;
        Ok(1)
    });
    assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(context))).is_err());
}

#[test]
fn lengths_are_checked() {
    let (mut context, instance) = with(|mut caller| {
        assert!(caller.memory_span(u64::MAX, 1).is_err());
        assert!(caller.memory_span(1, u64::MAX).is_err());
        assert!(caller.memory_span(65_536, 0)?.is_empty());
        assert!(caller.memory_span(65_537, 0).is_err());
        caller.read_memory(65_536, &mut [])?;
        Ok(1)
    });
    instance.call::<i32>(&mut context, "run", ()).unwrap();
    let memory = instance.memory(&mut context, "memory").unwrap();
    assert!(memory.span(&mut context, u64::MAX, u64::MAX).is_err());
    assert!(memory.span(&mut context, 65_536, 0).unwrap().is_empty());
    assert!(memory.grow(&mut context, u64::MAX).is_err());
    context.set_timeout(Some(Duration::MAX)).unwrap();
    context.set_compute_limit(Some(Duration::MAX)).unwrap();
    context.set_slice(Some(Duration::MAX)).unwrap();
    instance.call::<i32>(&mut context, "run", ()).unwrap();
    context.set_timeout(Some(Duration::ZERO)).unwrap();
    fails(Status::TIMEOUT, instance.call::<i32>(&mut context, "run", ()));
}

#[test]
fn a_context_is_dropped_in_its_own_callback() {
    let slot: Arc<Mutex<Option<Context>>> = Arc::default();
    let count = Arc::<AtomicU32>::default();
    let counted = Arc::clone(&count);
    let inside = Arc::clone(&slot);
    let (mut context, instance) = {
        let engine = Engine::new().unwrap();
        let mut context = Context::new(&engine).unwrap();
        let host = context.module("host").unwrap();
        host.async_function("f", move || {
            let (inside, counted) = (Arc::clone(&inside), Arc::clone(&counted));
            let mut polls = 0;
            std::future::poll_fn(move |task| {
                polls += 1;
                counted.fetch_add(1, Ordering::Relaxed);
                if polls == 1 {
                    task.waker().wake_by_ref();
                    return std::task::Poll::Pending;
                }
                drop(inside.lock().unwrap().take());
                std::task::Poll::Ready(9)
            })
        })
        .unwrap();
        let instance = context.instantiate(&Module::from_buffer(&engine, wasm(GUEST)).unwrap()).unwrap();
        (context, instance)
    };
    let mut execution = context.start::<i32>(instance, "run", ()).unwrap();
    *slot.lock().unwrap() = Some(context);
    // Its own call ends as it would have ended.
    assert_eq!((execution.wait(None).unwrap(), count.load(Ordering::Relaxed)), (9, 2));
}
