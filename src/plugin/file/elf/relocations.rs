//! The relocations of a library: what the loader writes while it opens one, and the functions that it calls afterwards.
#![forbid(unsafe_code)]

use super::dynamic::{Dynamic, Image};
use super::symbols::has_plain_functions;
use crate::status::Result;
use object::Endianness;
use object::elf::{self, DynamicTag, RelocationType};
use object::read::elf::{FileHeader, Rel, Rela, Relr, RelrIterator, Sym};
use std::collections::HashMap;

/// Maximum number of relocations that bitmaps stand for: 63 in 8 bytes.
const MAX_RELATIVE: u64 = 1 << 22;

/// One address that the loader writes.
#[derive(Clone, Copy)]
enum Written {
    /// An address in this library.
    Here(u64),
    /// The address of the symbol with this index.
    Symbol(u32),
    /// Something else.
    Other,
}

/// The kinds of relocations of a processor, by number.
struct Kinds {
    nothing: &'static [u32],
    /// The address in this library given by the addend.
    relative: u32,
    /// The result of the function at the address given by the addend.
    by_function: u32,
    /// The address of a symbol.
    symbol: &'static [u32],
    /// Not for shared libraries.
    copy: u32,
    /// For thread-local data.
    thread: &'static [u32],
}

const X86_64: Kinds = Kinds {
    nothing: &[elf::R_X86_64_NONE.0],
    relative: elf::R_X86_64_RELATIVE.0,
    by_function: elf::R_X86_64_IRELATIVE.0,
    symbol: &[elf::R_X86_64_64.0, elf::R_X86_64_GLOB_DAT.0, elf::R_X86_64_JUMP_SLOT.0],
    copy: elf::R_X86_64_COPY.0,
    thread: &[elf::R_X86_64_DTPMOD64.0, elf::R_X86_64_DTPOFF64.0, elf::R_X86_64_TPOFF64.0, elf::R_X86_64_TLSDESC.0],
};

const AARCH64: Kinds = Kinds {
    nothing: &[elf::R_AARCH64_NONE.0, 256],
    relative: elf::R_AARCH64_RELATIVE.0,
    by_function: elf::R_AARCH64_IRELATIVE.0,
    symbol: &[elf::R_AARCH64_ABS64.0, elf::R_AARCH64_GLOB_DAT.0, elf::R_AARCH64_JUMP_SLOT.0],
    copy: elf::R_AARCH64_COPY.0,
    thread: &[elf::R_AARCH64_TLS_DTPMOD.0, elf::R_AARCH64_TLS_DTPREL.0, elf::R_AARCH64_TLS_TPREL.0, elf::R_AARCH64_TLSDESC.0],
};

/// Tables of relocations in formats that only Android has, and which are not read here.
const PACKED: [DynamicTag; 3] = [DynamicTag(0x6000_000f), DynamicTag(0x6000_0011), DynamicTag(0x6fff_e000)];

/// The state of the check.
struct Checked<'a, S> {
    symbols: &'a [S],
    kinds: Option<&'static Kinds>,
    /// Whether code may be written.
    all_writable: bool,
    written: HashMap<u64, Written>,
}

/// Checks the relocations of a library with these symbols, and the functions that are called when it is opened or closed.
pub(super) fn check<E: FileHeader<Endian = Endianness>>(
    image: &mut Image<'_, '_>,
    header: &E,
    dynamic: &Dynamic,
    symbols: &[E::Sym],
) -> Result<()> {
    let endian = image.endian;
    let kinds = match (image.machine, E::is_type_64_sized()) {
        (elf::EM_X86_64, true) => Some(&X86_64),
        (elf::EM_AARCH64, true) => Some(&AARCH64),
        _ => None,
    };
    let text = dynamic.get(elf::DT_FLAGS).is_some_and(|flags| flags & elf::DF_TEXTREL.0 != 0);
    let all_writable = text || dynamic.get(elf::DT_TEXTREL).is_some();
    let mut checked = Checked { symbols, kinds, all_writable, written: HashMap::new() };

    let swapped = header.is_mips64el(endian);
    let with_addend = |item: &E::Rela| {
        let (kind, symbol) = (item.r_type(endian, swapped), item.r_sym(endian, swapped));
        (item.r_offset(endian).into(), kind, symbol, Some(item.r_addend(endian).into()))
    };
    let without = |item: &E::Rel| (item.r_offset(endian).into(), item.r_type(endian), item.r_sym(endian), None);
    let calls_have_addends = dynamic.get(elf::DT_PLTREL) == Some(elf::DT_RELA.0 as u64);
    let mut tables = Vec::new();
    for (tags, addends, count) in [
        ((elf::DT_REL, elf::DT_RELSZ), false, elf::DT_RELCOUNT),
        ((elf::DT_RELA, elf::DT_RELASZ), true, elf::DT_RELACOUNT),
        ((elf::DT_JMPREL, elf::DT_PLTRELSZ), calls_have_addends, elf::DT_NULL),
    ] {
        let Some((address, size)) = dynamic.table(tags) else { continue };
        let items: Vec<_> = if addends {
            image.array::<E::Rela>("its relocations", address, size)?.iter().map(with_addend).collect()
        } else {
            image.array::<E::Rel>("its relocations", address, size)?.iter().map(without).collect()
        };
        // The loader does not check the kind of the first ones.
        let relative = dynamic.get(count).unwrap_or(0);
        if relative > items.len() as u64 {
            return image.damaged(format!("{relative} of its {} relocations are declared as relative", items.len()));
        }
        let wrong = |kinds: &Kinds| items[..relative as usize].iter().find(|item| item.1.0 != kinds.relative);
        if let Some(item) = kinds.and_then(wrong) {
            return image.damaged(format!("its relocation of {:#x} is declared as relative, but is not", item.0));
        }
        tables.push(items);
    }
    for (target, kind, symbol, addend) in tables.into_iter().flatten() {
        checked.add::<E>(image, (target, kind, symbol, addend))?;
    }
    if let Some((address, size)) = dynamic.table((elf::DT_RELR, elf::DT_RELRSZ)) {
        let items: Vec<E::Relr> = image.array("its relocations", address, size)?;
        // An address is even; the lowest bit of a bitmap marks it as one.
        let count = |bits: u64| if bits & 1 == 0 { 1 } else { u64::from(bits.count_ones()) - 1 };
        let total: u64 = items.iter().map(|item| count(item.get(endian).into())).sum();
        if total > MAX_RELATIVE {
            return image.damaged(format!("it has {total} packed relocations, of at most {MAX_RELATIVE}"));
        }
        for target in RelrIterator::<E>::new(endian, &items) {
            checked.write(image, target.into(), size_of::<E::Word>() as u64, Written::Other)?;
        }
    }
    for tags in [(elf::DT_INIT_ARRAY, elf::DT_INIT_ARRAYSZ), (elf::DT_FINI_ARRAY, elf::DT_FINI_ARRAYSZ)] {
        checked.check_functions::<E>(image, dynamic, tags)?;
    }
    Ok(())
}

