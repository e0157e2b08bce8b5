//! Identities of the threads of the process.

use crate::limits::PARSER_STACK;
#[cfg(all(feature = "compiled", any(target_os = "linux", target_os = "android")))]
use crate::limits::STACK_SIZES;
use crate::system;
use std::io;
#[cfg(unix)]
use std::mem::MaybeUninit;
use std::num::NonZero;
#[cfg(any(not(unix), miri))]
use std::ptr;
#[cfg(feature = "compiled")]
use std::sync::atomic::AtomicBool;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread::{self, Builder};
use std::time::{Duration, Instant};

/// Returns a number that identifies a running thread: even, and never 0.
#[inline]
pub fn id() -> usize {
    // The address of the system's data of the thread; a thread-local variable of a shared library is several times as slow.
    // Miri numbers threads instead, also with odd numbers.
    #[cfg(all(target_os = "linux", target_arch = "x86_64", target_pointer_width = "64", not(miri)))]
    {
        let id;
        // As `pthread_self`, without a call, for which the callers would have to keep what is in registers.
        // SAFETY: that address contains itself, by the ABI of thread-local variables; nothing else is touched.
        unsafe { std::arch::asm!("mov {}, fs:0", out(reg) id, options(readonly, nostack, preserves_flags)) };
        id
    }
    #[cfg(all(unix, not(all(target_os = "linux", target_arch = "x86_64", target_pointer_width = "64")), not(miri)))]
    // SAFETY: it has no preconditions.
    return unsafe { libc::pthread_self() } as usize;
    #[cfg(any(not(unix), miri))]
    {
        thread_local!(static MARK: u64 = const { 0 });
        MARK.with(|mark| ptr::from_ref(mark) as usize)
    }
}

/// Returns a number that identifies a thread also among those that have ended, whose [`id`] a new thread may get.
pub fn number() -> u64 {
    static LAST: AtomicU64 = AtomicU64::new(0);
    thread_local!(static NUMBER: u64 = LAST.fetch_add(1, Ordering::Relaxed) + 1);
    NUMBER.with(|number| *number)
}

/// Starts a thread that lives on its own: the process does not wait for it to end. Signals of the process go to other threads, and
/// unloading the library leaves its code mapped.
///
/// # Errors
/// Those of the system.
pub fn start_in_background(name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
    system::stay_loaded();
    without_signals(|| Builder::new().name(name.to_owned()).spawn(work).map(drop))
}

/// Runs `start`; threads that it starts receive no signals.
#[cfg(unix)]
fn without_signals<R>(start: impl FnOnce() -> R) -> R {
    let (mut all, mut before) = (MaybeUninit::uninit(), MaybeUninit::uninit());
    // SAFETY: `sigfillset` writes the set that the mask is taken from, and the mask that was in effect is written to `before`.
    let failed = unsafe {
        libc::sigfillset(all.as_mut_ptr());
        libc::pthread_sigmask(libc::SIG_SETMASK, all.as_ptr(), before.as_mut_ptr())
    };
    let started = start();
    if failed == 0 {
        // SAFETY: written above.
        unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, before.as_ptr(), std::ptr::null_mut()) };
    }
    started
}

/// Runs `start`: there are no signals here.
#[cfg(not(unix))]
fn without_signals<R>(start: impl FnOnce() -> R) -> R {
    start()
}

/// Whether code of guests may run whose traps are signals.
#[cfg(feature = "compiled")]
static TRAPS: AtomicBool = AtomicBool::new(false);

/// Has `admit_traps` admit them from now on.
#[cfg(feature = "compiled")]
pub fn expect_traps() {
    TRAPS.store(true, Ordering::Relaxed);
}

/// Lets this thread receive the signals that traps of guests are: hosts start threads that receive none, and one that is blocked when it
/// is due ends the process.
#[cfg(feature = "compiled")]
pub fn admit_traps() {
    #[cfg(all(unix, not(miri)))]
    if TRAPS.load(Ordering::Relaxed) {
        let mut traps = MaybeUninit::uninit();
        // SAFETY: `sigemptyset` writes the set that the others use, and the numbers are those of signals.
        unsafe {
            libc::sigemptyset(traps.as_mut_ptr());
            for signal in [libc::SIGSEGV, libc::SIGBUS, libc::SIGILL, libc::SIGFPE] {
                libc::sigaddset(traps.as_mut_ptr(), signal);
            }
            libc::pthread_sigmask(libc::SIG_UNBLOCK, traps.as_ptr(), std::ptr::null_mut());
        }
    }
}

