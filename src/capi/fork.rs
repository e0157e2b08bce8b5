//! `fork()`: a child has only the thread that forked, and a lock that another one had would stay locked in it for ever. So whoever
//! forks takes the locks of the process first, and both sides give them back.

#[cfg(unix)]
use std::any::Any;
#[cfg(unix)]
use std::cell::RefCell;
#[cfg(unix)]
use std::sync::atomic::{AtomicBool, Ordering};

#[cfg(unix)]
thread_local! {
    /// What the thread holds while it forks.
    static HELD: RefCell<Vec<Box<dyn Any>>> = const { RefCell::new(Vec::new()) };
}

/// Makes `fork()` safe from now on, for a child that makes its own engine.
#[cfg(unix)]
pub fn watch() {
    static WATCHED: AtomicBool = AtomicBool::new(false);
    // Whoever comes second does not wait for the first: what a lock for that does, a child of a third thread would wait for.
    if !WATCHED.swap(true, Ordering::Relaxed) {
        // SAFETY: the functions are there as long as the library is mapped, which the system knows. Without memory for them, forking
        // stays as it is.
        unsafe { libc::pthread_atfork(Some(before), Some(after), Some(in_child)) };
    }
}

/// Does nothing: there is no `fork()` here.
#[cfg(not(unix))]
pub fn watch() {}

#[cfg(unix)]
extern "C" fn before() {
    let held = vec![
        crate::plugin::hold_locks(),
        crate::hooks::hold_locks(),
        crate::engine::hold_locks(),
        crate::log::hold_lock(),
        crate::timer::hold_lock(),
        crate::reactor::hold_lock(),
    ];
    // The thread may be ending: then nothing is held, as if nobody watched.
    let _ = HELD.try_with(|kept| kept.replace(held));
}

#[cfg(unix)]
extern "C" fn after() {
    let _ = HELD.try_with(RefCell::take);
}

#[cfg(unix)]
extern "C" fn in_child() {
    after();
    crate::plugin::forget_other_threads();
    crate::engine::forget_other_threads();
    crate::timer::forget();
    crate::reactor::forget();
}
