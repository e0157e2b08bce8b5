//! Ctrl-C while packages are read or changed, or a plug-in is checked: the work ends as if it had failed.

use crate::exit::Exit;
use crate::failure::Failure;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};

/// The number of the last signal that ends the work; 0 for none.
static SIGNAL: LazyLock<Arc<AtomicUsize>> = LazyLock::new(Arc::default);

/// Whether a signal has come that ends the work.
#[derive(Clone, Default)]
pub struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Watches Ctrl-C, `SIGTERM` and `SIGHUP` from now on. A second one ends the process at once.
    #[cfg(unix)]
    pub fn watch() -> Self {
        use signal_hook::flag;
        let made = Self::default();
        for signal in crate::signals::ending() {
            // In this order: the first signal finds it unset. Without a handler the process ends at once.
            let _ = flag::register_conditional_shutdown(signal, Exit::signal(signal).code(), Arc::clone(&made.0));
            let _ = flag::register_usize(signal, Arc::clone(&SIGNAL), signal as usize);
            let _ = flag::register(signal, Arc::clone(&made.0));
        }
        made
    }

    /// Does nothing: on this system Ctrl-C ends the process at once.
    #[cfg(not(unix))]
    pub fn watch() -> Self {
        Self::default()
    }

    /// Returns whether the work must end.
    pub fn has_come(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Returns what is set when the work must end.
    pub fn flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.0)
    }
}

/// Returns the failure of work that was interrupted.
pub fn failure() -> Failure {
    Failure::new(exit(), "interrupted; nothing has changed")
}

/// Returns the failure of work that was interrupted, and of which a part is done.
pub fn ended() -> Failure {
    Failure::new(exit(), "interrupted")
}

fn exit() -> Exit {
    const SIGINT: i32 = 2;
    match SIGNAL.load(Ordering::Relaxed) {
        0 => Exit::signal(SIGINT),
        signal => Exit::signal(signal as i32),
    }
}
