//! Rules for the file, which is read and not run.
#![forbid(unsafe_code)]

use crate::report::{Report, Severity};
use object::elf;
use object::read::elf::{Dyn as _, ElfFile64, FileHeader as _, ProgramHeader as _, Sym as _};
use object::{Endianness, Object as _, ObjectSection as _};
use std::collections::BTreeSet;

/// The symbols of a plug-in.
const SYMBOLS: [&str; 2] = ["libvm_plugin_manifest", "libvm_plugin_entry"];

/// What made the file, for the rules that its author cannot meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Toolchain {
    /// Go, whose runtime exports symbols, starts threads, and cannot be unloaded.
    Go,
    /// Rust.
    Rust,
    /// Zig.
    Zig,
    /// C or C++, or unknown.
    Other,
}

impl Toolchain {
    /// Returns its name; empty if it is not known.
    pub fn name(self) -> &'static str {
        match self {
            Self::Go => "Go",
            Self::Rust => "Rust",
            Self::Zig => "Zig",
            Self::Other => "",
        }
    }

    fn of(file: &ElfFile64<'_, Endianness>) -> Self {
        let comment = file.section_by_name(".comment").and_then(|section| section.data().ok()).unwrap_or_default();
        let says = |word: &str| comment.windows(word.len()).any(|part| part == word.as_bytes());
        match () {
            () if file.section_by_name(".go.buildinfo").is_some() || file.section_by_name(".note.go.buildid").is_some() => {
                Self::Go
            }
            () if says("rustc version") => Self::Rust,
            () if says("zig") => Self::Zig,
            () => Self::Other,
        }
    }

    /// Returns whether a symbol belongs to the runtime of the toolchain, and not to the plug-in.
    fn exports(self, name: &str) -> bool {
        let of_go = ["_cgo_", "_cgoexp_", "x_cgo_", "crosscall", "_crosscall", "x_crosscall", "go.", "_rt0_", "runtime.", "cgo_"];
        self == Self::Go && (name == "fatalf" || of_go.iter().any(|beginning| name.starts_with(beginning)))
    }
}

/// Checks the file. `unloadable` is whether its manifest says so.
pub fn check(bytes: &[u8], unloadable: bool, report: &mut Report) -> Toolchain {
    let Ok(file) = ElfFile64::<Endianness>::parse(bytes) else {
        let text = "symbols and segments are checked in ELF files of 64 bits only, which this is not";
        report.add(Severity::Note, "file", text, "");
        return Toolchain::Other;
    };
    let toolchain = Toolchain::of(&file);
    let found = report.findings.len();
    symbols(&file, toolchain, unloadable, report);
    dynamic(&file, report);
    segments(&file, report);
    if report.findings.len() == found {
        report.passed.push("file: symbols, dependencies, segments".to_owned());
    }
    toolchain
}

/// At most this many names are listed.
const LISTED: usize = 8;

fn listed(names: &BTreeSet<String>) -> String {
    let shown: Vec<String> = names.iter().take(LISTED).map(|name| format!("`{}`", vm::text::name(name))).collect();
    let rest = names.len().saturating_sub(LISTED);
    let more = if rest > 0 { format!(" and {rest} more") } else { String::new() };
    format!("{}{more}", shown.join(", "))
}

fn symbols(file: &ElfFile64<'_, Endianness>, toolchain: Toolchain, unloadable: bool, report: &mut Report) {
    let (endian, table) = (file.endian(), file.elf_dynamic_symbol_table());
    let (mut extra, mut by_toolchain, mut unique) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    let (mut of_libvm, mut missing) = (BTreeSet::new(), BTreeSet::from(SYMBOLS));
    for symbol in table.iter() {
        let Ok(name) = symbol.name(endian, table.strings()) else { continue };
        let name = String::from_utf8_lossy(name).into_owned();
        if name.is_empty() || symbol.st_bind() == elf::STB_LOCAL {
            continue;
        }
        if symbol.st_shndx(endian) == elf::SHN_UNDEF {
            if name.starts_with("VM_") {
                of_libvm.insert(name);
            }
            continue;
        }
        // `_init` and `_fini` are the linker's own.
        if missing.remove(name.as_str()) || SYMBOLS.contains(&name.as_str()) || matches!(&*name, "_init" | "_fini") {
            continue;
        }
        if symbol.st_bind() == elf::STB_GNU_UNIQUE {
            unique.insert(name.clone());
        }
        if toolchain.exports(&name) {
            by_toolchain.insert(name)
        } else {
            extra.insert(name)
        };
    }
    for name in missing {
        let text = format!("it does not export `{name}`");
        report.add(
            Severity::Fault,
            "symbols",
            text,
            "VM_PLUGIN, VM_CPP_PLUGIN or libvm_plugin! defines it, with default visibility",
        );
    }
    if !extra.is_empty() {
        let text = format!("it exports more than its two symbols: {}", listed(&extra));
        let remedy = "another library could use these instead of its own: compile with -fvisibility=hidden, and link with an export \
            list, as libvm_add_plugin does (-Wl,--version-script: { global: libvm_plugin_*; local: *; };)";
        report.add(Severity::Fault, "symbols", text, remedy);
    }
    if !by_toolchain.is_empty() {
        let text = format!("{} exports symbols of its own, which is allowed: {}", toolchain.name(), listed(&by_toolchain));
        report.add(Severity::Note, "symbols", text, "");
    }
    if !unique.is_empty() {
        let text =
            format!("it has unique symbols (STB_GNU_UNIQUE), with which the system never unloads a library: {}", listed(&unique));
        let severity = if unloadable { Severity::Fault } else { Severity::Warning };
        report.add(
            severity,
            "unique",
            text,
            "link with an export list, as libvm_add_plugin does, or compile with -fno-gnu-unique",
        );
    }
    if !of_libvm.is_empty() {
        let text = format!("it needs functions of libvm: {}", listed(&of_libvm));
        let remedy = "a plug-in links nothing of libvm, and its host need not export these: include <libvm/plugin.h>, without VM_NO_INLINE";
        report.add(Severity::Fault, "libvm", text, remedy);
    }
}

