//! Executions, futures, suspension, budgets and cancelling.

use crate::{fails, wasm};
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::task::{Context as Task, Poll, Wake, Waker};
use std::time::Duration;
use vm::{Caller, Completer, Context, Engine, EngineConfig, ExecutionState, HostModule, Instance, Module, Pending, Status, Tier};

const GUEST: &str = r#"(module (import "host" "ask" (func $ask (param i32) (result i32)))
    (func (export "run") (param i32) (result i32) (i32.add (call $ask (local.get 0)) (i32.const 1)))
    (func (export "count") (param i32) (result i32) (local i32)
        (loop $l (local.set 1 (i32.add (local.get 1) (i32.const 1))) (br_if $l (i32.lt_u (local.get 1) (local.get 0)))) (local.get 1))
    (func (export "endless") (loop $l (br $l))))"#;

type Asked = mpsc::Receiver<(i32, Completer<i32>)>;

fn prepared(config: &EngineConfig) -> (Context, Instance, Asked) {
    let engine = Engine::with_config(config).unwrap();
    let mut context = Context::new(&engine).unwrap();
    let (sender, asked) = mpsc::channel();
    let sender = Mutex::new(sender);
    let ask = move |caller: Caller<'_>, n: i32| -> vm::Result<Pending<i32>> {
        let (completer, pending) = caller.suspend()?;
        sender.lock().unwrap().send((n, completer)).map_err(|_| vm::Error::new("nobody listens"))?;
        Ok(pending)
    };
    context.module("host").unwrap().function("ask", ask).unwrap();
    let instance = context.instantiate(&Module::from_buffer(&engine, wasm(GUEST)).unwrap()).unwrap();
    (context, instance, asked)
}

/// Counts how often its task is woken.
#[derive(Default)]
pub struct Woken(pub AtomicU32, Mutex<Option<std::thread::Thread>>);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
        self.1.lock().unwrap().as_ref().inspect(|thread| thread.unpark());
    }
}

pub fn poll_once<F: Future>(future: Pin<&mut F>, woken: &Arc<Woken>) -> Poll<F::Output> {
    future.poll(&mut Task::from_waker(&Waker::from(Arc::clone(woken))))
}

/// A small executor.
pub fn block_on<F: Future>(future: F) -> F::Output {
    let woken = Arc::new(Woken(AtomicU32::new(0), Mutex::new(Some(std::thread::current()))));
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = poll_once(future.as_mut(), &woken) {
            return output;
        }
        std::thread::park();
    }
}

#[test]
fn a_future_is_woken_when_the_guest_can_go_on() {
    let (mut context, instance, asked) = prepared(&EngineConfig::new());
    let woken = Arc::new(Woken::default());
    let mut execution = pin!(context.start::<i32>(instance, "run", 5).unwrap());
    assert_eq!(execution.state(), ExecutionState::Pending);
    assert!(poll_once(execution.as_mut(), &woken).is_pending());
    assert!(poll_once(execution.as_mut(), &woken).is_pending());
    let (n, completer) = asked.recv().unwrap();
    assert_eq!((n, woken.0.load(Ordering::Relaxed)), (5, 0));
    fails(Status::BUSY, instance.call::<i32>(&mut context, "count", 1));
    std::thread::spawn(move || completer.complete(40)).join().unwrap().unwrap();
    assert_eq!((execution.state(), woken.0.load(Ordering::Relaxed)), (ExecutionState::Ready, 1));
    let Poll::Ready(found) = poll_once(execution.as_mut(), &woken) else { panic!("it has ended") };
    assert_eq!(found.unwrap(), 41);
    assert_eq!(instance.call::<i32>(&mut context, "count", 3).unwrap(), 3);
}

#[test]
fn many_guests_run_on_one_thread() {
    let (sender, pairs) = mpsc::channel();
    let answers = std::thread::spawn(move || {
        for asked in pairs {
            let asked: Asked = asked;
            asked.iter().for_each(|(n, completer)| completer.complete(n * 10).unwrap());
        }
    });
    let total = block_on(async {
        let mut total = 0;
        for n in 0..20 {
            let (mut context, instance, asked) = prepared(&EngineConfig::new());
            sender.send(asked).unwrap();
            total += context.start::<i32>(instance, "run", n).unwrap().await.unwrap();
        }
        total
    });
    assert_eq!(total, 1920);
    drop(sender);
    answers.join().unwrap();
}

