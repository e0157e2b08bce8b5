//! Streams with sources, stages and sinks of the host.

use crate::plugins::compiled;
use crate::{fails, wasm};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::thread::JoinHandle;
use vm::{
    Caller, Completer, Context, Engine, ErrorPolicy, EventRef, Module, Pending, PluginRegistry, PushSource, Sink, Source,
    StageCalls, Status, Stream, StreamEvent, StreamPart, StreamPartState, StreamPosition, StreamState,
};

type Log = Arc<Mutex<Vec<String>>>;

fn texts(log: &Log) -> Vec<String> {
    std::mem::take(&mut log.lock().unwrap())
}

/// Returns a sink that keeps the texts of its events.
fn keep(log: &Log) -> impl Sink + use<> {
    let log = Arc::clone(log);
    move |event: EventRef<'_>| {
        log.lock().unwrap().push(String::from_utf8_lossy(event.payload()).into_owned());
        Ok(())
    }
}

fn numbers(to: u64) -> impl Iterator<Item = StreamEvent> + Send {
    (1..=to).map(|n| StreamEvent::new(n.to_string()).at(n))
}

fn number(event: &EventRef<'_>) -> u64 {
    std::str::from_utf8(event.payload()).unwrap().parse().unwrap()
}

fn context() -> Context {
    Context::new(&Engine::new().unwrap()).unwrap()
}

#[test]
fn events_pass_guests_and_hosts() {
    let text = r#"(module (import "libvm_stream" "event_size" (func $size (result i32)))
        (import "libvm_stream" "event_read" (func $read (param i32 i32 i32) (result i32)))
        (import "libvm_stream" "emit" (func $emit (param i32 i32))) (memory (export "memory") 1)
        (func (export "twice") (drop (call $read (i32.const 0) (i32.const 0) (i32.const 64)))
            (call $emit (i32.const 0) (call $size)) (call $emit (i32.const 0) (call $size))))"#;
    let engine = Engine::new().unwrap();
    let mut context = Context::new(&engine).unwrap();
    context.register_stream_module().unwrap();
    let instance = context.instantiate(&Module::from_buffer(&engine, wasm(text)).unwrap()).unwrap();
    let stream = Stream::new(&mut context, "numbers").unwrap();
    stream.set_source(numbers(3)).unwrap();
    stream.add_guest_stage(instance, "twice", StageCalls::Single).unwrap();
    let sum = |mut caller: Caller<'_>| -> vm::Result<()> {
        let mut sum = 0;
        loop {
            sum += number(&caller.event()?);
            if !caller.next_event()? {
                break;
            }
        }
        let event = caller.event()?;
        assert_eq!((event.metadata(), event.position()), (&[][..], 3));
        caller.emit_event(&StreamEvent::new(format!("sum {sum}")).with("kind", "sum"))
    };
    stream.add_stage("sum", StageCalls::Batched, sum).unwrap();
    let log = Log::default();
    let kept = Arc::clone(&log);
    let sink = move |event: EventRef<'_>| {
        assert_eq!((event.metadata(), event.value("kind"), event.value("sort")), (&[("kind", "sum")][..], Some("sum"), None));
        let copy = event.to_event();
        assert!(copy.timestamp > 1_600_000_000_000_000_000 && copy.position == event.position());
        kept.lock().unwrap().push(String::from_utf8(copy.payload).unwrap());
        Ok(())
    };
    stream.add_sink(Some("out"), sink).unwrap();
    fails(Status::ALREADY_EXISTS, stream.add_sink(Some("out"), keep(&log)));
    fails(Status::NOT_FOUND, stream.add_guest_stage(instance, "thrice", StageCalls::Single));
    assert!(fails(Status::WRONG_TYPE, stream.add_stage("one", StageCalls::Single, |_| 1)).contains("`one` has results"));
    assert_eq!(stream.state(), StreamState::Idle);
    stream.run(None).unwrap();
    assert_eq!((texts(&log), stream.state()), (vec!["sum 12".to_owned()], StreamState::Ended));
    let found = stream.statistics();
    assert_eq!((found.events_in, found.bytes_in, found.events_out, found.calls, found.failed), (3, 3, 1, 4, 0));
    fails(Status::SEALED, stream.add_sink(None, keep(&log)));
    let outside = context.module("host").unwrap().function("f", |caller: Caller<'_>| caller.event().map(|_| ()));
    outside.unwrap();
    let text = r#"(module (import "host" "f" (func $f)) (func (export "run") (call $f)))"#;
    let found = fails(Status::NOT_FOUND, context.run_wasm_from_buffer::<()>(wasm(text), "run", ()));
    assert!(found.contains("no event is handled"), "{found}");
    fails(Status::INVALID_ARGUMENT, Stream::new(&mut context, "a/b"));
    let stale = Stream::new(&mut context, "stale").unwrap();
    stale.set_source(numbers(1)).unwrap();
    drop(context);
    assert!(fails(Status::STALE, stale.run(None)).contains("the context of the stream was deleted"));
    stream.run(None).unwrap();
}

