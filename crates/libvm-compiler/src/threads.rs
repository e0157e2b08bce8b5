//! The threads that compile.

use rayon::ThreadPoolBuilder;
use std::io;
use std::num::NonZero;
use std::panic::resume_unwind;
use std::thread::{self, Builder};

const NAME: &str = "libvm-compiler";

/// Size of a stack. The system backs only what is used of it, which grows with the nesting of a module.
const STACK: usize = 64 << 20;

/// Returns how many threads are used where `wanted` are wanted: at least one, and at most as many as there are processors.
pub fn usable(wanted: usize) -> usize {
    wanted.clamp(1, thread::available_parallelism().map_or(1, NonZero::get))
}

/// Runs `work` on `count` threads, and joins them.
///
/// # Errors
/// Those of the system when a thread is started.
///
/// # Panics
/// If `work` does.
pub fn run<R: Send>(count: usize, work: impl FnOnce() -> R + Send) -> io::Result<R> {
    if count > 1 {
        let threads = ThreadPoolBuilder::new().num_threads(count).stack_size(STACK).thread_name(|_| NAME.to_owned());
        let run = |thread: rayon::ThreadBuilder| {
            refuse_signals();
            thread.run();
        };
        return threads.build_scoped(run, |pool| pool.install(work)).map_err(io::Error::other);
    }
    thread::scope(|scope| {
        let work = || {
            refuse_signals();
            work()
        };
        let thread = Builder::new().name(NAME.to_owned()).stack_size(STACK).spawn_scoped(scope, work)?;
        Ok(thread.join().unwrap_or_else(|carried| resume_unwind(carried)))
    })
}

/// Lets signals of the process go to the host's threads.
#[cfg(unix)]
fn refuse_signals() {
    let mut all = std::mem::MaybeUninit::uninit();
    // SAFETY: `sigfillset` writes the set that the mask is taken from.
    unsafe {
        libc::sigfillset(all.as_mut_ptr());
        libc::pthread_sigmask(libc::SIG_SETMASK, all.as_ptr(), std::ptr::null_mut());
    }
}

/// Does nothing: there are no signals here.
#[cfg(not(unix))]
fn refuse_signals() {}
