//! The bytes of a plug-in's file, which are read as far as necessary, and what is found in them.
#![forbid(unsafe_code)]

use crate::limits;
use crate::plugin::file::manifest::KNOWN_SIZE;
use crate::status::{Error, Result};
use libvm_abi as abi;
use std::fs::File;
use std::io::{Cursor, Read, Seek, SeekFrom};
use std::path::Path;

/// Number of bytes that are read at once: most of a small plug-in.
const HEAD: u64 = 16 << 10;

/// The addresses of the two symbols of a plug-in that a shared library exports.
pub struct Exports {
    /// The manifest's bytes: as many as its size says, but at most the size known to this library.
    pub manifest: Option<Vec<u8>>,
    /// The entry function.
    pub entry: Entry,
}

/// The state of the entry function.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    Missing,
    NotAFunction,
    Present,
}

/// Where the bytes are.
#[derive(Clone, Copy)]
pub enum Bytes<'a> {
    /// In an open file.
    File(&'a File),
    /// In memory, unpacked from a package.
    Memory(&'a [u8]),
}

impl<'a> Bytes<'a> {
    /// Reads bytes at an offset, independent of other users of the file's position.
    fn read_at(self, bytes: &mut [u8], offset: u64) -> std::io::Result<()> {
        match self {
            Self::File(file) => read_at(file, bytes, offset),
            Self::Memory(memory) => {
                let mut reader = Cursor::new(memory);
                reader.set_position(offset);
                reader.read_exact(bytes)
            }
        }
    }

    /// Returns a reader of them.
    pub fn reader(self) -> Reader<'a> {
        match self {
            Self::File(file) => Reader::File(file),
            Self::Memory(memory) => Reader::Memory(Cursor::new(memory)),
        }
    }
}

/// Reads from a position, which it changes.
pub enum Reader<'a> {
    File(&'a File),
    Memory(Cursor<&'a [u8]>),
}

impl Read for Reader<'_> {
    fn read(&mut self, bytes: &mut [u8]) -> std::io::Result<usize> {
        match self {
            Self::File(file) => file.read(bytes),
            Self::Memory(memory) => memory.read(bytes),
        }
    }
}

impl Seek for Reader<'_> {
    fn seek(&mut self, position: SeekFrom) -> std::io::Result<u64> {
        match self {
            Self::File(file) => file.seek(position),
            Self::Memory(memory) => memory.seek(position),
        }
    }
}

/// The bytes of a plug-in's file, and how many of them may still be read.
pub struct Source<'a> {
    pub path: &'a Path,
    pub bytes: Bytes<'a>,
    pub size: u64,
    /// The beginning of the file, which is not read again.
    head: Vec<u8>,
    left: u64,
}

impl<'a> Source<'a> {
    /// Creates it from bytes whose beginning is read.
    pub fn new(path: &'a Path, bytes: Bytes<'a>, size: u64) -> Result<Self> {
        let mut made = Self { path, bytes, size, head: Vec::new(), left: limits::MAX_PLUGIN_SYMBOLS };
        made.head = made.read(0, size.min(HEAD))?;
        Ok(made)
    }

    /// Returns the beginning of the file.
    pub fn head(&self) -> &[u8] {
        &self.head
    }

    /// Reads a part of the file.
    pub fn read(&mut self, offset: u64, size: u64) -> Result<Vec<u8>> {
        let end = offset.saturating_add(size);
        if end > self.size {
            return Err(truncated(self.path, end, self.size));
        }
        let most = limits::MAX_PLUGIN_SYMBOLS;
        let too_much = || bad_file(self.path, format!("has more than {most} bytes of headers and symbols"));
        self.left = self.left.checked_sub(size).ok_or_else(too_much)?;
        if end <= self.head.len() as u64 {
            return Ok(self.head[offset as usize..end as usize].to_vec());
        }
        let mut bytes = vec![0; size as usize];
        self.bytes.read_at(&mut bytes, offset).map_err(|error| Error::io("read the plug-in", self.path, &error))?;
        Ok(bytes)
    }

    /// Reads the manifest at `offset`; `available` bytes of it are in the file.
    pub fn read_manifest(&mut self, offset: u64, available: u64) -> Result<Vec<u8>> {
        let size = match self.read(offset, available.min(4))?.try_into() {
            Ok(bytes) => u64::from(u32::from_ne_bytes(bytes)),
            Err(_) => 0,
        };
        // At least the head of the manifest, so that a wrong size is reported.
        self.read(offset, size.clamp(64, KNOWN_SIZE as u64).min(available))
    }
}

/// Creates the error of a file that is not a complete shared library.
pub fn bad_file(path: &Path, why: impl std::fmt::Display) -> Error {
    Error::new(abi::STATUS_PLUGIN_BAD_FILE, format!("{} {why}", path.display())).at_path(path)
}

/// Creates the error of a truncated file.
pub fn truncated(path: &Path, expected: u64, found: u64) -> Error {
    bad_file(path, format!("is truncated or damaged: {expected} bytes expected, {found} found; copy it again"))
}

#[cfg(unix)]
fn read_at(file: &File, bytes: &mut [u8], offset: u64) -> std::io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, bytes, offset)
}

#[cfg(not(unix))]
fn read_at(mut file: &File, bytes: &mut [u8], offset: u64) -> std::io::Result<()> {
    file.seek(SeekFrom::Start(offset)).and_then(|_| file.read_exact(bytes))
}