#[test]
fn a_slice_gives_the_thread_back() {
    let (mut context, instance, _asked) = prepared(EngineConfig::new().set_interruptible(true));
    context.set_slice(Some(Duration::from_micros(1))).unwrap();
    let woken = Arc::new(Woken::default());
    let mut execution = pin!(context.start::<i32>(instance, "count", 1_000_000).unwrap());
    let mut polls = 0;
    let found = loop {
        polls += 1;
        match poll_once(execution.as_mut(), &woken) {
            Poll::Ready(found) => break found,
            Poll::Pending => assert!(woken.0.swap(0, Ordering::Relaxed) > 0, "it can go on"),
        }
    };
    assert_eq!(found.unwrap(), 1_000_000);
    assert!(polls > 3, "{polls}");
}

#[test]
fn an_execution_is_waited_for_once() {
    let (mut context, instance, asked) = prepared(&EngineConfig::new());
    let mut execution = context.start::<i32>(instance, "run", 1).unwrap();
    fails(Status::WOULD_BLOCK, execution.wait(Some(Duration::from_millis(1))));
    assert_eq!(execution.poll_once().unwrap(), None);
    asked.recv().unwrap().1.complete(2).unwrap();
    assert_eq!(execution.wait(None).unwrap(), 3);
    fails(Status::STALE, execution.wait(None));
    fails(Status::STALE, execution.cancel());
    fails(Status::WRONG_TYPE, context.start::<i64>(instance, "run", 1).map(|_| ()));
    fails(Status::WRONG_COUNT, context.start::<()>(instance, "run", 1).map(|_| ()));
    fails(Status::NOT_FOUND, context.start::<()>(instance, "walk", 1).map(|_| ()));
    let func = instance.function(&mut context, "count").unwrap();
    assert_eq!(func.start::<i32>(&mut context, 7).unwrap().wait(None).unwrap(), 7);
}

#[test]
fn an_instance_is_made_by_an_execution() {
    let engine = Engine::new().unwrap();
    let mut context = Context::new(&engine).unwrap();
    let module =
        Module::from_buffer(&engine, wasm(r#"(module (func $s) (start $s) (func (export "f") (result i32) (i32.const 6)))"#))
            .unwrap();
    let instance = context.start_instantiate(&module).unwrap().wait(None).unwrap();
    assert_eq!(instance.call::<i32>(&mut context, "f", ()).unwrap(), 6);
}

#[test]
fn calls_are_completed_failed_or_dropped() {
    let (mut context, instance, asked) = prepared(&EngineConfig::new());
    let mut run = |end: fn(Completer<i32>)| {
        let mut execution = context.start::<i32>(instance, "run", 1).unwrap();
        end(asked.recv().unwrap().1);
        execution.wait(None)
    };
    assert_eq!(run(|completer| completer.complete(1).unwrap()).unwrap(), 2);
    let found = fails(Status::TRAP, run(|completer| completer.fail(vm::Error::new("no answer")).unwrap()));
    assert!(found.contains("host function `host.ask` failed: no answer"), "{found}");
    let found = fails(Status::TRAP, run(drop));
    assert!(found.contains("the host has dropped the call without completing it"), "{found}");
    // A call that blocks waits for its completion.
    let answer = std::thread::spawn(move || asked.recv().unwrap().1.complete(9));
    assert_eq!(instance.call::<i32>(&mut context, "run", 1).unwrap(), 10);
    answer.join().unwrap().unwrap();
}

#[test]
fn the_end_of_a_wait_is_told() {
    let engine = Engine::with_config(EngineConfig::new().set_interruptible(true)).unwrap();
    let mut context = Context::new(&engine).unwrap();
    let told = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&told);
    let kept = Arc::new(Mutex::new(Vec::new()));
    let keep = Arc::clone(&kept);
    let ask = move |caller: Caller<'_>, _: i32| -> vm::Result<Pending<i32>> {
        let counted = Arc::clone(&counted);
        let (completer, pending) = caller.suspend_with_cancel(move || _ = counted.fetch_add(1, Ordering::Relaxed))?;
        keep.lock().unwrap().push(completer);
        Ok(pending)
    };
    context.module("host").unwrap().function("ask", ask).unwrap();
    let instance = context.instantiate(&Module::from_buffer(&engine, wasm(GUEST)).unwrap()).unwrap();
    let take = || kept.lock().unwrap().pop().unwrap();
    let mut execution = context.start::<i32>(instance, "run", 1).unwrap();
    execution.cancel().unwrap();
    fails(Status::CANCELLED, execution.wait(None));
    assert_eq!(told.load(Ordering::Relaxed), 1);
    fails(Status::STALE, take().complete(1));
    drop(context.start::<i32>(instance, "run", 1).unwrap());
    assert_eq!(told.load(Ordering::Relaxed), 2);
    drop(take());
    // Long enough to call the host on a slow machine.
    context.set_timeout(Some(Duration::from_millis(600))).unwrap();
    fails(Status::TIMEOUT, instance.call::<i32>(&mut context, "run", 1));
    assert_eq!(told.load(Ordering::Relaxed), 3);
    drop(take());
    context.set_timeout(None).unwrap();
    let mut execution = context.start::<i32>(instance, "run", 1).unwrap();
    take().complete(1).unwrap();
    execution.wait(None).unwrap();
    assert_eq!(told.load(Ordering::Relaxed), 3);
}

