//! The data of a file in an archive.
#![forbid(unsafe_code)]

use crate::text;
use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::inflate_flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
use miniz_oxide::inflate::core::{DecompressorOxide, decompress};
use std::borrow::Cow;
use std::ops::Range;

/// A file in an archive.
pub struct Entry {
    /// Its path: `/` between folders, none of which is `..`, and none of the names is refused by any system.
    pub name: String,
    /// Its size in bytes.
    pub size: usize,
    /// Whether it is compressed.
    pub(super) deflated: bool,
    /// Its CRC-32.
    pub(super) crc: u32,
    /// Where its data is.
    pub(super) data: Range<usize>,
}

/// Unpacks a file, which must have exactly the stated size, use all of its data, and match its CRC-32.
pub fn read(bytes: &[u8], entry: &Entry) -> Result<Vec<u8>, String> {
    let packed = &bytes[entry.data.clone()];
    let contents: Cow<'_, [u8]> = if entry.deflated { inflate(packed, entry)?.into() } else { packed.into() };
    let (found, stated) = (crc32fast::hash(&contents), entry.crc);
    if found != stated {
        let name = text::name(&entry.name);
        return Err(format!("is damaged: `{name}` has the CRC-32 {found:08x} instead of {stated:08x}; copy it again"));
    }
    Ok(contents.into_owned())
}

fn inflate(packed: &[u8], entry: &Entry) -> Result<Vec<u8>, String> {
    let mut contents = vec![0; entry.size];
    let flags = TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
    let (status, used, made) = decompress(&mut DecompressorOxide::new(), packed, &mut contents, 0, flags);
    let why = match status {
        TINFLStatus::Done if used == packed.len() && made == entry.size => return Ok(contents),
        TINFLStatus::Done if made < entry.size => format!("unpacks to {made} bytes, and {} are stated", entry.size),
        TINFLStatus::Done => format!("is followed by {} bytes that are part of no file", packed.len() - used),
        TINFLStatus::HasMoreOutput => format!("unpacks to more than the {} bytes that are stated", entry.size),
        _ => "cannot be unpacked".to_owned(),
    };
    Err(format!("is damaged: `{}` {why}", text::name(&entry.name)))
}
