//! Recordings, replays and traces.

use crate::{fails, wasm};
use std::io::{self, Write};
use std::sync::{Arc, Mutex};
use vm::{Context, ContextConfig, Engine, ExternRef, Module, Status, TraceKind, Value};

const GUEST: &str = r#"(module (import "host" "time" (func $time (result i64))) (import "host" "fill" (func $fill (param i32)))
    (memory (export "memory") 1)
    (func (export "run") (result i64) (call $fill (i32.const 16)) (i64.add (call $time) (i64.load (i32.const 16)))))"#;

#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn context() -> Context {
    let mut context = Context::new(&Engine::new().unwrap()).unwrap();
    let host = context.module("host").unwrap().function("time", || 1000_i64).unwrap();
    host.function("fill", |mut caller: vm::Caller<'_>, address: u32| caller.write_memory(address.into(), &[7])).unwrap();
    context
}

#[test]
fn a_recording_is_replayed_without_the_host() {
    let written = Shared::default();
    let mut recorded = context();
    recorded.record_to_writer(written.clone()).unwrap();
    fails(Status::ALREADY_EXISTS, recorded.record_to_writer(Shared::default()));
    assert_eq!(recorded.run_wasm_from_buffer::<i64>(wasm(GUEST), "run", ()).unwrap(), 1007);
    recorded.stop_recording().unwrap();
    fails(Status::NOT_FOUND, recorded.stop_recording());
    fails(Status::SEALED, recorded.record_to_writer(Shared::default()));

    let bytes = written.0.lock().unwrap().clone();
    let mut replay = Context::new(&Engine::new().unwrap()).unwrap();
    replay.replay_from_buffer(bytes.clone()).unwrap();
    assert_eq!(replay.run_wasm_from_buffer::<i64>(wasm(GUEST), "run", ()).unwrap(), 1007);
    replay.stop_recording().unwrap();
    let mut other = Context::new(&Engine::new().unwrap()).unwrap();
    other.replay_from_buffer(&bytes[..]).unwrap();
    fails(Status::REPLAY_DIFFERS, other.run_wasm_from_buffer::<()>(wasm("(module (func (export \"run\")))"), "run", ()));
    let mut other = Context::new(&Engine::new().unwrap()).unwrap();
    fails(Status::BAD_RECORDING, other.replay_from_buffer(*b"not a recording"));
    fails(Status::FILE_NOT_FOUND, other.replay_from_file("nowhere.recording"));
    fails(Status::FILE_NOT_FOUND, other.record_to_file("nowhere/a.recording"));
}

/// Fails or panics with the bytes after the first ones.
struct Failing(bool, usize);

impl Write for Failing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.1 += 1;
        match (self.1, self.0) {
            (1, _) => Ok(bytes.len()),
            (_, true) => panic!("on purpose"),
            _ => Err(io::Error::other("the disk is full")),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_writer_that_fails_ends_the_recording_alone() {
    for (panics, text) in [(false, "failed: the disk is full"), (true, "panicked: on purpose")] {
        let mut recorded = context();
        recorded.record_to_writer(Failing(panics, 0)).unwrap();
        assert_eq!(recorded.run_wasm_from_buffer::<i64>(wasm(GUEST), "run", ()).unwrap(), 1007);
        let found = fails(Status::IO, recorded.stop_recording());
        assert!(found.contains(&format!("the writer of the recording {text}")), "{found}");
    }
}

#[test]
fn calls_are_traced() {
    let text = r#"(module (import "host" "f" (func $f (param i32 externref) (result i64))) (func (export "run") (param externref)
        (drop (call $f (i32.const 3) (local.get 0)))))"#;
    let seen = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&seen);
    let mut config = ContextConfig::new();
    config.set_trace(move |event| {
        let name = (event.module().map(str::to_owned), event.function().map(str::to_owned));
        let outcome = (event.status(), event.values().collect::<Vec<_>>(), event.message().map(str::to_owned));
        assert!(event.instance().is_some() && event.plugin().is_none());
        kept.lock().unwrap().push((event.kind(), event.depth(), name, outcome));
        panic!("it is caught");
    });
    let engine = Engine::new().unwrap();
    let mut context = Context::with_config(&engine, &config).unwrap();
    let f = |_: i32, object: Option<ExternRef>| object.map(|_| 7_i64).ok_or("no object");
    context.module("host").unwrap().function("f", f).unwrap();
    let instance = context.instantiate(&Module::from_buffer(&engine, wasm(text)).unwrap()).unwrap();
    let object = ExternRef::new(&mut context, ()).unwrap();
    instance.call::<()>(&mut context, "run", Some(object)).unwrap();
    fails(Status::TRAP, instance.call::<()>(&mut context, "run", None::<ExternRef>));
    let seen = std::mem::take(&mut *seen.lock().unwrap());
    let kinds: Vec<_> = seen.iter().map(|(kind, depth, ..)| (*kind, *depth)).collect();
    let call = [(TraceKind::GuestCall, 0), (TraceKind::HostCall, 1), (TraceKind::HostReturn, 1), (TraceKind::GuestReturn, 0)];
    assert_eq!(kinds, [call, call].concat());
    assert_eq!(seen[1].2, (Some("host".to_owned()), Some("f".to_owned())));
    assert_eq!(seen[1].3.1, [Some(Value::I32(3)), None]);
    assert_eq!(seen[5].3.1, [Some(Value::I32(3)), Some(Value::ExternRef(None))]);
    assert_eq!((seen[6].3.0, seen[6].3.2.as_deref()), (Status::TRAP, seen[7].3.2.as_deref()));
    assert!(seen[6].3.2.as_deref().unwrap().contains("no object"));
}