fn dynamic(file: &ElfFile64<'_, Endianness>, report: &mut Report) {
    let endian = file.endian();
    let strings = file.elf_dynamic_symbol_table();
    let strings = strings.strings();
    let Ok(Some((entries, _))) = file.elf_section_table().dynamic(endian, file.data()) else { return };
    for entry in entries {
        let value = entry.d_val(endian);
        let text = || String::from_utf8_lossy(entry.string(endian, strings).unwrap_or_default()).into_owned();
        match entry.d_tag(endian) {
            elf::DT_NEEDED => {
                let library = text();
                if library.starts_with("libvm.so") || library.starts_with("libvm.dylib") {
                    let text = format!("it is linked with `{library}`");
                    let remedy = "a plug-in links nothing of libvm: leave out -lvm and libvm::libvm. A host may have another libvm, \
                        or have it linked statically, and then there are two in the process";
                    report.add(Severity::Fault, "libvm", text, remedy);
                }
            }
            tag if tag == elf::DT_TEXTREL || (tag == elf::DT_FLAGS && value & elf::DF_TEXTREL.0 != 0) => {
                let text = "its code is changed when it is loaded (text relocations), which hardened systems refuse";
                report.add(Severity::Fault, "textrel", text, "compile all of it, static libraries too, with -fPIC");
            }
            elf::DT_RPATH | elf::DT_RUNPATH => {
                let path = text();
                if path.split(':').any(|directory| !directory.starts_with("$ORIGIN")) {
                    let text = format!("it looks for libraries in `{}` (DT_RUNPATH)", vm::text::name(&path));
                    let remedy = "who can write to that directory decides what runs: link without -rpath, or with $ORIGIN";
                    report.add(Severity::Warning, "runpath", text, remedy);
                }
            }
            _ => {}
        }
    }
}

fn segments(file: &ElfFile64<'_, Endianness>, report: &mut Report) {
    let endian = file.endian();
    let Ok(segments) = file.elf_header().program_headers(endian, file.data()) else { return };
    let stack = segments.iter().find(|segment| segment.p_type(endian) == elf::PT_GNU_STACK);
    if stack.is_none_or(|segment| segment.p_flags(endian).0 & elf::PF_X.0 != 0) {
        let text =
            "it needs an executable stack, which makes attacks on the whole process easier, and which newer systems refuse";
        let remedy = "link with -Wl,-z,noexecstack; assembler sources need `.section .note.GNU-stack,\"\",@progbits`";
        report.add(Severity::Fault, "stack", text, remedy);
    }
    let both = |segment: &&elf::ProgramHeader64<Endianness>| {
        let flags = segment.p_flags(endian).0;
        segment.p_type(endian) == elf::PT_LOAD && flags & elf::PF_X.0 != 0 && flags & elf::PF_W.0 != 0
    };
    if segments.iter().any(|segment| both(&segment)) {
        let text = "it has memory that is writable and executable at once";
        report.add(
            Severity::Fault,
            "segments",
            text,
            "link without -Wl,-N (--omagic) and linker scripts that join code and data",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_runtime_of_go_exports_symbols() {
        for name in ["_cgo_panic", "_cgoexp_0a1b_add", "crosscall2", "x_crosscall2_ptr", "x_cgo_init", "fatalf"] {
            assert!(Toolchain::Go.exports(name) && !Toolchain::Rust.exports(name), "{name}");
        }
        assert!(!Toolchain::Go.exports("add"));
    }
}
