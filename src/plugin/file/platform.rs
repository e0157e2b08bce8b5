//! The processor and system that a file was built for, and those of this process.
#![forbid(unsafe_code)]

use object::{elf, macho, pe};

/// The formats of shared libraries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// ELF, of Linux and most Unixes.
    Elf,
    /// Mach-O, of Apple's systems.
    MachO,
    /// Several Mach-O files for several processors in one.
    MachOFat,
    /// PE, of Windows.
    Pe,
}

/// The platform that a file was built for, according to its first bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Platform {
    /// The format.
    pub format: Format,
    /// The system's name; empty if the file does not contain it.
    system: &'static str,
    /// The processors' names.
    processors: Vec<String>,
    /// Width of a pointer in bits; 0 if the file does not contain it.
    bits: u32,
    /// Whether numbers are little-endian.
    little_endian: bool,
}

/// The file extensions of shared libraries on this platform, the usual one first.
pub const ENDINGS: &[&str] = if cfg!(windows) {
    &["dll"]
} else if cfg!(target_vendor = "apple") {
    &["dylib", "so"]
} else {
    &["so"]
};

/// The systems and processors in names of files, as in `calc-linux-x86_64.so`, and as they are shown.
const SYSTEMS: &[(&str, &str)] = &[
    ("linux", "Linux"),
    ("android", "Android"),
    ("macos", "macOS"),
    ("ios", "iOS"),
    ("windows", "Windows"),
    ("freebsd", "FreeBSD"),
    ("netbsd", "NetBSD"),
    ("openbsd", "OpenBSD"),
    ("solaris", "Solaris"),
];
const PROCESSORS: &[&str] = &[
    "x86_64",
    "aarch64",
    "x86",
    "arm",
    "riscv64",
    "riscv32",
    "loongarch64",
    "powerpc64",
    "powerpc",
    "s390x",
    "mips64",
    "mips",
    "sparc64",
];

/// The platform in the name of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Named {
    /// The system, as in `linux`.
    pub system: &'static str,
    /// The processor, as in `x86_64`.
    pub processor: &'static str,
}

impl Named {
    /// The platform of this process.
    pub const HERE: Self = Self { system: std::env::consts::OS, processor: std::env::consts::ARCH };

    /// Splits the name of a file, without its extension, into the rest of the name and the platform at its end.
    pub fn split(stem: &str) -> Option<(&str, Self)> {
        let (rest, processor) = stem.rsplit_once('-')?;
        let (rest, system) = rest.rsplit_once('-')?;
        let (system, _) = *SYSTEMS.iter().find(|(known, _)| *known == system)?;
        let processor = *PROCESSORS.iter().find(|known| **known == processor)?;
        (!rest.is_empty()).then_some((rest, Self { system, processor }))
    }
}

impl std::fmt::Display for Named {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}", self.system, self.processor)
    }
}

/// The names of this processor and system.
const PROCESSOR: &str = processor_name(std::env::consts::ARCH.as_bytes(), std::env::consts::ARCH);
const SYSTEM: &str = system_name(std::env::consts::OS.as_bytes());

const fn processor_name(bytes: &'static [u8], arch: &'static str) -> &'static str {
    match bytes {
        b"x86_64" => "x86-64",
        _ => arch,
    }
}

