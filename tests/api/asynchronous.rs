//! Asynchronous host functions, started calls, and futures on an event loop.

use crate::executions::{Woken, block_on, poll_once};
use crate::{fails, wasm};
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::task::{Context as Task, Poll, Waker};
use std::time::Duration;
use vm::{Caller, Context, ContextConfig, Engine, EngineConfig, EventLoop, ExternRef, Instance, Module, Pending, Status, Value};

/// Is ready when it was opened; counts how often it is dropped.
#[derive(Clone, Default)]
pub struct Gate(Arc<Mutex<(bool, Vec<Waker>)>>, Arc<AtomicU32>);

impl Gate {
    pub fn open(&self) {
        let wakers = {
            let mut state = self.0.lock().unwrap();
            state.0 = true;
            std::mem::take(&mut state.1)
        };
        wakers.into_iter().for_each(Waker::wake);
    }

    pub fn wake(&self) {
        let wakers = self.0.lock().unwrap().1.clone();
        wakers.iter().for_each(Waker::wake_by_ref);
    }

    pub fn pass(&self) -> Passing {
        Passing(self.clone())
    }

    /// Returns whether a future waits.
    pub fn is_waited_for(&self) -> bool {
        !self.0.lock().unwrap().1.is_empty()
    }

    pub fn dropped(&self) -> u32 {
        self.1.load(Ordering::Relaxed)
    }
}

pub struct Passing(Gate);

impl Future for Passing {
    type Output = ();

    fn poll(self: Pin<&mut Self>, task: &mut Task<'_>) -> Poll<()> {
        let mut state = self.0.0.lock().unwrap();
        if state.0 {
            return Poll::Ready(());
        }
        state.1.push(task.waker().clone());
        Poll::Pending
    }
}

impl Drop for Passing {
    fn drop(&mut self) {
        self.0.1.fetch_add(1, Ordering::Relaxed);
    }
}

const GUEST: &str = r#"(module (import "host" "twice" (func $twice (param i32) (result i32)))
    (import "host" "name" (func $name (param i32 i32 externref) (result i32 externref)))
    (memory (export "memory") 1) (data (i32.const 8) "world")
    (func (export "run") (param i32) (result i32) (i32.add (call $twice (local.get 0)) (i32.const 1)))
    (func (export "named") (param externref) (result i32 externref) (call $name (i32.const 8) (i32.const 5) (local.get 0))))"#;

fn prepared(gate: &Gate) -> (Context, Instance) {
    let engine = Engine::with_config(EngineConfig::new().set_interruptible(true)).unwrap();
    let mut context = Context::new(&engine).unwrap();
    let (one, two) = (gate.clone(), gate.clone());
    let twice = move |n: i32| {
        let gate = one.clone();
        async move {
            gate.pass().await;
            if n < 0 { Err(vm::Error::with_status(Status::USER, "it is negative")) } else { Ok(2 * n) }
        }
    };
    let name = move |text: String, object: Option<ExternRef>| {
        let gate = two.clone();
        async move {
            gate.pass().await;
            (text.len() as i32, object)
        }
    };
    let host = context.module("host").unwrap().async_function("twice", twice).unwrap();
    host.async_function("name", name).unwrap();
    let instance = context.instantiate(&Module::from_buffer(&engine, wasm(GUEST)).unwrap()).unwrap();
    (context, instance)
}

#[test]
fn a_guest_waits_for_a_future() {
    let gate = Gate::default();
    let (mut context, instance) = prepared(&gate);
    let woken = Arc::new(Woken::default());
    {
        let mut execution = pin!(context.start::<i32>(instance, "run", 20).unwrap());
        assert!(poll_once(execution.as_mut(), &woken).is_pending());
        // Woken for nothing, it is polled and waits again.
        gate.wake();
        assert_eq!(woken.0.load(Ordering::Relaxed), 1);
        assert!(poll_once(execution.as_mut(), &woken).is_pending());
        gate.open();
        gate.wake();
        assert_eq!(woken.0.load(Ordering::Relaxed), 2);
        let Poll::Ready(found) = poll_once(execution.as_mut(), &woken) else { panic!("it is ready") };
        assert_eq!(found.unwrap(), 41);
    }
    assert_eq!(gate.dropped(), 1);
    // Ready at once: nothing is suspended, and blocking calls do not wait.
    assert_eq!(instance.call::<i32>(&mut context, "run", 3).unwrap(), 7);
    let object = ExternRef::new(&mut context, "an object").unwrap();
    let (length, same) = instance.call::<(i32, Option<ExternRef>)>(&mut context, "named", Some(object.clone())).unwrap();
    let same = same.unwrap().get::<&str>(&mut context).unwrap();
    assert_eq!((length, same), (5, object.get(&mut context).unwrap()));
    let found = fails(Status::USER, instance.call::<i32>(&mut context, "run", -1));
    assert!(found.contains("it is negative"), "{found}");
}