/// Is not ready at every other call.
struct Slow<T> {
    inner: T,
    ready: bool,
    part: Option<StreamPart>,
    committed: Arc<Mutex<Vec<u64>>>,
}

impl<T> Slow<T> {
    fn new(inner: T, committed: &Arc<Mutex<Vec<u64>>>) -> Self {
        Self { inner, ready: false, part: None, committed: Arc::clone(committed) }
    }

    fn turn(&mut self) -> bool {
        let part = self.part.clone().unwrap();
        std::thread::spawn(move || part.notify());
        self.ready = !self.ready;
        !self.ready
    }
}

impl Source for Slow<VecDeque<StreamEvent>> {
    fn open(&mut self, part: StreamPart) -> vm::Result<()> {
        assert_eq!((part.stream(), part.name()), ("slow", "source"));
        part.set_state(StreamPartState::Connected, "at last")?;
        fails(Status::UNSUPPORTED, part.emit(StreamEvent::new("")));
        fails(Status::INVALID_ARGUMENT, part.set_state(StreamPartState::Closed, ""));
        self.part = Some(part);
        Ok(())
    }

    fn pull(&mut self) -> vm::Result<Poll<Option<StreamEvent>>> {
        Ok(if self.turn() { Poll::Ready(self.inner.pop_front()) } else { Poll::Pending })
    }

    fn commit(&mut self, position: u64) -> vm::Result<()> {
        self.committed.lock().unwrap().push(position);
        Ok(())
    }
}

impl<S: Sink> Sink for Slow<S> {
    fn open(&mut self, part: StreamPart) -> vm::Result<()> {
        part.report_reconnect("once more")?;
        self.part = Some(part);
        Ok(())
    }

    fn write(&mut self, event: EventRef<'_>) -> vm::Result<Poll<()>> {
        if self.turn() { self.inner.write(event) } else { Ok(Poll::Pending) }
    }

    fn flush(&mut self) -> vm::Result<Poll<()>> {
        Ok(if self.turn() { Poll::Ready(()) } else { Poll::Pending })
    }
}

