//! Damaged plug-ins that the system's loader opens without checks, and which crash the process: they are refused before
//! that, with a reason. fuzz/README.md has the number of others.
use crate::fixture::{Dir, has_run, ok, refused, registry};
use libvm_abi as abi;
use object::elf::{self, DynamicTag, FileHeader64, ProgramType};
use object::read::elf::{Dyn, FileHeader, ProgramHeader, SectionHeader, Sym};
use object::{Endianness, pod};
use std::fs;
use vm::plugin::file::object_file::PluginFile;

type Header = FileHeader64<Endianness>;

/// The bytes of a library, and the positions of the parts that the tests change.
#[derive(Clone)]
struct Library(Vec<u8>);

/// Positions of the fields in a program header.
const OFFSET: usize = 8;
const ADDRESS: usize = 16;
const FILE_SIZE: usize = 32;
const ALIGN: usize = 48;

impl Library {
    fn header(&self) -> &Header {
        Header::parse(&*self.0).unwrap()
    }

    /// Returns the positions of the program headers of a kind in the file.
    fn segments(&self, kind: ProgramType) -> Vec<usize> {
        let header = self.header();
        let all = header.program_headers(Endianness::default(), &*self.0).unwrap();
        let wanted = all.iter().enumerate().filter(|(_, segment)| segment.p_type(Endianness::default()) == kind);
        wanted.map(|(index, _)| header.e_phoff(Endianness::default()) as usize + index * size_of_val(&all[0])).collect()
    }

    /// Returns the positions of the entries of the dynamic segment in the file, with their tags.
    fn dynamic(&self) -> Vec<(usize, DynamicTag)> {
        let at = self.segments(elf::PT_DYNAMIC)[0];
        let (offset, size) = (self.word(at + OFFSET) as usize, self.word(at + FILE_SIZE) as usize);
        let count = size / size_of::<elf::Dyn64<Endianness>>();
        let (entries, _) = pod::slice_from_bytes::<elf::Dyn64<Endianness>>(&self.0[offset..], count).unwrap();
        entries.iter().enumerate().map(|(index, entry)| (offset + index * 16, entry.tag(Endianness::default()))).collect()
    }

    /// Returns the position of the value of an entry of the dynamic segment in the file.
    fn entry(&self, tag: DynamicTag) -> usize {
        self.dynamic().iter().find(|(_, found)| *found == tag).unwrap_or_else(|| panic!("no {tag:?}")).0 + 8
    }

    /// Returns the position of a section in the file.
    fn section(&self, kind: elf::SectionType) -> usize {
        let sections = self.header().section_headers(Endianness::default(), &*self.0).unwrap();
        let found = sections.iter().find(|section| section.sh_type(Endianness::default()) == kind).unwrap();
        found.sh_offset(Endianness::default()) as usize
    }

    /// Returns the position of the symbol of the entry function in the file.
    fn entry_symbol(&self) -> usize {
        let sections = self.header().sections(Endianness::default(), &*self.0).unwrap();
        let symbols = sections.symbols(Endianness::default(), &*self.0, elf::SHT_DYNSYM).unwrap();
        let named = |symbol: &&elf::Sym64<Endianness>| {
            symbol.name(Endianness::default(), symbols.strings()) == Ok(abi::ENTRY_SYMBOL.as_bytes())
        };
        let index = symbols.iter().position(|symbol| named(&symbol)).unwrap();
        self.section(elf::SHT_DYNSYM) + index * size_of::<elf::Sym64<Endianness>>()
    }

    fn word(&self, at: usize) -> u64 {
        u64::from_ne_bytes(self.0[at..at + 8].try_into().unwrap())
    }

    fn set(&mut self, at: usize, value: u64) {
        self.0[at..at + 8].copy_from_slice(&value.to_ne_bytes());
    }
}

/// A change to a library, and the reason for which it is refused.
type Case = (&'static str, fn(&mut Library), &'static str);