#[test]
fn a_blocking_call_waits_for_a_future_of_another_thread() {
    let gate = Gate::default();
    let (mut context, instance) = prepared(&gate);
    let object = ExternRef::new(&mut context, 5).unwrap();
    let opens = gate.clone();
    let other = std::thread::spawn(move || {
        while !opens.is_waited_for() {
            std::thread::yield_now();
        }
        opens.wake();
        opens.open();
    });
    // The reference is held while the guest waits.
    let (_, same) = instance.call::<(i32, Option<ExternRef>)>(&mut context, "named", Some(object)).unwrap();
    assert_eq!(same.unwrap().get::<i32>(&mut context).unwrap().as_deref(), Some(&5));
    other.join().unwrap();
}

#[test]
fn a_future_ends_with_the_wait_for_it() {
    let gate = Gate::default();
    let (mut context, instance) = prepared(&gate);
    drop(context.start::<i32>(instance, "run", 1).unwrap());
    assert_eq!(gate.dropped(), 1);
    // Long enough to call the host on a slow machine.
    context.set_timeout(Some(Duration::from_millis(600))).unwrap();
    fails(Status::TIMEOUT, instance.call::<i32>(&mut context, "run", 1));
    assert_eq!(gate.dropped(), 2);
    context.set_timeout(None).unwrap();
    let mut execution = context.start::<i32>(instance, "run", 1).unwrap();
    context.reset().unwrap();
    fails(Status::CANCELLED, execution.wait(None));
    assert_eq!(gate.dropped(), 3);
    let instance = {
        let engine = Engine::new().unwrap();
        let mut context = Context::with_config(&engine, ContextConfig::new().set_may_block(false)).unwrap();
        let waits = gate.clone();
        let host = context.module("host").unwrap();
        host.async_function("f", move || {
            let gate = waits.clone();
            async move { gate.pass().await }
        })
        .unwrap();
        let text = r#"(module (import "host" "f" (func $f)) (func (export "run") (call $f)))"#;
        fails(Status::WOULD_BLOCK, context.run_wasm_from_buffer::<()>(wasm(text), "run", ()))
    };
    assert!(instance.contains("host.f"), "{instance}");
    assert_eq!(gate.dropped(), 4);
    // What wakes a future that is gone does nothing.
    gate.open();
    gate.wake();
}

pub struct PanicsWhenDropped;

impl Drop for PanicsWhenDropped {
    fn drop(&mut self) {
        panic!("in drop");
    }
}

#[test]
fn panics_of_futures_are_traps() {
    let engine = Engine::new().unwrap();
    let mut context = Context::new(&engine).unwrap();
    let host = context.module("host").unwrap();
    let host = host
        .async_function("now", || async {
            if true {
                panic!("at once")
            }
        })
        .unwrap();
    let host = host.async_function("later", || {
        let mut polls = 0;
        poll_fn(move |task| {
            polls += 1;
            task.waker().wake_by_ref();
            if polls < 3 { Poll::<()>::Pending } else { panic!("later") }
        })
    });
    let host = host.unwrap().async_function("drop", || {
        let guard = PanicsWhenDropped;
        async move {
            let _guard = guard;
            std::future::pending::<()>().await;
        }
    });
    let never = || -> std::future::Ready<()> { panic!("no future") };
    host.unwrap().async_function("never", never).unwrap();
    let text = r#"(module (import "host" "now" (func $now)) (import "host" "later" (func $later)) (import "host" "drop" (func $drop))
        (import "host" "never" (func $never)) (func (export "now") (call $now)) (func (export "later") (call $later))
        (func (export "drop") (call $drop)) (func (export "never") (call $never)))"#;
    let instance = context.instantiate(&Module::from_buffer(&engine, wasm(text)).unwrap()).unwrap();
    for (name, text) in [("now", "it panicked: at once"), ("later", "it panicked: later"), ("never", "it panicked: no future")] {
        let found = fails(Status::TRAP, instance.call::<()>(&mut context, name, ()));
        assert!(found.contains(text), "{found}");
        let found = fails(Status::TRAP, block_on(context.start::<()>(instance, name, ()).unwrap()));
        assert!(found.contains(text), "{found}");
    }
    drop(context.start::<()>(instance, "drop", ()).unwrap());
    let execution = context.start::<()>(instance, "drop", ()).unwrap();
    drop(context);
    fails(Status::CANCELLED, block_on(execution));
}