#[test]
fn what_is_not_ready_is_called_again() {
    let (log, committed, states) = (Log::default(), Arc::default(), Log::default());
    let stream = Stream::new(&mut context(), "slow").unwrap();
    drop(stream);
    let mut context = context();
    let stream = Stream::new(&mut context, "slow").unwrap();
    stream.set_source(Slow::new(numbers(5).collect::<VecDeque<_>>(), &committed)).unwrap();
    stream.add_sink(None, Slow::new(keep(&log), &Arc::default())).unwrap();
    let told = Arc::clone(&states);
    stream
        .set_state_callback(move |part, report| {
            told.lock().unwrap().push(format!("{part} {:?} {}", report.state, report.text));
            panic!("it is caught");
        })
        .unwrap();
    fails(Status::NOT_FOUND, stream.part_report("source"));
    assert_eq!(stream.poll_once(None).unwrap(), Poll::Pending);
    assert_eq!(stream.part_report("source").unwrap().state, StreamPartState::Connected);
    let mut polls = 0;
    while polls < 3 && stream.poll_once(Some(1)).unwrap().is_pending() {
        polls += 1;
    }
    assert!(polls > 0, "{polls}");
    stream.run(None).unwrap();
    assert_eq!((texts(&log).concat(), stream.state()), ("12345".to_owned(), StreamState::Ended));
    assert_eq!(committed.lock().unwrap().last(), Some(&5));
    assert_eq!((stream.statistics().reconnects, stream.part_report("sink-1").unwrap().reconnects), (1, 1));
    fails(Status::UNSUPPORTED, stream.rewind(StreamPosition::Beginning));
    fails(Status::UNSUPPORTED, stream.rewind(StreamPosition::After(u64::MAX - 2)));
    // The numbers of the other positions.
    let found = fails(Status::INVALID_ARGUMENT, stream.rewind(StreamPosition::After(u64::MAX)));
    assert_eq!(found, "a stream cannot continue after position 18446744073709551615; the last one is 18446744073709551613");
    fails(Status::INVALID_ARGUMENT, stream.rewind(StreamPosition::After(u64::MAX - 1)));
    drop(stream);
    let states = texts(&states);
    assert!(states.contains(&"source Connected at last".to_owned()) && states.contains(&"sink-1 Connected once more".to_owned()));
    assert!(states.contains(&"source Closed ".to_owned()), "{states:?}");
}

/// Emits numbers on a thread until it is stopped.
struct Ticks {
    stopping: Arc<AtomicBool>,
    thread: Option<JoinHandle<u32>>,
    stops: Arc<AtomicU32>,
}

impl PushSource for Ticks {
    fn start(&mut self, part: StreamPart) -> vm::Result<()> {
        part.emit(StreamEvent::new("0"))?;
        let stopping = Arc::clone(&self.stopping);
        let tick = move || {
            let mut ticks = 1;
            while !stopping.load(Ordering::Relaxed) && part.emit(StreamEvent::new(ticks.to_string()).at(ticks.into())).is_ok() {
                ticks += 1;
            }
            assert_eq!(part.try_emit(StreamEvent::new("late")).unwrap_err().status(), Status::STALE);
            ticks
        };
        self.thread = Some(std::thread::spawn(tick));
        Ok(())
    }

    fn stop(&mut self) {
        self.stops.fetch_add(1, Ordering::Relaxed);
        self.thread.take().unwrap().join().unwrap();
    }
}

#[test]
fn a_push_source_is_stopped_on_another_thread() {
    let (stops, log) = (Arc::<AtomicU32>::default(), Log::default());
    let mut context = context();
    let stream = Stream::new(&mut context, "ticks").unwrap();
    stream.set_queue_size(4, 1 << 20).unwrap();
    fails(Status::INVALID_ARGUMENT, stream.set_queue_size(0, 0));
    stream.set_push_source(Ticks { stopping: Arc::default(), thread: None, stops: Arc::clone(&stops) }).unwrap();
    fails(Status::ALREADY_EXISTS, stream.set_source(numbers(1)));
    stream.add_sink(None, keep(&log)).unwrap();
    let stopper = stream.clone();
    let other = std::thread::spawn(move || {
        while stopper.statistics().events_out < 100 {
            std::thread::yield_now();
        }
        let busy = stopper.run(None).unwrap_err();
        stopper.stop();
        busy.status()
    });
    stream.run(None).unwrap();
    assert_eq!((stream.state(), other.join().unwrap()), (StreamState::Stopped, Status::BUSY));
    let seen = texts(&log);
    assert!(seen.iter().enumerate().all(|(index, text)| *text == index.to_string()), "{seen:?}");
    drop(stream);
    assert_eq!(stops.load(Ordering::Relaxed), 1);

    let stream = Stream::new(&mut context, "failing").unwrap();
    let start = |part: StreamPart| {
        part.emit(StreamEvent::new("last"))?;
        part.end_with(&vm::Error::with_status(Status::USER, "the line is cut\0"))
    };
    stream.set_push_source(start).unwrap();
    stream.add_sink(None, keep(&log)).unwrap();
    let found = fails(Status::USER, stream.run(None));
    assert!(found.contains("the line is cut"), "{found}");
    assert_eq!((texts(&log).concat(), stream.state()), ("last".to_owned(), StreamState::Failed));
}

