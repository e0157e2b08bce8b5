//! Writing an archive: the same files give the same bytes, on every machine and at any time.
#![forbid(unsafe_code)]

use crate::limits::{MAX_PACKAGE, MAX_PACKAGE_FILES, MAX_PACKAGE_NAME};
use miniz_oxide::deflate::compress_to_vec;

/// Deflate, and the names are UTF-8.
const NEEDED: u16 = 20;
/// The attributes are those of Unix.
const MADE_BY: u16 = 3 << 8 | NEEDED;
const UTF8: u16 = 1 << 11;
/// 1 January 1980, 0:00: the first time that the format can express.
const TIME: u32 = 1 << 21 | 1 << 16;
const LEVEL: u8 = 9;

/// Writes an archive in memory. Directories have no entries of their own.
#[derive(Default)]
pub struct Writer {
    files: Vec<u8>,
    directory: Vec<u8>,
    count: u16,
}

impl Writer {
    /// Creates an empty archive.
    ///
    /// # Errors
    /// None in a build with packages.
    pub fn new() -> crate::status::Result<Self> {
        Ok(Self::default())
    }

    /// Adds a file; tools that unpack it make it executable, or not.
    ///
    /// # Errors
    /// The reason, if the archive becomes larger than a package may be.
    pub fn add(&mut self, name: &str, bytes: &[u8], executable: bool) -> Result<(), String> {
        let offset = self.files.len() as u32;
        let deflated = compress_to_vec(bytes, LEVEL);
        let (method, data) = if deflated.len() < bytes.len() { (8_u16, &*deflated) } else { (0, bytes) };
        let size = (self.files.len() + data.len() + self.directory.len()) as u64;
        if size > MAX_PACKAGE || usize::from(self.count) == MAX_PACKAGE_FILES || name.len() > MAX_PACKAGE_NAME {
            return Err(format!(
                "is too large: a package may have {MAX_PACKAGE} bytes and {MAX_PACKAGE_FILES} files, with names of {MAX_PACKAGE_NAME} \
                 bytes"
            ));
        }
        let mut common = Vec::new();
        for number in [NEEDED, UTF8, method] {
            common.extend(number.to_le_bytes());
        }
        for number in [TIME, crc32fast::hash(bytes), data.len() as u32, bytes.len() as u32] {
            common.extend(number.to_le_bytes());
        }
        // The sizes of name and extra fields.
        common.extend((name.len() as u32).to_le_bytes());
        self.files.extend(b"PK\x03\x04");
        self.files.extend(&common);
        self.files.extend(name.as_bytes());
        self.files.extend(data);
        let directory = &mut self.directory;
        directory.extend(b"PK\x01\x02");
        directory.extend(MADE_BY.to_le_bytes());
        directory.extend(&common);
        // The size of the comment, the number of the file in an archive of several, internal attributes.
        directory.extend([0; 6]);
        let mode: u32 = if executable { 0o100_755 } else { 0o100_644 };
        directory.extend((mode << 16).to_le_bytes());
        directory.extend(offset.to_le_bytes());
        directory.extend(name.as_bytes());
        self.count += 1;
        Ok(())
    }

    /// Returns the bytes of the archive.
    pub fn finish(self) -> Vec<u8> {
        let Self { files: mut made, directory, count } = self;
        let (size, offset, count) = (directory.len() as u32, made.len() as u32, count.to_le_bytes());
        made.extend(directory);
        made.extend(b"PK\x05\x06\0\0\0\0");
        made.extend([count, count].concat());
        made.extend(size.to_le_bytes());
        made.extend(offset.to_le_bytes());
        made.extend([0; 2]);
        made
    }
}
