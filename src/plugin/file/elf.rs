//! ELF: is the file whole, and what does it export?
#![forbid(unsafe_code)]

use crate::plugin::file::object_file::{Entry, Exports, Source, bad_file, truncated};
use crate::status::Result;
use libvm_abi as abi;
use object::Endianness;
use object::elf::{self, FileHeader32, FileHeader64};
use object::pod;
use object::read::elf::{FileHeader, ProgramHeader, SectionHeader, Sym};

/// No ELF file is shorter, in bytes.
pub(super) const LEAST_SIZE: usize = size_of::<FileHeader64<Endianness>>();

/// Reads the exports of a library of this platform; `head` is how the file begins, with at least [`LEAST_SIZE`] bytes.
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

    let segments = segments::<E>(source, header, endian)?;
    let segments: &[E::ProgramHeader] = &segments;
    let sections = sections::<E>(source, header, endian)?;
    let ends = segments.iter().map(|segment| {
        let (offset, size) = segment.file_range(endian);
        offset.saturating_add(size)
    });
    let end = ends.max().unwrap_or(0);
    if end > source.size {
        return Err(truncated(path, end, source.size));
    }

    let mut exports = Exports { manifest: None, entry: Entry::Missing };
    let Some(table) = sections.iter().find(|section| section.sh_type(endian) == elf::SHT_DYNSYM) else {
        return Ok(exports);
    };
    let Some(names) = sections.get(table.sh_link(endian) as usize) else {
        return Err(bad_file(path, "is damaged: its symbols have no names"));
    };
    let mut part = |section: &E::SectionHeader| source.read(section.sh_offset(endian).into(), section.sh_size(endian).into());
    let (symbols, names) = (part(table)?, part(names)?);
    let (symbols, _) = pod::slice_from_bytes::<E::Sym>(&symbols, symbols.len() / size_of::<E::Sym>())
        .map_err(|()| bad_file(path, "is damaged: its symbols cannot be read"))?;
    let mut manifest = None;
    for symbol in symbols {
        if symbol.is_undefined(endian) || symbol.st_bind() == elf::STB_LOCAL {
            continue;
        }
        let name = names.get(symbol.st_name(endian) as usize..).unwrap_or_default();
        if is(name, abi::MANIFEST_SYMBOL) {
            manifest = Some(symbol.st_value(endian).into());
        } else if is(name, abi::ENTRY_SYMBOL) {
            let callable = matches!(symbol.st_type(), elf::STT_FUNC | elf::STT_NOTYPE | elf::STT_GNU_IFUNC);
            exports.entry = if callable { Entry::Present } else { Entry::NotAFunction };
        }
    }
    if let Some(address) = manifest {
        let place = segments.iter().filter(|segment| segment.p_type(endian) == elf::PT_LOAD).find_map(|segment| {
            let (offset, size) = segment.file_range(endian);
            let distance = u64::checked_sub(address, segment.p_vaddr(endian).into())?;
            Some((offset.checked_add(distance)?, size.checked_sub(distance)?))
        });
        // A manifest outside of the file's data reads as an empty one, which is refused with a message of its own.
        let (offset, available) = place.unwrap_or((0, 0));
        exports.manifest = Some(source.read_manifest(offset, available)?);
    }
    Ok(exports)
}

fn segments<E: FileHeader<Endian = Endianness>>(
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

fn sections<E: FileHeader<Endian = Endianness>>(
    source: &mut Source<'_>,
    header: &E,
    endian: Endianness,
) -> Result<Vec<E::SectionHeader>> {
    let offset = header.e_shoff(endian).into();
    if offset == 0 {
        let why = "has no section headers, and its manifest is found by them; strip it with less force";
        return Err(bad_file(source.path, why));
    }
    if usize::from(header.e_shentsize(endian)) != size_of::<E::SectionHeader>() {
        return Err(bad_file(source.path, "is damaged: its section headers cannot be read"));
    }
    let mut count = u64::from(header.e_shnum(endian));
    if count == 0 {
        // More than fit into the header: the first section's size is their number.
        let first: Vec<E::SectionHeader> = table(source, offset, 1)?;
        count = first[0].sh_size(endian).into();
    }
    table(source, offset, count)
}

/// Reads an array of the file.
fn table<T: pod::Pod>(source: &mut Source<'_>, offset: u64, count: u64) -> Result<Vec<T>> {
    let bytes = source.read(offset, count.saturating_mul(size_of::<T>() as u64))?;
    let (items, _) = pod::slice_from_bytes::<T>(&bytes, count as usize)
        .map_err(|()| bad_file(source.path, "is damaged: its headers cannot be read"))?;
    Ok(items.to_vec())
}

/// Whether the NUL-terminated name that begins here is this one.
fn is(name: &[u8], symbol: &str) -> bool {
    name.strip_prefix(symbol.as_bytes()).is_some_and(|rest| rest.first() == Some(&0))
}
