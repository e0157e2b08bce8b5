//! The settings of a WASI environment, as plain data.
#![forbid(unsafe_code)]

use super::notify::Notifier;
use crate::limits::MAX_CAPTURED_OUTPUT;
use crate::status::{Error, Result};
use libvm_abi as abi;
use std::io;
use std::ops::BitOr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Fills the buffer with the guest's next input and returns the number of bytes; 0 is the end, `None` means that there is none yet.
/// It may be called on any thread on which a context runs. A failure that has an error number in WASI is returned to the guest; others (`STATUS_TRAP`,
/// statuses of the host's own, invalid statuses) end the guest's call.
pub type ReadCallback = Arc<dyn Fn(&mut [u8]) -> Result<Option<usize>> + Send + Sync>;

/// Receives output of the guest and returns how many bytes were written; otherwise like [`ReadCallback`].
pub type WriteCallback = Arc<dyn Fn(&[u8]) -> Result<Option<usize>> + Send + Sync>;

/// Returns the time in nanoseconds. May be called on any thread on which a context runs.
pub type TimeCallback = Arc<dyn Fn() -> u64 + Send + Sync>;

/// What a guest may do in a directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rights(u32);

impl Rights {
    /// List directories and read files. Every change is refused with `EROFS`, as in a read-only file system.
    pub const READ: Self = Self(1);

    /// Create, write, rename and remove files and directories, and look up types and sizes by name. Reading
    /// the contents of files and symbolic links and listing directories is refused with `EACCES`, as in a drop box.
    pub const WRITE: Self = Self(2);

    /// Creates rights from bits.
    ///
    /// # Errors
    /// `STATUS_INVALID_ARGUMENT` if no bit or an unknown bit is set.
    pub fn from_bits(bits: u32) -> Result<Self> {
        if bits == 0 || bits & !3 != 0 {
            let message = format!("rights {bits:#x} of a directory are not valid; pass 1 (read), 2 (write) or 3 (both)");
            return Err(Error::new(abi::STATUS_INVALID_ARGUMENT, message));
        }
        Ok(Self(bits))
    }

    /// Returns the bits: 1 for reading, 2 for writing.
    pub const fn bits(self) -> u32 {
        self.0
    }

    /// Returns whether reading is permitted.
    pub fn can_read(self) -> bool {
        self.0 & Self::READ.0 != 0
    }

    /// Returns whether writing is permitted.
    pub fn can_write(self) -> bool {
        self.0 & Self::WRITE.0 != 0
    }
}

impl BitOr for Rights {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// A directory of the host that is open when the guest starts.
#[derive(Clone, Debug)]
pub struct Preopen {
    /// Its absolute path on the host.
    pub host: PathBuf,
    /// Its name in the guest.
    pub guest: String,
    /// The guest's rights in it.
    pub rights: Rights,
}

/// The source of the guest's standard input.
#[derive(Clone, Default)]
pub enum Input {
    /// Empty.
    #[default]
    Nothing,
    /// The process's own standard input.
    Inherited,
    /// These bytes; each context reads them from the beginning.
    Bytes(Arc<Vec<u8>>),
    /// This file; each context opens it again.
    File(PathBuf),
    /// A callback.
    Callback(ReadCallback),
}

/// The destination of the guest's standard output or standard error.
#[derive(Clone, Default)]
pub enum Output {
    /// The process's own stream.
    #[default]
    Inherited,
    /// Discarded.
    Discarded,
    /// Memory.
    Captured(Arc<Capture>),
    /// An open file, which contexts share.
    File {
        /// Its path.
        path: PathBuf,
        /// The file.
        file: Arc<std::fs::File>,
    },
    /// A callback.
    Callback(WriteCallback),
}

/// The source of the guest's time.
#[derive(Clone)]
pub enum Clock {
    /// `start` nanoseconds at the first reading, and `step` more at each further one, counted separately in each context.
    Steps {
        /// The first reading.
        start: u64,
        /// The increment of each reading.
        step: u64,
    },
    /// A callback that returns nanoseconds.
    Callback(TimeCallback),
}

/// All settings of a context's WASI environment. Clones share captured output, open output files and callbacks.
#[derive(Clone, Default)]
pub struct Setup {
    /// Arguments, beginning with the program's name. None contains a NUL byte.
    pub arguments: Vec<String>,
    /// Names and values of environment variables. None contains a NUL byte, and no name contains `=`.
    pub environment: Vec<(String, String)>,
    /// Directories, in the order of their file descriptors, from 3.
    pub directories: Vec<Preopen>,
    /// Standard input.
    pub input: Input,
    /// Standard output.
    pub output: Output,
    /// Standard error.
    pub errors: Output,
    /// Time since 1970, in place of the system's.
    pub realtime: Option<Clock>,
    /// Monotonic time, in place of the system's. While it is set, a guest that sleeps does not block: both of its clocks
    /// advance instead.
    pub monotonic: Option<Clock>,
    /// Makes the guest's random bytes the same in each context.
    pub seed: Option<u64>,
    /// Whether functions that wait suspend the guest.
    pub may_suspend: bool,
    /// Says that callbacks of streams can go on.
    pub notifier: Arc<Notifier>,
}

impl Setup {
    /// Clears the captured output of all guests with these settings.
    pub fn clear_captured(&self) {
        for output in [&self.output, &self.errors] {
            if let Output::Captured(capture) = output {
                capture.clear();
            }
        }
    }
}

/// Copies bytes, of which there may be many; returns `None` if the system is out of memory.
pub fn copy(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut copy = Vec::new();
    copy.try_reserve_exact(bytes.len()).ok()?;
    copy.extend_from_slice(bytes);
    Some(copy)
}

/// Output captured in memory, which any thread may read while guests write.
pub struct Capture(Mutex<Captured>);

struct Captured {
    bytes: Vec<u8>,
    capacity: usize,
    truncated: bool,
}

impl Default for Capture {
    fn default() -> Self {
        Self(Mutex::new(Captured { bytes: Vec::new(), capacity: MAX_CAPTURED_OUTPUT, truncated: false }))
    }
}

impl Capture {
    /// Sets the maximum number of bytes that are captured.
    pub fn set_capacity(&self, capacity: usize) {
        self.lock().capacity = capacity;
    }

