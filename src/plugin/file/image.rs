//! Mach-O and PE: checks that the file is complete, and finds its exports.
#![forbid(unsafe_code)]

use crate::limits;
use crate::plugin::file::platform::Format;
use crate::plugin::file::source::{Entry, Exports, Reader, Source, bad_file, truncated};
use crate::plugin::file::trie;
use crate::status::Result;
use libvm_abi as abi;
use object::read::macho::{FatArch, MachHeader, MachOFatFile32, MachOFatFile64, MachOFile};
use object::read::{ExportTarget, NameOrOrdinal};
use object::{Architecture, Object, ObjectKind, ObjectSegment, ReadCache, ReadRef};
use std::cell::Cell;
use std::ops::Range;

/// The part of a file that contains one library, of which at most `left` bytes are read: the reader below keeps everything that
/// it has read.
#[derive(Clone, Copy)]
struct Bounded<'a> {
    cache: &'a ReadCache<Reader<'a>>,
    left: &'a Cell<u64>,
    start: u64,
    size: u64,
}

impl Bounded<'_> {
    fn take(&self, size: u64) -> Result<(), ()> {
        self.left.set(self.left.get().checked_sub(size).ok_or(())?);
        Ok(())
    }
}

impl<'a> ReadRef<'a> for Bounded<'a> {
    fn len(self) -> Result<u64, ()> {
        Ok(self.size)
    }

    fn read_bytes_at(self, offset: u64, size: u64) -> Result<&'a [u8], ()> {
        if offset.checked_add(size).is_none_or(|end| end > self.size) {
            return Err(());
        }
        self.take(size)?;
        self.cache.read_bytes_at(self.start + offset, size)
    }

    fn read_bytes_at_until(self, range: Range<u64>, delimiter: u8) -> Result<&'a [u8], ()> {
        if range.start > range.end || range.end > self.size {
            return Err(());
        }
        let bytes = self.cache.read_bytes_at_until(self.start + range.start..self.start + range.end, delimiter)?;
        self.take(bytes.len() as u64 + 1)?;
        Ok(bytes)
    }
}

/// Reads the exports of a library of this platform.
pub(super) fn read(source: &mut Source<'_>, format: Format) -> Result<Exports> {
    let path = source.path;
    let damaged = |why: object::Error| bad_file(path, format!("is truncated or damaged ({} bytes found): {why}", source.size));
    let cache = ReadCache::new(source.bytes.reader());
    let left = Cell::new(limits::MAX_PLUGIN_SYMBOLS);
    let whole = Bounded { cache: &cache, left: &left, start: 0, size: source.size };
    let (start, size) = if format == Format::MachOFat { slice(whole).map_err(damaged)? } else { (0, source.size) };
    if start.saturating_add(size) > source.size {
        return Err(truncated(path, start.saturating_add(size), source.size));
    }
    let file = object::File::parse(Bounded { start, size, ..whole }).map_err(damaged)?;
    if file.kind() != ObjectKind::Dynamic {
        return Err(bad_file(path, "is not a shared library: it is a program or an object file; link it as a shared library"));
    }
    let ends = file.segments().map(|segment| {
        let (offset, size) = segment.file_range();
        start.saturating_add(offset).saturating_add(size)
    });
    let end = ends.max().unwrap_or(0);
    if end > source.size {
        return Err(truncated(path, end, source.size));
    }

    let mut exports = Exports { manifest: None, entry: Entry::Missing };
    let mut manifest = None;
    let mut found = |name: &[u8], address: Option<u64>| {
        if name == abi::MANIFEST_SYMBOL.as_bytes() {
            manifest = address;
        } else if name == abi::ENTRY_SYMBOL.as_bytes() {
            exports.entry = if address.is_some() { Entry::Present } else { Entry::NotAFunction };
        }
    };
    if let Some(trie) = exports_trie(&file).map_err(damaged)? {
        let text = file.segments().find(|segment| matches!(segment.name_bytes(), Ok(Some(b"__TEXT"))));
        let base = text.map_or(0, |text| text.address());
        for name in [abi::MANIFEST_SYMBOL, abi::ENTRY_SYMBOL] {
            let known = trie::find(trie, format!("_{name}").as_bytes());
            let known = known.map_err(|()| bad_file(path, "is damaged: its table of exports cannot be read"))?;
            if let Some(address) = known {
                found(name.as_bytes(), address.map(|address| base.wrapping_add(address)));
            }
        }
    } else {
        let most = limits::MAX_PLUGIN_SYMBOLS as usize;
        let mut left = most;
        for export in file.exports().map_err(damaged)? {
            let export = export.map_err(damaged)?;
            // All names may share the bytes of a long one.
            left = left
                .checked_sub(size_of_names(&export))
                .ok_or_else(|| bad_file(path, format!("has more than {most} bytes of exported names")))?;
            let NameOrOrdinal::Name(name) = export.name() else { continue };
            let address = match export.target() {
                ExportTarget::Address { address } => Some(address),
                _ => None,
            };
            // C names have a leading underscore in Mach-O.
            found(if format == Format::Pe { name } else { name.strip_prefix(b"_").unwrap_or(name) }, address);
        }
    }
    if let Some(address) = manifest {
        let found = file.segments().find_map(|segment| {
            let (offset, size) = segment.file_range();
            let distance = address.checked_sub(segment.address())?;
            Some((start.checked_add(offset)?.checked_add(distance)?, size.checked_sub(distance)?))
        });
        // A manifest outside of the file's data is read as an empty one, which is refused with a message of its own.
        let (offset, available) = found.unwrap_or((0, 0));
        drop(file);
        exports.manifest = Some(source.read_manifest(offset, available)?);
    }
    Ok(exports)
}

