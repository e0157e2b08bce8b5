//! Waiting for descriptors on a thread of the process, which is started when somebody first waits, and ends when nobody has waited for a
//! while.
#![forbid(unsafe_code)]

use crate::event_loop::{Descriptor, EventLoop, Owner};
use crate::status::{Error, Result};
use crate::system;
use crate::thread;
use crate::timer;
use libvm_abi::{self as abi, LoopEvents};
use std::any::Any;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How long the thread waits for somebody before it ends.
const IDLE: Duration = Duration::from_secs(5);

/// The loop that the thread runs, if there is one.
static LOOP: Mutex<Option<Arc<EventLoop>>> = Mutex::new(None);

fn running() -> MutexGuard<'static, Option<Arc<EventLoop>>> {
    LOOP.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The owner of all watches.
static WAITERS: LazyLock<Arc<dyn Owner>> = LazyLock::new(|| Arc::new(Waiters));

struct Waiters;

impl Owner for Waiters {
    fn run(&self, work: &mut dyn FnMut()) {
        work();
    }
}

/// A descriptor that somebody waits for. Dropping it ends that; if its work has begun, that goes on.
#[must_use = "dropping it ends the wait"]
pub struct Wait {
    event_loop: Arc<EventLoop>,
    id: u64,
    generation: u64,
}

impl Drop for Wait {
    fn drop(&mut self) {
        // In a child of `fork`, the loop is the parent's, and so are the descriptors that the system watches for it.
        if self.generation == timer::generation() {
            self.event_loop.discard(self.id, &WAITERS);
        }
    }
}

/// Runs `work` once on a thread of the process when a descriptor is ready for one of `events`. The work must be short and must not wait.
///
/// # Errors
/// Those of `EventLoop::watch`; `STATUS_OUT_OF_MEMORY` if the system has no thread left.
pub fn when_ready(descriptor: Descriptor, events: LoopEvents, work: impl Fn() + Send + Sync + 'static) -> Result<Wait> {
    // Not under the lock: the loader has locks of its own.
    system::stay_loaded();
    let owner = LazyLock::force(&WAITERS);
    let mut running = running();
    let event_loop = match &*running {
        Some(event_loop) => Arc::clone(event_loop),
        None => {
            let made = EventLoop::new()?;
            let ran = Arc::clone(&made);
            thread::start_in_background("libvm descriptors", move || run(&ran)).map_err(|error| {
                let message = format!("cannot start the thread that waits for descriptors: {error}; end other threads");
                Error::new(abi::STATUS_OUT_OF_MEMORY, message)
            })?;
            running.insert(made).clone()
        }
    };
    let weak = Arc::downgrade(&event_loop);
    let once = move |id, _| {
        // It stays ready until somebody has read or written.
        if let Some(event_loop) = weak.upgrade() {
            event_loop.discard(id, &WAITERS);
        }
        work();
    };
    let id = event_loop.watch(descriptor, events, owner, Arc::new(once), |_| ())?;
    drop(running);
    Ok(Wait { event_loop, id, generation: timer::generation() })
}

fn run(event_loop: &Arc<EventLoop>) {
    loop {
        // What fails now is tried again, not in a hurry.
        if event_loop.run_once(Some(IDLE)).is_err() {
            std::thread::sleep(IDLE);
        }
        let mut running = running();
        if event_loop.is_empty() {
            *running = None;
            return;
        }
    }
}

/// Locks what threads share until the result is dropped, for use around `fork`.
pub fn hold_lock() -> Box<dyn Any> {
    // Created lazily: a child would wait for the thread that was creating it.
    LazyLock::force(&WAITERS);
    Box::new(running())
}

/// Forgets who waits, in a child process: the thread exists only in the parent, which goes on to use the descriptors of the loop.
pub fn forget() {
    std::mem::forget(running().take());
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::io::{Read, Write};
    use std::os::fd::AsRawFd;
    use std::os::unix::net::UnixStream;
    use std::sync::mpsc::channel;

    #[test]
    fn waits_once_for_each() {
        let (send, receive) = channel();
        let (mut reader, mut writer) = UnixStream::pair().unwrap();
        let wait = |number| {
            let send = send.clone();
            when_ready(reader.as_raw_fd().into(), abi::LOOP_READABLE, move || send.send(number).unwrap()).unwrap()
        };
        let (first, second, cancelled) = (wait(1), wait(2), wait(3));
        drop(cancelled);
        writer.write_all(b"x").unwrap();
        let mut found = [receive.recv().unwrap(), receive.recv().unwrap()];
        found.sort_unstable();
        assert_eq!(found, [1, 2]);
        assert!(receive.recv_timeout(Duration::from_millis(20)).is_err());
        let third = wait(4);
        assert_eq!(receive.recv(), Ok(4));
        reader.read_exact(&mut [0]).unwrap();
        drop((first, second, third));
    }

    #[test]
    fn what_is_no_descriptor_is_refused() {
        let refused = when_ready(-1, abi::LOOP_READABLE, || ()).err().map(|error| error.status());
        assert_eq!(refused, Some(abi::STATUS_INVALID_ARGUMENT));
    }
}
