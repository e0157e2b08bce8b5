//! The segments of a library: checks that they are consistent with each other and with the file.
#![forbid(unsafe_code)]

use object::Endianness;
use object::elf::{self, ProgramFlags, ProgramType};
use object::read::elf::{FileHeader, ProgramHeader};

/// The smallest page size of any system: segments with different permissions never share a page.
const PAGE: u64 = 4 << 10;

/// The maximum end address of a library: no processor has more addresses.
const MAX_ADDRESS: u64 = 1 << 60;

/// The largest alignment of thread-local data that is allocated, in bytes.
const MAX_TLS_ALIGNMENT: u64 = 64 << 10;

/// The maximum size of thread-local data of a plug-in, in bytes. Every thread gets a copy, and the loader aborts the process if
/// there is no memory for it.
const MAX_TLS_SIZE: u64 = 64 << 20;

/// An entry of the program headers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Segment {
    pub kind: ProgramType,
    pub flags: ProgramFlags,
    pub offset: u64,
    pub address: u64,
    pub file_size: u64,
    pub memory_size: u64,
    pub align: u64,
}

/// The segments of a library, checked.
pub(super) struct Segments {
    /// The mapped ones, in the order of their addresses.
    loads: Vec<Segment>,
    pub dynamic: Segment,
    /// The initial thread-local data.
    pub tls: Option<Segment>,
    /// The data that is read-only after the relocation.
    relro: Option<Segment>,
}

impl Segment {
    /// Reads a program header.
    pub fn new<E: FileHeader<Endian = Endianness>>(header: &E::ProgramHeader, endian: Endianness) -> Self {
        Self {
            kind: header.p_type(endian),
            flags: header.p_flags(endian),
            offset: header.p_offset(endian).into(),
            address: header.p_vaddr(endian).into(),
            file_size: header.p_filesz(endian).into(),
            memory_size: header.p_memsz(endian).into(),
            align: header.p_align(endian).into(),
        }
    }

    /// Returns where it ends in the file.
    pub fn file_end(&self) -> u64 {
        self.offset.saturating_add(self.file_size)
    }

    fn end(&self) -> u64 {
        self.address.saturating_add(self.memory_size)
    }

    /// Returns its name in messages.
    fn name(&self) -> &'static str {
        match self.kind {
            elf::PT_LOAD => "loaded segment",
            elf::PT_DYNAMIC => "dynamic segment",
            elf::PT_TLS => "thread-local segment",
            elf::PT_PHDR => "segment of the program headers",
            elf::PT_NOTE | elf::PT_GNU_PROPERTY => "note segment",
            elf::PT_GNU_EH_FRAME => "segment of the exception table",
            elf::PT_GNU_RELRO => "read-only-after-relocation segment",
            _ => "segment",
        }
    }

    fn check_load(&self) -> Result<(), String> {
        let (name, at) = (self.name(), self.address);
        if self.align > 1 && !self.align.is_power_of_two() {
            return Err(format!("the {name} at {at:#x} has the alignment {:#x}, which is not a power of two", self.align));
        }
        if self.align > 1 && self.address.wrapping_sub(self.offset) & (self.align - 1) != 0 {
            let offset = self.offset;
            return Err(format!("the {name} at {at:#x} does not agree with its offset {offset:#x} and its alignment"));
        }
        if self.file_size > self.memory_size {
            let (file, memory) = (self.file_size, self.memory_size);
            return Err(format!("the {name} at {at:#x} has {file} bytes in the file, and {memory} in memory"));
        }
        match self.address.checked_add(self.memory_size) {
            Some(end) if end <= MAX_ADDRESS => Ok(()),
            _ => Err(format!("the {name} at {at:#x} ends beyond the address space")),
        }
    }

    fn check_tls(&self) -> Result<(), String> {
        let (align, size) = (self.align, self.memory_size);
        if align > MAX_TLS_ALIGNMENT || !(align == 0 || align.is_power_of_two()) {
            return Err(format!("its thread-local data has the alignment {align:#x}"));
        }
        if size > MAX_TLS_SIZE || self.file_size > size {
            let file = self.file_size;
            return Err(format!(
                "its thread-local data has {file} bytes in the file and {size} in memory, of at most {MAX_TLS_SIZE}"
            ));
        }
        Ok(())
    }
}

