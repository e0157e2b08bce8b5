//! The dynamic segment: what the loader looks up in a library, and where. The loader does not check addresses in it.
#![forbid(unsafe_code)]

use super::segments::Segments;
use crate::plugin::file::source::{Source, bad_file};
use crate::status::{Error, Result};
use crate::text;
use object::Endianness;
use object::elf::{self, DynamicTag};
use object::pod::{self, Pod};
use object::read::elf::{Dyn, FileHeader};
use std::collections::{HashMap, HashSet};

/// Maximum number of libraries that a library requires.
const MAX_NEEDED: usize = 4096;

/// Maximum length of their file names in bytes, the final NUL included.
const MAX_FILE_NAME: usize = 4096;

/// A library whose segments are checked.
pub(super) struct Image<'a, 's> {
    pub source: &'a mut Source<'s>,
    pub segments: Segments,
    pub endian: Endianness,
    pub machine: elf::Machine,
}

/// The entries of the dynamic segment and the names that they use, checked.
pub(super) struct Dynamic {
    values: HashMap<i64, u64>,
    /// The file names of the libraries that it requires.
    pub needed: HashSet<Vec<u8>>,
    /// All names; the last byte is 0.
    names: Vec<u8>,
}

impl Image<'_, '_> {
    /// Refuses the file.
    pub fn damaged<T>(&self, why: impl std::fmt::Display) -> Result<T> {
        Err(bad_file(self.source.path, format!("is damaged: {why}; copy or build it again")))
    }

    /// Returns the error of a position-independent program, which can be mapped like a library.
    pub fn program(&self) -> Error {
        bad_file(self.source.path, "is not a shared library, but a program; link it with -shared")
    }

    /// Reads data that is mapped at an address; `what` names it in messages.
    pub fn read(&mut self, what: &str, address: u64, size: u64) -> Result<Vec<u8>> {
        match self.segments.file_offset(address, size) {
            Some(offset) => self.source.read(offset, size),
            None => self.damaged(format!("{what} at {address:#x} ({size} bytes) is outside of the loaded segments")),
        }
    }

    /// Reads an array with this number of bytes that is mapped at an address.
    pub fn array<T: Pod>(&mut self, what: &str, address: u64, size: u64) -> Result<Vec<T>> {
        let each = size_of::<T>();
        if size % each as u64 != 0 {
            return self.damaged(format!("{what} has {size} bytes, which is not a multiple of {each}"));
        }
        let bytes = self.read(what, address, size)?;
        match pod::slice_from_bytes::<T>(&bytes, bytes.len() / each) {
            Ok((items, _)) => Ok(items.to_vec()),
            Err(()) => self.damaged(format!("{what} cannot be read")),
        }
    }

    /// Reads one item that is mapped at an address.
    pub fn item<T: Pod>(&mut self, what: &str, address: u64) -> Result<T> {
        Ok(self.array(what, address, size_of::<T>() as u64)?[0])
    }
}

impl Dynamic {
    /// Reads the dynamic segment and checks all its entries.
    pub fn read<E: FileHeader<Endian = Endianness>>(image: &mut Image<'_, '_>) -> Result<Self> {
        let (address, size) = (image.segments.dynamic.address, image.segments.dynamic.file_size);
        let size = size - size % size_of::<E::Dyn>() as u64;
        let entries: Vec<E::Dyn> = image.array("its dynamic segment", address, size)?;
        let endian = image.endian;
        let Some(end) = entries.iter().position(|entry| entry.tag(endian) == elf::DT_NULL) else {
            return image.damaged("its dynamic segment has no end");
        };
        let entries = &entries[..end];
        let values = entries.iter().map(|entry| (entry.tag(endian).0, entry.val(endian))).collect();
        let mut made = Self { values, needed: HashSet::new(), names: Vec::new() };
        if made.get(elf::DT_FLAGS_1).is_some_and(|flags| flags & elf::DF_1_PIE.0 != 0) {
            return Err(image.program());
        }
        let Some((table, size)) = made.get(elf::DT_STRTAB).zip(made.get(elf::DT_STRSZ)) else {
            return image.damaged("its dynamic segment has no address or no size of the string table");
        };
        made.names = image.read("its string table", table, size)?;
        if made.names.last() != Some(&0) {
            return image.damaged("its string table does not end with a NUL");
        }
        let needed = entries.iter().filter(|entry| entry.tag(endian) == elf::DT_NEEDED).count();
        if needed > MAX_NEEDED {
            return image.damaged(format!("it requires {needed} libraries, of at most {MAX_NEEDED}"));
        }
        for entry in entries.iter().filter(|entry| entry.is_string(endian)) {
            made.check_name(image, entry.val(endian), "the dynamic segment")?;
            if entry.tag(endian) == elf::DT_NEEDED {
                let name = made.file_name(image, entry.val(endian), "the dynamic segment")?.to_vec();
                made.needed.insert(name);
            }
        }
        made.check_sizes::<E>(image)?;
        made.check_code(image)?;
        Ok(made)
    }

