//! Waiting with the system's interface: epoll, kqueue, or what else there is.

use crate::event_loop::alarm::Alarm;
use crate::event_loop::entries::Descriptor;
use crate::status::{Error, Result};
use libvm_abi::{self as abi, LoopEvents};
use polling::{Event, Events, PollMode, Poller};
use std::io::ErrorKind;
#[cfg(unix)]
use std::os::fd::{BorrowedFd as Borrowed, RawFd as Raw};
#[cfg(windows)]
use std::os::windows::io::{BorrowedSocket as Borrowed, RawSocket as Raw};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

pub(super) struct Poll {
    poller: Poller,
    /// Room for what is ready, used by the one thread that waits.
    ready: Mutex<Events>,
    alarm: Alarm,
}

impl Poll {
    pub(super) fn new() -> Result<Self> {
        let failed = |error| Error::system("create an event loop", &error);
        let poller = Poller::new().map_err(failed)?;
        let alarm = Alarm::new(&poller).map_err(failed)?;
        Ok(Self { poller, ready: Mutex::new(Events::new()), alarm })
    }

    fn mode(&self) -> PollMode {
        if self.poller.supports_level() { PollMode::Level } else { PollMode::Oneshot }
    }

    /// Waits for the wanted events of a descriptor from now on.
    pub(super) fn update(&self, descriptor: Descriptor, actual: LoopEvents, wanted: LoopEvents) -> Result<()> {
        let raw = raw(descriptor)?;
        // SAFETY: the number is not the one that is never used. A descriptor that is closed is refused by the system.
        let borrowed = unsafe { Borrowed::borrow_raw(raw) };
        if wanted == 0 {
            if actual != 0 {
                // Closing a descriptor has the same effect.
                drop(self.poller.delete(borrowed));
            }
            return Ok(());
        }
        let event = event(descriptor, wanted);
        let known = match actual {
            0 => Err(ErrorKind::NotFound.into()),
            _ => self.poller.modify_with_mode(borrowed, event, self.mode()),
        };
        let done = match known {
            // Closing it ended its registration, and another descriptor may have its number now.
            Err(error) if error.kind() == ErrorKind::NotFound => {
                // SAFETY: one that is closed while it is watched is no longer watched by the system, or, where that does not hold,
                // reported as ready, which the loop copes with.
                unsafe { self.poller.add_with_mode(raw, event, self.mode()) }
            }
            known => known,
        };
        done.map_err(|error| refused(descriptor, &error))
    }

    /// Watches a descriptor again that was ready, where the system watches for one event only.
    pub(super) fn renew(&self, descriptor: Descriptor, events: LoopEvents) {
        if events != 0 && !self.poller.supports_level() {
            // One that was closed meanwhile is not ready any more.
            drop(self.update(descriptor, events, events));
        }
    }

    /// Sets when the next timer is due; returns false where the waiting thread must be woken to learn it.
    pub(super) fn arm(&self, next: Option<Instant>) -> bool {
        self.alarm.set(next)
    }

    pub(super) fn wait(&self, until: Option<Instant>) -> Result<Vec<(Descriptor, LoopEvents)>> {
        let mut ready = self.ready.lock().unwrap_or_else(PoisonError::into_inner);
        ready.clear();
        let waited = match until {
            Some(until) => self.poller.wait_deadline(&mut ready, until),
            None => self.poller.wait(&mut ready, None),
        };
        waited.map_err(|error| Error::system("wait for events", &error))?;
        let bit = |is_set: bool, bit| if is_set { bit } else { 0 };
        let events = |event: &Event| bit(event.readable, abi::LOOP_READABLE) | bit(event.writable, abi::LOOP_WRITABLE);
        Ok(ready.iter().map(|event| (event.key as Descriptor, events(&event))).collect())
    }

    pub(super) fn wake(&self) {
        // It cannot fail but where the loop will wake up anyway: what it writes to is full.
        drop(self.poller.notify());
    }

    pub(super) fn handle(&self) -> Option<Descriptor> {
        self.alarm.handle(&self.poller)
    }
}

fn event(descriptor: Descriptor, events: LoopEvents) -> Event {
    Event::new(descriptor as usize, events & abi::LOOP_READABLE != 0, events & abi::LOOP_WRITABLE != 0)
}

fn raw(descriptor: Descriptor) -> Result<Raw> {
    let none = || Error::new(abi::STATUS_INVALID_ARGUMENT, format!("{descriptor} is not a descriptor"));
    // The greatest number is reserved, on Windows as an invalid socket.
    if descriptor < 0 || descriptor == i64::MAX { Err(none()) } else { Raw::try_from(descriptor).map_err(|_| none()) }
}

/// Returns the error of a descriptor that the system refused.
fn refused(descriptor: Descriptor, error: &std::io::Error) -> Error {
    #[cfg(unix)]
    match error.raw_os_error() {
        Some(libc::EBADF) => {
            return Error::new(abi::STATUS_INVALID_ARGUMENT, format!("cannot watch descriptor {descriptor}: it is not open"));
        }
        Some(libc::EPERM) => {
            let message = format!(
                "cannot watch descriptor {descriptor}: it is a file or directory, for which the system does not wait; read or write \
                 it at once"
            );
            return Error::new(abi::STATUS_UNSUPPORTED, message);
        }
        _ => {}
    }
    Error::system(&format!("watch descriptor {descriptor}"), error)
}
