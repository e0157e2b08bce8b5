//! Hooks that answer with a future, and started hooks.

use crate::asynchronous::{Gate, PanicsWhenDropped};
use crate::executions::{Woken, block_on, poll_once};
use crate::plugins::compiled;
use crate::{fails, wasm};
use std::future::poll_fn;
use std::pin::pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;
use vm::{
    Answer, Context, ContextConfig, Engine, Event, EventLoop, EventValue, EventValues, ExecutionState, HookEvent, HookPosition,
    PluginRegistry, Status,
};

fn context() -> Context {
    Context::new(&Engine::new().unwrap()).unwrap()
}

fn mail(subject: &str) -> Event {
    let mut mail = Event::new("mail.accept").unwrap();
    mail.set("subject", subject).unwrap();
    mail
}

/// Returns a context with a hook that waits until the gate is open, then adds to the subject, and does what it says.
fn prepared(gate: &Gate) -> Context {
    let mut context = context();
    add(&mut context, gate);
    context
}

fn add(context: &mut Context, gate: &Gate) {
    let gate = gate.clone();
    let hook = move |mut mail: EventValues| {
        let gate = gate.clone();
        async move {
            let subject = mail.string("subject")?;
            mail.set("subject", format!("{subject}, waited for"))?;
            gate.pass().await;
            match &*subject {
                "fail" => Err(vm::Error::with_status(Status::PERMISSION_DENIED, "no mail today")),
                "complete" => Ok(Answer::Complete),
                _ => Ok(Answer::Continue),
            }
        }
    };
    context.add_async_hook("mail.accept", HookPosition::First, hook).unwrap();
}

#[test]
fn an_event_waits_for_a_future() {
    let gate = Gate::default();
    let mut context = prepared(&gate);
    context
        .add_hook("mail.accept", HookPosition::Last, |mail: &mut HookEvent<'_>| {
            let subject = mail.string("subject")?;
            mail.set("subject", format!("{subject}, seen"))?;
            Ok(Answer::Continue)
        })
        .unwrap();
    let woken = Arc::new(Woken::default());
    let mut mail = mail("hello");
    {
        let mut execution = pin!(context.start_hooks(&mut mail).unwrap());
        assert_eq!(execution.state(), ExecutionState::Pending);
        assert!(poll_once(execution.as_mut(), &woken).is_pending());
        // The event can be read meanwhile, as it was; the hook has a copy.
        assert_eq!(mail.string("subject").unwrap(), "hello");
        let found = fails(Status::BUSY, mail.set("subject", "another one"));
        assert_eq!(found, "hooks at `mail.accept` are called with the event, or it waits for one of them");
        fails(Status::BUSY, mail.remove("subject"));
        fails(Status::BUSY, context.start_hooks(&mut mail).map(|_| ()));
        fails(Status::BUSY, context.invoke_hooks(&mut mail));
        // The context is free.
        let text = r#"(module (func (export "run") (result i32) (i32.const 5)))"#;
        assert_eq!(context.run_wasm_from_buffer::<i32>(wasm(text), "run", ()).unwrap(), 5);
        // Woken for nothing, the future is polled and waits again.
        gate.wake();
        assert_eq!((woken.0.load(Ordering::Relaxed), execution.state()), (1, ExecutionState::Ready));
        assert!(poll_once(execution.as_mut(), &woken).is_pending());
        assert_eq!(execution.state(), ExecutionState::Pending);
        gate.open();
        assert_eq!(woken.0.load(Ordering::Relaxed), 2);
        let Poll::Ready(found) = poll_once(execution.as_mut(), &woken) else { panic!("it is ready") };
        assert_eq!(found.unwrap(), Answer::Continue);
        fails(Status::STALE, execution.poll_once());
        fails(Status::STALE, execution.cancel());
    }
    assert_eq!((gate.dropped(), &*mail.string("subject").unwrap()), (1, "hello, waited for, seen"));
    // Ready at once: the event does not wait, and it is the same one.
    assert_eq!(context.invoke_hooks(&mut mail).unwrap(), Answer::Continue);
    assert_eq!(mail.string("subject").unwrap(), "hello, waited for, seen, waited for, seen");
    mail.set("subject", "complete").unwrap();
    let execution = context.start_hooks(&mut mail).unwrap();
    assert_eq!(execution.state(), ExecutionState::Done);
    assert_eq!(block_on(execution).unwrap(), Answer::Complete);
    assert_eq!(mail.string("subject").unwrap(), "complete, waited for");
    let mut other = Event::new("mail.sent").unwrap();
    assert_eq!(context.start_hooks(&mut other).unwrap().wait(None).unwrap(), Answer::Continue);
}

