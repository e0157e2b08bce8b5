//! The code of a module.

use super::engine::Engine;
use super::registry::hold_registry;
use super::{convert, error};
use crate::engine::cache;
use crate::engine::interface::{Export, Import, Interface};
use crate::engine::program::disagree;
use crate::engine::scan::Scan;
use crate::log;
use crate::status::{Error, Result};
use libvm_abi as abi;
use std::any::Any;
use std::fs::File;
use std::io::{Read, Seek};
use std::sync::OnceLock;

/// The code of a module, mapped as executable memory; shared by all stores of its engine.
pub struct Code(Option<Parts>);

struct Parts {
    module: wasmtime::Module,
    /// With its imports, as the first context had them; `None` if they cannot be linked for all contexts. Of a type that names stores.
    linked: OnceLock<Option<Box<dyn Any + Send + Sync>>>,
}

/// Reads a file from its beginning.
fn read(mut file: File) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let done = file.rewind().and_then(|()| file.read_to_end(&mut bytes));
    done.map_err(|error| Error::new(abi::STATUS_OUT_OF_MEMORY, format!("compiled code cannot be read: {error}")))?;
    Ok(bytes)
}

/// Returns a module as the compiler has made it.
fn image(module: &wasmtime::Module) -> &[u8] {
    let image = module.image_range();
    // SAFETY: the image is mapped as long as the module exists, readable, and never written to.
    unsafe { std::slice::from_raw_parts(image.start, image.end as usize - image.start as usize) }
}

/// Writes a module that was loaded to the file of a profiler, if the engine has one.
///
/// # Errors
/// Why the file is not complete.
#[cfg(target_os = "linux")]
fn profiler_told(engine: &Engine, module: &wasmtime::Module) -> std::result::Result<(), String> {
    if engine.dumps() { super::dump::write(image(module)) } else { Ok(()) }
}

#[cfg(not(target_os = "linux"))]
fn profiler_told(_: &Engine, _: &wasmtime::Module) -> std::result::Result<(), String> {
    Ok(())
}

impl Drop for Code {
    fn drop(&mut self) {
        let registry = hold_registry();
        drop(self.0.take());
        drop(registry);
    }
}

impl Code {
    /// Loads code that comes from the compiler, from the cache, or from a file that the host trusts.
    ///
    /// # Errors
    /// Those of `new`.
    pub fn load(engine: &Engine, code: cache::Code) -> Result<Self> {
        // SAFETY: all of these are code that the compiler has made, as far as its origin is trusted; nothing outside of this process can
        // change them any more, and the process does not: the file is sealed.
        unsafe {
            match code {
                // `perf` looks for the names of code that is mapped from a file in that file alone.
                cache::Code::Sealed(file) if engine.is_profiled() => Self::new(engine, &read(file)?),
                cache::Code::Sealed(file) => Self::from_file(engine, file),
                cache::Code::Bytes(bytes) => Self::new(engine, &bytes),
            }
        }
    }

    /// Returns the code as the compiler has made it.
    pub fn bytes(&self) -> &[u8] {
        image(self.inner())
    }

    /// Returns the imports and exports of the module.
    ///
    /// # Errors
    /// `STATUS_INTERNAL` if the scan is of another module.
    pub(in crate::engine) fn interface(&self, scan: &Scan<'_>) -> Result<Interface> {
        let import = |import: wasmtime::ImportType<'_>| Import {
            module: import.module().to_owned(),
            name: import.name().to_owned(),
            ty: convert::extern_type(&import.ty()),
        };
        let imports: Vec<_> = self.inner().imports().map(import).collect();
        let export =
            |name: &&str| Some(Export { name: (*name).to_owned(), ty: convert::extern_type(&self.inner().get_export(name)?) });
        let exports = scan.exports.iter().map(export).collect::<Option<Vec<_>>>().ok_or(()).map_err(disagree)?;
        if imports.len() != scan.imports.len() {
            return Err(disagree(()));
        }
        Ok(Interface::new(imports, exports, scan.needs))
    }

    /// Loads code from bytes, which are copied.
    ///
    /// # Errors
    /// `STATUS_UNSUPPORTED` for code of another processor or system, `STATUS_OUT_OF_MEMORY`.
    ///
    /// # Safety
    /// The bytes are code that the compiler has made, and nobody has changed them: loading code is trusting it.
    pub unsafe fn new(engine: &Engine, bytes: &[u8]) -> Result<Self> {
        // SAFETY: promised by the caller.
        Self::loaded(engine, || unsafe { wasmtime::Module::deserialize(engine.inner(), bytes) })
    }

    /// Loads code from a file, which is mapped: its pages are read when they are needed.
    ///
    /// # Errors
    /// Those of `new`, also if the file cannot be read.
    ///
    /// # Safety
    /// As for `new`; the file must not be changed as long as the code exists.
    pub unsafe fn from_file(engine: &Engine, file: File) -> Result<Self> {
        // SAFETY: promised by the caller.
        Self::loaded(engine, || unsafe { wasmtime::Module::deserialize_open_file(engine.inner(), file) })
    }

    fn loaded(engine: &Engine, load: impl FnOnce() -> wasmtime::Result<wasmtime::Module>) -> Result<Self> {
        let registry = hold_registry();
        let module = load().map_err(|error| error::of_load(&error))?;
        let told = profiler_told(engine, &module);
        // The log calls the host.
        drop(registry);
        told.unwrap_or_else(|why| log::log(abi::LOG_WARNING, None, &why));
        Ok(Self(Some(Parts { module, linked: OnceLock::new() })))
    }

    /// Returns wasmtime's module.
    pub(super) fn inner(&self) -> &wasmtime::Module {
        &self.parts().module
    }

    /// Returns it with its imports; `link` links them if nobody has before.
    pub(super) fn linked<T: Any + Send + Sync>(&self, link: impl FnOnce() -> Option<T>) -> Option<&T> {
        let linked = self.parts().linked.get_or_init(|| link().map(|linked| Box::new(linked) as _));
        linked.as_ref()?.downcast_ref()
    }

    fn parts(&self) -> &Parts {
        self.0.as_ref().expect("it is there until this is dropped")
    }
}

#[cfg(all(test, target_arch = "x86_64"))]
mod tests {
    use super::*;
    use crate::engine::compiled::compiler;
    use crate::engine::config::EngineConfig;
    use libvm_abi as abi;

    /// A machine that has fewer instructions, or others, is not at fault, and neither is the code.
    #[test]
    fn code_of_another_processor_is_unsupported() {
        if let Err(error) = compiler::availability() {
            return eprintln!("skipped: {}", error.message());
        }
        let engine = Engine::new(&EngineConfig::default()).unwrap();
        let code = compiler::compile(b"\0asm\x01\0\0\0", engine.settings(), 1).unwrap();
        assert!(Code::load(&engine, cache::Code::Bytes(code.clone())).is_ok());
        let target = code.windows(7).position(|bytes| bytes == b"x86_64-").unwrap();
        let mut foreign = code;
        foreign[target..target + 6].copy_from_slice(b"wasm32");
        let error = Code::load(&engine, cache::Code::Bytes(foreign)).err().unwrap();
        assert_eq!(error.status(), abi::STATUS_UNSUPPORTED);
        let begin = "the compiled code of the module cannot be loaded: Module was compiled for architecture 'wasm32'; ";
        assert!(error.message().starts_with(begin), "{}", error.message());
    }
}
