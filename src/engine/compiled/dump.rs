//! The dump of machine code that `perf inject --jit` reads: one file of the process, in its working directory.
#![forbid(unsafe_code)]

use super::registry::hold_registry;
use crate::status::{Error, Result};
use libvm_abi as abi;
use object::{Object, ObjectSection, ObjectSymbol, SymbolKind, elf};
use std::fs::OpenOptions;
use std::os::fd::AsRawFd;
use std::path::Path;
use std::process;
use std::sync::{Mutex, PoisonError};
use wasmtime_jit_debug::perf_jitdump::JitDumpFile;

struct Dump {
    file: JitDumpFile,
    /// The process that it is about: a child of `fork` has code of its own.
    process: u32,
    /// Whether nothing more can be written.
    failed: bool,
}

/// Taken while the registry of code is held only, so that a child of `fork` does not find it locked.
static DUMP: Mutex<Option<Dump>> = Mutex::new(None);

/// Creates the file of this process, unless it has one.
///
/// # Errors
/// `STATUS_ALREADY_EXISTS` for a file that is not of this process, `STATUS_PERMISSION_DENIED`, `STATUS_IO`.
pub fn open() -> Result<()> {
    let _registry = hold_registry();
    let mut dump = DUMP.lock().unwrap_or_else(PoisonError::into_inner);
    let process = process::id();
    if dump.as_ref().is_none_or(|dump| dump.process != process) {
        *dump = Some(Dump { file: create(process)?, process, failed: false });
    }
    Ok(())
}

fn create(process: u32) -> Result<JitDumpFile> {
    let name = format!("jit-{process}.dump");
    let path = Path::new(&name);
    // The name is known before, and others may write into the folder: it is created, and nothing is followed that is there.
    let file = OpenOptions::new().write(true).create_new(true).open(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => {
            let message = format!(
                "the file {name} for the profiler exists: it is of a former process with the same number, or of another library; \
                 remove it, or start the program in another folder"
            );
            Error::new(abi::STATUS_ALREADY_EXISTS, message).at_path(path)
        }
        _ => Error::io("create the file for the profiler", path, &error),
    })?;
    let same = format!("/proc/self/fd/{}", file.as_raw_fd());
    JitDumpFile::new(same, u32::from(MACHINE.0)).map_err(|error| Error::io("write the file for the profiler", path, &error))
}

/// The processor, as ELF numbers it.
const MACHINE: elf::Machine = if cfg!(target_arch = "x86_64") {
    elf::EM_X86_64
} else if cfg!(target_arch = "aarch64") {
    elf::EM_AARCH64
} else if cfg!(target_arch = "s390x") {
    elf::EM_S390
} else {
    elf::EM_RISCV
};

/// Writes the functions of a module, which is an ELF file in memory, with their names and their code.
///
/// # Errors
/// Why the file is not complete, once.
pub fn write(image: &[u8]) -> std::result::Result<(), String> {
    let mut dump = DUMP.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(dump) = dump.as_mut().filter(|dump| dump.process == process::id() && !dump.failed) else { return Ok(()) };
    let Ok(image) = object::File::parse(image) else { return Ok(()) };
    let Some(Ok(text)) = image.section_by_name(".text").map(|section| section.data()) else { return Ok(()) };
    let thread = rustix::thread::gettid().as_raw_nonzero().get().unsigned_abs();
    for symbol in image.symbols().filter(|symbol| symbol.is_definition() && symbol.kind() == SymbolKind::Text) {
        let (start, size) = (symbol.address() as usize, symbol.size() as usize);
        let (Ok(name), Some(code)) = (symbol.name(), text.get(start..start + size)) else { continue };
        let time = dump.file.get_time_stamp();
        if let Err(error) = dump.file.dump_code_load_record(name, code, time, dump.process, thread) {
            dump.failed = true;
            return Err(format!("the file jit-{}.dump for the profiler is not complete: {error}", dump.process));
        }
    }
    Ok(())
}