#[test]
fn a_future_ends_with_its_context() {
    let (mut context, instance, _asked) = prepared(&EngineConfig::new());
    let woken = Arc::new(Woken::default());
    let mut execution = pin!(context.start::<i32>(instance, "run", 5).unwrap());
    assert!(poll_once(execution.as_mut(), &woken).is_pending());
    drop(context);
    assert_eq!(woken.0.load(Ordering::Relaxed), 1);
    let Poll::Ready(found) = poll_once(execution.as_mut(), &woken) else { panic!("it has ended") };
    fails(Status::CANCELLED, found);
}

#[test]
fn guests_are_stopped() {
    let mut config = EngineConfig::new();
    let (mut context, instance, _asked) = prepared(config.set_interruptible(true).set_fuel_metering(true));
    context.set_fuel(10_000).unwrap();
    context.add_fuel(5).unwrap();
    assert_eq!(context.fuel().unwrap(), 10_005);
    fails(Status::OUT_OF_FUEL, instance.call::<()>(&mut context, "endless", ()));
    context.set_fuel(u64::MAX).unwrap();
    context.set_timeout(Some(Duration::from_millis(5))).unwrap();
    let found = fails(Status::TIMEOUT, instance.call::<()>(&mut context, "endless", ()));
    assert!(found.contains("in `endless`"), "{found}");
    context.set_timeout(None).unwrap();
    context.set_compute_limit(Some(Duration::from_millis(5))).unwrap();
    fails(Status::TIMEOUT, instance.call::<()>(&mut context, "endless", ()));
    context.set_compute_limit(None).unwrap();
    let id = context.cancel_id();
    let other = std::thread::spawn(move || id.cancel());
    fails(Status::CANCELLED, instance.call::<()>(&mut context, "endless", ()));
    other.join().unwrap().unwrap();
    fails(Status::STALE, vm::cancel(id));
    let (mut plain, _, _asked) = prepared(&EngineConfig::new());
    fails(Status::UNSUPPORTED, plain.set_fuel(1));
}

#[test]
fn a_host_function_can_have_the_stack_of_the_thread() {
    fn spread() -> i32 {
        let wide = std::hint::black_box([1_u8; 600 << 10]);
        i32::from(wide[wide.len() / 2])
    }
    let text = r#"(module (import "host" "spread" (func $spread (result i32))) (export "run" (func $run))
        (func $run (result i32) (call $spread)))"#;
    for tier in [Tier::Interpreter, Tier::Compiled] {
        let mut config = EngineConfig::new();
        config.set_tier(tier);
        let engine = match Engine::with_config(&config) {
            Err(error) if error.status() == Status::UNSUPPORTED => continue,
            engine => engine.unwrap(),
        };
        let module = match Module::from_buffer(&engine, wasm(text)) {
            // There is a cache, which does not have it, and no compiler.
            Err(error) if error.status() == Status::UNSUPPORTED => continue,
            module => module.unwrap(),
        };
        let mut context = Context::new(&engine).unwrap();
        let mut host = HostModule::new("host");
        fails(Status::NOT_FOUND, host.set_thread_stack("spread", true).map(|_| ()));
        host.function("spread", spread).unwrap().set_thread_stack("spread", true).unwrap();
        context.register_module(&host).unwrap();
        fails(Status::SEALED, host.set_thread_stack("spread", false).map(|_| ()));
        let instance = context.instantiate(&module).unwrap();
        let execution = context.start::<i32>(instance, "run", ()).unwrap();
        assert_eq!(block_on(execution).unwrap(), 1, "{tier:?}");
    }
}