#[test]
fn events_that_fail_go_where_the_policy_says() {
    for (policy, dead, rest) in [(ErrorPolicy::Skip, "", "13"), (ErrorPolicy::DeadLetter, "2:stage 1 (`odd`):it is even", "13")] {
        let (log, letters) = (Log::default(), Log::default());
        let mut context = context();
        let stream = Stream::new(&mut context, "numbers").unwrap();
        stream.set_source(numbers(3)).unwrap();
        let odd = |caller: Caller<'_>| -> vm::Result<()> {
            let event = caller.event()?.to_event();
            if number(&caller.event()?) % 2 == 0 {
                caller.emit_event(&StreamEvent::new("withdrawn"))?;
                return Err(vm::Error::new("it is even"));
            }
            caller.emit_event(&event)
        };
        stream.add_stage("odd", StageCalls::Single, odd).unwrap();
        stream.add_sink(None, keep(&log)).unwrap();
        stream.set_error_policy(policy).unwrap();
        if policy == ErrorPolicy::DeadLetter {
            assert!(fails(Status::NOT_FOUND, stream.run(None)).contains("dead-letter"));
        }
        let kept = Arc::clone(&letters);
        let bury = move |event: EventRef<'_>| {
            let (failed, reason) = (event.value("libvm.failed").unwrap(), event.value("libvm.reason").unwrap());
            assert!(reason.ends_with("it is even"), "{reason}");
            kept.lock().unwrap().push(format!("{}:{failed}:it is even", number(&event)));
            Ok(())
        };
        stream.set_dead_letter_sink(bury).unwrap();
        stream.run(None).unwrap();
        assert_eq!((texts(&letters).concat().as_str(), texts(&log).concat().as_str()), (dead, rest));
    }
}

/// Panics in the function with a number, once.
struct Panics(u32, bool);

impl Panics {
    fn in_function(&mut self, function: u32) {
        if self.0 == function && std::mem::replace(&mut self.1, false) {
            panic!("in function {function}");
        }
    }
}

impl Source for Panics {
    fn open(&mut self, _: StreamPart) -> vm::Result<()> {
        self.in_function(0);
        Ok(())
    }

    fn pull(&mut self) -> vm::Result<Poll<Option<StreamEvent>>> {
        self.in_function(1);
        Ok(Poll::Ready(Some(StreamEvent::new("x").at(1))))
    }

    fn commit(&mut self, _: u64) -> vm::Result<()> {
        self.in_function(2);
        Ok(())
    }

    fn rewind(&mut self, _: StreamPosition) -> vm::Result<()> {
        self.in_function(3);
        Ok(())
    }
}

impl Sink for Panics {
    fn open(&mut self, _: StreamPart) -> vm::Result<()> {
        self.in_function(4);
        Ok(())
    }

    fn write(&mut self, _: EventRef<'_>) -> vm::Result<Poll<()>> {
        self.in_function(5);
        Ok(Poll::Ready(()))
    }

    fn flush(&mut self) -> vm::Result<Poll<()>> {
        self.in_function(6);
        Ok(Poll::Ready(()))
    }
}

#[test]
fn a_panic_of_a_part_fails_its_run() {
    for function in 0..7 {
        let mut context = context();
        let stream = Stream::new(&mut context, "panics").unwrap();
        stream.set_source(Panics(function, true)).unwrap();
        stream.add_sink(None, Panics(function, true)).unwrap();
        let run = || stream.run(Some(2)).and_then(|()| stream.rewind(StreamPosition::After(0)));
        let found = fails(Status::TRAP, run());
        assert!(found.contains(&format!("it panicked: in function {function}")), "{found}");
        // It goes on.
        run().unwrap();
    }
    struct Pushes;
    impl PushSource for Pushes {
        fn start(&mut self, part: StreamPart) -> vm::Result<()> {
            part.end()
        }
        fn stop(&mut self) {
            panic!("in stop");
        }
    }
    let mut context = context();
    let stream = Stream::new(&mut context, "panics").unwrap();
    stream.set_push_source(Pushes).unwrap();
    stream.add_sink(None, Panics(9, true)).unwrap();
    stream.run(None).unwrap();
    drop(stream);
    let stream = Stream::new(&mut context, "panics").unwrap();
    stream.set_push_source(|_| panic!("in start")).unwrap();
    stream.add_stage("stage", StageCalls::Single, |_| -> () { panic!("in a stage") }).unwrap();
    assert!(fails(Status::TRAP, stream.run(None)).contains("it panicked: in start"));
}

