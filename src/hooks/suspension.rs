//! Suspended events: what continues them, and for how long they wait.

use super::hook::Owner;
use super::token::Awaited;
use crate::engine::Wake;
use crate::stack;
use crate::status::{Error, Result, counted};
use crate::timer::{self, Timer};
use libvm_abi as abi;
use std::ffi::c_void;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Whether the hooks of an invocation may suspend their event.
#[derive(Clone, Copy, Debug, Default)]
pub enum Suspends {
    /// At a point of libvm, they may not.
    #[default]
    Never,
    /// The invocation would have to wait, which its context may not.
    WouldBlock,
    /// They may, each for so long.
    For(Option<Duration>),
}

impl Suspends {
    /// Checks that a hook may suspend its event, and returns for how long.
    ///
    /// # Errors
    /// `STATUS_UNSUPPORTED`, `STATUS_WOULD_BLOCK`.
    pub fn check(self) -> Result<Option<Duration>> {
        match self {
            Self::For(time) => Ok(time),
            Self::Never => {
                let message = "an event of libvm itself cannot be suspended; answer it at once";
                Err(Error::new(abi::STATUS_UNSUPPORTED, message))
            }
            Self::WouldBlock => {
                let message =
                    "the event cannot wait, because its context may not block; start the hooks instead of invoking them";
                Err(Error::new(abi::STATUS_WOULD_BLOCK, message))
            }
        }
    }
}

/// What a hook passed to suspend its event. It is resumed or cancelled, and then released, each once.
pub struct Suspension {
    given: abi::EventSuspension,
    resumed: bool,
    data: *mut c_void,
    myself: *mut abi::PluginInstance,
}

// SAFETY: the pointers are only passed to the functions beside them, whose owner promises that they may be called on each thread.
unsafe impl Send for Suspension {}
// SAFETY: as above; a shared reference gives out copies of pointers only.
unsafe impl Sync for Suspension {}

impl Suspension {
    /// Owns what a hook passed; `event` is what the hook was passed.
    pub fn new(given: abi::EventSuspension, (data, myself): (*mut c_void, *mut abi::PluginInstance)) -> Self {
        Self { given, resumed: false, data, myself }
    }

    /// Returns the function that continues the event, and its first argument.
    pub fn resume(&self) -> Option<(abi::EventResume, *mut c_void)> {
        Some((self.given.resume?, self.given.user))
    }

    /// Records that the event is continued: it is not cancelled any more.
    pub fn set_resumed(&mut self) {
        self.resumed = true;
    }

    /// Returns the data and the presence that the hook had in its event.
    pub fn pointers(&self) -> (*mut c_void, *mut abi::PluginInstance) {
        (self.data, self.myself)
    }
}

impl Drop for Suspension {
    fn drop(&mut self) {
        if let Some(cancel) = self.given.cancel.filter(|_| !self.resumed) {
            // SAFETY: the hook passed it with its argument, and it is called once.
            stack::on_thread(|| unsafe { cancel(self.given.user) });
        }
        if let Some(release) = self.given.release {
            // SAFETY: as above; nothing is called with the pointer afterwards.
            stack::on_thread(|| unsafe { release(self.given.user) });
        }
    }
}

/// What a running hook has suspended its event with.
pub struct Requested {
    pub suspension: Suspension,
    pub awaited: Arc<Awaited>,
    /// For how long it waits.
    pub time: Option<Duration>,
}

/// A hook that an event waits for.
pub struct Waiting {
    /// Taken when this is dropped.
    suspension: Option<Suspension>,
    pub awaited: Arc<Awaited>,
    pub owner: Arc<dyn Owner>,
    time: Option<Duration>,
    until: Option<Instant>,
    /// Wakes the invocation when the time is over, unless the timers have another generation by now.
    timer: Option<(Timer, u64)>,
}

impl Waiting {
    /// Begins to wait.
    pub fn new(requested: Requested, owner: &Arc<dyn Owner>) -> Self {
        let Requested { suspension, awaited, time } = requested;
        let until = time.and_then(|time| Instant::now().checked_add(time));
        Self { suspension: Some(suspension), awaited, owner: Arc::clone(owner), time, until, timer: None }
    }

    /// Returns what continues the event.
    pub fn suspension(&mut self) -> &mut Suspension {
        self.suspension.as_mut().expect("it is taken when this is dropped")
    }

    /// Sets what is woken when the event was completed, or its time is over.
    ///
    /// # Errors
    /// Those of `timer::at`.
    pub fn wake(&mut self, waker: &Arc<dyn Wake>) -> Result<()> {
        let generation = timer::generation();
        let is_set = self.timer.as_ref().is_some_and(|(_, set_in)| *set_in == generation);
        if let Some(until) = self.until.filter(|_| !is_set) {
            let waker = Arc::clone(waker);
            self.timer = Some((timer::at(until, move || waker.wake())?, generation));
        }
        self.awaited.set_waker(waker);
        Ok(())
    }

    /// Returns the time that has passed without an answer, if it was all that the hook had.
    pub fn is_over(&self) -> Option<String> {
        let over = self.until.is_some_and(|until| Instant::now() >= until);
        let time = self.time.filter(|_| over)?;
        Some(counted(u64::try_from(time.as_millis()).unwrap_or(u64::MAX), "millisecond"))
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.awaited.end();
        if let Some(suspension) = self.suspension.take() {
            self.owner.finish(Box::new(suspension));
        }
    }
}
