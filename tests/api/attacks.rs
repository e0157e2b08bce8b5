//! What a host in Rust can do wrong without `unsafe`: panics where they are least expected, lengths that are not possible, objects that are
//! dropped while they are used.

use crate::{fails, wasm};
use std::future::{Future, poll_fn};
use std::panic::panic_any;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};
use std::time::Duration;
use vm::{
    Answer, Caller, Context, ContextConfig, Engine, EngineConfig, Event, EventValues, Execution, HookPosition, Instance, Module,
    Result, Status,
};

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

type Slot<T> = Arc<Mutex<Option<T>>>;

/// A future that is pending once, and then runs `work`.
fn once_woken<T: 'static, W: FnMut() -> T + Send + 'static>(
    slot: &Slot<Waker>,
    mut work: W,
) -> impl Future<Output = T> + Send + use<T, W> {
    let slot = Arc::clone(slot);
    let mut is_woken = false;
    poll_fn(move |task| {
        if std::mem::replace(&mut is_woken, true) {
            return Poll::Ready(work());
        }
        *slot.lock().unwrap() = Some(task.waker().clone());
        Poll::Pending
    })
}

fn wake(slot: &Slot<Waker>) {
    slot.lock().unwrap().take().inspect(Waker::wake_by_ref);
}

#[test]
fn a_hook_that_drops_its_context_or_execution() {
    for drops_context in [true, false] {
        let (waker, context, execution) = (Slot::default(), Slot::<Context>::default(), Slot::<Execution<Answer>>::default());
        let mut own = Context::new(&Engine::new().unwrap()).unwrap();
        let (woken, kept, started) = (Arc::clone(&waker), Arc::clone(&context), Arc::clone(&execution));
        let hook = move |_: EventValues| {
            let (kept, started) = (Arc::clone(&kept), Arc::clone(&started));
            once_woken(&woken, move || {
                drop(if drops_context { kept.lock().unwrap().take() } else { None });
                // Another event of the context, which can go on, but not in here.
                let mut other = started.lock().unwrap().take().unwrap();
                fails(Status::REENTRANT, other.poll_once());
                fails(Status::REENTRANT, other.wait(None));
                Ok(Answer::Complete)
            })
        };
        own.add_async_hook("test.drops", HookPosition::First, hook).unwrap();
        let mut events = [Event::new("test.drops").unwrap(), Event::new("test.drops").unwrap()];
        *execution.lock().unwrap() = Some(own.start_hooks(&mut events[0]).unwrap());
        wake(&waker);
        let mut execution = own.start_hooks(&mut events[1]).unwrap();
        *context.lock().unwrap() = Some(own);
        wake(&waker);
        assert_eq!(execution.wait(None).unwrap(), Answer::Complete);
        events[0].set("free", 1).unwrap();
        events[1].set("free", 1).unwrap();
        assert_eq!(context.lock().unwrap().is_none(), drops_context);
    }
}

#[test]
fn a_future_that_owns_the_execution_of_its_event() {
    let waker = Slot::default();
    let execution = Slot::<Execution<Answer>>::default();
    let mut context = Context::new(&Engine::new().unwrap()).unwrap();
    let (woken, owned) = (Arc::clone(&waker), Arc::clone(&execution));
    let hook = move |_: EventValues| {
        let _own = Arc::clone(&owned);
        once_woken(&woken, move || {
            let _ = &_own;
            Ok(Answer::Complete)
        })
    };
    context.add_async_hook("test.own", HookPosition::First, hook).unwrap();
    let mut event = Event::new("test.own").unwrap();
    let started = context.start_hooks(&mut event).unwrap();
    *execution.lock().unwrap() = Some(started);
    drop(execution);
    wake(&waker);
    fails(Status::BUSY, event.set("free", 1));
    drop(context);
    event.set("free", 1).unwrap();
}

#[test]
fn a_future_that_panics_when_it_is_dropped() {
    let waker = Slot::default();
    let mut config = ContextConfig::new();
    let mut context = Context::with_config(&Engine::new().unwrap(), config.set_may_block(false)).unwrap();
    let woken = Arc::clone(&waker);
    let hook = move |_: EventValues| {
        let guard = PanicsWhenDropped;
        let waits = once_woken(&woken, || ());
        async move {
            waits.await;
            let _guard = guard;
            Ok(Answer::Complete)
        }
    };
    context.add_async_hook("test.drop", HookPosition::First, hook).unwrap();
    let mut event = Event::new("test.drop").unwrap();
    // Where the event cannot wait.
    fails(Status::WOULD_BLOCK, context.invoke_hooks(&mut event));
    // When it was cancelled.
    drop(context.start_hooks(&mut event).unwrap());
    // When it is ready.
    let mut execution = context.start_hooks(&mut event).unwrap();
    wake(&waker);
    let found = fails(Status::TRAP, execution.wait(None));
    assert_eq!(found, "the host's hook at `test.drop` failed: it panicked: in drop");
    event.set("free", 1).unwrap();
}

#[test]
fn events_are_woken_cancelled_and_dropped_at_the_same_time() {
    let text = r#"(module (func (export "run") (result i32) (i32.const 5)))"#;
    let engine = Engine::new().unwrap();
    let module = Module::from_buffer(&engine, wasm(text)).unwrap();
    let (mut answered, mut cancelled) = (0, 0);
    for round in 0..200 {
        let waker = Slot::default();
        let mut context = Context::new(&engine).unwrap();
        let instance = context.instantiate(&module).unwrap();
        let woken = Arc::clone(&waker);
        let hook = move |mut values: EventValues| once_woken(&woken, move || values.set("set", 1).map(|()| Answer::Complete));
        context.add_async_hook("test.race", HookPosition::First, hook).unwrap();
        let mut event = Event::new("test.race").unwrap();
        let mut execution = context.start_hooks(&mut event).unwrap();
        let wakes = std::thread::spawn(move || wake(&waker));
        // It is polled on another thread while the context is used here.
        let polls = std::thread::spawn(move || {
            if round % 4 == 3 {
                execution.cancel().unwrap();
            }
            execution.wait(None)
        });
        match round % 4 {
            // Busy while the other thread calls the hook.
            0 => assert!(
                instance.call::<i32>(&mut context, "run", ()).map_or_else(|error| error.status() == Status::BUSY, |n| n == 5)
            ),
            1 => context.reset().unwrap_or_else(|error| assert_eq!(error.status(), Status::BUSY)),
            2 => drop(context),
            _ => {}
        }
        wakes.join().unwrap();
        match polls.join().unwrap() {
            Ok(answer) => {
                assert_eq!((answer, event.integer("set").unwrap()), (Answer::Complete, 1));
                answered += 1;
            }
            Err(error) => {
                assert_eq!((error.status(), event.keys().len()), (Status::CANCELLED, 0));
                assert_ne!(round % 4, 0);
                cancelled += 1;
            }
        }
        event.set("free", 1).unwrap();
    }
    assert!(answered >= 50 && cancelled > 0, "{answered} {cancelled}");
}
