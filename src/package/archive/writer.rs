//! Writing an archive: the same files give the same bytes, on every machine and at any time.
#![forbid(unsafe_code)]

use miniz_oxide::deflate::compress_to_vec;

/// Deflate, and the names are UTF-8.
const NEEDED: u16 = 20;
/// The attributes are those of Unix.
const MADE_BY: u16 = 3 << 8 | NEEDED;
const UTF8: u16 = 1 << 11;
/// 1 January 1980, 0:00: the first time that the format can express.
const TIME: u32 = 1 << 21 | 1 << 16;
const LEVEL: u8 = 9;

/// A file to be written.
pub struct Source<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its contents.
    pub bytes: &'a [u8],
    /// Whether it is made executable by tools that unpack it.
    pub executable: bool,
}

/// Writes an archive of files, in their order.
pub fn write(files: &[Source<'_>]) -> Vec<u8> {
    let (mut made, mut directory) = (Vec::new(), Vec::new());
    for file in files {
        let offset = made.len() as u32;
        let deflated = compress_to_vec(file.bytes, LEVEL);
        let (method, data) = if deflated.len() < file.bytes.len() { (8_u16, &*deflated) } else { (0, file.bytes) };
        let mut common = Vec::new();
        for number in [NEEDED, UTF8, method] {
            common.extend(number.to_le_bytes());
        }
        for number in [TIME, crc32fast::hash(file.bytes), data.len() as u32, file.bytes.len() as u32] {
            common.extend(number.to_le_bytes());
        }
        // The sizes of name and extra fields.
        common.extend((file.name.len() as u32).to_le_bytes());
        made.extend(b"PK\x03\x04");
        made.extend(&common);
        made.extend(file.name.as_bytes());
        made.extend(data);
        directory.extend(b"PK\x01\x02");
        directory.extend(MADE_BY.to_le_bytes());
        directory.extend(&common);
        // The size of the comment, the number of the file in an archive of several, internal attributes.
        directory.extend([0; 6]);
        let mode: u32 = if file.executable { 0o100_755 } else { 0o100_644 };
        directory.extend((mode << 16).to_le_bytes());
        directory.extend(offset.to_le_bytes());
        directory.extend(file.name.as_bytes());
    }
    let (count, size, offset) = ((files.len() as u16).to_le_bytes(), directory.len() as u32, made.len() as u32);
    made.extend(directory);
    made.extend(b"PK\x05\x06\0\0\0\0");
    made.extend([count, count].concat());
    made.extend(size.to_le_bytes());
    made.extend(offset.to_le_bytes());
    made.extend([0; 2]);
    made
}