#[test]
fn a_failure_leaves_the_event_as_it_was() {
    let gate = Gate::default();
    let mut context = prepared(&gate);
    let mut mail = mail("fail");
    let mut execution = context.start_hooks(&mut mail).unwrap();
    let found = fails(Status::WOULD_BLOCK, execution.wait(Some(Duration::from_millis(1))));
    assert!(found.contains("it can be waited for again"), "{found}");
    assert_eq!(execution.poll_once().unwrap(), None);
    gate.open();
    let found = fails(Status::PERMISSION_DENIED, execution.wait(None));
    assert_eq!(found, "the host's hook at `mail.accept` failed: no mail today");
    assert_eq!(mail.string("subject").unwrap(), "fail");
    fails(Status::PERMISSION_DENIED, context.invoke_hooks(&mut mail));
    // What the hook asks for is checked in its copy as in the event.
    mail.remove("subject").unwrap();
    let found = fails(Status::NOT_FOUND, context.invoke_hooks(&mut mail));
    assert_eq!(found, "the host's hook at `mail.accept` failed: the event has no key `subject`");
}

#[test]
fn a_hook_changes_all_values() {
    let mut context = context();
    let kept = Arc::new(Mutex::new(None));
    let keep = Arc::clone(&kept);
    let hook = move |mut values: EventValues| {
        let keep = Arc::clone(&keep);
        async move {
            assert_eq!((values.point(), values.keys()), ("test.values", ["bytes", "number", "text"].map(String::from).to_vec()));
            assert_eq!((values.bytes("bytes")?, values.integer("number")?), (b"a\0b".to_vec(), 7));
            assert_eq!(values.get("text")?, Some(EventValue::String("text".into())));
            fails(Status::WRONG_TYPE, values.string("number"));
            fails(Status::INVALID_ARGUMENT, values.set("text", "a\0b"));
            values.remove("text")?;
            fails(Status::NOT_FOUND, values.remove("text"));
            values.set("number", 8)?;
            values.set("new", "value")?;
            // What is kept is a copy, whose changes are not those of the event any more.
            *keep.lock().unwrap() = Some(values);
            Ok(Answer::Continue)
        }
    };
    context.add_async_hook("test.values", HookPosition::Last, hook).unwrap();
    let mut event = Event::new("test.values").unwrap();
    event.set("bytes", &b"a\0b"[..]).unwrap();
    event.set("text", "text").unwrap();
    event.set("number", 7).unwrap();
    context.invoke_hooks(&mut event).unwrap();
    assert_eq!(event.keys(), ["bytes", "new", "number"]);
    assert_eq!((event.integer("number").unwrap(), &*event.string("new").unwrap()), (8, "value"));
    let mut kept = kept.lock().unwrap().take().unwrap();
    kept.set("number", 9).unwrap();
    assert_eq!((kept.string("new").unwrap(), event.integer("number").unwrap()), ("value".into(), 8));
}

#[test]
fn a_blocking_call_waits_for_a_hook() {
    let gate = Gate::default();
    let mut context = prepared(&gate);
    let opens = gate.clone();
    let other = std::thread::spawn(move || {
        while !opens.is_waited_for() {
            std::thread::yield_now();
        }
        opens.wake();
        opens.open();
    });
    let mut mail = mail("complete");
    assert_eq!(context.invoke_hooks(&mut mail).unwrap(), Answer::Complete);
    assert_eq!(mail.string("subject").unwrap(), "complete, waited for");
    other.join().unwrap();
}

