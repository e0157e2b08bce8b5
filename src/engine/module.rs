//! Modules: validating and loading.
#![forbid(unsafe_code)]

use super::attached::Attached;
use super::engine::Engine;
use super::interpreter;
#[cfg(feature = "compiled")]
use super::machine::Machine;
use super::program::{HiddenExports, Program};
use super::scan::Scan;
use super::source::{self, binary, read_file};
use crate::status::{Error, Result};
use libvm_abi as abi;
use once_cell::sync::OnceCell;
use std::borrow::Cow;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::Arc;

#[cfg(feature = "compiled")]
mod machine;

/// A loaded module: shared by any number of threads, bound to its engine.
pub struct Module {
    pub(super) program: Arc<Program>,
    /// Its code in the interpreter, once a context needs it.
    interpreted: OnceCell<Arc<interpreter::Code>>,
    /// Its machine code, if contexts may use it.
    #[cfg(feature = "compiled")]
    machine: Option<Machine>,
    engine: Engine,
    path: Option<PathBuf>,
    attached: Attached,
}

impl Deref for Module {
    type Target = Program;

    fn deref(&self) -> &Program {
        &self.program
    }
}

impl Module {
    /// Validates and loads a module: the binary format, or with the cargo feature `wat` the text format.
    ///
    /// # Errors
    /// `STATUS_BAD_MODULE`, `STATUS_TEXT_FORMAT`, `STATUS_LIMIT`.
    pub fn new(engine: &Engine, bytes: &[u8]) -> Result<Self> {
        Self::load(engine, bytes.into())
    }

    fn load(engine: &Engine, bytes: Cow<'_, [u8]>) -> Result<Self> {
        let bytes = translated(bytes)?;
        #[cfg(feature = "compiled")]
        if let Some(source) = engine.source(&bytes) {
            return Self::with_machine(engine, bytes, source, None);
        }
        let scan = Scan::new(&bytes, &engine.config().module_limits())?;
        let hidden = HiddenExports::new(&scan);
        let (mut code, interface) = interpreter::Code::load(engine.interpreter(), &bytes, &scan, &hidden)?;
        let program = Program::new(&bytes, scan, hidden, interface);
        code.keep(|| source::kept(bytes));
        Ok(Self::made(engine, program, Some(code)))
    }

    fn made(engine: &Engine, program: Program, interpreted: Option<interpreter::Code>) -> Self {
        Self {
            program: Arc::new(program),
            interpreted: interpreted.map_or_else(OnceCell::new, |code| OnceCell::with_value(Arc::new(code))),
            #[cfg(feature = "compiled")]
            machine: None,
            engine: engine.clone(),
            path: None,
            attached: Attached::default(),
        }
    }

    /// Validates and loads a module from a file.
    ///
    /// # Errors
    /// Those of `read_file` and `new`; they name the file.
    pub fn from_file(engine: &Engine, file: &Path) -> Result<Self> {
        let bytes = read_file(file)?;
        // Plug-ins that the module declares are beside it, whatever link led to it.
        let real = file.canonicalize().ok();
        let module = Self::load(engine, bytes.into()).map(|module| module.with_path(real));
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
        engine.interpreter().validate(&bytes)
    }

    /// Returns its engine.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Returns its code in the interpreter, which is translated now if no context has needed it.
    ///
    /// # Errors
    /// `STATUS_LIMIT`.
    pub(super) fn interpreted(&self) -> Result<&Arc<interpreter::Code>> {
        self.interpreted.get_or_try_init(|| {
            #[cfg(feature = "compiled")]
            return self.interpret();
            #[cfg(not(feature = "compiled"))]
            unreachable!("without the compiled engine, modules are interpreted")
        })
    }

    /// Validates and loads a module whose machine code is in a file that `save_compiled` has written. Loading it is running it: the host
    /// vouches for the file.
    ///
    /// # Errors
    /// `STATUS_UNSUPPORTED` for an engine that runs no machine code; `STATUS_FILE_NOT_FOUND` and similar, `STATUS_BAD_MODULE`,
    /// `STATUS_UNSUPPORTED` and `STATUS_INVALID_ARGUMENT` for a file that is not of this module, engine and version.
    pub fn from_compiled(engine: &Engine, bytes: &[u8], path: &Path) -> Result<Self> {
        #[cfg(feature = "compiled")]
        {
            let bytes = binary(bytes)?;
            if let Some(source) = engine.source(&bytes) {
                let code = source.read(path, engine.config(), &bytes)?;
                return Self::with_machine(engine, bytes, source, Some(code));
            }
        }
        let _ = (bytes, path);
        Err(only_interpreted(engine))
    }

    /// Writes its machine code to a file, which it replaces; it is compiled now if it is not ready.
    ///
    /// # Errors
    /// `STATUS_UNSUPPORTED` for an engine that runs no machine code, or without a compiler; those of the system.
    pub fn save_compiled(&self, path: &Path) -> Result<()> {
        #[cfg(feature = "compiled")]
        if let Some(machine) = &self.machine {
            return machine.save(path);
        }
        let _ = path;
        Err(only_interpreted(&self.engine))
    }
}

/// Returns a module in the binary format, which is not copied if it was in that format.
fn translated(bytes: Cow<'_, [u8]>) -> Result<Cow<'_, [u8]>> {
    let translated = match binary(&bytes)? {
        Cow::Owned(translated) => Some(translated),
        Cow::Borrowed(_) => None,
    };
    Ok(translated.map_or(bytes, Cow::Owned))
}

fn only_interpreted(engine: &Engine) -> Error {
    let tier = engine.config().tier().c_name();
    let message = format!("the engine is one of {tier}, which has no machine code; use VM_TIER_COMPILED or VM_TIER_AUTO");
    Error::new(abi::STATUS_UNSUPPORTED, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Compilation, EngineConfig};
    use libvm_abi as abi;

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
