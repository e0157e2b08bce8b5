//! Sources and sinks of a host that do what a script says.

use super::*;
use crate::events::Batch;
use crate::log::Logger;
use crate::plugin::{GivenOptions, Grants};
use crate::status::{Result, Status};
use crate::user_data::UserData;
use libvm_abi::{self as abi, SinkDescriptor, SourceDescriptor, StreamEvent, StreamPart};
use std::collections::VecDeque;
use std::ffi::{CStr, c_void};
use std::ptr::{null, null_mut};
use std::sync::{Arc, Mutex};

/// What the functions of a source or sink answer, what was called, and the part that `open` got.
#[derive(Default)]
struct Script {
    answers: Mutex<VecDeque<Status>>,
    calls: Mutex<Vec<String>>,
    part: Mutex<Option<Copied>>,
}

struct Copied(StreamPart);

// SAFETY: a copy of a part may be used on any thread.
unsafe impl Send for Copied {}

impl Script {
    fn new(answers: &[Status]) -> Arc<Self> {
        Arc::new(Self { answers: Mutex::new(answers.iter().copied().collect()), ..Self::default() })
    }

    /// Notes a call, and returns the next answer; OK if there is none.
    fn call(&self, name: &str) -> Status {
        self.calls.lock().unwrap().push(name.to_owned());
        self.answers.lock().unwrap().pop_front().unwrap_or(abi::STATUS_OK)
    }

    fn calls(&self) -> String {
        std::mem::take(&mut *self.calls.lock().unwrap()).join(" ")
    }

    /// Calls a function with the copy of the part.
    fn with_part<T>(&self, call: impl FnOnce(&StreamPart) -> T) -> T {
        // A copy, so that no lock is held.
        // SAFETY: it is plain data.
        let part = unsafe { std::ptr::read(&self.part.lock().unwrap().as_ref().unwrap().0) };
        call(&part)
    }

    fn emit(&self, position: u64, flags: u32) -> Status {
        let event = StreamEvent { position, ..event::NONE };
        // SAFETY: a copy of a part, and an event.
        self.with_part(|part| unsafe { ((*part.table).emit)(part, &event, flags) })
    }
}

/// # Safety
/// It is a script.
unsafe fn script<'a>(opened: *mut c_void) -> &'a Script {
    // SAFETY: promised above.
    unsafe { &*opened.cast::<Script>() }
}

unsafe extern "C" fn open(user: *mut c_void, part: *const StreamPart, opened: *mut *mut c_void) -> Status {
    // SAFETY: the script, a part, and room for a pointer.
    unsafe {
        *script(user).part.lock().unwrap() = Some(Copied(part.read()));
        opened.write(user);
        script(user).call("open")
    }
}

unsafe extern "C" fn close(opened: *mut c_void) {
    // SAFETY: the script.
    unsafe { script(opened) }.call("close");
}

unsafe extern "C" fn pull(opened: *mut c_void, event: *mut StreamEvent) -> Status {
    // SAFETY: the script, and an event to fill in.
    let (script, event) = unsafe { (script(opened), &mut *event) };
    let answer = script.call("pull");
    if answer > 100 {
        event.position = answer as u64;
        return abi::STATUS_OK;
    }
    if answer == abi::STATUS_USER {
        // SAFETY: a part and a string.
        return script.with_part(|part| unsafe { ((*part.table).fail)(part, answer, c"the reason".as_ptr()) });
    }
    answer
}

unsafe extern "C" fn start(opened: *mut c_void) -> Status {
    // SAFETY: the script.
    unsafe { script(opened) }.call("start")
}

unsafe extern "C" fn stop(opened: *mut c_void) {
    // SAFETY: the script.
    let script = unsafe { script(opened) };
    assert_eq!(script.emit(1, abi::EMIT_WAIT), abi::STATUS_STALE);
    script.calls.lock().unwrap().push("stop".to_owned());
}

unsafe extern "C" fn go(opened: *mut c_void, position: u64) -> Status {
    // SAFETY: the script.
    unsafe { script(opened) }.call(&position.to_string())
}