#[test]
fn an_event_that_cannot_wait_is_answered_at_once() {
    let gate = Gate::default();
    let engine = Engine::new().unwrap();
    let mut context = Context::with_config(&engine, ContextConfig::new().set_may_block(false)).unwrap();
    add(&mut context, &gate);
    let found = fails(Status::WOULD_BLOCK, context.invoke_hooks(&mut mail("hello")));
    let expected = "the host's hook at `mail.accept` failed: the event cannot wait, because its context may not block; \
                    start the hooks instead of invoking them";
    assert_eq!((&*found, gate.dropped()), (expected, 1));
    let mut mail = mail("hello");
    let execution = context.start_hooks(&mut mail).unwrap();
    let waits = gate.clone();
    let hook = move |_: EventValues| {
        let gate = waits.clone();
        async move {
            gate.pass().await;
            Ok(Answer::Continue)
        }
    };
    context.add_async_hook("libvm.call.before", HookPosition::First, hook).unwrap();
    let text = r#"(module (func (export "run") (result i32) (i32.const 5)))"#;
    let found = fails(Status::UNSUPPORTED, context.run_wasm_from_buffer::<i32>(wasm(text), "run", ()));
    assert!(found.contains("an event of libvm itself cannot be suspended; answer it at once"), "{found}");
    assert_eq!(gate.dropped(), 2);
    gate.open();
    assert_eq!(context.run_wasm_from_buffer::<i32>(wasm(text), "run", ()).unwrap(), 5);
    assert_eq!(block_on(execution).unwrap(), Answer::Continue);
    assert_eq!(context.invoke_hooks(&mut mail).unwrap(), Answer::Continue);
    assert_eq!(mail.string("subject").unwrap(), "hello, waited for, waited for");
    fails(Status::INVALID_ARGUMENT, context.add_async_hook("", HookPosition::First, |_| async { Ok(Answer::Retry) }));
}

#[test]
fn a_future_ends_with_the_wait_for_it() {
    let gate = Gate::default();
    let mut context = prepared(&gate);
    let mut mail = mail("hello");
    drop(context.start_hooks(&mut mail).unwrap());
    assert_eq!(gate.dropped(), 1);
    // The event is free again, and unchanged.
    mail.set("sender", "a friend").unwrap();
    let mut execution = context.start_hooks(&mut mail).unwrap();
    execution.cancel().unwrap();
    assert_eq!(gate.dropped(), 1);
    let waited = "the event, which waited for the host's hook at `mail.accept`, was cancelled: the execution was cancelled";
    assert_eq!(fails(Status::CANCELLED, execution.wait(None)), waited);
    assert_eq!(gate.dropped(), 2);
    context.set_hook_timeout(Some(Duration::from_millis(1))).unwrap();
    let found = fails(Status::TIMEOUT, context.invoke_hooks(&mut mail));
    assert!(found.contains("the host's hook at `mail.accept` has not answered within 1 millisecond"), "{found}");
    fails(Status::TIMEOUT, block_on(context.start_hooks(&mut mail).unwrap()));
    assert_eq!(gate.dropped(), 4);
    context.set_hook_timeout(None).unwrap();
    let mut execution = context.start_hooks(&mut mail).unwrap();
    context.reset().unwrap();
    let found = fails(Status::CANCELLED, execution.wait(None));
    assert!(found.contains("the event of the hooks at `mail.accept`, which waited for one of them, was cancelled: "), "{found}");
    assert_eq!(gate.dropped(), 5);
    let woken = Arc::new(Woken::default());
    let mut execution = pin!(context.start_hooks(&mut mail).unwrap());
    assert!(poll_once(execution.as_mut(), &woken).is_pending());
    drop(context);
    assert_eq!((woken.0.load(Ordering::Relaxed), gate.dropped()), (1, 6));
    let Poll::Ready(found) = poll_once(execution.as_mut(), &woken) else { panic!("it has ended") };
    fails(Status::CANCELLED, found);
    assert_eq!((&*mail.string("subject").unwrap(), &*mail.string("sender").unwrap()), ("hello", "a friend"));
    // What wakes a future that is gone does nothing.
    gate.open();
    gate.wake();
    assert_eq!(woken.0.load(Ordering::Relaxed), 1);
}