/// Returns how many processors the process may use; 1 if the system does not say.
pub fn processors() -> usize {
    // The system reads files to answer. Threads that ask at the same time may all ask it: a lock would have to be held at a fork.
    static KNOWN: AtomicUsize = AtomicUsize::new(0);
    match KNOWN.load(Ordering::Relaxed) {
        0 => {
            let found = thread::available_parallelism().map_or(1, NonZero::get);
            KNOWN.store(found, Ordering::Relaxed);
            found
        }
        known => known,
    }
}

/// Returns the processor time that this thread has used; where the system has no such clock, the time that has passed.
pub fn processor_time() -> Duration {
    #[cfg(all(unix, not(miri)))]
    {
        let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
        // SAFETY: the time can be written to.
        if unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &mut time) } == 0 {
            return Duration::new(time.tv_sec as u64, time.tv_nsec as u32);
        }
    }
    thread_local!(static FIRST: Instant = Instant::now());
    FIRST.with(Instant::elapsed)
}

/// Returns the lowest address of the stack of this thread, and its size; `None` if the system does not say.
#[cfg(feature = "compiled")]
pub fn stack() -> Option<(usize, usize)> {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    {
        let (mut attributes, mut low, mut size) = (MaybeUninit::uninit(), std::ptr::null_mut(), 0);
        // SAFETY: the attributes are used and destroyed once the first function has written them; the others are variables.
        let failed = unsafe {
            if libc::pthread_getattr_np(libc::pthread_self(), attributes.as_mut_ptr()) != 0 {
                return None;
            }
            let failed = libc::pthread_attr_getstack(attributes.as_ptr(), &mut low, &mut size);
            libc::pthread_attr_destroy(attributes.as_mut_ptr());
            failed
        };
        // Without a limit (ulimit -s unlimited) that of the first thread reaches down to the next mapping, and what is mapped later lies
        // in it: only what can be asked for is taken for a stack.
        let used = size.min(*STACK_SIZES.end());
        (failed == 0 && size != 0).then_some((low as usize + (size - used), used))
    }
    #[cfg(target_vendor = "apple")]
    {
        // SAFETY: they have no preconditions for the thread that calls them.
        let (top, size) = unsafe {
            let myself = libc::pthread_self();
            (libc::pthread_get_stackaddr_np(myself) as usize, libc::pthread_get_stacksize_np(myself))
        };
        Some((top.checked_sub(size)?, size))
    }
    #[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
    {
        // Where it begins is not known.
        let left = stacker::remaining_stack().filter(|left| *left != 0)?;
        let here = 0_u8;
        let low = (&raw const here as usize).saturating_sub(left);
        Some((low, usize::MAX - low))
    }
}

/// Runs `work`, which may recurse as deeply as a file is nested, with enough stack: threads of a host may have little. Then it
/// runs on a thread of its own.
pub fn with_room<R: Send>(work: impl FnOnce() -> R + Send) -> R {
    // 0 is impossible: the host runs this on a custom stack.
    if stacker::remaining_stack().is_none_or(|left| left == 0 || left >= PARSER_STACK) {
        return work();
    }
    let work = Mutex::new(Some(work));
    let run = || work.lock().unwrap_or_else(PoisonError::into_inner).take().expect("it runs once")();
    let roomy = Builder::new().stack_size(PARSER_STACK);
    let done = thread::scope(|scope| Some(roomy.spawn_scoped(scope, run).ok()?.join()));
    // Where no thread can be created, the existing stack has to suffice.
    done.map_or_else(run, |result| result.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
}

#[cfg(test)]
mod tests {
    use super::{id, number, with_room};
    use std::thread;

    #[test]
    #[cfg_attr(miri, ignore)] // it has no native stack
    fn a_thread_with_a_small_stack_gets_more() {
        fn deep(levels: usize) -> u64 {
            let filled = std::hint::black_box([levels as u8; 1024]);
            if levels == 0 { 0 } else { deep(levels - 1) + u64::from(filled[levels]) }
        }
        let small = thread::Builder::new().stack_size(64 << 10);
        let found = small.spawn(|| with_room(|| deep(180))).unwrap().join().unwrap();
        assert_eq!(found, (1..=180).sum());
    }

    #[test]
    fn threads_have_numbers_of_their_own() {
        let mine = (id(), number());
        let others: Vec<_> = (0..3).map(|_| thread::spawn(|| (id(), number())).join().unwrap()).collect();
        assert_eq!(mine, (id(), number()));
        assert!(mine.0 % 2 == 0 && others.iter().all(|other| other.0 != mine.0));
        // These ran one after the other, so that the system may have given them the same ID.
        let mut numbers: Vec<_> = others.iter().map(|other| other.1).chain([mine.1]).collect();
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), 4);
    }
}