#[test]
fn a_suspended_function_calls_its_guest() {
    let text = r#"(module (import "host" "through" (func $through (param i32) (result i32)))
        (import "host" "wait" (func $wait (param i32) (result i32)))
        (func (export "inner") (param i32) (result i32) (if (i32.lt_s (local.get 0) (i32.const 0)) (then unreachable))
            (call $wait (local.get 0)))
        (func (export "run") (param i32) (result i32) (call $through (local.get 0))))"#;
    let (gate, engine) = (Gate::default(), Engine::new().unwrap());
    let mut context = Context::new(&engine).unwrap();
    let through = |caller: Caller<'_>, n: i32| -> vm::Result<Pending<vm::Result<i32>>> {
        let inner = caller.export("inner")?;
        assert_eq!(caller.func_type(&inner)?, vm::FuncType::new([vm::ValType::I32], [vm::ValType::I32]));
        fails(Status::WRONG_COUNT, caller.start_call(&inner, (), |_, _| ()).map(|_| ()));
        caller.start_call(&inner, n, move |caller, results| match results {
            Ok(values) => match values[..] {
                [Value::I32(7)] => panic!("on purpose"),
                [Value::I32(found)] => Ok(found + 1),
                ref other => panic!("{other:?}"),
            },
            Err(error) => {
                assert!(caller.export("run").is_ok());
                Err(vm::Error::new(format!("inside: {}", error.message())))
            }
        })
    };
    let waits = gate.clone();
    let wait = move |n: i32| {
        let gate = waits.clone();
        async move {
            gate.pass().await;
            n
        }
    };
    context.module("host").unwrap().function("through", through).unwrap().async_function("wait", wait).unwrap();
    let instance = context.instantiate(&Module::from_buffer(&engine, wasm(text)).unwrap()).unwrap();
    let woken = Arc::new(Woken::default());
    {
        let mut execution = pin!(context.start::<i32>(instance, "run", 5).unwrap());
        assert!(poll_once(execution.as_mut(), &woken).is_pending());
        gate.open();
        let Poll::Ready(found) = poll_once(execution.as_mut(), &woken) else { panic!("it is ready") };
        assert_eq!(found.unwrap(), 6);
    }
    let found = fails(Status::TRAP, instance.call::<i32>(&mut context, "run", -1));
    assert!(found.contains("inside: ") && found.contains("unreachable"), "{found}");
    let found = fails(Status::TRAP, instance.call::<i32>(&mut context, "run", 7));
    assert!(found.contains("it panicked: on purpose"), "{found}");
}

#[test]
fn a_loop_runs_futures() {
    let event_loop = EventLoop::new().unwrap();
    let (gate, (sender, results)) = (Gate::default(), mpsc::channel());
    for n in 0..20 {
        let (mut context, instance) = prepared(&gate);
        let sender = sender.clone();
        let run = async move {
            sender.send(context.start::<i32>(instance, "run", n)?.await?).unwrap();
            Ok::<(), vm::Error>(())
        };
        event_loop.spawn(run).unwrap();
    }
    event_loop.spawn(async { panic!("it is caught") }).unwrap();
    event_loop.run_once(Some(Duration::ZERO)).unwrap();
    assert!(results.try_recv().is_err());
    let opens = gate.clone();
    let other = std::thread::spawn(move || opens.open());
    let mut sum = 0;
    event_loop
        .block_on(poll_fn(|task| {
            sum += results.try_iter().sum::<i32>();
            task.waker().wake_by_ref();
            if sum < 400 { Poll::Pending } else { Poll::Ready(()) }
        }))
        .unwrap();
    assert_eq!(sum, 400);
    other.join().unwrap();
    assert_eq!(event_loop.block_on(async { 5 }).unwrap(), 5);
    let inside = event_loop.clone();
    let nested = event_loop.clone();
    event_loop
        .block_on(async move { nested.spawn(async move { fails(Status::REENTRANT, inside.run_once(None)) }) })
        .unwrap()
        .unwrap();
    event_loop.run_once(Some(Duration::ZERO)).unwrap();
}

#[test]
fn futures_are_dropped_with_their_loop() {
    let (event_loop, gate) = (EventLoop::new().unwrap(), Gate::default());
    let (mut context, instance) = prepared(&gate);
    event_loop.spawn(async move { context.start::<i32>(instance, "run", 1)?.await }).unwrap();
    let waits = gate.pass();
    event_loop.spawn(waits).unwrap();
    let never_polled = gate.pass();
    event_loop.run_once(Some(Duration::ZERO)).unwrap();
    event_loop.spawn(never_polled).unwrap();
    assert_eq!(gate.dropped(), 0);
    drop(event_loop);
    assert_eq!(gate.dropped(), 3);
    gate.open();
}