#[test]
fn a_dropped_event_goes_on() {
    let (gate, seen) = (Gate::default(), Arc::new(Mutex::new(String::new())));
    let mut context = prepared(&gate);
    let sees = Arc::clone(&seen);
    context
        .add_hook("mail.accept", HookPosition::Last, move |mail: &mut HookEvent<'_>| {
            *sees.lock().unwrap() = mail.string("subject")?;
            Ok(Answer::Complete)
        })
        .unwrap();
    let mut execution = context.start_hooks(&mut mail("hello")).unwrap();
    gate.open();
    assert_eq!(execution.wait(None).unwrap(), Answer::Complete);
    assert_eq!(*seen.lock().unwrap(), "hello, waited for");
}

#[test]
fn a_wake_before_the_event_waits_is_kept() {
    let mut context = context();
    let hook = |_: EventValues| {
        let mut polls = 0;
        poll_fn(move |task| {
            polls += 1;
            match polls {
                1 => task.waker().wake_by_ref(),
                2 => {
                    let waker = task.waker().clone();
                    std::thread::spawn(move || waker.wake()).join().unwrap();
                }
                3 => {
                    let waker = task.waker().clone();
                    std::thread::spawn(move || {
                        std::thread::sleep(Duration::from_millis(1));
                        waker.wake();
                    });
                }
                _ => return Poll::Ready(Ok(Answer::Complete)),
            }
            Poll::Pending
        })
    };
    context.add_async_hook("test.wake", HookPosition::First, hook).unwrap();
    let mut event = Event::new("test.wake").unwrap();
    assert_eq!(context.invoke_hooks(&mut event).unwrap(), Answer::Complete);
    assert_eq!(block_on(context.start_hooks(&mut event).unwrap()).unwrap(), Answer::Complete);
}

#[test]
fn an_event_is_passed_again_to_an_asynchronous_hook() {
    let mut context = context();
    let hook = |mut event: EventValues| {
        let mut left = event.integer("left").unwrap();
        let mut woken = false;
        poll_fn(move |task| {
            if !std::mem::replace(&mut woken, true) {
                task.waker().wake_by_ref();
                return Poll::Pending;
            }
            left -= 1;
            event.set("left", left)?;
            Poll::Ready(Ok(if left == 0 { Answer::Complete } else { Answer::Retry }))
        })
    };
    context.add_async_hook("test.retry", HookPosition::First, hook).unwrap();
    let mut event = Event::new("test.retry").unwrap();
    event.set("left", 5).unwrap();
    assert_eq!(context.invoke_hooks(&mut event).unwrap(), Answer::Complete);
    assert_eq!(event.integer("left").unwrap(), 0);
    event.set("left", -1).unwrap();
    let found = fails(Status::LIMIT, block_on(context.start_hooks(&mut event).unwrap()));
    assert!(found.contains("the host's hook at `test.retry` returned VM_STATUS_RETRY once more after 100 retries"), "{found}");
    assert_eq!(event.integer("left").unwrap(), -102);
}

