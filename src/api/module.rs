//! Modules.
#![forbid(unsafe_code)]

use super::engine::Engine;
use super::error::{Result, guard};
use crate::engine;
use crate::value::ExternType;
use std::path::Path;
use std::sync::Arc;

/// Compiled wasm. A module is bound to its engine and can be shared by any number of threads and contexts; clones share it.
#[derive(Clone)]
pub struct Module(Arc<engine::Module>);

/// An import of a module.
#[derive(Clone, Copy, Debug)]
pub struct Import<'a> {
    /// The name of the module that is imported from.
    pub module: &'a str,
    /// The name of the item.
    pub name: &'a str,
    /// Its type.
    pub ty: &'a ExternType,
}

/// An export of a module.
#[derive(Clone, Copy, Debug)]
pub struct Export<'a> {
    /// The name of the item.
    pub name: &'a str,
    /// Its type.
    pub ty: &'a ExternType,
}

impl Module {
    /// Loads a module whose machine code [`save_compiled`](Self::save_compiled) has written: nothing is compiled or validated. Loading the
    /// file is running it, like a plug-in: it must be as trusted as the program.
    ///
    /// # Errors
    /// [`UNSUPPORTED`](crate::Status::UNSUPPORTED) for an engine that runs no machine code, and for code of another version or another
    /// processor; [`INVALID_ARGUMENT`](crate::Status::INVALID_ARGUMENT) for code of another module or other options;
    /// [`BAD_MODULE`](crate::Status::BAD_MODULE) for a damaged file; those of the file system.
    pub fn from_compiled(engine: &Engine, bytes: impl AsRef<[u8]>, path: impl AsRef<Path>) -> Result<Self> {
        guard(|| engine::Module::from_compiled(engine.inner(), bytes.as_ref(), path.as_ref()).map(Arc::new).map(Self))
    }

    /// Like [`from_compiled`](Self::from_compiled), from the bytes of a file that was read already: the plug-ins that it declares are searched
    /// beside this file, `path`.
    ///
    /// # Errors
    /// Those of [`from_compiled`](Self::from_compiled).
    pub fn from_compiled_of_file(
        engine: &Engine,
        bytes: impl AsRef<[u8]>,
        path: impl AsRef<Path>,
        code: impl AsRef<Path>,
    ) -> Result<Self> {
        let path = path.as_ref().canonicalize().ok();
        guard(|| {
            let module = engine::Module::from_compiled(engine.inner(), bytes.as_ref(), code.as_ref())?;
            Ok(Self::new(module.with_path(path)))
        })
    }

    /// Writes its machine code to a file, for [`from_compiled`](Self::from_compiled).
    ///
    /// # Errors
    /// [`UNSUPPORTED`](crate::Status::UNSUPPORTED) for an engine that runs no machine code, or without a compiler; those of the file system.
    pub fn save_compiled(&self, path: impl AsRef<Path>) -> Result<()> {
        guard(|| self.0.save_compiled(path.as_ref()))
    }

    /// Loads a module from a file.
    ///
    /// # Errors
    /// [`FILE_NOT_FOUND`](crate::Status::FILE_NOT_FOUND) and others of the file system, and those of [`from_buffer`](Self::from_buffer).
    pub fn from_file(engine: &Engine, path: impl AsRef<Path>) -> Result<Self> {
        guard(|| engine::Module::from_file(engine.inner(), path.as_ref()).map(Self::new))
    }

    /// Loads a module from its bytes; with the cargo feature `wat` also from its text.
    ///
    /// # Errors
    /// [`BAD_MODULE`](crate::Status::BAD_MODULE), [`TEXT_FORMAT`](crate::Status::TEXT_FORMAT), [`LIMIT`](crate::Status::LIMIT).
    pub fn from_buffer(engine: &Engine, data: impl AsRef<[u8]>) -> Result<Self> {
        guard(|| engine::Module::new(engine.inner(), data.as_ref()).map(Self::new))
    }

    /// Loads a module from the bytes of a file that was read already: the plug-ins that it declares are searched beside the file.
    ///
    /// # Errors
    /// Those of [`from_buffer`](Self::from_buffer).
    pub fn from_buffer_of_file(engine: &Engine, data: impl AsRef<[u8]>, path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref().canonicalize().ok();
        guard(|| engine::Module::new(engine.inner(), data.as_ref()).map(|module| Self::new(module.with_path(path))))
    }

    /// Checks that bytes are a valid module, without loading it.
    ///
    /// # Errors
    /// Those of [`from_buffer`](Self::from_buffer).
    pub fn validate(engine: &Engine, data: impl AsRef<[u8]>) -> Result<()> {
        guard(|| engine::Module::validate(engine.inner(), data.as_ref()))
    }

    /// Returns the imports, in the order of the module.
    pub fn imports(&self) -> impl ExactSizeIterator<Item = Import<'_>> {
        self.0.imports().iter().map(|import| Import { module: &import.module, name: &import.name, ty: &import.ty })
    }

    /// Returns the exports, in the order of the module.
    pub fn exports(&self) -> impl ExactSizeIterator<Item = Export<'_>> {
        self.0.exports().iter().map(|export| Export { name: &export.name, ty: &export.ty })
    }

    /// Returns the custom sections with their names.
    pub fn custom_sections(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.0.custom_sections()
    }

    fn new(inner: engine::Module) -> Self {
        Self(Arc::new(inner))
    }

    pub(super) fn inner(&self) -> &Arc<engine::Module> {
        &self.0
    }
}
