//! The symbols of a library, the tables for finding them, and their versions.
#![forbid(unsafe_code)]

use super::dynamic::{Dynamic, Image};
use crate::status::Result;
use object::elf::{self, GnuHashHeader, HashHeader};
use object::read::elf::{FileHeader, Sym};
use object::{Endianness, U16, U32};

/// Number of hash table chains that are read at once.
const STEP: u64 = 1 << 10;

/// The bits of a version's number.
const VERSION_NUMBER: u16 = 0x7fff;

/// Maximum number of entries of the version tables in total: twice as many as there are numbers.
const MAX_VERSIONS: u32 = 1 << 16;

/// Reads the symbols of a library, and checks everything that is read to find one of them. If none can be found, there are none.
pub(super) fn read<E: FileHeader<Endian = Endianness>>(image: &mut Image<'_, '_>, dynamic: &Dynamic) -> Result<Vec<E::Sym>> {
    let Some(address) = dynamic.get(elf::DT_SYMTAB) else { return image.damaged("its dynamic segment has no symbol table") };
    let sizes = [gnu_hash::<E>(image, dynamic)?, hash(image, dynamic)?];
    let Some(count) = sizes.into_iter().flatten().max() else { return Ok(Vec::new()) };
    let symbols: Vec<E::Sym> = image.array("its symbol table", address, u64::from(count) * size_of::<E::Sym>() as u64)?;
    for symbol in &symbols {
        check_symbol::<E>(image, dynamic, symbol)?;
    }
    versions(image, dynamic, count)?;
    Ok(symbols)
}

fn check_symbol<E: FileHeader<Endian = Endianness>>(image: &Image<'_, '_>, dynamic: &Dynamic, symbol: &E::Sym) -> Result<()> {
    let endian = image.endian;
    dynamic.check_name(image, symbol.st_name(endian).into(), "the symbol table")?;
    let (address, kind) = (symbol.st_value(endian).into(), symbol.st_type());
    if symbol.is_undefined(endian) || symbol.st_shndx(endian) == elf::SHN_ABS {
        return Ok(());
    }
    let segments = &image.segments;
    let right = match kind {
        elf::STT_TLS => segments.tls.is_some_and(|tls| address <= tls.memory_size),
        elf::STT_FUNC | elf::STT_GNU_IFUNC if has_plain_functions(image.machine) => segments.is_code(address),
        // A symbol that marks the end of something may be just past it.
        _ => address == 0 || segments.is_mapped(address, 0) || segments.is_mapped(address - 1, 0),
    };
    if right {
        return Ok(());
    }
    let name = dynamic.shown_name(symbol.st_name(endian).into());
    image.damaged(format!("its symbol `{name}` is at {address:#x}, outside of the segments that could hold it"))
}

/// Returns whether the address of a function is that of its code, and not that of a descriptor.
pub(super) fn has_plain_functions(machine: elf::Machine) -> bool {
    ![elf::EM_PPC64, elf::EM_PARISC, elf::EM_IA_64].contains(&machine)
}

/// Checks the newer hash table, and returns the minimum number of symbols.
fn gnu_hash<E: FileHeader<Endian = Endianness>>(image: &mut Image<'_, '_>, dynamic: &Dynamic) -> Result<Option<u32>> {
    let Some(address) = dynamic.get(elf::DT_GNU_HASH) else { return Ok(None) };
    let (what, endian) = ("its hash table", image.endian);
    let header: GnuHashHeader<Endianness> = image.item(what, address)?;
    let (bloom, first) = (header.bloom_count.get(endian), header.symbol_base.get(endian));
    if !bloom.is_power_of_two() {
        return image.damaged(format!("{what} has a filter of {bloom} words, which is not a power of two"));
    }
    let buckets_at = address + size_of_val(&header) as u64 + u64::from(bloom) * size_of::<E::Word>() as u64;
    let buckets_size = u64::from(header.bucket_count.get(endian)) * 4;
    let buckets: Vec<U32<Endianness>> = image.array(what, buckets_at, buckets_size)?;
    let mut last = 0;
    for bucket in buckets.iter().map(|bucket| bucket.get(endian)).filter(|bucket| *bucket != 0) {
        if bucket < first {
            return image.damaged(format!("{what} refers to the symbol {bucket}, but begins with {first}"));
        }
        last = last.max(bucket);
    }
    if last == 0 {
        return Ok(None);
    }
    // All chains are consecutive, so that the last one ends them all.
    let chains = buckets_at + buckets_size;
    let mut next = u64::from(last - first);
    loop {
        let at = chains + next * 4;
        let step = (image.segments.available(at) / 4).clamp(1, STEP);
        let chain: Vec<U32<Endianness>> = image.array(what, at, step * 4)?;
        if let Some(end) = chain.iter().position(|value| value.get(endian) & 1 == 1) {
            let count = u32::try_from(next + end as u64 + 1 + u64::from(first));
            return count.map(Some).or_else(|_| image.damaged(format!("{what} has no end")));
        }
        next += step;
    }
}

