//! The local headers, each right before the data of its file: they must agree with the directory, and with the data cover all
//! that is before it.
#![forbid(unsafe_code)]

use crate::package::archive::central::{FLAG_DESCRIPTOR, Record, check_extra};
use crate::package::archive::end::hidden;
use crate::package::archive::fields::{Fields, zip64};
use std::ops::Range;

const SIGNATURE: &[u8] = b"PK\x03\x04";
const DESCRIPTOR_SIGNATURE: &[u8] = b"PK\x07\x08";

/// Returns where the data of each record is; `end` is where the directory begins.
pub fn locate(bytes: &[u8], records: &[Record], end: usize) -> Result<Vec<Range<usize>>, String> {
    let mut order: Vec<usize> = (0..records.len()).collect();
    order.sort_by_key(|index| records[*index].offset);
    let mut places = vec![0..0; records.len()];
    let mut at = 0;
    for (position, index) in order.iter().enumerate() {
        let record = &records[*index];
        if record.offset < at {
            let name = record.shown();
            return Err(format!("has an entry `{name}` that overlaps another one: the same bytes would be two files"));
        } else if record.offset > at {
            return Err(hidden(record.offset - at));
        }
        let next = order.get(position + 1).map_or(end, |next| records[*next].offset.min(end));
        let data = header(&bytes[..end], record)?;
        at = data.end + descriptor(bytes, record, data.end, next)?;
        places[*index] = data;
    }
    if at < end { Err(hidden(end - at)) } else { Ok(places) }
}

/// Checks a local header, and returns where the data behind it is.
fn header(bytes: &[u8], record: &Record) -> Result<Range<usize>, String> {
    let name = record.shown();
    let damaged = |_| format!("is truncated or damaged: its entry `{name}` is not where its directory says");
    let mut fields = Fields(bytes.get(record.offset..).unwrap_or_default());
    if fields.bytes(4).map_err(damaged)? != SIGNATURE {
        return Err(damaged(String::new()));
    }
    let (_needed, flags, method) = (fields.u16()?, fields.u16()?, fields.u16()?);
    let _time = fields.u32()?;
    let (crc, packed, size) = (fields.u32()?, fields.u32()?, fields.u32()?);
    let (name_size, extra) = (fields.u16()?, fields.u16()?);
    let (raw_name, extra_fields) =
        (fields.bytes(name_size.into()).map_err(damaged)?, fields.bytes(extra.into()).map_err(damaged)?);
    check_extra(raw_name, extra_fields)?;
    if packed == u32::MAX || size == u32::MAX {
        return Err(zip64());
    }
    // With a descriptor, what was not known when the header was written is 0.
    let same = |stated: u32, expected| stated == expected || (stated == 0 && flags & FLAG_DESCRIPTOR != 0);
    let differs = [
        (raw_name != record.raw_name, "name"),
        (flags != record.flags, "flags"),
        (method != record.method, "compression"),
        (!same(crc, record.crc), "CRC-32"),
        (!same(packed, record.packed as u32) || !same(size, record.size as u32), "size"),
    ];
    if let Some((_, what)) = differs.into_iter().find(|(differs, _)| *differs) {
        return Err(format!(
            "has an entry `{name}` whose {what} is another one in its header than in the directory of the archive"
        ));
    }
    let start = bytes.len() - fields.0.len();
    fields.bytes(record.packed).map_err(damaged)?;
    Ok(start..start + record.packed)
}

/// Checks the sizes and the CRC-32 behind the data at `at`, if they are there, and returns how many bytes they have; the next
/// entry begins at `next`.
fn descriptor(bytes: &[u8], record: &Record, at: usize, next: usize) -> Result<usize, String> {
    if record.flags & FLAG_DESCRIPTOR == 0 {
        return Ok(0);
    }
    let found = bytes.get(at..next).unwrap_or_default();
    let numbers = [record.crc, record.packed as u32, record.size as u32];
    let expected: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
    let marked = found.strip_prefix(DESCRIPTOR_SIGNATURE).filter(|rest| **rest == *expected);
    if marked.is_some() || *found == *expected {
        return Ok(found.len());
    }
    Err(format!(
        "has an entry `{}` whose sizes or CRC-32 are others behind its data than in the directory of the archive",
        record.shown()
    ))
}
