//! The plug-ins in the directories of a registry: those of which modules may need some.
#![forbid(unsafe_code)]

use crate::plugin::file::manifest::Manifest;
use crate::plugin::needs::known;
use crate::plugin::registry::PluginRegistry;
use crate::plugin::registry::report::Report;
use crate::plugin::registry::search::DefaultSearch;
use std::cell::OnceCell;
use std::path::{Path, PathBuf};

/// A plug-in's file, and its manifest.
pub struct Candidate {
    /// An absolute path.
    pub file: PathBuf,
    /// What was read from it, without running its code.
    pub manifest: Manifest,
}

/// The files in the directories that load calls with default paths search; they are searched, and the manifests are read, when they are
/// first needed.
pub struct Candidates<'a> {
    registry: &'a PluginRegistry,
    search: OnceCell<DefaultSearch>,
    all: OnceCell<Vec<Candidate>>,
}

impl<'a> Candidates<'a> {
    /// Creates the candidates of a registry.
    pub fn new(registry: &'a PluginRegistry) -> Self {
        Self { registry, search: OnceCell::new(), all: OnceCell::new() }
    }

    fn search(&self) -> &DefaultSearch {
        self.search.get_or_init(|| {
            let registry = self.registry;
            DefaultSearch::run(registry.search_directories(), registry.package_directory(), &mut Report::default())
        })
    }

    /// Returns the directories, as they were named.
    pub fn roots(&self) -> &[PathBuf] {
        self.search().roots()
    }

    /// Returns the directories, each with what was found, as in `/usr/lib/libvm (no plug-ins)`.
    pub fn searched(&self) -> &[String] {
        self.search().searched()
    }

    /// Returns the files, in load order.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        self.search().files().map(PathBuf::as_path)
    }

    /// Returns all plug-ins whose manifest can be read, in load order.
    pub fn all(&self) -> &[Candidate] {
        self.all.get_or_init(|| {
            let read = |file: &Path| Some(Candidate { manifest: known::manifest(self.registry, file)?, file: file.to_owned() });
            self.files().filter_map(read).collect()
        })
    }

    /// Returns all versions of a plug-in.
    pub fn named<'b>(&'b self, name: &'b str) -> impl Iterator<Item = &'b Candidate> {
        self.all().iter().filter(move |candidate| candidate.manifest.name == name)
    }

    /// Returns the plug-ins that name a wasm module in their manifest.
    pub fn offering<'b>(&'b self, module: &'b str) -> impl Iterator<Item = &'b Candidate> {
        self.all().iter().filter(move |candidate| offers(&candidate.manifest, module))
    }
}

/// Returns whether a plug-in provides a wasm module, as far as its manifest says: one that names none may have one with its own name.
pub fn offers(manifest: &Manifest, module: &str) -> bool {
    if manifest.modules.is_empty() { manifest.name == module } else { manifest.modules.iter().any(|name| name == module) }
}
