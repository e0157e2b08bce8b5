//! The compiler's file, checked before any of its code can run.
//!
//! The system's loader trusts what it maps: it crashes the process on a truncated library.
#![forbid(unsafe_code)]

use super::place::shown;
use crate::files::{self, Provenance};
use libvm_abi as abi;
use object::Endianness;
use object::elf::{FileHeader32, FileHeader64, ProgramHeader32, ProgramHeader64};
use object::read::ReadCache;
use object::read::elf::{FileHeader, ProgramHeader};
use std::fs::File;
use std::path::Path;

/// Checks that only this user and root could have put the file there, and that it is complete.
///
/// # Errors
/// The reason.
pub fn check(path: &Path) -> Result<(), String> {
    let opened = files::open(path, "open the compiler", abi::STATUS_UNSUPPORTED);
    let opened = opened.map_err(|error| error.message().to_owned())?;
    let provenance = Provenance::of_file(path, &opened.metadata);
    let what = shown(path);
    provenance.and_then(|found| found.require_own(&what)).map_err(|error| error.message().to_owned())?;
    if cfg!(all(unix, not(target_vendor = "apple"))) {
        require_complete(&opened.file, opened.metadata.len()).map_err(|why| format!("{what} {why}; install it again"))?;
    }
    Ok(())
}

fn require_complete(file: &File, size: u64) -> Result<(), String> {
    let cache = ReadCache::new(file);
    let end = if usize::BITS == 64 {
        end::<FileHeader64<Endianness>, ProgramHeader64<Endianness>>(&cache)
    } else {
        end::<FileHeader32<Endianness>, ProgramHeader32<Endianness>>(&cache)
    };
    match end {
        Ok(end) if end <= size => Ok(()),
        Ok(end) => Err(format!("is truncated or damaged: {end} bytes expected, {size} found")),
        Err(why) => Err(format!("is not a complete shared library: {why}")),
    }
}

/// Returns where the last of its parts ends.
fn end<E, P>(file: &ReadCache<&File>) -> object::Result<u64>
where
    E: FileHeader<Endian = Endianness, ProgramHeader = P>,
    P: ProgramHeader<Endian = Endianness>,
{
    let header = E::parse(file)?;
    let endian = header.endian()?;
    let segments = header.program_headers(endian, file)?.iter().map(|segment| {
        let (offset, size): (u64, u64) = (segment.p_offset(endian).into(), segment.p_filesz(endian).into());
        offset.saturating_add(size)
    });
    let sections = u64::from(header.e_shnum(endian)) * u64::from(header.e_shentsize(endian));
    let sections = header.e_shoff(endian).into().saturating_add(sections);
    Ok(segments.chain([sections]).max().unwrap_or(0))
}
