//! Modules: loading, validating, and what they import and export.
#![forbid(unsafe_code)]

use super::engine::Engine;
use super::{convert, error};
use crate::engine::config::Compilation;
use crate::engine::scan::{ImportKind, Scan};
use crate::files;
use crate::limits::MAX_WASM_FILE;
use crate::status::{Error, Result};
use crate::value::ExternType;
use libvm_abi as abi;
use std::borrow::Cow;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

/// Something a module wants.
#[derive(Clone, Debug)]
pub struct Import {
    /// The module that should have it.
    pub module: String,
    /// Its name there.
    pub name: String,
    /// Its type.
    pub ty: ExternType,
}

/// Something a module offers.
#[derive(Clone, Debug)]
pub struct Export {
    /// Its name.
    pub name: String,
    /// Its type.
    pub ty: ExternType,
}

/// A module that was loaded: shared by any number of threads, bound to its engine.
pub struct Module {
    pub(super) inner: wasmi::Module,
    engine: Engine,
    imports: Vec<Import>,
    /// Where wasmi, which groups them by kind, has each import.
    import_places: Box<[usize]>,
    exports: Vec<Export>,
    /// The indices of the exports, in the order of their names.
    by_name: Box<[usize]>,
    needs: Needs,
    memory: Option<(Arc<str>, bool)>,
}

/// What the memories and tables that a module defines take to begin with.
#[derive(Clone, Copy, Debug)]
pub struct Needs {
    pub memory_bytes: u64,
    pub table_elements: u64,
}

impl Module {
    /// Validates and loads a module: the binary format, or with the cargo feature `wat` the text format.
    ///
    /// # Errors
    /// `STATUS_BAD_MODULE`, `STATUS_TEXT_FORMAT`, `STATUS_LIMIT`.
    pub fn new(engine: &Engine, bytes: &[u8]) -> Result<Self> {
        let bytes = binary(bytes)?;
        let scan = Scan::new(&bytes, &engine.config().module_limits())?;
        if engine.config().compilation() == Compilation::Eager {
            // Here wasmi translates each instruction as soon as it is found to be valid by itself, and an assertion of its
            // translator fails for instructions behind the end of a function, which are refused only when all were seen.
            wasmi::Module::validate(&engine.inner, &bytes).map_err(|error| error::of_load(&error))?;
        }
        let inner = wasmi::Module::new(&engine.inner, &bytes).map_err(|error| error::of_load(&error))?;
        let import = |import: wasmi::ImportType<'_>| Import {
            module: import.module().to_owned(),
            name: import.name().to_owned(),
            ty: convert::extern_type(import.ty()),
        };
        let mut grouped: Vec<_> = inner.imports().map(|found| Some(import(found))).collect();
        let import_places = places(&scan.imports);
        let imports =
            import_places.iter().map(|place| grouped.get_mut(*place).and_then(Option::take)).collect::<Option<Vec<_>>>();
        let export = |name: &&str| Some(Export { name: (*name).to_owned(), ty: convert::extern_type(&inner.get_export(name)?) });
        let exports = scan.exports.iter().map(export).collect::<Option<Vec<_>>>();
        let (Some(imports), Some(exports)) = (imports.filter(|imports| imports.len() == grouped.len()), exports) else {
            return Err(Error::new(abi::STATUS_INTERNAL, "the scan of the module and the interpreter differ"));
        };
        let mut by_name: Box<[usize]> = (0..exports.len()).collect();
        by_name.sort_unstable_by(|a, b| exports[*a].name.cmp(&exports[*b].name));
        let memory = visible_memory(&exports);
        let needs = Needs { memory_bytes: scan.memory_bytes, table_elements: scan.table_elements };
        Ok(Self { inner, engine: engine.clone(), imports, import_places, exports, by_name, needs, memory })
    }

    /// Validates a module and keeps nothing of it.
    ///
    /// # Errors
    /// As `new`.
    pub fn validate(engine: &Engine, bytes: &[u8]) -> Result<()> {
        let bytes = binary(bytes)?;
        Scan::new(&bytes, &engine.config().module_limits())?;
        wasmi::Module::validate(&engine.inner, &bytes).map_err(|error| error::of_load(&error))
    }

    /// Its engine.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// What it wants, in its order.
    pub fn imports(&self) -> &[Import] {
        &self.imports
    }

    /// What it offers, in its order.
    pub fn exports(&self) -> &[Export] {
        &self.exports
    }

    /// What it offers under a name.
    pub fn find_export(&self, name: &str) -> Option<&Export> {
        let found = self.by_name.binary_search_by(|index| self.exports[*index].name.as_str().cmp(name)).ok()?;
        Some(&self.exports[self.by_name[found]])
    }

    /// Where wasmi has each import.
    pub(super) fn import_places(&self) -> &[usize] {
        &self.import_places
    }

    /// What it takes to be instantiated.
    pub(super) fn needs(&self) -> Needs {
        self.needs
    }

    /// Whether it is what WASI calls a reactor: `_initialize`, which takes and gives nothing, has to run once before anything
    /// else, and there is no `_start`, which would make it a command.
    pub fn is_reactor(&self) -> bool {
        let find = |name: &str| self.find_export(name).map(|export| &export.ty);
        let initializes = |ty: &ExternType| matches!(ty, ExternType::Func(ty) if ty.params.is_empty() && ty.results.is_empty());
        find("_initialize").is_some_and(initializes) && find("_start").is_none()
    }

    /// Its custom sections: name and bytes, in its order.
    pub fn custom_sections(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.inner.custom_sections().map(|section| (section.name(), section.data()))
    }

    /// The memory that its host functions see: the name of its export, and whether its addresses are 64-bit.
    pub fn memory(&self) -> Option<(&Arc<str>, bool)> {
        self.memory.as_ref().map(|(name, is_64)| (name, *is_64))
    }
}

