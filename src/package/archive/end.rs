//! The end record, which is the last thing in an archive and says where its directory is.
#![forbid(unsafe_code)]

use crate::package::archive::fields::{Fields, zip64};
use crate::status::counted;
use std::ops::Range;

const SIGNATURE: &[u8] = b"PK\x05\x06";
const ZIP64_LOCATOR: &[u8] = b"PK\x06\x07";
const ZIP64_LOCATOR_SIZE: usize = 20;
const SIZE: usize = 22;

/// The directory of an archive.
pub struct End {
    /// The number of its records.
    pub count: usize,
    /// Its bytes.
    pub directory: Range<usize>,
}

/// Finds the end record. Its comment must be empty: it could contain another end record, so that tools find different ones.
pub fn find(bytes: &[u8]) -> Result<End, String> {
    let start = bytes.len().checked_sub(SIZE).filter(|start| bytes[*start..].starts_with(SIGNATURE));
    let start = start.ok_or_else(|| missing(bytes))?;
    let mut fields = Fields(&bytes[start + SIGNATURE.len()..]);
    let (disk, first_disk, here, count) = (fields.u16()?, fields.u16()?, fields.u16()?, fields.u16()?);
    let (size, offset, comment) = (fields.u32()?, fields.u32()?, fields.u16()?);
    let locator = start.checked_sub(ZIP64_LOCATOR_SIZE).is_some_and(|at| bytes[at..].starts_with(ZIP64_LOCATOR));
    if locator || count == u16::MAX || size == u32::MAX || offset == u32::MAX {
        return Err(zip64());
    }
    if (disk, first_disk) != (0, 0) || here != count {
        return Err("is a part of an archive of several files; pack it into one".to_owned());
    }
    if comment != 0 {
        return Err("is truncated or damaged: its last record states a comment that is not there".to_owned());
    }
    let (size, offset) = (size as usize, offset as usize);
    match offset.checked_add(size) {
        Some(end) if end == start => Ok(End { count: count.into(), directory: offset..end }),
        Some(end) if end < start => Err(hidden(start - end)),
        _ => Err("is truncated or damaged: its directory would be outside of the file".to_owned()),
    }
}

/// Returns the error of bytes that belong to no part of the archive.
pub fn hidden(count: usize) -> String {
    format!("has {} before its files or between its parts, which are part of no file; pack it again", counted(count, "byte"))
}

/// Returns why there is no end record at the end.
fn missing(bytes: &[u8]) -> String {
    if bytes.is_empty() {
        return "is empty".to_owned();
    }
    // The last whole one, with or without a comment, which has at most 65,535 bytes.
    let start = bytes.len().saturating_sub(SIZE + usize::from(u16::MAX));
    let found = bytes[start..].windows(SIZE).rposition(|window| window.starts_with(SIGNATURE));
    match found.map(|at| start + at).map(|at| (bytes.len() - at - SIZE, &bytes[at + SIZE - 2..at + SIZE])) {
        Some((after, size)) if size == (after as u16).to_le_bytes() => {
            "has a comment, in which another archive could be hidden; remove it (`zip -z`)".to_owned()
        }
        Some((after, _)) => format!("has {} after its end, which are part of no file; pack it again", counted(after, "byte")),
        None if bytes.starts_with(b"PK") => "is truncated: its last record is missing; copy it again".to_owned(),
        None => {
            let beginning = String::from_utf8_lossy(&bytes[..bytes.len().min(8)]).into_owned();
            format!("is not a zip archive: it begins with {beginning:?}")
        }
    }
}