const fn system_name(os: &'static [u8]) -> &'static str {
    match os {
        b"linux" => "Linux",
        b"android" => "Android",
        b"macos" => "macOS",
        b"ios" => "iOS",
        b"windows" => "Windows",
        b"freebsd" => "FreeBSD",
        b"netbsd" => "NetBSD",
        b"openbsd" => "OpenBSD",
        b"solaris" | b"illumos" => "Solaris",
        _ => std::env::consts::OS,
    }
}

impl Platform {
    /// Returns the platform of a file that begins with these bytes; `None` if they are not of a known format of shared libraries.
    pub fn of_file(head: &[u8]) -> Option<Self> {
        let word = |offset: usize| head.get(offset..offset + 4).map(|bytes| <[u8; 4]>::try_from(bytes).expect("four bytes"));
        if head.starts_with(&elf::ELFMAG) {
            return Some(Self::of_elf(head));
        }
        if head.starts_with(b"MZ") {
            let header = word(0x3c).map_or(usize::MAX, |bytes| u32::from_le_bytes(bytes) as usize);
            let machine = header.checked_add(4).and_then(word).map_or(0, |bytes| u16::from_le_bytes([bytes[0], bytes[1]]));
            let bits =
                if machine == pe::IMAGE_FILE_MACHINE_I386.0 || machine == pe::IMAGE_FILE_MACHINE_ARMNT.0 { 32 } else { 64 };
            return Some(Self::new(Format::Pe, "Windows", vec![pe_processor(machine)], bits, true));
        }
        let magic = word(0)?;
        let big = u32::from_be_bytes(magic);
        let number = |offset, big_endian| {
            word(offset).map_or(0, |bytes| if big_endian { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) })
        };
        match big {
            macho::MH_MAGIC | macho::MH_MAGIC_64 | macho::MH_CIGAM | macho::MH_CIGAM_64 => {
                let swapped = matches!(big, macho::MH_CIGAM | macho::MH_CIGAM_64);
                let bits = if matches!(big, macho::MH_MAGIC_64 | macho::MH_CIGAM_64) { 64 } else { 32 };
                let processor = macho_processor(number(4, !swapped));
                Some(Self::new(Format::MachO, "macOS", vec![processor], bits, swapped))
            }
            macho::FAT_MAGIC | macho::FAT_MAGIC_64 => {
                let entry = if big == macho::FAT_MAGIC { 20 } else { 32 };
                // A class file of Java has the same magic, and a version of at least 45 in place of the count.
                let count = number(4, true) as usize;
                if count > 30 {
                    return None;
                }
                let processors = (0..count).map(|index| macho_processor(number(8 + index * entry, true))).collect();
                Some(Self::new(Format::MachOFat, "macOS", processors, 0, cfg!(target_endian = "little")))
            }
            _ => None,
        }
    }

    fn new(format: Format, system: &'static str, processors: Vec<String>, bits: u32, little_endian: bool) -> Self {
        Self { format, system, processors, bits, little_endian }
    }

    fn of_elf(head: &[u8]) -> Self {
        let byte = |offset: usize| head.get(offset).copied().unwrap_or(0);
        let little_endian = byte(5) != elf::ELFDATA2MSB.0;
        let pair = [byte(18), byte(19)];
        let machine = if little_endian { u16::from_le_bytes(pair) } else { u16::from_be_bytes(pair) };
        let bits = if byte(4) == elf::ELFCLASS32.0 { 32 } else { 64 };
        let system = match elf::OsAbi(byte(7)) {
            // Nearly all libraries have "System V", also on systems with a number of their own.
            elf::ELFOSABI_SYSV => "",
            elf::ELFOSABI_GNU => "Linux",
            elf::ELFOSABI_NETBSD => "NetBSD",
            elf::ELFOSABI_FREEBSD => "FreeBSD",
            elf::ELFOSABI_OPENBSD => "OpenBSD",
            elf::ELFOSABI_SOLARIS => "Solaris",
            elf::ELFOSABI_ARM_AEABI | elf::ELFOSABI_ARM => "",
            _ => "another system",
        };
        Self::new(Format::Elf, system, vec![elf_processor(machine, bits)], bits, little_endian)
    }

    /// Returns whether this system has libraries of its format.
    fn is_native_format(&self) -> bool {
        match SYSTEM {
            "macOS" | "iOS" => [Format::MachO, Format::MachOFat].contains(&self.format),
            "Windows" => self.format == Format::Pe,
            _ => self.format == Format::Elf,
        }
    }

    /// Returns whether numbers in the file have another size or order than here, so that it cannot be read.
    pub fn has_foreign_layout(&self) -> bool {
        (self.bits != 0 && self.bits != usize::BITS) || self.little_endian != cfg!(target_endian = "little")
    }

    /// Returns whether the file may have this platform in its name.
    pub fn is_named(&self, named: Named) -> bool {
        let format = match named.system {
            "macos" | "ios" => [Format::MachO, Format::MachOFat].contains(&self.format),
            "windows" => self.format == Format::Pe,
            _ => self.format == Format::Elf,
        };
        let shown = SYSTEMS.iter().find(|(known, _)| *known == named.system).map_or("", |(_, shown)| shown);
        let system = matches!((self.system, shown), ("", _) | ("Linux", "Android") | ("macOS", "iOS")) || self.system == shown;
        let processor = processor_name(named.processor.as_bytes(), named.processor);
        format && system && self.processors.iter().any(|found| found == processor)
    }

    /// Returns why a library for this platform cannot be loaded here, as in `built for aarch64 Linux, this is x86-64 Linux`;
    /// `None` if it can.
    pub fn mismatch(&self) -> Option<String> {
        let format = self.is_native_format();
        let same_system =
            matches!((self.system, SYSTEM), ("", _) | ("Linux", "Android") | ("macOS", "iOS")) || self.system == SYSTEM;
        let processor = self.processors.iter().any(|processor| processor == PROCESSOR);
        let bits = self.bits == 0 || self.bits == usize::BITS;
        let endian = self.little_endian == cfg!(target_endian = "little");
        if format && same_system && processor && bits && endian {
            return None;
        }
        // If the names are the same, the message names the difference.
        let details = |bits: u32, little: bool| {
            let same = processor && format && same_system;
            let order = if little { "little" } else { "big" };
            if same { format!(" ({bits}-bit, {order}-endian)") } else { String::new() }
        };
        let theirs = details(self.bits, self.little_endian);
        let ours = details(usize::BITS, cfg!(target_endian = "little"));
        Some(format!("built for {self}{theirs}, this is {PROCESSOR} {SYSTEM}{ours}"))
    }
}

