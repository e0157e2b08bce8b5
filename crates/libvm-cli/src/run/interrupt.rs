//! Signals while a guest runs: they cancel it, so that plug-ins end as always, and the process leaves cleanly.

use crate::failure::Failure;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use vm::CancelId;

/// The signals that have come, and the call of the guest that they end.
#[derive(Clone, Default)]
pub struct Interrupts(Arc<State>);

#[derive(Default)]
struct State {
    /// The number of the signal that ends the guest; 0 for none. The handler sets it.
    signal: Arc<AtomicUsize>,
    /// Whether something was written to a pipe that has no reader. The handler sets it, before the write returns.
    has_broken_pipe: Arc<AtomicBool>,
    running: Mutex<Option<CancelId>>,
}

impl Interrupts {
    /// Sets the call that is cancelled from now on. Returns whether it must not begin, because a signal has come already.
    pub fn begin(&self, call: CancelId) -> bool {
        *self.0.running.lock().unwrap_or_else(PoisonError::into_inner) = Some(call);
        self.signal().is_some()
    }

    #[cfg(unix)]
    fn cancel(&self) {
        if let Some(call) = *self.0.running.lock().unwrap_or_else(PoisonError::into_inner) {
            // A call that has ended needs no end.
            let _ = call.cancel();
        }
    }
}

#[cfg(unix)]
mod system {
    use super::*;
    use crate::exit::Exit;
    use crate::signals;
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use rustix::io::retry_on_intr;
    use signal_hook::consts::SIGPIPE;
    use signal_hook::flag;
    use signal_hook::iterator::Signals;

    impl Interrupts {
        /// Watches signals from now on. A second one of the same kind ends the process at once.
        ///
        /// # Errors
        /// The system has no more descriptors or threads.
        pub fn watch() -> Result<Self, Failure> {
            Self::watched().map_err(|error| Failure::new(Exit::FAILED, format!("signals cannot be watched: {error}")))
        }

        fn watched() -> std::io::Result<Self> {
            let interrupts = Self::default();
            let ending: Vec<i32> = signals::ending().collect();
            for &signal in &ending {
                let again = Arc::new(AtomicBool::new(false));
                // In this order: the first signal finds it unset.
                flag::register_conditional_shutdown(signal, Exit::signal(signal).code(), Arc::clone(&again))?;
                flag::register(signal, again)?;
                flag::register_usize(signal, Arc::clone(&interrupts.0.signal), signal as usize)?;
            }
            flag::register(SIGPIPE, Arc::clone(&interrupts.0.has_broken_pipe))?;
            let mut signals = Signals::new(ending.into_iter().chain([SIGPIPE]))?;
            let of_thread = interrupts.clone();
            let watch = move || {
                for _ in signals.forever() {
                    if of_thread.signal().is_some() {
                        of_thread.cancel();
                    }
                }
            };
            std::thread::Builder::new().name("signals".into()).spawn(watch)?;
            Ok(interrupts)
        }

        /// Returns the signal that ends the guest. A broken pipe does if it is standard output: others belong to plug-ins.
        pub fn signal(&self) -> Option<i32> {
            match self.0.signal.load(Ordering::Acquire) {
                0 => (self.0.has_broken_pipe.load(Ordering::Acquire) && has_no_reader()).then_some(SIGPIPE),
                number => Some(number as i32),
            }
        }
    }

    fn has_no_reader() -> bool {
        let out = std::io::stdout();
        let mut polled = [PollFd::new(&out, PollFlags::empty())];
        let now = Timespec { tv_sec: 0, tv_nsec: 0 };
        retry_on_intr(|| poll(&mut polled, Some(&now))).is_ok() && polled[0].revents().contains(PollFlags::ERR)
    }
}

#[cfg(not(unix))]
impl Interrupts {
    /// Does nothing: on this system Ctrl-C ends the process at once.
    ///
    /// # Errors
    /// None.
    pub fn watch() -> Result<Self, Failure> {
        Ok(Self::default())
    }

    /// Returns the signal that ends the guest: none.
    pub fn signal(&self) -> Option<i32> {
        None
    }
}