/// Returns the size of the names that were read for an export.
fn size_of_names(export: &object::Export<'_>) -> usize {
    let size = |name: NameOrOrdinal<&[u8]>| if let NameOrOrdinal::Name(name) = name { name.len() } else { 0 };
    let target = match export.target() {
        ExportTarget::Reexport { library, name } => library.len() + size(name),
        _ => 0,
    };
    size(export.name()) + target
}

/// Returns the table of exports of a Mach-O library, if it has one in the form of a trie.
fn exports_trie<'a>(file: &object::File<'a, Bounded<'a>>) -> object::Result<Option<&'a [u8]>> {
    fn of<'a, M: MachHeader>(file: &MachOFile<'a, M, Bounded<'a>>) -> object::Result<Option<&'a [u8]>> {
        let (endian, data) = (file.endian(), file.data());
        let mut older = None;
        let mut commands = file.macho_load_commands()?;
        while let Some(command) = commands.next()? {
            if let Some(trie) = command.dyld_exports_trie()? {
                return trie.data(endian, data).map(Some);
            }
            older = command.dyld_info()?.or(older);
        }
        let Some(info) = older else { return Ok(None) };
        // What is not in the file has no exports.
        Ok(Some(data.read_bytes_at(info.export_off.get(endian).into(), info.export_size.get(endian).into()).unwrap_or_default()))
    }
    match file {
        object::File::MachO32(file) => of(file),
        object::File::MachO64(file) => of(file),
        _ => Ok(None),
    }
}

/// Returns offset and size of this processor's library in a universal file.
fn slice(whole: Bounded<'_>) -> object::Result<(u64, u64)> {
    let ours = if cfg!(target_arch = "x86_64") { Architecture::X86_64 } else { Architecture::Aarch64 };
    let parts: Vec<(Architecture, (u64, u64))> = match MachOFatFile32::parse(whole) {
        Ok(file) => file.arches().iter().map(|part| (part.architecture(), part.file_range())).collect(),
        Err(_) => MachOFatFile64::parse(whole)?.arches().iter().map(|part| (part.architecture(), part.file_range())).collect(),
    };
    Ok(parts.into_iter().find(|(architecture, _)| *architecture == ours).map_or((0, 0), |(_, range)| range))
}