#[test]
fn parts_cannot_run_their_stream() {
    let mut context = context();
    let stream = Stream::new(&mut context, "circle").unwrap();
    let inside = stream.clone();
    let mut left = 2;
    let source = std::iter::from_fn(move || {
        left -= 1;
        fails(Status::REENTRANT, inside.run(None));
        fails(Status::REENTRANT, inside.rewind(StreamPosition::Beginning));
        fails(Status::REENTRANT, inside.set_batch_size(5));
        inside.stop();
        (left > 0).then(|| StreamEvent::new("x").with("", "no key"))
    });
    stream.set_source(source).unwrap();
    let found = fails(Status::INVALID_ARGUMENT, stream.run(None));
    assert!(found.contains("a key of the metadata of an event is empty"), "{found}");
    let mut bad = Some(StreamEvent::new("x").with("key", "a\0b"));
    let other = Stream::new(&mut context, "nul").unwrap();
    other.set_source(std::iter::from_fn(move || bad.take())).unwrap();
    assert!(fails(Status::INVALID_ARGUMENT, other.run(None)).contains("contains a NUL at byte 1"));
}

#[test]
fn a_stage_suspends_its_call() {
    let log = Log::default();
    let completers: Arc<Mutex<Vec<Completer<()>>>> = Arc::default();
    let mut context = context();
    let stream = Stream::new(&mut context, "waits").unwrap();
    stream.set_source(numbers(3)).unwrap();
    let kept = Arc::clone(&completers);
    let wait = move |caller: Caller<'_>| -> vm::Result<Pending<()>> {
        caller.emit_event(&caller.event()?.to_event())?;
        let (completer, pending) = caller.suspend()?;
        kept.lock().unwrap().push(completer);
        Ok(pending)
    };
    stream.add_stage("wait", StageCalls::Single, wait).unwrap();
    stream.add_sink(None, keep(&log)).unwrap();
    let done = Arc::new(AtomicBool::new(false));
    let ended = Arc::clone(&done);
    let completes = std::thread::spawn(move || {
        while !ended.load(Ordering::Relaxed) {
            let next = completers.lock().unwrap().pop();
            next.into_iter().for_each(|completer| completer.complete(()).unwrap());
            std::thread::yield_now();
        }
    });
    stream.run(None).unwrap();
    done.store(true, Ordering::Relaxed);
    completes.join().unwrap();
    assert_eq!(texts(&log).concat(), "123");
}

#[test]
fn parts_of_plugins_are_found_by_name() {
    let plugins = PluginRegistry::new();
    plugins.load_from_path(compiled("calc")).unwrap();
    let calc = plugins.find("calc").unwrap();
    let mut context = context();
    let stream = Stream::new(&mut context, "s").unwrap();
    let found = fails(Status::NOT_FOUND, stream.set_plugin_source(&calc, "lines"));
    assert!(found.contains("has no source `lines`"), "{found}");
    fails(Status::NOT_FOUND, stream.add_plugin_sink(None, &calc, "lines"));
    fails(Status::NOT_FOUND, stream.set_plugin_dead_letter_sink(&calc, "lines"));
    fails(Status::PLUGIN_NOT_FOUND, stream.add_plugin_stage(&calc, None, "add", StageCalls::Single));
    context.register_plugin(&calc).unwrap();
    fails(Status::WRONG_TYPE, stream.add_plugin_stage(&calc, None, "add", StageCalls::Batched));
    fails(Status::NOT_FOUND, stream.set_option("source", "path", "x"));
    fails(Status::NOT_FOUND, stream.run(None));
}