/// Checks the older hash table, and returns the number of symbols.
fn hash(image: &mut Image<'_, '_>, dynamic: &Dynamic) -> Result<Option<u32>> {
    // Two kinds of processors have tables of another format.
    let Some(address) = dynamic.get(elf::DT_HASH) else { return Ok(None) };
    if [elf::EM_S390, elf::EM_ALPHA].contains(&image.machine) {
        return Ok(None);
    }
    let (what, endian) = ("its hash table", image.endian);
    let header: HashHeader<Endianness> = image.item(what, address)?;
    let (buckets, count) = (header.bucket_count.get(endian), header.chain_count.get(endian));
    let size = (u64::from(buckets) + u64::from(count)) * 4;
    let values: Vec<U32<Endianness>> = image.array(what, address + size_of_val(&header) as u64, size)?;
    let chains = &values[buckets as usize..];
    let mut seen = vec![false; count as usize];
    for bucket in &values[..buckets as usize] {
        let mut at = bucket.get(endian);
        while at != 0 {
            // No symbol is in two chains, or twice in one, which would then be endless.
            match seen.get_mut(at as usize) {
                Some(seen) if !*seen => *seen = true,
                _ => return image.damaged(format!("{what} refers to the symbol {at} of {count} twice")),
            }
            at = chains[at as usize].get(endian);
        }
    }
    Ok(Some(count))
}

/// Checks the versions of the symbols, and of the libraries that it requires.
fn versions(image: &mut Image<'_, '_>, dynamic: &Dynamic, symbols: u32) -> Result<()> {
    let endian = image.endian;
    let mut highest = 1;
    let mut left = MAX_VERSIONS;
    let mut next = dynamic.get(elf::DT_VERNEED);
    while let Some(at) = next {
        let what = "its table of needed versions";
        let need: elf::Verneed<Endianness> = image.item(what, at)?;
        let file = dynamic.file_name(image, need.vn_file.get(endian).into(), what)?;
        if need.vn_version.get(endian) != elf::VER_NEED_CURRENT || !dynamic.needed.contains(file) {
            let file = dynamic.shown_name(need.vn_file.get(endian).into());
            return image.damaged(format!("{what} refers to `{file}`, which is not among the libraries that it requires"));
        }
        let mut version = Some(at + u64::from(need.vn_aux.get(endian)));
        while let Some(at) = version {
            let item: elf::Vernaux<Endianness> = image.item(what, at)?;
            dynamic.check_name(image, item.vna_name.get(endian).into(), what)?;
            highest = highest.max(item.vna_other.get(endian).0 & VERSION_NUMBER);
            version = after(image, at, item.vna_next.get(endian), &mut left)?;
        }
        next = after(image, at, need.vn_next.get(endian), &mut left)?;
    }
    next = dynamic.get(elf::DT_VERDEF);
    while let Some(at) = next {
        let what = "its table of versions";
        let version: elf::Verdef<Endianness> = image.item(what, at)?;
        let name: elf::Verdaux<Endianness> = image.item(what, at + u64::from(version.vd_aux.get(endian)))?;
        dynamic.check_name(image, name.vda_name.get(endian).into(), what)?;
        if version.vd_version.get(endian) != elf::VER_DEF_CURRENT {
            return image.damaged(format!("{what} has an entry of an unknown format"));
        }
        highest = highest.max(version.vd_ndx.get(endian).0 & VERSION_NUMBER);
        next = after(image, at, version.vd_next.get(endian), &mut left)?;
    }
    if let Some(address) = dynamic.get(elf::DT_VERSYM) {
        let numbers: Vec<U16<Endianness>> = image.array("the versions of its symbols", address, u64::from(symbols) * 2)?;
        let highest_used = numbers.iter().map(|number| number.get(endian) & VERSION_NUMBER).max().unwrap_or(0);
        if highest_used > highest {
            return image.damaged(format!("a symbol has the version {highest_used}, but the last one is {highest}"));
        }
    }
    Ok(())
}

/// Returns the position of the next entry of a list; the distance 0 ends it. `left` is the maximum number of further entries.
fn after(image: &Image<'_, '_>, at: u64, distance: u32, left: &mut u32) -> Result<Option<u64>> {
    *left -= 1;
    match distance {
        0 => Ok(None),
        _ if *left == 1 => image.damaged(format!("its tables of versions have more than {MAX_VERSIONS} entries")),
        _ => Ok(Some(at + u64::from(distance))),
    }
}