/// Where wasmi has the imports of these kinds: functions, tables, memories, then globals, each kind in the module's order.
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

/// The export `memory`, else the only memory that is exported.
fn visible_memory(exports: &[Export]) -> Option<(Arc<str>, bool)> {
    let memories = exports.iter().filter_map(|export| match &export.ty {
        ExternType::Memory(ty) => Some((export.name.as_str(), ty.is_64)),
        _ => None,
    });
    let memories = memories.collect::<Vec<_>>();
    let (name, is_64) = match (memories.iter().find(|(name, _)| *name == "memory"), &memories[..]) {
        (Some(named), _) => *named,
        (None, [only]) => *only,
        _ => return None,
    };
    Some((Arc::from(name), is_64))
}

fn binary(bytes: &[u8]) -> Result<Cow<'_, [u8]>> {
    const MAGIC: &[u8] = b"\0asm";
    let bad = |why: String| Err(Error::new(abi::STATUS_BAD_MODULE, format!("the module is not valid: {why}")));
    if looks_like_text(bytes) {
        return from_text(bytes);
    }
    let beginning = &bytes[..bytes.len().min(MAGIC.len())];
    if beginning.is_empty() {
        return bad("it has no bytes".to_owned());
    }
    if !MAGIC.starts_with(beginning) {
        let beginning = bytes[..bytes.len().min(16)].escape_ascii();
        return bad(format!(
            "it begins with \"{beginning}\" and not with \"{}\", as every wasm module does",
            MAGIC.escape_ascii()
        ));
    }
    if bytes.get(6..8) == Some(&[1, 0]) {
        return bad("it is a component; libvm runs the core modules of which components are made".to_owned());
    }
    Ok(Cow::Borrowed(bytes))
}

/// Whether the bytes begin as the text format does: a parenthesis or a comment after white space.
fn looks_like_text(bytes: &[u8]) -> bool {
    let text = bytes.trim_ascii_start();
    text.starts_with(b"(module") || text.starts_with(b"(;") || text.starts_with(b";;") || text.starts_with(b"(component")
}

#[cfg(feature = "wat")]
fn from_text(bytes: &[u8]) -> Result<Cow<'_, [u8]>> {
    let parsed = wat::parse_bytes(bytes);
    parsed.map_err(|error| Error::new(abi::STATUS_BAD_MODULE, format!("the module's text is not valid: {error}")))
}

#[cfg(not(feature = "wat"))]
fn from_text(_: &[u8]) -> Result<Cow<'_, [u8]>> {
    let message = "this is the text format; run wat2wasm, or build libvm with the cargo feature `wat`";
    Err(Error::new(abi::STATUS_TEXT_FORMAT, message))
}

/// Reads a wasm file, of at most `limits::MAX_WASM_FILE` bytes.
///
/// # Errors
/// `STATUS_FILE_NOT_FOUND`, `STATUS_PERMISSION_DENIED`, `STATUS_IO`, `STATUS_LIMIT`.
pub fn read_file(path: &Path) -> Result<Vec<u8>> {
    let failed = |error: std::io::Error| Error::io("read the wasm file", path, &error);
    let file = files::open(path, "read the wasm file", abi::STATUS_IO)?.file;
    let mut bytes = Vec::new();
    file.take(MAX_WASM_FILE + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > MAX_WASM_FILE {
        let message = format!("{} is larger than {MAX_WASM_FILE} bytes, the most a wasm file may have", path.display());
        return Err(Error::new(abi::STATUS_LIMIT, message).at_path(path));
    }
    Ok(bytes)
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
