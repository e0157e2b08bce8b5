//! Event loops.

use crate::fails;
use crate::plugins::compiled;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use vm::{Descriptor, EventLoop, HostLoop, LoopEvents, PluginRegistry, Status};

fn counter() -> (Arc<AtomicU32>, Arc<AtomicU32>) {
    let count = Arc::<AtomicU32>::default();
    (Arc::clone(&count), count)
}

#[test]
fn functions_are_posted_from_any_thread() {
    let event_loop = EventLoop::new().unwrap();
    let (posted, count) = counter();
    let order = Arc::new(Mutex::new(Vec::new()));
    for n in 0..3 {
        let order = Arc::clone(&order);
        event_loop.post(move || order.lock().unwrap().push(n)).unwrap();
    }
    event_loop.post(|| panic!("it is caught")).unwrap();
    let inside = event_loop.clone();
    event_loop
        .post(move || {
            fails(Status::REENTRANT, inside.run_once(None));
            posted.fetch_add(1, Ordering::Relaxed);
        })
        .unwrap();
    assert_eq!(event_loop.timeout(), Some(Duration::ZERO));
    std::thread::scope(|scope| {
        scope.spawn(|| event_loop.post(|| ()));
    });
    while count.load(Ordering::Relaxed) == 0 {
        event_loop.run_once(None).unwrap();
    }
    assert_eq!(*order.lock().unwrap(), [0, 1, 2]);
    assert!(event_loop.handle().is_some() && event_loop.timeout().is_none());
    // What was posted is dropped with the loop.
    let (kept, count) = counter();
    event_loop.post(move || _ = kept.load(Ordering::Relaxed)).unwrap();
    drop(event_loop);
    assert_eq!(Arc::strong_count(&count), 1);
}

#[test]
fn timers_run_until_they_are_cancelled() {
    let event_loop = EventLoop::new().unwrap();
    let (ticked, ticks) = counter();
    let inside = event_loop.clone();
    let every = Duration::from_millis(1);
    let timer = event_loop.start_timer(Duration::ZERO, Some(every), move |id| {
        if ticked.fetch_add(1, Ordering::Relaxed) == 2 {
            inside.cancel_timer(id).unwrap();
        }
    });
    while ticks.load(Ordering::Relaxed) < 3 {
        event_loop.run_once(None).unwrap();
    }
    fails(Status::STALE, event_loop.cancel_timer(timer.unwrap()));
    let once = event_loop.start_timer(Duration::MAX, None, |_| ()).unwrap();
    event_loop.run_once(Some(every)).unwrap();
    event_loop.cancel_timer(once).unwrap();
}

#[cfg(unix)]
#[test]
fn descriptors_are_watched() {
    use std::io::{Read, Write};
    use std::os::fd::AsRawFd;
    use std::os::unix::net::UnixStream;
    let event_loop = EventLoop::new().unwrap();
    let (mut one, two) = UnixStream::pair().unwrap();
    let (read, count) = counter();
    let fd = Descriptor::from(two.as_raw_fd());
    let watch = event_loop.watch(fd, LoopEvents::READABLE, move |_, events| {
        assert_eq!((events.readable, events.failed), (true, false));
        let mut bytes = [0];
        (&two).read_exact(&mut bytes).unwrap();
        read.fetch_add(bytes[0].into(), Ordering::Relaxed);
    });
    let watch = watch.unwrap();
    one.write_all(&[3, 4]).unwrap();
    while count.load(Ordering::Relaxed) < 7 {
        event_loop.run_once(None).unwrap();
    }
    event_loop.modify_watch(watch, LoopEvents::default()).unwrap();
    one.write_all(&[1]).unwrap();
    event_loop.run_once(Some(Duration::from_millis(5))).unwrap();
    assert_eq!(count.load(Ordering::Relaxed), 7);
    fails(Status::INVALID_ARGUMENT, event_loop.modify_watch(watch, LoopEvents { failed: true, ..LoopEvents::READABLE }));
    event_loop.unwatch(watch).unwrap();
    fails(Status::STALE, event_loop.unwatch(watch));
    fails(Status::STALE, event_loop.modify_watch(watch, LoopEvents::WRITABLE));
    fails(Status::INVALID_ARGUMENT, event_loop.watch(-1, LoopEvents::READABLE, |_, _| ()));
    fails(Status::INVALID_ARGUMENT, event_loop.watch(i64::MAX, LoopEvents::READABLE, |_, _| ()));
    fails(Status::UNSUPPORTED, event_loop.report(fd, LoopEvents::READABLE));
}

#[derive(Default)]
struct Asked(Mutex<Vec<String>>, bool);

impl HostLoop for Asked {
    fn watch(&self, descriptor: Descriptor, events: LoopEvents) -> bool {
        self.0.lock().unwrap().push(format!("watch {descriptor} {}", events.readable));
        assert!(!self.1, "on purpose");
        true
    }

    fn unwatch(&self, descriptor: Descriptor) {
        self.0.lock().unwrap().push(format!("unwatch {descriptor}"));
    }

    fn set_timer(&self, after: Option<Duration>) {
        self.0.lock().unwrap().push(format!("timer {}", after.is_some()));
    }

    fn wake(&self) {
        self.0.lock().unwrap().push("wake".to_owned());
    }
}

#[test]
fn a_loop_runs_in_that_of_the_host() {
    let asked = Arc::new(Asked::default());
    let event_loop = EventLoop::on_host(Arc::clone(&asked));
    let said = || std::mem::take(&mut *asked.0.lock().unwrap());
    let (seen, count) = counter();
    let watch = event_loop.watch(70, LoopEvents::READABLE, move |_, _| _ = seen.fetch_add(1, Ordering::Relaxed)).unwrap();
    assert_eq!((said(), event_loop.handle()), (vec!["wake".to_owned()], None));
    event_loop.run_once(None).unwrap();
    assert_eq!(said(), ["watch 70 true"]);
    event_loop.report(70, LoopEvents::READABLE).unwrap();
    assert_eq!(count.load(Ordering::Relaxed), 1);
    event_loop.start_timer(Duration::from_secs(60), None, |_| ()).unwrap();
    event_loop.unwatch(watch).unwrap();
    event_loop.run_once(None).unwrap();
    let said = said();
    assert!(said.contains(&"unwatch 70".to_owned()) && said.contains(&"timer true".to_owned()), "{said:?}");
    // A panic refuses the watch.
    let event_loop = EventLoop::on_host(Arc::new(Asked(Mutex::default(), true)));
    let (failed, count) = counter();
    let told = move |_, events: LoopEvents| _ = failed.fetch_add(events.failed.into(), Ordering::Relaxed);
    event_loop.watch(70, LoopEvents::READABLE, told).unwrap();
    event_loop.run_once(None).unwrap();
    assert_eq!(count.load(Ordering::Relaxed), 1);
}

#[test]
fn plugins_use_one_loop() {
    let plugins = PluginRegistry::new();
    let event_loop = EventLoop::new().unwrap();
    plugins.set_event_loop(&event_loop).unwrap();
    fails(Status::SEALED, plugins.set_event_loop(&EventLoop::new().unwrap()));
    drop(event_loop);
    plugins.load_from_path(compiled("calc")).unwrap();
}
