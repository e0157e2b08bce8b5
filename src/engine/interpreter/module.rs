//! Modules: validating and loading.
#![forbid(unsafe_code)]

use super::code::Code;
use super::engine::Engine;
use super::{convert, error};
use crate::backtrace::Frame;
use crate::engine::attached::Attached;
use crate::engine::config::Compilation;
use crate::engine::fingerprint::fingerprint;
use crate::engine::interface::{Export, Import, Interface};
use crate::engine::names::Names;
use crate::engine::rewrite::{self, Plan, Record, Recorded, Rewritten};
use crate::engine::scan::{ImportKind, Scan};
use crate::engine::source::{binary, read_file};
use crate::status::{Error, Result};
use libvm_abi as abi;
use std::collections::BTreeMap;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering::Relaxed;

/// A loaded module: shared by any number of threads, bound to its engine.
pub struct Module {
    pub(super) code: Code,
    engine: Engine,
    interface: Interface,
    /// The position of each import in wasmi, which groups them by kind.
    import_places: Box<[usize]>,
    /// The start function and its hidden name.
    start: Option<(u32, String)>,
    /// The hidden name of a function that applies the active segments.
    segments: Option<String>,
    /// The indices of the functions among the exports; of others `u32::MAX`.
    exported_functions: Box<[u32]>,
    /// Set if it records positions for backtraces.
    recorded: Option<Recorded>,
    fingerprint: u64,
    path: Option<PathBuf>,
    attached: Attached,
}

impl Deref for Module {
    type Target = Interface;

    fn deref(&self) -> &Interface {
        &self.interface
    }
}