const CASES: &[Case] = &[
    ("twice", |l| set_load(l, 1, ADDRESS, |l| l.word(l.segments(elf::PT_LOAD)[0] + ADDRESS)), "overlap or are out of order"),
    ("swapped", |l| swap_loads(l), "overlap or are out of order"),
    ("align", |l| set_load(l, 0, ALIGN, |_| 3), "the alignment 0x3, which is not a power of two"),
    ("moved", |l| set_load(l, 1, OFFSET, |_| 8), "does not agree with its offset 0x8"),
    ("short", |l| set_load(l, 1, FILE_SIZE + 8, |_| 1), "bytes in the file, and 1 in memory"),
    (
        "far",
        |l| set_load(l, 3, ADDRESS, |l| u64::MAX << 12 | l.word(l.segments(elf::PT_LOAD)[3] + ADDRESS) & 0xfff),
        "ends beyond the address space",
    ),
    (
        "dynamic",
        |l| set_segment(l, elf::PT_DYNAMIC, ADDRESS, 0x7777_0000),
        "the dynamic segment at 0x77770000 is not at its address",
    ),
    (
        "relro",
        |l| set_segment(l, elf::PT_GNU_RELRO, ADDRESS, 0),
        "read-only-after-relocation segment at 0x0 is not in a writable",
    ),
    ("note", |l| set_segment(l, elf::PT_NOTE, ADDRESS, 1 << 40), "the note segment at 0x10000000000 is not at its address"),
    ("no_end", |l| no_end(l), "its dynamic segment has no end"),
    ("strings", |l| l.set(l.entry(elf::DT_STRTAB), 1 << 40), "its string table at 0x10000000000"),
    ("no_strings", |l| l.set(l.entry(elf::DT_STRTAB) - 8, 21), "no size of the string table"),
    ("string", |l| l.set(l.entry(elf::DT_NEEDED), 1 << 20), "a name in the dynamic segment is outside of the string table"),
    ("symbols", |l| l.set(l.entry(elf::DT_SYMTAB), 1 << 40), "its symbol table at 0x10000000000"),
    ("hash", |l| l.set(l.entry(elf::DT_GNU_HASH), 1 << 40), "its hash table at 0x10000000000"),
    ("relocations", |l| l.set(l.entry(elf::DT_RELA), 1 << 40), "its relocations at 0x10000000000"),
    ("no_size", |l| l.set(l.entry(elf::DT_RELASZ) - 8, 21), "an address without a size, or a size without an address"),
    ("odd_size", |l| l.set(l.entry(elf::DT_RELASZ), 25), "its relocations has 25 bytes"),
    ("item", |l| l.set(l.entry(elf::DT_RELAENT), 23), "has 23 as the size of items, expected 24"),
    ("many", |l| l.set(l.entry(elf::DT_RELACOUNT), 999), "are declared as relative"),
    ("versions", |l| l.set(l.entry(elf::DT_VERSYM), 1 << 40), "the versions of its symbols at 0x10000000000"),
    ("needs", |l| l.set(l.entry(elf::DT_VERNEED), 1 << 40), "its table of needed versions at 0x10000000000"),
    ("init", |l| l.set(l.entry(elf::DT_INIT), 64), "the function that initializes it is at 0x40, where there is no code"),
    ("array", |l| l.set(l.entry(elf::DT_INIT_ARRAY), 1 << 40), "called when it is opened or closed is at 0x10000000000"),
    ("array_size", |l| l.set(l.entry(elf::DT_INIT_ARRAYSZ), 256), "that are called when it is opened or closed"),
    ("target", |l| l.set(l.section(elf::SHT_RELA), 16), "a relocation writes 0x10, outside of the writable segments"),
    ("no_symbol", |l| l.set(symbolic(l) + 8, 6 | 999 << 32), "refers to the symbol 999"),
    ("function", |l| l.set(l.section(elf::SHT_RELA) + 16, 8), "calls 0x8, where there is no code"),
    ("filter", |l| l.set(l.section(elf::SHT_GNU_HASH) + 8, 3 | 6 << 32), "a filter of 3 words"),
    ("bucket", |l| l.set(l.section(elf::SHT_GNU_HASH) + 4, 999 | 1 << 32), "but begins with 999"),
    ("entry", |l| l.set(l.entry_symbol() + 8, 64), "is at 0x40"),
    ("plain_entry", |l| plain_entry(l), "`libvm_plugin_entry` is at 0x40, where there is no code"),
];

