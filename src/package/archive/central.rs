//! The directory of an archive: a record for each file and folder.
#![forbid(unsafe_code)]

use crate::package::archive::fields::{Fields, zip64};
use crate::text;
use std::borrow::Cow;

const SIGNATURE: &[u8] = b"PK\x01\x02";

/// Names are UTF-8.
const FLAG_UTF8: u16 = 1 << 11;
/// Sizes and CRC-32 are behind the data.
pub const FLAG_DESCRIPTOR: u16 = 1 << 3;
/// How well deflate has compressed.
const FLAGS_LEVEL: u16 = 0b110;
/// The file, or the directory of the archive, is encrypted.
const FLAGS_ENCRYPTED: u16 = 1 | 1 << 6 | 1 << 13;

const STORED: u16 = 0;
const DEFLATED: u16 = 8;

/// The kind of a file in the attributes of Unix.
const KIND: u32 = 0o170_000;
const REGULAR: u32 = 0o100_000;
const FOLDER: u32 = 0o040_000;

/// The extra field with a name in UTF-8 of Info-ZIP, which some tools prefer to the name itself.
const EXTRA_NAME: u16 = 0x7075;
/// The extra field with numbers of 64 bits.
const EXTRA_ZIP64: u16 = 1;

/// What the directory says of a file or folder.
pub struct Record {
    /// Its name, without the slash that ends the name of a folder.
    pub name: String,
    /// The bytes of the name in the archive.
    pub raw_name: Vec<u8>,
    /// Whether it is a folder.
    pub is_folder: bool,
    /// Its flags.
    pub flags: u16,
    /// Its method of compression.
    pub method: u16,
    /// Whether that is deflate.
    pub deflated: bool,
    /// The CRC-32 of its contents.
    pub crc: u32,
    /// Its size in the archive.
    pub packed: usize,
    /// Its size.
    pub size: usize,
    /// The offset of its local header.
    pub offset: usize,
}

impl Record {
    /// Returns the name for a message.
    pub fn shown(&self) -> Cow<'_, str> {
        text::name(&self.name)
    }
}

/// Reads the records of a directory, which must be exactly so many.
pub fn read(bytes: &[u8], count: usize) -> Result<Vec<Record>, String> {
    let mut fields = Fields(bytes);
    let records = (0..count).map(|_| record(&mut fields)).collect::<Result<_, _>>()?;
    if !fields.0.is_empty() {
        return Err(format!("is damaged: its last record states {count} files and folders, but its directory is longer"));
    }
    Ok(records)
}

fn record(fields: &mut Fields<'_>) -> Result<Record, String> {
    if fields.bytes(4)? != SIGNATURE {
        return Err("is damaged: its directory has no record where one must be".to_owned());
    }
    let (_made_by, _needed) = (fields.u16()?, fields.u16()?);
    let (flags, method) = (fields.u16()?, fields.u16()?);
    let _time = fields.u32()?;
    let (crc, packed, size) = (fields.u32()?, fields.u32()?, fields.u32()?);
    let (name, extra, comment) = (fields.u16()?, fields.u16()?, fields.u16()?);
    let (disk, _internal, attributes, offset) = (fields.u16()?, fields.u16()?, fields.u32()?, fields.u32()?);
    let (raw, extra) = (fields.bytes(name.into())?, fields.bytes(extra.into())?);
    fields.bytes(comment.into())?;

    let named = decoded(raw, extra)?;
    let shown = text::name(named);
    let refused = |why: &str| Err(format!("has an entry `{shown}` {why}"));
    if [packed, size, offset].contains(&u32::MAX) {
        return Err(zip64());
    }
    if flags & FLAGS_ENCRYPTED != 0 {
        return refused("that is encrypted; pack it without a password");
    }
    if flags & !(FLAG_UTF8 | FLAG_DESCRIPTOR | FLAGS_LEVEL) != 0 {
        return refused(&format!("with the flags {flags:#06x}, which this library does not know"));
    }
    if method != STORED && method != DEFLATED {
        let name = method_name(method);
        return refused(&format!("that is compressed with {name}; use deflate, which every tool offers"));
    }
    if method == STORED && packed != size {
        return refused("that is not compressed, but has two sizes");
    }
    if disk != 0 {
        return refused("in another file of an archive of several files");
    }
    let (name, is_folder) = match named.strip_suffix('/') {
        Some(name) => (name, true),
        None => (named, false),
    };
    let kind = (attributes >> 16) & KIND;
    let (expected, noun) = if is_folder { (FOLDER, "a folder") } else { (REGULAR, "a file") };
    if kind != 0 && kind != expected {
        return match kind_name(kind) {
            Some(kind) => refused(&format!("that is {kind}; a package contains only files and folders")),
            None => refused(&format!("whose name is that of {noun}, but whose attributes are those of another kind")),
        };
    }
    if is_folder && size != 0 {
        return refused("that is a folder with contents");
    }
    Ok(Record {
        name: name.to_owned(),
        raw_name: raw.to_owned(),
        is_folder,
        flags,
        method,
        deflated: method == DEFLATED,
        crc,
        packed: packed as usize,
        size: size as usize,
        offset: offset as usize,
    })
}

/// Returns a name. Not all tools mark names in UTF-8 as such: it is UTF-8 if it is valid.
fn decoded<'a>(raw: &'a [u8], extra: &[u8]) -> Result<&'a str, String> {
    check_extra(raw, extra)?;
    std::str::from_utf8(raw).map_err(|_| {
        let lossy = String::from_utf8_lossy(raw);
        format!("has an entry `{}` whose name is not valid UTF-8; rename it", text::name(&lossy))
    })
}

/// Checks the extra fields of a record, in which some tools find another name and other sizes.
pub fn check_extra(name: &[u8], extra: &[u8]) -> Result<(), String> {
    let lossy = String::from_utf8_lossy(name);
    let shown = text::name(&lossy);
    let mut fields = Fields(extra);
    while !fields.0.is_empty() {
        let damaged = |_| format!("has an entry `{shown}` with damaged extra fields");
        let (id, size) = (fields.u16().map_err(damaged)?, fields.u16().map_err(damaged)?);
        let body = fields.bytes(size.into()).map_err(damaged)?;
        match id {
            EXTRA_ZIP64 => return Err(zip64()),
            // Behind a version and the CRC-32 of the other name.
            EXTRA_NAME if body.get(5..) != Some(name) => {
                return Err(format!(
                    "has an entry `{shown}` with another name in an extra field; tools would read different names"
                ));
            }
            _ => {}
        }
    }
    Ok(())
}

fn method_name(method: u16) -> String {
    let name = match method {
        1 => "shrink",
        6 => "implode",
        9 => "deflate64",
        12 => "bzip2",
        14 => "LZMA",
        93 | 20 => "zstd",
        95 => "xz",
        98 => "PPMd",
        99 => "AES encryption",
        _ => return format!("method {method}"),
    };
    name.to_owned()
}

fn kind_name(kind: u32) -> Option<&'static str> {
    Some(match kind {
        0o120_000 => "a symbolic link",
        0o020_000 | 0o060_000 => "a device",
        0o010_000 => "a named pipe",
        0o140_000 => "a socket",
        _ => return None,
    })
}
