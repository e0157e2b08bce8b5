//! A descriptor that is readable while a flag is up, for `poll`, epoll, kqueue and event loops built on them.

use crate::status::{Error, Result};
#[cfg(unix)]
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

/// The flag. Raising a raised one, or lowering a lowered one, is not allowed.
pub struct Signal {
    #[cfg(unix)]
    reader: OwnedFd,
    /// The other end of a pipe; an event descriptor of Linux has one end.
    #[cfg(all(unix, not(any(target_os = "linux", target_os = "android"))))]
    writer: OwnedFd,
}

#[cfg(unix)]
fn failure() -> Error {
    let error = std::io::Error::last_os_error();
    let what =
        format!("cannot create a descriptor for the queue: {error}; close other descriptors or raise the limit of the process");
    Error::new(libvm_abi::STATUS_IO, what).with_os_error(&error)
}

/// Takes a new descriptor.
#[cfg(unix)]
fn owned(descriptor: libc::c_int) -> Result<OwnedFd> {
    // SAFETY: nobody else owns it, if there is one.
    if descriptor < 0 { Err(failure()) } else { Ok(unsafe { OwnedFd::from_raw_fd(descriptor) }) }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
impl Signal {
    /// Creates a lowered flag.
    ///
    /// # Errors
    /// `STATUS_IO` if the process or the system has no descriptor left.
    pub fn new() -> Result<Self> {
        // SAFETY: it has no preconditions.
        Ok(Self { reader: owned(unsafe { libc::eventfd(0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK) })? })
    }

    /// Returns the descriptor to write to.
    fn writer(&self) -> &OwnedFd {
        &self.reader
    }
}

#[cfg(all(unix, not(any(target_os = "linux", target_os = "android"))))]
impl Signal {
    /// Creates a lowered flag.
    ///
    /// # Errors
    /// `STATUS_IO` if the process or the system has no descriptor left.
    pub fn new() -> Result<Self> {
        let mut ends = [-1; 2];
        // SAFETY: there is room for two descriptors.
        if unsafe { libc::pipe(ends.as_mut_ptr()) } != 0 {
            return Err(failure());
        }
        let (reader, writer) = (owned(ends[0])?, owned(ends[1])?);
        for end in [&reader, &writer] {
            // SAFETY: these have no preconditions.
            unsafe {
                libc::fcntl(end.as_raw_fd(), libc::F_SETFD, libc::FD_CLOEXEC);
                libc::fcntl(end.as_raw_fd(), libc::F_SETFL, libc::O_NONBLOCK);
            }
        }
        Ok(Self { reader, writer })
    }

    /// Returns the descriptor to write to.
    fn writer(&self) -> &OwnedFd {
        &self.writer
    }
}

#[cfg(unix)]
impl Signal {
    /// Returns the descriptor.
    pub fn handle(&self) -> i64 {
        self.reader.as_raw_fd().into()
    }

    /// Makes the descriptor readable.
    pub fn raise(&self) {
        let one = 1_u64.to_ne_bytes();
        // SAFETY: so many bytes are there. It cannot fail while the flag is lowered.
        unsafe { libc::write(self.writer().as_raw_fd(), one.as_ptr().cast(), one.len()) };
    }

    /// Makes the descriptor not readable.
    pub fn lower(&self) {
        let mut bytes = [0; 8];
        // SAFETY: there is room for so many bytes.
        unsafe { libc::read(self.reader.as_raw_fd(), bytes.as_mut_ptr().cast(), bytes.len()) };
    }
}

#[cfg(not(unix))]
impl Signal {
    /// Creates a flag without a descriptor.
    pub fn new() -> Result<Self> {
        Ok(Self {})
    }

    /// Returns that there is no descriptor.
    pub fn handle(&self) -> i64 {
        -1
    }

    /// Does nothing.
    pub fn raise(&self) {}

    /// Does nothing.
    pub fn lower(&self) {}
}
