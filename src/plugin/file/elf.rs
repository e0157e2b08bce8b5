//! ELF: checks that the file is complete, and finds its exports.
//!
//! The system's loader follows addresses in a library without checking them, so that a damaged file crashes the
//! process. What the loader reads is read here first, and in the same way: by segments and the dynamic segment, not by sections.
#![forbid(unsafe_code)]

mod dynamic;
mod relocations;
mod segments;
mod symbols;

use crate::plugin::file::source::{Entry, Exports, Source, bad_file, truncated};
use crate::status::Result;
use dynamic::{Dynamic, Image};
use libvm_abi as abi;
use object::Endianness;
use object::elf::{self, FileHeader32, FileHeader64};
use object::pod;
use object::read::elf::{FileHeader, Sym};
use segments::{Segment, Segments};

/// The minimum size of an ELF file in bytes.
pub(super) const LEAST_SIZE: usize = size_of::<FileHeader64<Endianness>>();

/// Reads the exports of a library of this platform; `head` is the beginning of the file, with at least [`LEAST_SIZE`] bytes.
pub(super) fn read(source: &mut Source<'_>, head: &[u8]) -> Result<Exports> {
    if usize::BITS == 64 { read_class::<FileHeader64<_>>(source, head) } else { read_class::<FileHeader32<_>>(source, head) }
}

fn read_class<E: FileHeader<Endian = Endianness>>(source: &mut Source<'_>, head: &[u8]) -> Result<Exports> {
    let path = source.path;
    let damaged = |why: object::Error| bad_file(path, format!("is damaged: {why}"));
    let header = E::parse(head).map_err(damaged)?;
    let endian = header.endian().map_err(damaged)?;
    let kind = match header.e_type(endian) {
        elf::ET_DYN => None,
        elf::ET_REL => Some("an object file; link it with -shared".to_owned()),
        elf::ET_EXEC => Some("a program; link it with -shared".to_owned()),
        elf::ET_CORE => Some("a core dump".to_owned()),
        other => Some(format!("an ELF file of type {}", other.0)),
    };
    if let Some(kind) = kind {
        return Err(bad_file(path, format!("is not a shared library, but {kind}")));
    }

    let headers = program_headers::<E>(source, header, endian)?;
    let segments: Vec<Segment> = headers.iter().map(|header| Segment::new::<E>(header, endian)).collect();
    let section_headers = u64::from(header.e_shnum(endian)) * u64::from(header.e_shentsize(endian));
    let ends = segments.iter().map(Segment::file_end).chain([header.e_shoff(endian).into().saturating_add(section_headers)]);
    let end = ends.max().unwrap_or(0);
    if end > source.size {
        return Err(truncated(path, end, source.size));
    }
    let segments =
        Segments::check(&segments).map_err(|why| bad_file(path, format!("is damaged: {why}; copy or build it again")))?;
    let mut image = Image { source, segments, endian, machine: header.e_machine(endian) };
    let dynamic = Dynamic::read::<E>(&mut image)?;
    let symbols = symbols::read::<E>(&mut image, &dynamic)?;
    if symbols.is_empty() {
        return Ok(Exports { manifest: None, entry: Entry::Missing });
    }
    relocations::check::<E>(&mut image, header, &dynamic, &symbols)?;
    exports::<E>(&mut image, &dynamic, &symbols)
}

/// Finds the two symbols of a plug-in.
fn exports<E: FileHeader<Endian = Endianness>>(
    image: &mut Image<'_, '_>,
    dynamic: &Dynamic,
    symbols: &[E::Sym],
) -> Result<Exports> {
    let endian = image.endian;
    let mut exports = Exports { manifest: None, entry: Entry::Missing };
    let mut manifest = None;
    for symbol in symbols {
        if symbol.is_undefined(endian) || symbol.st_bind() == elf::STB_LOCAL {
            continue;
        }
        let name: u64 = symbol.st_name(endian).into();
        let address: u64 = symbol.st_value(endian).into();
        if dynamic.is_name(name, abi::MANIFEST_SYMBOL) {
            manifest = Some(address);
        } else if dynamic.is_name(name, abi::ENTRY_SYMBOL) {
            let callable = matches!(symbol.st_type(), elf::STT_FUNC | elf::STT_NOTYPE | elf::STT_GNU_IFUNC);
            if callable && symbols::has_plain_functions(image.machine) && !image.segments.is_code(address) {
                return image.damaged(format!("its `{}` is at {address:#x}, where there is no code", abi::ENTRY_SYMBOL));
            }
            exports.entry = if callable { Entry::Present } else { Entry::NotAFunction };
        }
    }
    if let Some(address) = manifest {
        // A manifest outside of the file's data is read as an empty one, which is refused with a message of its own.
        let offset = image.segments.file_offset(address, 0).unwrap_or(0);
        exports.manifest = Some(image.source.read_manifest(offset, image.segments.available(address))?);
    }
    Ok(exports)
}

fn program_headers<E: FileHeader<Endian = Endianness>>(
    source: &mut Source<'_>,
    header: &E,
    endian: Endianness,
) -> Result<Vec<E::ProgramHeader>> {
    let count = header.e_phnum(endian);
    if count == 0 || count == elf::PN_XNUM || usize::from(header.e_phentsize(endian)) != size_of::<E::ProgramHeader>() {
        return Err(bad_file(source.path, "is damaged: its program headers cannot be read"));
    }
    table(source, header.e_phoff(endian).into(), u64::from(count))
}

/// Reads an array of the file.
fn table<T: pod::Pod>(source: &mut Source<'_>, offset: u64, count: u64) -> Result<Vec<T>> {
    let bytes = source.read(offset, count.saturating_mul(size_of::<T>() as u64))?;
    let (items, _) = pod::slice_from_bytes::<T>(&bytes, count as usize)
        .map_err(|()| bad_file(source.path, "is damaged: its headers cannot be read"))?;
    Ok(items.to_vec())
}
