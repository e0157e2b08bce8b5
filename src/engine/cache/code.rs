//! Compiled code that was authenticated.
#![forbid(unsafe_code)]

use super::format::{Begun, Fault};
use crate::system;
#[cfg(any(target_os = "linux", target_os = "android"))]
use crate::system::seal;
use std::fs::File;
use std::io::{ErrorKind, Read};

/// Authenticated code, which nothing outside of this process can change any more.
pub enum Code {
    /// A file in memory that contains the code and nothing else, sealed: what maps it needs no copy.
    Sealed(File),
    /// Memory of this process.
    Bytes(Vec<u8>),
}

impl Code {
    /// Reads and authenticates the rest of a file.
    ///
    /// # Errors
    /// What is wrong with the file.
    pub(super) fn read(begun: Begun, file: &mut impl Read) -> Result<Self, Fault> {
        // The limit for the size of files holds for those in memory too, and exceeding it ends the process.
        if begun.size <= system::file_size_limit()
            && let Some(mut copy) = new_file()
        {
            begun.copy(file, &mut copy)?;
            return seal(&copy).map(|()| Self::Sealed(copy)).map_err(|error| Fault::unusable("its copy cannot be sealed", error));
        }
        let mut bytes = Vec::new();
        let size = usize::try_from(begun.size).ok().filter(|size| bytes.try_reserve_exact(*size).is_ok());
        let what = "there is no memory for it";
        size.ok_or_else(|| Fault::unusable(what, ErrorKind::OutOfMemory))?;
        begun.copy(file, &mut bytes)?;
        Ok(Self::Bytes(bytes))
    }
}

/// Creates a file in memory, where the system has them.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn new_file() -> Option<File> {
    use rustix::fs::{MemfdFlags, memfd_create};
    memfd_create("libvm code", MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING).ok().map(File::from)
}

/// There are no files in memory on this system.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn new_file() -> Option<File> {
    None
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn seal(_: &File) -> std::io::Result<()> {
    Ok(())
}