unsafe extern "C" fn write(opened: *mut c_void, event: *const StreamEvent) -> Status {
    // SAFETY: the script, and an event.
    let (script, event) = unsafe { (script(opened), &*event) };
    // SAFETY: the metadata has this many strings.
    let key = |index| unsafe { CStr::from_ptr((*event.metadata.add(index)).key).to_str().unwrap() };
    let keys: String = (0..event.metadata_count).map(key).collect();
    script.call(&format!("{}{keys}", event.position))
}

unsafe extern "C" fn flush(opened: *mut c_void) -> Status {
    // SAFETY: the script.
    unsafe { script(opened) }.call("flush")
}

const NO_OPTIONS: abi::Table<abi::OptionDescriptor> = abi::Table { items: null(), count: 0, stride: 0 };

const PULLED: SourceDescriptor = SourceDescriptor {
    size: size_of::<SourceDescriptor>() as u32,
    flags: 0,
    name: c"scripted".as_ptr(),
    description: null(),
    options: NO_OPTIONS,
    open: Some(open),
    close: Some(close),
    pull: Some(pull),
    start: None,
    stop: None,
    commit: Some(go),
    rewind: Some(go),
};
const PUSHED: SourceDescriptor = SourceDescriptor { pull: None, start: Some(start), stop: Some(stop), ..PULLED };
const SINK: SinkDescriptor = SinkDescriptor {
    size: size_of::<SinkDescriptor>() as u32,
    flags: 0,
    name: c"scripted".as_ptr(),
    description: null(),
    options: NO_OPTIONS,
    open: Some(open),
    close: Some(close),
    write: Some(write),
    flush: Some(flush),
};

fn user(script: &Arc<Script>) -> UserData {
    UserData::new(Arc::as_ptr(script).cast_mut().cast(), None)
}