#[test]
fn panics_of_futures_fail_the_event() {
    let mut context = context();
    let mut add = |point: &str, polls: u32| {
        let hook = move |_: EventValues| {
            let mut left = polls;
            poll_fn(move |task| {
                assert!(left > 0, "on purpose");
                left -= 1;
                task.waker().wake_by_ref();
                Poll::Pending
            })
        };
        context.add_async_hook(point, HookPosition::First, hook).unwrap();
    };
    add("panic.now", 0);
    add("panic.later", 2);
    let never = |_: EventValues| -> std::future::Ready<vm::Result<Answer>> { panic!("on purpose") };
    context.add_async_hook("panic.never", HookPosition::First, never).unwrap();
    let dropped = |_: EventValues| {
        let guard = PanicsWhenDropped;
        async move {
            let _guard = guard;
            std::future::pending().await
        }
    };
    context.add_async_hook("panic.drop", HookPosition::First, dropped).unwrap();
    for point in ["panic.now", "panic.later", "panic.never"] {
        let mut event = Event::new(point).unwrap();
        let expected = format!("the host's hook at `{point}` failed: it panicked: on purpose");
        assert_eq!(fails(Status::TRAP, context.invoke_hooks(&mut event)), expected);
        assert_eq!(fails(Status::TRAP, block_on(context.start_hooks(&mut event).unwrap())), expected);
    }
    let mut event = Event::new("panic.drop").unwrap();
    drop(context.start_hooks(&mut event).unwrap());
    let execution = context.start_hooks(&mut event).unwrap();
    drop(context);
    fails(Status::CANCELLED, block_on(execution));
    event.set("free", 1).unwrap();
}

#[test]
fn a_thousand_events_wait_on_one_thread() {
    let event_loop = EventLoop::new().unwrap();
    let (gate, done) = (Gate::default(), Arc::new(AtomicU32::new(0)));
    let mut context = prepared(&gate);
    for n in 0..1_000 {
        let mut mail = mail(if n % 10 == 0 { "fail" } else { "complete" });
        let execution = context.start_hooks(&mut mail).unwrap();
        let done = Arc::clone(&done);
        let wait = async move {
            match execution.await {
                Ok(answer) => assert_eq!((answer, &*mail.string("subject").unwrap()), (Answer::Complete, "complete, waited for")),
                Err(error) => assert_eq!((n % 10, error.status()), (0, Status::PERMISSION_DENIED)),
            }
            done.fetch_add(1, Ordering::Relaxed);
        };
        event_loop.spawn(wait).unwrap();
    }
    event_loop.run_once(Some(Duration::ZERO)).unwrap();
    assert_eq!((done.load(Ordering::Relaxed), gate.dropped()), (0, 0));
    let opens = gate.clone();
    let other = std::thread::spawn(move || opens.open());
    while done.load(Ordering::Relaxed) < 1_000 {
        event_loop.run_once(Some(Duration::from_millis(100))).unwrap();
    }
    other.join().unwrap();
    assert_eq!(gate.dropped(), 1_000);
}

#[test]
fn an_event_waits_for_a_plugin() {
    let plugins = PluginRegistry::new();
    plugins.load_from_path(compiled("hooks")).unwrap();
    let gate = Gate::default();
    let mut context = context();
    context.register_plugins(&plugins).unwrap();
    let waits = gate.clone();
    let hook = move |mut event: EventValues| {
        let gate = waits.clone();
        async move {
            gate.pass().await;
            let trace = event.string("trace")?;
            event.set("trace", format!("{trace}host "))?;
            Ok(Answer::Continue)
        }
    };
    context.add_async_hook("chain", HookPosition::Last, hook).unwrap();
    let mut event = Event::new("chain").unwrap();
    event.set("hooks", "at once").unwrap();
    // The plug-in completes its event with an answer: the host's hook is not called.
    assert_eq!(block_on(context.start_hooks(&mut event).unwrap()).unwrap(), Answer::Complete);
    assert_eq!(event.string("trace").unwrap(), "hooks resumed-hooks ");
    event.set("hooks", 0).unwrap();
    let mut execution = context.start_hooks(&mut event).unwrap();
    assert_eq!(event.string("trace").unwrap(), "hooks resumed-hooks hooks ");
    gate.open();
    assert_eq!(execution.wait(None).unwrap(), Answer::Continue);
    assert_eq!(event.string("trace").unwrap(), "hooks resumed-hooks hooks host ");
    event.set("hooks", "pending").unwrap();
    context.set_hook_timeout(Some(Duration::from_millis(1))).unwrap();
    let found = fails(Status::TIMEOUT, block_on(context.start_hooks(&mut event).unwrap()));
    assert!(found.contains("the hook of plug-in `hooks` at `chain` has not answered within 1 millisecond"), "{found}");
}
