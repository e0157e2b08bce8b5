//! Damages a plug-in's file, always in the same ways, and tells what loading it does. What can be told from the file alone must be
//! refused: the system's loader trusts what it opens, and takes the process with it.

use object::Endianness;
use object::elf::{self, FileHeader64};
use object::read::elf::{FileHeader, SectionHeader};
use std::ffi::CString;
use std::io;
use std::ops::Range;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use vm::plugin::file::object_file::PluginFile;

/// How long a child may take before it counts as killed, in seconds.
const PATIENCE: u32 = 10;

/// A sequence of numbers that is always the same for one seed (SplitMix64).
pub struct Numbers(u64);

impl Numbers {
    /// The sequence of a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }
}

/// A good file and the parts of it that the loader reads to find its way.
pub struct Damager {
    whole: Vec<u8>,
    structure: Vec<Range<usize>>,
}

impl Damager {
    /// Takes the bytes of a 64-bit ELF file of this byte order.
    pub fn new(whole: Vec<u8>) -> Self {
        let structure = structure(&whole).expect("a good library");
        Self { whole, structure }
    }

    /// The mutant with this number, and what was changed.
    pub fn mutant(&self, seed: u64, number: u64) -> (Vec<u8>, String) {
        let mut numbers = Numbers::new(seed ^ number.wrapping_mul(0x2545_f491_4f6c_dd1d));
        let mut bytes = self.whole.clone();
        let size = bytes.len();
        let what = match numbers.below(20) {
            // Any byte of the file.
            0..5 => {
                let at = numbers.below(size);
                bytes[at] ^= 1 + numbers.below(255) as u8;
                format!("byte {at:#x}")
            }
            // A bit of what the loader reads.
            5..12 => {
                let at = self.place(&mut numbers, 1);
                bytes[at] ^= 1 << numbers.below(8);
                format!("bit in {at:#x}")
            }
            // A field of what the loader reads.
            12..18 => {
                let width = *numbers.pick(&[2, 4, 8, 8]);
                let at = self.place(&mut numbers, width);
                let value = self.value(&mut numbers, &bytes[at..at + width]);
                bytes[at..at + width].copy_from_slice(&value.to_ne_bytes()[..width]);
                format!("{width} bytes at {at:#x} are {value:#x}")
            }
            // A stretch that was never written.
            18 => {
                let at = numbers.below(size);
                let end = size.min(at + 1 + numbers.below(256));
                bytes[at..end].fill(0);
                format!("zeros in {at:#x}..{end:#x}")
            }
            // A stretch in the wrong place.
            _ => {
                let length = 1 + numbers.below(256);
                let (from, to) = (numbers.below(size - length), numbers.below(size - length));
                bytes.copy_within(from..from + length, to);
                format!("{length} bytes of {from:#x} at {to:#x}")
            }
        };
        (bytes, what)
    }

    /// Where in the structure a field of this width may stand.
    fn place(&self, numbers: &mut Numbers, width: usize) -> usize {
        // Each part as often as the others: a table of names is no more than three words of a header.
        let part = numbers.pick(&self.structure);
        part.start + numbers.below((part.len() / width).max(1)) * width
    }

    fn value(&self, numbers: &mut Numbers, found: &[u8]) -> u64 {
        let mut padded = [0; 8];
        padded[..found.len()].copy_from_slice(found);
        let found = u64::from_ne_bytes(padded);
        let size = self.whole.len() as u64;
        match numbers.below(8) {
            0 => 0,
            1 => u64::MAX,
            2 => i64::MAX as u64,
            3 => found.wrapping_add(*numbers.pick(&[1, 8, 16, 0x1000, u64::MAX, u64::MAX - 7, u64::MAX - 0xfff])),
            4 => size + numbers.below(0x10000) as u64,
            5 => numbers.next() % size,
            6 => 1 << numbers.below(64),
            _ => numbers.next(),
        }
    }
}

/// The header, the program headers, and the sections that are mapped and hold neither code nor what only the program reads.
fn structure(whole: &[u8]) -> object::Result<Vec<Range<usize>>> {
    let header = FileHeader64::<Endianness>::parse(whole)?;
    let endian = header.endian()?;
    let start = header.e_phoff(endian) as usize;
    let end = start + usize::from(header.e_phnum(endian)) * usize::from(header.e_phentsize(endian));
    let mut parts = vec![0..size_of::<FileHeader64<Endianness>>(), start..end];
    for section in header.section_headers(endian, whole)? {
        let (flags, kind) = (section.sh_flags(endian), section.sh_type(endian));
        let only_data = flags.contains(elf::SHF_ALLOC) && !flags.contains(elf::SHF_EXECINSTR);
        if only_data && kind != elf::SHT_NOBITS && kind != elf::SHT_PROGBITS {
            let start = section.sh_offset(endian) as usize;
            parts.push(start..start + section.sh_size(endian) as usize);
        }
    }
    Ok(parts)
}

/// What loading a file does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// libvm refuses it for this reason, before the system's loader opens it.
    Refused(String),
    /// The system's loader refuses it.
    NotOpened,
    /// The system's loader opens it.
    Opened,
    /// The process ends inside of the system's loader: killed by this signal, or by the loader itself (a negative number).
    Killed(i32),
}

/// Lets libvm judge a file as it does before it opens one, and then the system's loader open it in a child process. The process
/// should have no other threads.
pub fn judge(path: &Path) -> Outcome {
    if let Err(error) = PluginFile::open(path).and_then(|file| file.read_manifest()) {
        return Outcome::Refused(error.message().replace(&*path.to_string_lossy(), "FILE"));
    }
    let name = CString::new(path.as_os_str().as_bytes()).expect("a path has no NUL");
    // SAFETY: nothing of the parent is used but the name, and the child ends without running anything of the parent's.
    let child = unsafe { libc::fork() };
    assert!(child >= 0, "{}", io::Error::last_os_error());
    if child == 0 {
        // SAFETY: this is what the child is for; whatever becomes of it stays in it.
        unsafe {
            libc::alarm(PATIENCE);
            libc::close(2);
            let opened = libc::dlopen(name.as_ptr(), libc::RTLD_NOW | libc::RTLD_LOCAL);
            libc::_exit(if opened.is_null() { 41 } else { 42 });
        }
    }
    let mut status = 0;
    // SAFETY: the child was made above, and is waited for once.
    let found = unsafe { libc::waitpid(child, &mut status, 0) };
    assert_eq!(found, child, "{}", io::Error::last_os_error());
    match (libc::WIFEXITED(status), libc::WEXITSTATUS(status)) {
        (true, 41) => Outcome::NotOpened,
        (true, 42) => Outcome::Opened,
        (true, code) => Outcome::Killed(-code),
        (false, _) => Outcome::Killed(libc::WTERMSIG(status)),
    }
}