impl<S: Sym<Endian = Endianness>> Checked<'_, S> {
    /// Checks a relocation: target, kind, symbol and addend.
    fn add<E: FileHeader<Endian = Endianness, Sym = S>>(
        &mut self,
        image: &Image<'_, '_>,
        (target, kind, symbol, addend): (u64, RelocationType, u32, Option<i64>),
    ) -> Result<()> {
        if symbol as usize >= self.symbols.len().max(1) {
            let count = self.symbols.len();
            return image.damaged(format!("its relocation of {target:#x} refers to the symbol {symbol} of {count}"));
        }
        let Some(kinds) = self.kinds else { return self.write(image, target, 1, Written::Other) };
        if kinds.nothing.contains(&kind.0) {
            return Ok(());
        }
        let addend = addend.and_then(|addend| u64::try_from(addend).ok()).unwrap_or(u64::MAX);
        let mut size = size_of::<E::Word>() as u64;
        let written = if kind.0 == kinds.relative {
            Written::Here(addend)
        } else if kind.0 == kinds.by_function {
            if !image.segments.is_code(addend) {
                return image.damaged(format!("its relocation of {target:#x} calls {addend:#x}, where there is no code"));
            }
            Written::Other
        } else if kinds.symbol.contains(&kind.0) {
            if symbol == 0 && kind.0 != kinds.symbol[0] {
                return image.damaged(format!("its relocation of {target:#x} requires a symbol, but has none"));
            }
            Written::Symbol(symbol)
        } else if kind.0 == kinds.copy {
            return Err(image.program());
        } else if kinds.thread.contains(&kind.0) {
            if image.segments.tls.is_none() && (symbol == 0 || !self.symbols[symbol as usize].is_undefined(image.endian)) {
                return image
                    .damaged(format!("its relocation of {target:#x} refers to thread-local data, which it does not have"));
            }
            Written::Other
        } else {
            size = 1;
            Written::Other
        };
        self.write(image, target, size, written)
    }

    fn write(&mut self, image: &Image<'_, '_>, target: u64, size: u64, written: Written) -> Result<()> {
        let segments = &image.segments;
        let allowed = if self.all_writable { segments.is_mapped(target, size) } else { segments.is_writable(target, size) };
        if !allowed {
            return image.damaged(format!("a relocation writes {target:#x}, outside of the writable segments"));
        }
        let dynamic = &segments.dynamic;
        if (dynamic.address..dynamic.address + dynamic.file_size).contains(&target) {
            return image.damaged(format!("a relocation writes {target:#x}, in the dynamic segment"));
        }
        if self.written.insert(target, written).is_some() && self.kinds.is_some() {
            return image.damaged(format!("two relocations write {target:#x}"));
        }
        Ok(())
    }

    /// Checks that each slot of an array of functions gets the address of code.
    fn check_functions<E: FileHeader<Endian = Endianness>>(
        &self,
        image: &mut Image<'_, '_>,
        dynamic: &Dynamic,
        tags: (DynamicTag, DynamicTag),
    ) -> Result<()> {
        let Some((address, size)) = dynamic.table(tags) else { return Ok(()) };
        let width = size_of::<E::Word>() as u64;
        let what = "the array of functions that are called when it is opened or closed";
        if size % width != 0 || (size > 0 && image.segments.file_offset(address, size).is_none()) {
            return image.damaged(format!("{what} is at {address:#x} ({size} bytes), outside of the loaded segments"));
        }
        if self.kinds.is_none() || PACKED.iter().any(|tag| dynamic.get(*tag).is_some()) {
            return Ok(());
        }
        for slot in (address..address + size).step_by(width as usize) {
            let function = match self.written.get(&slot) {
                Some(Written::Here(address)) => Some(*address),
                Some(Written::Symbol(symbol)) => {
                    let symbol = &self.symbols[*symbol as usize];
                    let here = !symbol.is_undefined(image.endian) && has_plain_functions(image.machine);
                    here.then(|| symbol.st_value(image.endian).into())
                }
                Some(Written::Other) => None,
                None => return image.damaged(format!("{what} has no address of a function at {slot:#x}")),
            };
            if let Some(function) = function.filter(|function| !image.segments.is_code(*function)) {
                return image.damaged(format!("{what} calls {function:#x}, where there is no code"));
            }
        }
        Ok(())
    }
}
