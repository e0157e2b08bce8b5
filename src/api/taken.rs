//! What libvm owns for a suspension: taken out where that goes on or is cancelled, and freed by its `release`.

use crate::panics;
use std::ffi::c_void;

/// Passes ownership to libvm, as the pointer of the functions below.
pub(super) fn into_user<T: Send>(value: T) -> *mut c_void {
    Box::into_raw(Box::new(Some(value))).cast()
}

/// Takes it; `None` if it was taken before.
///
/// # Safety
/// The pointer is that of `into_user` for this type, and was not released.
pub(super) unsafe fn take<T>(user: *mut c_void) -> Option<T> {
    // SAFETY: promised above; libvm calls the functions of a suspension one at a time.
    unsafe { (*user.cast::<Option<T>>()).take() }
}

/// Drops it.
///
/// # Safety
/// As for `take`.
pub(super) unsafe extern "C" fn cancel<T>(user: *mut c_void) {
    // SAFETY: promised above.
    let value = unsafe { take::<T>(user) };
    // A panic cannot pass through libvm; its message has been printed.
    let _ = panics::catch(|| drop(value));
}

/// Drops it, if it was not taken, and frees its place.
///
/// # Safety
/// As for `take`; the pointer is not used again.
pub(super) unsafe extern "C" fn release<T>(user: *mut c_void) {
    // SAFETY: promised above.
    let value = unsafe { Box::from_raw(user.cast::<Option<T>>()) };
    // As above.
    let _ = panics::catch(|| drop(value));
}
