//! Hooks of the host, and events.

use crate::{fails, wasm};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use vm::{Answer, Context, Engine, Event, EventValue, HookEvent, HookPosition, Status};

#[test]
fn hooks_of_the_host_are_called_in_order() {
    let mut context = Context::new(&Engine::new().unwrap()).unwrap();
    context
        .add_hook("mail.accept", HookPosition::Last, |mail: &mut HookEvent<'_>| {
            let size = mail.integer("size")?;
            mail.set("size", size * 2)?;
            Ok(Answer::Complete)
        })
        .unwrap();
    context
        .add_hook("mail.accept", HookPosition::First, |mail: &mut HookEvent<'_>| {
            assert_eq!((mail.point(), mail.keys()), ("mail.accept", vec!["from".to_owned(), "size".to_owned()]));
            match &*mail.string("from")? {
                "spam" => Err(vm::Error::with_status(Status::PERMISSION_DENIED, "no spam")),
                "panic" => panic!("what a mail"),
                _ => mail.integer("size").and_then(|size| mail.set("size", size + 1)).map(|()| Answer::Continue),
            }
        })
        .unwrap();
    let mut invoke = |from: &str| {
        let mut mail = Event::new("mail.accept").unwrap();
        mail.set("from", from).unwrap();
        mail.set("size", 20).unwrap();
        context.invoke_hooks(&mut mail).map(|answer| (answer, mail.integer("size").unwrap()))
    };
    assert_eq!(invoke("a friend").unwrap(), (Answer::Complete, 42));
    let found = fails(Status::PERMISSION_DENIED, invoke("spam"));
    assert_eq!(found, "the host's hook at `mail.accept` failed: no spam");
    assert!(fails(Status::TRAP, invoke("panic")).contains("it panicked: what a mail"));
    let mut other = Event::new("mail.sent").unwrap();
    assert_eq!(context.invoke_hooks(&mut other).unwrap(), Answer::Continue);
    context.set_hook_timeout(Some(Duration::from_secs(1))).unwrap();
    fails(Status::INVALID_ARGUMENT, Event::new("").map(|_| ()));
}

#[test]
fn events_have_values() {
    let mut event = Event::new("test.point").unwrap();
    event.set("bytes", &b"a\0b"[..]).unwrap();
    event.set("text", String::from("text")).unwrap();
    event.set("number", 7_i64).unwrap();
    assert_eq!(event.get("bytes").unwrap(), Some(EventValue::Bytes(b"a\0b".to_vec())));
    assert_eq!((event.bytes("bytes").unwrap(), event.integer("number").unwrap()), (b"a\0b".to_vec(), 7));
    fails(Status::WRONG_TYPE, event.string("number"));
    event.remove("number").unwrap();
    fails(Status::NOT_FOUND, event.get("number"));
    fails(Status::INVALID_ARGUMENT, event.set("text", "a\0b"));
    fails(Status::INVALID_ARGUMENT, event.set("a\0b", 1));
    assert_eq!(event.keys(), ["bytes", "text"]);
}

#[test]
fn a_hook_sees_the_instances_of_its_context() {
    let mut context = Context::new(&Engine::new().unwrap()).unwrap();
    let seen = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&seen);
    let hook = move |_: &mut HookEvent<'_>| {
        count.fetch_add(1, Ordering::Relaxed);
        Ok(Answer::Continue)
    };
    context.add_hook("libvm.module.instantiated", HookPosition::First, hook).unwrap();
    let _: Result<(), _> = context.run_wasm_from_buffer(wasm(r#"(module (func (export "f")))"#), "f", ());
    assert_eq!(seen.load(Ordering::Relaxed), 1);
}
