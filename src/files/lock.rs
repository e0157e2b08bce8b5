//! Locks between processes, which are released with the process, however that ends.
#![forbid(unsafe_code)]

use std::fs::File;
use std::io::Result;

/// Locks an open file for this descriptor, unless another descriptor has the lock; it is released with the descriptor.
///
/// # Errors
/// Those of the system.
#[cfg(unix)]
pub fn try_lock(file: &File) -> Result<bool> {
    use rustix::fs::{FlockOperation, flock};
    match flock(file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(true),
        Err(error) if error == rustix::io::Errno::WOULDBLOCK => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Does nothing: the standard library offers no such locks on this system.
///
/// # Errors
/// None.
#[cfg(not(unix))]
pub fn try_lock(_: &File) -> Result<bool> {
    Ok(true)
}
