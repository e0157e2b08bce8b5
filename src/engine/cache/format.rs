//! The file format: a header, the name of the versions that made the code, the code.
//!
//! | offset | size | contents |
//! | ---: | ---: | --- |
//! | 0 | 8 | `libvm\0cc` |
//! | 8 | 4 | the version of the format, 1 |
//! | 12 | 4 | what the tag proves: 0, that the file is not damaged; 1, that a cache of this user has made it |
//! | 16 | 8 | the size of the code |
//! | 24 | 4 | the size of the name |
//! | 28 | 4 | 0 |
//! | 32 | 32 | the key |
//! | 64 | 32 | the tag: BLAKE3 of the whole file, with zeros here; keyed with the secret of the cache if it has one |
//! | 96 | | the name, then the code |
//!
//! Numbers are little-endian.
#![forbid(unsafe_code)]

use super::key::Key;
use std::fmt;
use std::io::{self, ErrorKind, Read, Write};

const MAGIC: [u8; 8] = *b"libvm\0cc";
const VERSION: u32 = 1;
const HEADER: usize = 96;
const TAG: std::ops::Range<usize> = 64..HEADER;
/// Maximum size of the name in bytes.
const MAX_NAME: usize = 1024;
/// How much is hashed and copied at once: enough for the fastest form of BLAKE3, and little enough for the processor's own cache.
const PART: usize = 256 << 10;

/// Why a file is not loaded.
#[derive(Debug)]
pub enum Fault {
    /// It must not be used: the reason.
    Bad(String),
    /// It may be good, and this process cannot use it now: it has no descriptors or no memory left, or the disk fails.
    Unusable(io::Error),
}

impl Fault {
    /// Creates that of a file that cannot be used now; `what` failed.
    pub fn unusable(what: &str, error: impl Into<io::Error>) -> Self {
        let error = error.into();
        Self::Unusable(io::Error::new(error.kind(), format!("{what} ({error})")))
    }
}

impl From<String> for Fault {
    fn from(reason: String) -> Self {
        Self::Bad(reason)
    }
}

impl From<&str> for Fault {
    fn from(reason: &str) -> Self {
        Self::Bad(reason.to_owned())
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bad(reason) => reason.fmt(formatter),
            Self::Unusable(error) => error.fmt(formatter),
        }
    }
}

/// What authenticates the files of a cache.
pub type Secret = [u8; blake3::KEY_LEN];

/// Returns the beginning of a file, up to the code.
pub fn header(key: &Key, name: &str, code: &[u8], secret: Option<&Secret>) -> Vec<u8> {
    debug_assert!(name.len() <= MAX_NAME);
    let mut head = Vec::with_capacity(HEADER + name.len());
    head.extend(MAGIC);
    head.extend(VERSION.to_le_bytes());
    head.extend(u32::from(secret.is_some()).to_le_bytes());
    head.extend((code.len() as u64).to_le_bytes());
    head.extend((name.len() as u32).to_le_bytes());
    head.extend([0; 4]);
    head.extend(key.as_bytes());
    head.extend([0; TAG.end - TAG.start]);
    head.extend(name.as_bytes());
    let tag = hasher(secret).update(&head).update(code).finalize();
    head[TAG].copy_from_slice(tag.as_bytes());
    head
}

fn hasher(secret: Option<&Secret>) -> blake3::Hasher {
    secret.map_or_else(blake3::Hasher::new, blake3::Hasher::new_keyed)
}

/// The checked beginning of a file.
#[derive(Debug)]
pub struct Begun {
    /// The key of its code.
    pub key: Key,
    /// The name of the versions that made it.
    pub name: String,
    /// The size of the code.
    pub size: u64,
    tag: blake3::Hash,
    hasher: blake3::Hasher,
}

/// Reads the beginning of a file that has `file_size` bytes in all; the tag is not checked yet.
///
/// # Errors
/// What is wrong with the file.
pub fn begin(file: &mut impl Read, file_size: u64, secret: Option<&Secret>) -> Result<Begun, Fault> {
    let mut head = [0; HEADER];
    read(file, &mut head[..8])?;
    if head[..8] != MAGIC {
        return Err("it does not contain compiled code".into());
    }
    read(file, &mut head[8..])?;
    let version = number(&head, 8);
    if version != VERSION {
        return Err(format!("its format has the version {version}, and this version of libvm reads {VERSION}").into());
    }
    if number(&head, 12) != u32::from(secret.is_some()) || number(&head, 28) != 0 {
        return Err("it was made for another purpose".into());
    }
    let size = u64::from(number(&head, 16)) | u64::from(number(&head, 20)) << 32;
    let length = number(&head, 24) as usize;
    if length > MAX_NAME || size.checked_add((HEADER + length) as u64) != Some(file_size) {
        return Err(format!("its size is {file_size} bytes, and not what its header says").into());
    }
    let mut name = vec![0; length];
    read(file, &mut name)?;
    let mut bytes = [0; 32];
    bytes.copy_from_slice(&head[TAG]);
    let tag = blake3::Hash::from_bytes(bytes);
    bytes.copy_from_slice(&head[32..64]);
    let key = Key::from_bytes(bytes);
    head[TAG].fill(0);
    let mut hasher = hasher(secret);
    hasher.update(&head).update(&name);
    let name = String::from_utf8(name).map_err(|_| "its name is not UTF-8")?;
    Ok(Begun { key, name, size, tag, hasher })
}

impl Begun {
    /// Copies the code, and checks that the file is authentic: what was copied must not be used otherwise.
    ///
    /// # Errors
    /// What is wrong with the file; what is wrong with the copy.
    pub fn copy(mut self, file: &mut impl Read, copy: &mut impl Write) -> Result<(), Fault> {
        let mut part = vec![0; PART.min(self.size.try_into().unwrap_or(PART))];
        let mut left = self.size;
        while left > 0 {
            let size = part.len().min(left.try_into().unwrap_or(PART));
            read(file, &mut part[..size])?;
            self.hasher.update(&part[..size]);
            copy.write_all(&part[..size]).map_err(|error| Fault::unusable("there is no memory for it", error))?;
            left -= size as u64;
        }
        // This comparison takes the same time for all hashes.
        if self.hasher.finalize() == self.tag { Ok(()) } else { Err("it is damaged or forged".into()) }
    }
}

fn number(head: &[u8; HEADER], at: usize) -> u32 {
    u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]])
}

fn read(file: &mut impl Read, into: &mut [u8]) -> Result<(), Fault> {
    file.read_exact(into).map_err(|error| match error.kind() {
        ErrorKind::UnexpectedEof => "it is truncated".into(),
        _ => Fault::unusable("it cannot be read", error),
    })
}
