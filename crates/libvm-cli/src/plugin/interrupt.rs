//! Ctrl-C while packages are read or changed, or a plug-in is checked: the work ends as if it had failed.

use crate::exit::Exit;
use crate::failure::Failure;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether a signal has come that ends the work.
#[derive(Clone, Default)]
pub struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Watches Ctrl-C and `SIGTERM` from now on. A second one ends the process at once.
    #[cfg(unix)]
    pub fn watch() -> Self {
        use signal_hook::consts::{SIGINT, SIGTERM};
        use signal_hook::flag;
        let made = Self::default();
        for signal in [SIGINT, SIGTERM] {
            // In this order: the first signal finds it unset. Without a handler the process ends at once.
            let _ = flag::register_conditional_shutdown(signal, Exit::signal(signal).code(), Arc::clone(&made.0));
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
    Failure::new(Exit::signal(2), "interrupted; nothing has changed")
}