fn with_opening<T>(work: impl FnOnce(&Opening<'_>) -> T) -> T {
    let (given, grants, logger, signal) = (GivenOptions::new(), Grants::new(), Logger::default(), Arc::default());
    work(&Opening {
        stream: "orders",
        part: "source",
        given: &given,
        grants: &grants,
        logger: &logger,
        signal: &signal,
        capacity: Capacity { events: 2, bytes: 1000 },
        listener: None,
    })
}

fn source(descriptor: &SourceDescriptor, script: &Arc<Script>) -> Result<OpenedSource> {
    // SAFETY: the functions take a script.
    let source = unsafe { Source::of_host(descriptor, user(script)) }?;
    with_opening(|opening| source.open(opening))
}

fn positions(batch: &mut Batch) -> Vec<u64> {
    let found = batch.iter().map(|event| event.position()).collect();
    batch.clear();
    found
}

#[test]
fn a_pull_source_is_asked_until_it_has_nothing() {
    let script = Script::new(&[0, 101, 102, abi::STATUS_WOULD_BLOCK, 103, 104, 105, 106, abi::STATUS_COMPLETE]);
    let mut opened = source(&PULLED, &script).unwrap();
    let mut batch = Batch::new();
    assert_eq!(opened.pull(3, &mut batch).unwrap(), Pulled::Events);
    assert!(batch.get(0).timestamp() > 1_600_000_000_000_000_000);
    assert_eq!(positions(&mut batch), [101, 102]);
    assert_eq!(opened.pull(3, &mut batch).unwrap(), Pulled::Events);
    assert_eq!(positions(&mut batch), [103, 104, 105]);
    assert_eq!(opened.pull(3, &mut batch).unwrap(), Pulled::Events);
    assert_eq!(positions(&mut batch), [106]);
    script.calls();
    assert_eq!(opened.pull(3, &mut batch).unwrap(), Pulled::End);
    assert_eq!(script.calls(), "", "it has ended");
    opened.commit(105).unwrap();
    opened.rewind(abi::STREAM_BEGINNING).unwrap();
    script.answers.lock().unwrap().push_back(107);
    assert_eq!(opened.pull(1, &mut batch).unwrap(), Pulled::Events);
    drop(opened);
    assert_eq!(script.calls(), format!("105 {} pull close", abi::STREAM_BEGINNING));
}

#[test]
fn failures_come_after_the_events_before_them_with_their_reason() {
    let script = Script::new(&[0, 101, abi::STATUS_USER, 7, abi::STATUS_PENDING, abi::STATUS_IO]);
    let mut opened = source(&PULLED, &script).unwrap();
    let monitor = opened.monitor();
    let mut batch = Batch::new();
    assert_eq!(opened.pull(9, &mut batch).unwrap(), Pulled::Events);
    let mut why = || {
        let error = opened.pull(9, &mut Batch::new()).unwrap_err();
        (error.status(), error.message().to_owned())
    };
    let named = |what: &str| format!("pull of the host's source `scripted` {what}");
    assert_eq!(why(), (abi::STATUS_USER, named("failed: the reason")));
    assert_eq!((monitor.report().state, monitor.report().text), (abi::STREAM_PART_FAILED, named("failed: the reason")));
    assert_eq!(why(), (abi::STATUS_BAD_ANSWER, named("returned 7, which is not a valid status")));
    assert_eq!(why(), (abi::STATUS_BAD_ANSWER, named("returned VM_STATUS_PENDING, which is not an answer of it")));
    assert_eq!(why(), (abi::STATUS_IO, named("failed with VM_STATUS_IO")));
    drop(opened);
    assert_eq!(monitor.report().state, abi::STREAM_PART_CLOSED);
    // SAFETY: a copy of a part.
    let failed = script.with_part(|part| unsafe { ((*part.table).fail)(part, abi::STATUS_IO, null()) });
    assert_eq!(failed, abi::STATUS_STALE);
    let script = Script::new(&[abi::STATUS_IO]);
    assert_eq!(
        source(&PULLED, &script).err().unwrap().message(),
        "open of the host's source `scripted` failed with VM_STATUS_IO"
    );
    assert_eq!(script.calls(), "open");
}

#[test]
fn a_push_source_emits_between_its_start_and_its_stop() {
    let script = Script::new(&[]);
    let mut opened = source(&PUSHED, &script).unwrap();
    let mut batch = Batch::new();
    assert_eq!(script.emit(1, 0), abi::STATUS_STALE);
    assert_eq!(opened.pull(9, &mut batch).unwrap(), Pulled::Nothing);
    assert_eq!((script.emit(1, 0), script.emit(2, 0), script.emit(3, 0)), (0, 0, abi::STATUS_WOULD_BLOCK));
    assert_eq!(opened.monitor().report().queued, 2);
    assert_eq!(opened.pull(9, &mut batch).unwrap(), Pulled::Events);
    assert_eq!(positions(&mut batch), [1, 2]);
    assert_eq!(script.emit(3, 0), 0);
    opened.rewind(2).unwrap();
    assert_eq!(script.emit(4, 0), abi::STATUS_STALE);
    assert_eq!(opened.pull(9, &mut batch).unwrap(), Pulled::Nothing, "what it had was dropped");
    assert_eq!(script.emit(5, 0), 0);
    // SAFETY: a copy of a part, and a string.
    let end = |status| script.with_part(|part| unsafe { ((*part.table).end)(part, status, c"broken".as_ptr()) });
    assert_eq!((end(2), end(abi::STATUS_IO), end(abi::STATUS_IO)), (abi::STATUS_INVALID_ARGUMENT, 0, abi::STATUS_STALE));
    assert_eq!(opened.pull(9, &mut batch).unwrap(), Pulled::Events);
    let error = opened.pull(9, &mut batch).unwrap_err();
    assert_eq!((error.status(), error.message()), (abi::STATUS_IO, "the host's source `scripted` ended with a failure: broken"));
    drop(opened);
    assert_eq!(script.calls(), "open start stop 2 start stop close");
    assert_eq!(script.emit(6, abi::EMIT_WAIT), abi::STATUS_STALE);
}

#[test]
fn threads_emit_while_the_source_is_closed() {
    let script = Script::new(&[]);
    for _ in 0..50 {
        let mut opened = source(&PUSHED, &script).unwrap();
        let mut batch = Batch::new();
        opened.pull(1, &mut batch).unwrap();
        std::thread::scope(|scope| {
            for _ in 0..3 {
                let script = Arc::clone(&script);
                scope.spawn(move || while script.emit(1, abi::EMIT_WAIT) == abi::STATUS_OK {});
            }
            while batch.len() < 20 {
                opened.pull(20, &mut batch).unwrap();
            }
            drop(opened);
        });
    }
}

#[test]
fn a_sink_may_be_full_refuse_an_event_and_acknowledge_later() {
    let (full, refused) = (abi::STATUS_WOULD_BLOCK, abi::STATUS_USER - 1);
    let script = Script::new(&[0, 0, full, 0, refused, 0, full, 0]);
    // SAFETY: the functions take a script.
    let sink = unsafe { Sink::of_host(&SINK, user(&script)) }.unwrap();
    let mut opened = with_opening(|opening| sink.open(opening)).unwrap();
    let mut batch = Batch::new();
    for position in 1..=3 {
        batch.push(b"", 0, position, [("a", "1"), ("b", "2")]).unwrap();
    }
    let written = opened.write(&batch, 0);
    assert_eq!((written.taken, written.failure.is_none()), (1, true));
    let written = opened.write(&batch, 1);
    let error = written.failure.unwrap();
    assert_eq!((written.taken, error.status()), (1, refused));
    assert_eq!(error.message(), "write of the host's sink `scripted` failed with status -10001");
    assert_eq!(opened.write(&batch, 2).taken, 1);
    assert_eq!((opened.flush().unwrap(), opened.flush().unwrap()), (false, true));
    // SAFETY: a copy of a part, and an event.
    let emitted = script.emit(1, 0);
    assert_eq!(emitted, abi::STATUS_UNSUPPORTED);
    drop(opened);
    assert_eq!(script.calls(), "open 1ab 2ab 2ab 3ab 3ab flush flush close");
}

#[test]
fn descriptors_of_a_host_are_checked() {
    let script = Script::new(&[]);
    let why = |descriptor: &SourceDescriptor| {
        let error = source(descriptor, &script).err().unwrap();
        assert_eq!(error.status(), abi::STATUS_INVALID_ARGUMENT);
        error.message().trim_start_matches("the host's source is invalid: ").to_owned()
    };
    assert_eq!(why(&SourceDescriptor { name: null(), ..PULLED }), "its name is NULL");
    assert_eq!(why(&SourceDescriptor { name: c"".as_ptr(), ..PULLED }), "its name is empty");
    assert_eq!(why(&SourceDescriptor { pull: None, ..PULLED }), "it has no pull, and neither start nor stop");
    assert_eq!(why(&SourceDescriptor { stop: None, ..PUSHED }), "it has one of start and stop, and needs both");
    assert_eq!(
        why(&SourceDescriptor { start: Some(start), ..PULLED }),
        "it has a pull besides start or stop; a source has either"
    );
    assert!(why(&SourceDescriptor { size: 4, ..PULLED }).contains("is 4 bytes"));
    assert!(why(&SourceDescriptor { flags: 0x10000, ..PULLED }).contains("0x10000"));
    let one = [abi::OptionDescriptor {
        kind: abi::OPTION_TYPE_BOOL,
        flags: 0,
        key: c"key".as_ptr(),
        description: null(),
        text: null(),
        choices: null(),
        integer: 0,
        minimum: 0,
        maximum: 0,
        number: 0.0,
        minimum_number: 0.0,
        maximum_number: 0.0,
    }];
    let options = abi::Table { items: one.as_ptr(), count: 1, stride: size_of_val(&one) as u32 };
    assert!(why(&SourceDescriptor { options, ..PULLED }).contains("use the user pointer"));
    // SAFETY: NULL is allowed.
    let missing = unsafe { Source::of_host(null(), UserData::new(null_mut(), None)) }.err().unwrap();
    assert_eq!(missing.status(), abi::STATUS_NULL_ARGUMENT);
}
