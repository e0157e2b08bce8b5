//! The index of a registry: which plug-ins are in which files, and which functions they have, so that one of many can be chosen
//! without reading all.
//!
//! It only helps to choose. What it says of a file holds as long as the file is unchanged; before a file is loaded its manifest is
//! read again, and everything that a registry requires is checked. Functions are known once a plug-in was loaded, or from the
//! JSON of its package.
//!
//! A file keeps it from one process to the next. Whatever is wrong with that file, the index is made anew or kept in memory, and
//! the report says so.
#![forbid(unsafe_code)]

mod contents;
mod file;

use crate::files::{Stamp, Trusted};
use crate::plugin::file::fields;
use crate::plugin::file::hash::Hash;
use crate::plugin::file::manifest::Manifest;
use crate::plugin::file::object_file::PluginFile;
use crate::plugin::native::descriptor::ModuleInfo;
use crate::status::Result;
use contents::Contents;
pub use contents::{Plugin, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Where an index is kept.
#[derive(Clone, Debug, Default)]
enum Place {
    /// In the user's directory for caches.
    #[default]
    Default,
    /// In memory only.
    Memory,
    /// In this file.
    File(PathBuf),
}

#[derive(Default)]
struct State {
    place: Place,
    contents: Contents,
    /// The file as it was last read or written; `None` inside if it did not exist.
    file: Option<Option<Stamp>>,
    /// Whether the contents have something that the file does not.
    changed: bool,
    /// Whether the file cannot be used, which was reported.
    broken: bool,
}

impl State {
    /// Returns the file, if there is one that can be used.
    fn path(&self) -> Option<PathBuf> {
        match &self.place {
            _ if self.broken => None,
            Place::Default => file::default_path(),
            Place::Memory => None,
            Place::File(path) => Some(path.clone()),
        }
    }
}

/// The index of a registry.
#[derive(Default)]
pub struct Index {
    state: Mutex<State>,
    /// Whether the registry has used it: until then nothing is read, written or kept.
    used: AtomicBool,
}

impl Index {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets the file that keeps it, an absolute path; `None` for none. What is known so far stays known.
    pub fn set_file(&self, path: Option<PathBuf>) {
        let mut state = self.state();
        let contents = std::mem::take(&mut state.contents);
        let changed = !contents.is_empty();
        *state = State { place: path.map_or(Place::Memory, Place::File), contents, file: None, changed, broken: false };
    }

    /// Begins to use the index: reads the file, if it was changed since this registry last read or wrote it.
    ///
    /// # Errors
    /// What is wrong with the file, once. The index can be used in any case.
    pub fn open(&self, trusted: &Trusted) -> Result<()> {
        self.used.store(true, Ordering::Relaxed);
        let mut state = self.state();
        let Some(path) = state.path() else { return Ok(()) };
        let stamp = file::stamp(&path);
        if state.file == Some(stamp) {
            return Ok(());
        }
        state.file = Some(stamp);
        match file::read(&path, trusted) {
            Ok(contents) => {
                state.contents.merge(contents.unwrap_or_default());
                Ok(())
            }
            Err((error, replaceable)) => {
                (state.changed, state.broken) = (true, !replaceable);
                Err(error)
            }
        }
    }

    /// Writes the file, if there is something new.
    ///
    /// # Errors
    /// Why it cannot be written, once. The index is kept in memory then.
    pub fn close(&self, trusted: &Trusted) -> Result<()> {
        let mut state = self.state();
        let Some(path) = state.path().filter(|_| state.changed) else { return Ok(()) };
        let written = file::replace(&path, &mut state.contents, trusted);
        let written = written.inspect_err(|_| state.broken = true).map_err(|error| error.at_path(&path))?;
        state.changed = !written;
        state.file = Some(file::stamp(&path));
        Ok(())
    }

    /// Returns the plug-in in a file; `None` if this library cannot load it. A file that is not known, or was changed, is read, and
    /// so is one of which less than `least` was read in this process.
    pub fn look(&self, path: &Path, least: Read) -> Option<Plugin> {
        let name = path.to_str()?;
        let stamp = file::stamp(path)?;
        let known = self.state().contents.find(name, &stamp);
        if let Some(known) = known.clone().filter(|found| found.read >= least) {
            return known.plugin;
        }
        let file = PluginFile::open(path).ok();
        let manifest = file.as_ref().and_then(|file| file.read_manifest().ok());
        let manifest = manifest.filter(|manifest| manifest.check("").is_ok()).map(|manifest| fields::write(&manifest));
        let expected = known.and_then(|known| known.plugin).map(|plugin| plugin.manifest);
        if least < Read::All && manifest.as_deref() == expected.as_deref() && expected.is_some() {
            self.state().contents.confirm(name);
        } else {
            let hash = file.as_ref().filter(|_| manifest.is_some()).and_then(|file| file.hash().ok());
            let stamp = file.as_ref().map_or(stamp, |file| *file.stamp());
            let mut state = self.state();
            state.changed |= state.contents.set_file(name, stamp, hash.zip(manifest.as_deref()));
        }
        self.state().contents.find(name, &stamp)?.plugin
    }

    /// Returns the modules of a file with this hash, with their functions, if they are known.
    pub fn functions_of(&self, hash: &Hash) -> Option<Vec<ModuleInfo>> {
        self.state().contents.functions_of(hash)
    }

    /// Sets the functions of a file with this hash.
    pub fn set_functions(&self, hash: &Hash, modules: &[ModuleInfo]) {
        let mut state = self.state();
        state.changed |= state.contents.set_functions(hash, modules);
    }

    /// Records a plug-in and its functions, if the registry uses the index.
    pub fn learn(&self, path: &Path, stamp: &Stamp, hash: &Hash, manifest: &Manifest, modules: &[ModuleInfo]) {
        let Some(name) = path.to_str().filter(|_| self.used.load(Ordering::Relaxed)) else { return };
        let mut state = self.state();
        let added = state.contents.set_file(name, *stamp, Some((*hash, &fields::write(manifest))));
        let learned = state.contents.set_functions(hash, modules);
        state.changed |= added || learned;
    }
}