    /// Clears the captured output.
    pub fn clear(&self) {
        let mut captured = self.lock();
        captured.bytes = Vec::new();
        captured.truncated = false;
    }

    /// Returns the captured output; nothing if the system is out of memory for a copy.
    pub fn bytes(&self) -> Vec<u8> {
        copy(&self.lock().bytes).unwrap_or_default()
    }

    /// Returns whether a guest tried to write more than fits.
    pub fn is_truncated(&self) -> bool {
        self.lock().truncated
    }

    /// Captures as much as fits and returns the number of bytes.
    ///
    /// # Errors
    /// `StorageFull` if nothing fits, `OutOfMemory` if the system is out of memory.
    pub fn write(&self, buffers: &[io::IoSlice<'_>]) -> io::Result<usize> {
        let mut captured = self.lock();
        let captured = &mut *captured;
        let wanted = buffers.iter().fold(0usize, |sum, buffer| sum.saturating_add(buffer.len()));
        let taken = wanted.min(captured.capacity.saturating_sub(captured.bytes.len()));
        captured.truncated |= taken < wanted;
        if taken == 0 && wanted > 0 {
            return Err(io::ErrorKind::StorageFull.into());
        }
        captured.bytes.try_reserve(taken).map_err(|_| io::ErrorKind::OutOfMemory)?;
        let mut left = taken;
        for buffer in buffers {
            let part = &buffer[..left.min(buffer.len())];
            captured.bytes.extend_from_slice(part);
            left -= part.len();
        }
        Ok(taken)
    }

    // Under the lock, a panic can only happen where the bytes are consistent.
    fn lock(&self) -> MutexGuard<'_, Captured> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rights_have_known_bits_only() {
        assert_eq!(Rights::from_bits(3).unwrap(), Rights::READ | Rights::WRITE);
        for bits in [0, 4, 7, u32::MAX] {
            let error = Rights::from_bits(bits).unwrap_err();
            assert_eq!(error.status(), abi::STATUS_INVALID_ARGUMENT);
            assert!(error.message().contains("pass 1 (read), 2 (write) or 3 (both)"), "{}", error.message());
        }
    }

    #[test]
    fn a_capture_keeps_what_fits() {
        let capture = Capture::default();
        capture.set_capacity(5);
        assert_eq!(capture.write(&[io::IoSlice::new(b"ab"), io::IoSlice::new(b"cd")]).unwrap(), 4);
        assert!(!capture.is_truncated());
        assert_eq!(capture.write(&[io::IoSlice::new(b"ef")]).unwrap(), 1);
        assert!(capture.is_truncated());
        assert_eq!(capture.write(&[io::IoSlice::new(b"g")]).unwrap_err().kind(), io::ErrorKind::StorageFull);
        assert_eq!(capture.write(&[io::IoSlice::new(b"")]).unwrap(), 0);
        assert_eq!(capture.bytes(), b"abcde");
    }
}
