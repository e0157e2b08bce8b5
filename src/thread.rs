//! The threads of the process.

#[cfg(any(not(unix), miri))]
use std::ptr;

/// A number that tells running threads apart: even, and never 0.
#[inline]
pub fn id() -> usize {
    // The address of what the system keeps for a thread; a thread-local variable of a shared library is several times as slow.
    // Miri counts threads instead, also with odd numbers.
    #[cfg(all(unix, not(miri)))]
    // SAFETY: it has no preconditions.
    return unsafe { libc::pthread_self() } as usize;
    #[cfg(any(not(unix), miri))]
    {
        thread_local!(static MARK: u64 = const { 0 });
        MARK.with(|mark| ptr::from_ref(mark) as usize)
    }
}