/// The processors and the system, as in `x86-64 Linux`.
impl std::fmt::Display for Platform {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let system = match self.system {
            "" if self.is_native_format() => SYSTEM,
            "" => "Linux or another Unix",
            named => named,
        };
        let processors = if self.processors.is_empty() { "no processor".to_owned() } else { self.processors.join(" and ") };
        write!(f, "{processors} {system}")
    }
}

fn elf_processor(machine: u16, bits: u32) -> String {
    let name = match (elf::Machine(machine), bits) {
        (elf::EM_X86_64, _) => "x86-64",
        (elf::EM_386, _) => "x86",
        (elf::EM_AARCH64, _) => "aarch64",
        (elf::EM_ARM, _) => "arm",
        (elf::EM_RISCV, 64) => "riscv64",
        (elf::EM_RISCV, _) => "riscv32",
        (elf::EM_LOONGARCH, _) => "loongarch64",
        (elf::EM_PPC64, _) => "powerpc64",
        (elf::EM_PPC, _) => "powerpc",
        (elf::EM_S390, _) => "s390x",
        (elf::EM_MIPS, 64) => "mips64",
        (elf::EM_MIPS, _) => "mips",
        (elf::EM_SPARCV9, _) => "sparc64",
        _ => return format!("processor {machine}"),
    };
    name.to_owned()
}

fn macho_processor(cpu: u32) -> String {
    let name = match macho::CpuType(cpu) {
        macho::CPU_TYPE_X86_64 => "x86-64",
        macho::CPU_TYPE_X86 => "x86",
        macho::CPU_TYPE_ARM64 => "aarch64",
        macho::CPU_TYPE_ARM => "arm",
        macho::CPU_TYPE_POWERPC => "powerpc",
        macho::CPU_TYPE_POWERPC64 => "powerpc64",
        _ => return format!("processor {cpu:#x}"),
    };
    name.to_owned()
}

fn pe_processor(machine: u16) -> String {
    let name = match pe::Machine(machine) {
        pe::IMAGE_FILE_MACHINE_AMD64 => "x86-64",
        pe::IMAGE_FILE_MACHINE_I386 => "x86",
        pe::IMAGE_FILE_MACHINE_ARM64 => "aarch64",
        pe::IMAGE_FILE_MACHINE_ARMNT => "arm",
        _ => return format!("processor {machine:#x}"),
    };
    name.to_owned()
}