    /// Returns the value of an entry.
    pub fn get(&self, tag: DynamicTag) -> Option<u64> {
        self.values.get(&tag.0).copied()
    }

    /// Checks that a name is in the string table, which ends with a NUL; `user` names in messages what refers to it. The name is not
    /// read: all names of a library may share the bytes of a long one.
    pub fn check_name(&self, image: &Image<'_, '_>, offset: u64, user: &str) -> Result<()> {
        match self.rest(offset) {
            [] => image.damaged(format!("a name in {user} is outside of the string table")),
            _ => Ok(()),
        }
    }

    /// Returns whether the name at an offset is `name`.
    pub fn is_name(&self, offset: u64, name: &str) -> bool {
        self.rest(offset).strip_prefix(name.as_bytes()).is_some_and(|rest| rest.first() == Some(&0))
    }

    /// Returns a name for a message.
    pub fn shown_name(&self, offset: u64) -> String {
        let start = self.rest(offset).split(|byte| *byte == 0).next().unwrap_or_default();
        text::name(&String::from_utf8_lossy(&start[..start.len().min(MAX_FILE_NAME)])).into_owned()
    }

    /// Returns the file name of a library that this one requires.
    pub fn file_name(&self, image: &Image<'_, '_>, offset: u64, user: &str) -> Result<&[u8]> {
        self.check_name(image, offset, user)?;
        let rest = self.rest(offset);
        match rest[..rest.len().min(MAX_FILE_NAME)].iter().position(|byte| *byte == 0) {
            Some(end) => Ok(&rest[..end]),
            None => image.damaged(format!("{user} names a library with a name of more than {MAX_FILE_NAME} bytes")),
        }
    }

    fn rest(&self, offset: u64) -> &[u8] {
        usize::try_from(offset).ok().and_then(|offset| self.names.get(offset..)).unwrap_or_default()
    }

    /// Returns address and size of a table, if it exists.
    pub fn table(&self, (address, size): (DynamicTag, DynamicTag)) -> Option<(u64, u64)> {
        self.get(address).zip(self.get(size))
    }

    /// Checks that items have the size that the loader assumes, and that each address has a size.
    fn check_sizes<E: FileHeader>(&self, image: &Image<'_, '_>) -> Result<()> {
        let items = [
            (elf::DT_SYMENT, size_of::<E::Sym>()),
            (elf::DT_RELENT, size_of::<E::Rel>()),
            (elf::DT_RELAENT, size_of::<E::Rela>()),
            (elf::DT_RELRENT, size_of::<E::Relr>()),
        ];
        for (tag, expected) in items {
            if let Some(found) = self.get(tag).filter(|found| *found != expected as u64) {
                return image.damaged(format!("its dynamic segment has {found} as the size of items, expected {expected}"));
            }
        }
        let together: &[&[DynamicTag]] = &[
            &[elf::DT_REL, elf::DT_RELSZ, elf::DT_RELENT],
            &[elf::DT_RELA, elf::DT_RELASZ, elf::DT_RELAENT],
            &[elf::DT_RELR, elf::DT_RELRSZ, elf::DT_RELRENT],
            &[elf::DT_JMPREL, elf::DT_PLTRELSZ, elf::DT_PLTREL],
            &[elf::DT_INIT_ARRAY, elf::DT_INIT_ARRAYSZ],
            &[elf::DT_FINI_ARRAY, elf::DT_FINI_ARRAYSZ],
            &[elf::DT_VERNEED, elf::DT_VERNEEDNUM],
            &[elf::DT_VERDEF, elf::DT_VERDEFNUM],
        ];
        for tags in together {
            let count = tags.iter().filter(|tag| self.get(**tag).is_some()).count();
            if count != 0 && count != tags.len() {
                return image.damaged("its dynamic segment has an address without a size, or a size without an address");
            }
        }
        match self.get(elf::DT_PLTREL) {
            Some(kind) if kind != elf::DT_REL.0 as u64 && kind != elf::DT_RELA.0 as u64 => {
                image.damaged(format!("its dynamic segment has the unknown kind {kind} of relocations of calls"))
            }
            // The loader aborts the process for kinds that its processor does not have.
            Some(kind) if E::is_type_64_sized() && kind == elf::DT_REL.0 as u64 && self.get(elf::DT_RELA).is_some() => {
                image.damaged("its dynamic segment has two kinds of relocations")
            }
            _ => Ok(()),
        }
    }

    /// Checks that functions that are called when the library is opened or closed are code.
    fn check_code(&self, image: &Image<'_, '_>) -> Result<()> {
        for (tag, what) in [(elf::DT_INIT, "the function that initializes it"), (elf::DT_FINI, "the function that finalizes it")]
        {
            if let Some(address) = self.get(tag).filter(|address| !image.segments.is_code(*address)) {
                return image.damaged(format!("{what} is at {address:#x}, where there is no code"));
            }
        }
        Ok(())
    }
}