impl Module {
    /// Validates and loads a module: the binary format, or with the cargo feature `wat` the text format.
    ///
    /// # Errors
    /// `STATUS_BAD_MODULE`, `STATUS_TEXT_FORMAT`, `STATUS_LIMIT`.
    pub fn new(engine: &Engine, bytes: &[u8]) -> Result<Self> {
        let bytes = binary(bytes)?;
        let fingerprint = fingerprint(&bytes);
        let scan = Scan::new(&bytes, &engine.config().module_limits())?;
        let start = scan.start.map(|function| (function, rewrite::unused_name("start", &scan.exports)));
        let segments = scan.fills_imported_table.then(|| rewrite::unused_name("segments", &scan.exports));
        let hidden = (start.as_ref().map(|(function, name)| (*function, &**name)), segments.as_deref());
        let (code, recorded) = load(engine, &bytes, hidden.0, hidden.1)?;
        let inner = code.first();
        let import = |import: wasmi::ImportType<'_>| Import {
            module: import.module().to_owned(),
            name: import.name().to_owned(),
            ty: convert::extern_type(import.ty()),
        };
        let mut grouped: Vec<_> = inner.imports().map(|found| Some(import(found))).collect();
        let mut kinds = scan.imports;
        let count = kinds.len();
        if let Some(recorded) = &recorded {
            kinds.extend(recorded.memories.iter().map(|_| ImportKind::Memory));
            kinds.extend([ImportKind::Memory, ImportKind::Global, ImportKind::Global]);
        }
        let import_places = places(&kinds);
        let visible = import_places.iter().take(count);
        let imports = visible.map(|place| grouped.get_mut(*place).and_then(Option::take)).collect::<Option<Vec<_>>>();
        let export = |name: &&str| Some(Export { name: (*name).to_owned(), ty: convert::extern_type(&inner.get_export(name)?) });
        let exports = scan.exports.iter().map(export).collect::<Option<Vec<_>>>();
        let (Some(imports), Some(exports)) = (imports.filter(|_| kinds.len() == grouped.len()), exports) else {
            return Err(disagree(()));
        };
        let interface = Interface::new(imports, exports, scan.needs);
        Ok(Self {
            code,
            engine: engine.clone(),
            interface,
            import_places,
            start,
            segments,
            exported_functions: scan.exported_functions.into(),
            recorded,
            fingerprint,
            path: None,
            attached: Attached::default(),
        })
    }

    /// Validates and loads a module from a file.
    ///
    /// # Errors
    /// Those of `read_file` and `new`; they name the file.
    pub fn from_file(engine: &Engine, file: &Path) -> Result<Self> {
        let bytes = read_file(file)?;
        // Plug-ins that the module declares are beside it, whatever link led to it.
        let real = file.canonicalize().ok();
        let module = Self::new(engine, &bytes).map(|module| module.with_path(real));
        module.map_err(|error| error.while_doing(&file.display().to_string()).at_path(file))
    }

    /// Sets the file that it was loaded from.
    pub fn with_path(mut self, path: Option<PathBuf>) -> Self {
        self.path = path;
        self
    }

    /// Returns the file that it was loaded from, with all links resolved; `None` for one from memory.
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// Returns what is attached to it.
    pub fn attached(&self) -> &Attached {
        &self.attached
    }

    /// Validates a module and discards it.
    ///
    /// # Errors
    /// Those of `new`.
    pub fn validate(engine: &Engine, bytes: &[u8]) -> Result<()> {
        let bytes = binary(bytes)?;
        Scan::new(&bytes, &engine.config().module_limits())?;
        wasmi::Module::validate(engine.validator(), &bytes).map_err(|error| error::of_load(&error))
    }

    /// Returns a number that differs from that of other modules.
    pub(super) fn fingerprint(&self) -> u64 {
        self.fingerprint
    }

    /// Returns its engine.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Returns the position of each import in wasmi.
    pub(super) fn import_places(&self) -> &[usize] {
        &self.import_places
    }

    /// Returns the hidden name of the start function, which runs before anything else of an instance: wasmi knows of none.
    pub fn start(&self) -> Option<&str> {
        self.start.as_ref().map(|(_, name)| &**name)
    }

    /// Returns the hidden name of the function that applies the active segments, before the start function: wasmi knows of none.
    pub fn segments(&self) -> Option<&str> {
        self.segments.as_deref()
    }

    /// Returns how it records positions for backtraces, if it does.
    pub(super) fn recorded(&self) -> Option<&Recorded> {
        self.recorded.as_ref()
    }

    /// Returns the frames at these offsets, if it records positions.
    pub(super) fn frames_at(&self, offsets: &[u32]) -> BTreeMap<u32, Frame> {
        let Some(recorded) = &self.recorded else { return BTreeMap::new() };
        let functions: Vec<_> = offsets.iter().map(|offset| recorded.function_at(*offset)).collect();
        let names = self.names(&functions);
        let frame = |(offset, function): (&u32, &u32)| {
            (*offset, Frame::guest(names.module, names.of(*function), *function, Some(*offset)))
        };
        offsets.iter().zip(&functions).map(frame).collect()
    }

    /// Returns the frame of an exported function, of which it is not known where it is.
    pub(super) fn frame_of(&self, export: &str) -> Option<Frame> {
        let function = match &self.start {
            Some((start, name)) if name == export => *start,
            _ => self.exported_functions[self.export_index(export)?],
        };
        let names = self.names(&[function]);
        Some(Frame::guest(names.module, names.of(function), function, None))
    }

    /// Returns the names of the module and of some functions: those of its name section, else those of its exports.
    fn names(&self, functions: &[u32]) -> Names<'_> {
        let section = self.custom_sections().find(|(name, _)| *name == "name");
        let mut names = section.map_or_else(Names::default, |(_, section)| Names::new(section, functions));
        for (export, function) in self.exports().iter().zip(&self.exported_functions) {
            if functions.contains(function) {
                names.functions.entry(*function).or_insert(&export.name);
            }
        }
        names
    }

    /// Returns its name, if it has one in its name section.
    pub fn name(&self) -> Option<&str> {
        Some(self.names(&[]).module).filter(|name| !name.is_empty())
    }

    /// Returns its custom sections: name and bytes, in its order.
    pub fn custom_sections(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.code.first().custom_sections().map(|section| (section.name(), section.data()))
    }
}

fn disagree<E>(_: E) -> Error {
    Error::new(abi::STATUS_INTERNAL, "the scan of the module and the interpreter disagree")
}