impl Segments {
    /// Checks the segments of a library whose file is complete.
    ///
    /// # Errors
    /// A description of the contradiction.
    pub fn check(all: &[Segment]) -> Result<Self, String> {
        let loads: Vec<Segment> = all.iter().filter(|segment| segment.kind == elf::PT_LOAD).copied().collect();
        loads.iter().try_for_each(Segment::check_load)?;
        for pair in loads.windows(2) {
            // The loader maps whole pages, one segment after the other.
            if pair[0].end().next_multiple_of(PAGE) > pair[1].address / PAGE * PAGE {
                let (first, second) = (pair[0].address, pair[1].address);
                return Err(format!("the loaded segments at {first:#x} and {second:#x} overlap or are out of order"));
            }
        }
        let only = |kind| {
            let mut found = all.iter().filter(|segment| segment.kind == kind).copied();
            let first = found.next();
            match (first, found.next()) {
                (Some(first), Some(_)) => Err(format!("it has more than one {}", first.name())),
                _ => Ok(first),
            }
        };
        let dynamic = only(elf::PT_DYNAMIC)?.ok_or("it has no dynamic segment")?;
        let made = Self { loads, dynamic, tls: only(elf::PT_TLS)?, relro: only(elf::PT_GNU_RELRO)? };
        made.tls.iter().try_for_each(Segment::check_tls)?;
        // Notes may be in the file only, but the loader reads those with a segment at their address in memory.
        let mapped = [elf::PT_DYNAMIC, elf::PT_TLS, elf::PT_PHDR, elf::PT_NOTE, elf::PT_GNU_PROPERTY, elf::PT_GNU_EH_FRAME];
        for segment in all.iter().filter(|segment| mapped.contains(&segment.kind)) {
            // Thread-local data without initial values needs no address.
            let nowhere = segment.kind == elf::PT_TLS && segment.file_size == 0;
            if !nowhere && made.file_offset(segment.address, segment.file_size) != Some(segment.offset) {
                let (name, at) = (segment.name(), segment.address);
                return Err(format!("the {name} at {at:#x} is not at its address in the loaded segments"));
            }
        }
        made.check_dynamic()?;
        made.check_relro()?;
        Ok(made)
    }

    fn check_dynamic(&self) -> Result<(), String> {
        let (at, size) = (self.dynamic.address, self.dynamic.file_size);
        if size == 0 {
            return Err("its dynamic segment is empty".to_owned());
        }
        // The loader writes addresses into it unless it is marked as read-only.
        if self.dynamic.flags.contains(elf::PF_W) && !self.is_writable(at, size) {
            return Err(format!("the dynamic segment at {at:#x} is writable, but is in a segment that is not"));
        }
        Ok(())
    }

    fn check_relro(&self) -> Result<(), String> {
        let Some(relro) = &self.relro else { return Ok(()) };
        let inside = |load: &&Segment| {
            let end = load.end().next_multiple_of(load.align.clamp(PAGE, 1 << 32));
            load.flags.contains(elf::PF_W) && load.address <= relro.address && relro.end() <= end
        };
        if relro.memory_size > 0 && self.loads.iter().find(inside).is_none() {
            let (name, at) = (relro.name(), relro.address);
            return Err(format!("the {name} at {at:#x} is not in a writable segment"));
        }
        Ok(())
    }

    fn around(&self, address: u64, size: u64) -> Option<&Segment> {
        // They are ordered.
        let index = self.loads.partition_point(|load| load.address <= address).checked_sub(1)?;
        let load = &self.loads[index];
        (size <= load.memory_size && address - load.address <= load.memory_size - size).then_some(load)
    }

    /// Returns the position in the file of bytes that are readable in memory, if there is one.
    pub fn file_offset(&self, address: u64, size: u64) -> Option<u64> {
        let load = self.around(address, size)?;
        let distance = address - load.address;
        let whole = load.file_size.checked_sub(distance).is_some_and(|left| size <= left);
        (whole && load.flags.contains(elf::PF_R)).then_some(load.offset + distance)
    }

    /// Returns the number of readable bytes of the file that are mapped from this address on.
    pub fn available(&self, address: u64) -> u64 {
        let readable = self.around(address, 0).filter(|load| load.flags.contains(elf::PF_R));
        readable.map_or(0, |load| (load.address + load.file_size).saturating_sub(address))
    }

    /// Returns whether these bytes are mapped.
    pub fn is_mapped(&self, address: u64, size: u64) -> bool {
        self.around(address, size).is_some()
    }

    /// Returns whether the address is executable.
    pub fn is_code(&self, address: u64) -> bool {
        self.around(address, 1).is_some_and(|load| load.flags.contains(elf::PF_X) && address - load.address < load.file_size)
    }

    /// Returns whether these bytes are writable before the relocation ends.
    pub fn is_writable(&self, address: u64, size: u64) -> bool {
        self.around(address, size).is_some_and(|load| load.flags.contains(elf::PF_W))
    }
}
