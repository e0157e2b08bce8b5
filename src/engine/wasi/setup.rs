//! What a WASI environment is made from, in plain data.
#![forbid(unsafe_code)]

use crate::limits::MAX_CAPTURED_OUTPUT;
use crate::status::{Error, Result};
use libvm_abi as abi;
use std::io;
use std::ops::BitOr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Fills the buffer with what the guest reads next and returns how many bytes that was; 0 is the end. It may be called on any
/// thread on which a context runs. A failure that has a number in WASI is what the guest sees; others (`STATUS_TRAP`, statuses of the
/// host's own, an answer that is not a status) end the guest's call.
pub type ReadCallback = Arc<dyn Fn(&mut [u8]) -> Result<usize> + Send + Sync>;

/// Takes what the guest writes and returns how many bytes of it were taken; otherwise as [`ReadCallback`].
pub type WriteCallback = Arc<dyn Fn(&[u8]) -> Result<usize> + Send + Sync>;

/// Gives the time in nanoseconds. May be called on any thread on which a context runs.
pub type TimeCallback = Arc<dyn Fn() -> u64 + Send + Sync>;

/// What a guest may do in a directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rights(u32);

impl Rights {
    /// List directories and read files. Everything that would change something is refused with `EROFS`, as in a file system
    /// that is mounted read-only.
    pub const READ: Self = Self(1);

    /// Make, write, rename and remove files and directories, and see their names' types and sizes when asked for by name. Reading
    /// the contents of files and symbolic links and listing directories is refused with `EACCES`, as in a drop box.
    pub const WRITE: Self = Self(2);

    /// The rights with these bits.
    ///
    /// # Errors
    /// `STATUS_INVALID_ARGUMENT` for no bit and for unknown bits.
    pub fn from_bits(bits: u32) -> Result<Self> {
        if bits == 0 || bits & !3 != 0 {
            let message = format!("rights {bits:#x} for a directory; give 1 (read), 2 (write) or 3 (both)");
            return Err(Error::new(abi::STATUS_INVALID_ARGUMENT, message));
        }
        Ok(Self(bits))
    }

    /// As bits: 1 for reading, 2 for writing.
    pub const fn bits(self) -> u32 {
        self.0
    }

    /// Whether reading is among them.
    pub fn can_read(self) -> bool {
        self.0 & Self::READ.0 != 0
    }

    /// Whether writing is among them.
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

/// A directory of the host that the guest finds open when it starts.
#[derive(Clone, Debug)]
pub struct Preopen {
    /// Where it is on the host, absolute.
    pub host: PathBuf,
    /// What the guest calls it.
    pub guest: String,
    /// What the guest may do in it.
    pub rights: Rights,
}

/// Where the guest's standard input comes from.
#[derive(Clone, Default)]
pub enum Input {
    /// It has ended before it begins.
    #[default]
    Nothing,
    /// The process's own standard input.
    Inherited,
    /// These bytes; each context reads them from the first.
    Bytes(Arc<Vec<u8>>),
    /// This file; each context opens it anew.
    File(PathBuf),
    /// What a callback gives.
    Callback(ReadCallback),
}

/// Where the guest's standard output or its errors go.
#[derive(Clone, Default)]
pub enum Output {
    /// To the process's own standard output or errors.
    #[default]
    Inherited,
    /// Nowhere.
    Discarded,
    /// Into memory.
    Captured(Arc<Capture>),
    /// To an open file, which contexts share.
    File {
        /// Where it was opened.
        path: PathBuf,
        /// The file.
        file: Arc<std::fs::File>,
    },
    /// To a callback.
    Callback(WriteCallback),
}

/// What the guest reads as the time.
#[derive(Clone)]
pub enum Clock {
    /// Nanoseconds `start` at the first reading, and `step` more at each further one, counted apart in each context.
    Steps {
        /// The first reading.
        start: u64,
        /// What each reading adds.
        step: u64,
    },
    /// Nanoseconds that a callback gives.
    Callback(TimeCallback),
}

/// Everything a context's WASI environment is made from. Clones share captured output, open output files and callbacks.
#[derive(Clone, Default)]
pub struct Setup {
    /// Arguments, the program's name first. None has a NUL byte.
    pub arguments: Vec<String>,
    /// Names and values of environment variables. None has a NUL byte, no name has `=`.
    pub environment: Vec<(String, String)>,
    /// Directories, in the order in which the guest finds them from file descriptor 3.
    pub directories: Vec<Preopen>,
    /// Standard input.
    pub input: Input,
    /// Standard output.
    pub output: Output,
    /// Standard errors.
    pub errors: Output,
    /// Time since 1970 instead of the system's.
    pub realtime: Option<Clock>,
    /// Time that never goes back instead of the system's. While it is set, a guest that sleeps does not block: both of its clocks
    /// move ahead instead.
    pub monotonic: Option<Clock>,
    /// Makes the guest's random bytes the same in each context.
    pub seed: Option<u64>,
}

impl Setup {
    /// Forgets what was captured of the output of all guests with this setup.
    pub fn clear_captured(&self) {
        for output in [&self.output, &self.errors] {
            if let Output::Captured(capture) = output {
                capture.clear();
            }
        }
    }
}

/// A copy of bytes, of which there may be many; `None` when the system has no memory for it.
pub fn copy(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut copy = Vec::new();
    copy.try_reserve_exact(bytes.len()).ok()?;
    copy.extend_from_slice(bytes);
    Some(copy)
}

/// Output kept in memory, which any thread may look at while guests write.
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
    /// Sets how many bytes are kept in all.
    pub fn set_capacity(&self, capacity: usize) {
        self.lock().capacity = capacity;
    }

    /// Forgets what was written.
    pub fn clear(&self) {
        let mut captured = self.lock();
        captured.bytes = Vec::new();
        captured.truncated = false;
    }

    /// What was written so far; nothing when the system has no memory for a copy.
    pub fn bytes(&self) -> Vec<u8> {
        copy(&self.lock().bytes).unwrap_or_default()
    }

    /// Whether a guest wanted to write more than fits.
    pub fn is_truncated(&self) -> bool {
        self.lock().truncated
    }

    /// Takes what still fits and gives how many bytes that was.
    ///
    /// # Errors
    /// `StorageFull` when nothing fits, `OutOfMemory` when the system has no memory.
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

    // Nothing that can panic runs under the lock but what leaves the bytes whole.
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
            assert!(error.message().contains("give 1 (read), 2 (write) or 3 (both)"), "{}", error.message());
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