fn set_load(library: &mut Library, index: usize, field: usize, value: fn(&Library) -> u64) {
    let at = library.segments(elf::PT_LOAD)[index] + field;
    library.set(at, value(library));
}

fn swap_loads(library: &mut Library) {
    let loads = library.segments(elf::PT_LOAD);
    let first = library.0[loads[0]..loads[0] + 56].to_vec();
    library.0.copy_within(loads[1]..loads[1] + 56, loads[0]);
    library.0[loads[1]..loads[1] + 56].copy_from_slice(&first);
}

fn set_segment(library: &mut Library, kind: ProgramType, field: usize, value: u64) {
    let at = library.segments(kind)[0] + field;
    library.set(at, value);
}

/// The entry is a symbol of no type, at the end of the header.
fn plain_entry(library: &mut Library) {
    let at = library.entry_symbol();
    library.0[at + 4] = 16;
    library.set(at + 8, 64);
}

fn no_end(library: &mut Library) {
    for (at, _) in library.dynamic().iter().filter(|(_, tag)| *tag == elf::DT_NULL) {
        library.set(*at, 21);
    }
}

/// Returns the position of the first relocation with a symbol in the file.
fn symbolic(library: &Library) -> usize {
    let start = library.section(elf::SHT_RELA);
    (start..).step_by(24).find(|at| library.word(at + 8) >> 32 != 0).unwrap()
}

#[test]
fn a_damaged_library_is_refused_before_the_loader_sees_it() {
    let dir = Dir::new();
    let whole =
        Library(fs::read(dir.compile("named", &["NAME=\"victim-of-damage\"", "VERSION=\"1.0.0\""], "whole.so.in")).unwrap());
    for (name, damage, part) in CASES {
        let mut library = whole.clone();
        damage(&mut library);
        let error = refused(&dir.write(&format!("{name}.so"), &library.0));
        assert_eq!(error.status(), abi::STATUS_PLUGIN_BAD_FILE, "{name}: {}", error.message());
        assert!(error.message().contains(part), "{name}: no \"{part}\" in: {}", error.message());
        assert!(error.message().contains("is damaged: ") && error.message().ends_with("copy or build it again"), "{error}");
    }
    assert!(!has_run("victim-of-damage"));
    ok(registry().load_from_path(&dir.write("whole.so", &whole.0)));
}

/// Libraries that a linker writes in another way are accepted.
#[test]
fn libraries_of_every_kind_are_whole() {
    let flags: &[&[&str]] = &[
        &["-Wl,--hash-style=sysv"],
        &["-Wl,--hash-style=both", "-O2"],
        &["-Wl,-z,noseparate-code"],
        &["-Wl,-z,norelro", "-Wl,-z,lazy"],
        &["-Wl,-z,now", "-s"],
        &["-Wl,-z,max-page-size=65536", "-g"],
    ];
    let dir = Dir::new();
    for (index, flags) in flags.iter().enumerate() {
        let made = dir.compile_with("linked", flags, &format!("{index}.so"));
        let file = PluginFile::open(&made).unwrap();
        let found = file.read_manifest().unwrap_or_else(|error| panic!("{flags:?}: {error}"));
        assert_eq!(found.name, "linked");
        ok(registry().load_from_path(&made));
    }
}

/// The libraries of this process were opened, so that they must be accepted.
#[test]
fn libraries_of_the_system_are_whole() {
    let maps = fs::read_to_string("/proc/self/maps").unwrap();
    let mut paths: Vec<&str> =
        maps.lines().filter_map(|line| line.split_once('/').map(|(before, _)| &line[before.len()..])).collect();
    // The other tests open libraries too, and remove them.
    paths.retain(|path| (path.starts_with("/lib") || path.starts_with("/usr/lib")) && path.contains(".so"));
    paths.dedup();
    assert!(!paths.is_empty());
    for path in paths {
        let error = PluginFile::open(path.as_ref()).unwrap().read_manifest().unwrap_err();
        assert_eq!(error.status(), abi::STATUS_PLUGIN_NO_MANIFEST, "{error}");
    }
}