/// The number of the next module that records positions.
static NEXT: AtomicU32 = AtomicU32::new(1);

/// Validates a module, and loads what the engine needs it to be rewritten to.
fn load(engine: &Engine, bytes: &[u8], start: Option<(u32, &str)>, segments: Option<&str>) -> Result<(Code, Option<Recorded>)> {
    let config = engine.config();
    let record = config.backtraces().then(|| Record { module: NEXT.fetch_add(1, Relaxed), metered: config.is_metered() });
    let plan = Plan { start, segments, split_table_grow: config.is_metered(), record };
    // In eager mode wasmi translates each instruction as soon as it is valid by itself, and an assertion of its translator
    // fails for instructions after the end of a function, which are refused only when all were read. A module that is
    // rewritten is validated as it is.
    if config.compilation() == Compilation::Eager || plan.changes() || engine.is_lenient() {
        wasmi::Module::validate(engine.validator(), bytes).map_err(|error| error::of_load(&error))?;
    }
    let load = |plan: &Plan<'_>| {
        let rewritten = if plan.changes() { rewrite::rewrite(bytes, plan).map_err(disagree)? } else { None };
        let Some(Rewritten { wasm, recorded }) = rewritten else { return Ok((Code::new(&engine.shards, bytes)?, None)) };
        Ok((Code::new(&engine.shards, &wasm)?, recorded))
    };
    match load(&plan) {
        // With what records positions it is more than the interpreter can load.
        Err(_) if record.is_some() => load(&Plan { record: None, ..plan }),
        loaded => loaded,
    }
}

/// Computes the positions in wasmi of imports of these kinds: functions, tables, memories, then globals, each kind in the
/// module's order.
fn places(kinds: &[ImportKind]) -> Box<[usize]> {
    let mut next = [0; 4];
    for kind in kinds {
        next[*kind as usize + 1..].iter_mut().for_each(|first| *first += 1);
    }
    let place = |kind: &ImportKind| {
        let next = &mut next[*kind as usize];
        *next += 1;
        *next - 1
    };
    kinds.iter().map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::EngineConfig;

    #[test]
    fn what_follows_the_end_of_a_function_is_refused_in_every_mode() {
        for mode in [Compilation::Lazy, Compilation::Eager] {
            let mut config = EngineConfig::default();
            config.set_compilation(mode);
            let engine = Engine::new(config).unwrap();
            for behind in [&[0x01][..], &[0x41, 5], &[0x10, 0], &[0x02, 0x40], &[0xd0, 0x70]] {
                let mut wasm = b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0\x03\x02\x01\0\x0a".to_vec();
                let size = behind.len() as u8;
                wasm.extend([size + 4, 1, size + 2, 0, 0x0b]);
                wasm.extend(behind);
                let error = Module::new(&engine, &wasm).err().expect("it is not valid");
                assert_eq!(error.status(), abi::STATUS_BAD_MODULE, "{}", error.message());
            }
        }
    }

    #[test]
    fn a_reactor_has_to_be_initialized() {
        let engine = Engine::new(EngineConfig::default()).unwrap();
        let is_reactor = |items: &str| {
            let wasm = wat::parse_str(format!("(module {items})")).unwrap();
            Module::new(&engine, &wasm).unwrap().is_reactor()
        };
        assert!(is_reactor("(func (export \"_initialize\"))"));
        assert!(is_reactor("(func $f) (start $f) (export \"_initialize\" (func $f)) (export \"f\" (func $f))"));
        assert!(!is_reactor(""));
        assert!(!is_reactor("(func (export \"initialize\"))"));
        assert!(!is_reactor("(func (export \"_initialize\") (param i32))"));
        assert!(!is_reactor("(func (export \"_initialize\") (result i32) (i32.const 0))"));
        assert!(!is_reactor("(memory (export \"_initialize\") 1)"));
        assert!(!is_reactor("(func $f) (export \"_initialize\" (func $f)) (export \"_start\" (func $f))"));
    }
}
