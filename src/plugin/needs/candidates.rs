//! The plug-ins in the directories of a registry: those of which modules may need some. What is in which file is in the registry's
//! index; files that are not in it, or were changed, are read.
#![forbid(unsafe_code)]

use crate::log;
use crate::plugin::file::fields;
use crate::plugin::file::hash::Hash;
use crate::plugin::file::manifest::Manifest;
use crate::plugin::file::object_file::PluginFile;
use crate::plugin::file::version::Version;
use crate::plugin::index::{Plugin, Read};
use crate::plugin::native::descriptor::ModuleInfo;
use crate::plugin::needs::packaged;
use crate::plugin::registry::PluginRegistry;
use crate::plugin::registry::load::Expected;
use crate::plugin::registry::report::Report;
use crate::plugin::registry::search::DefaultSearch;
use crate::status::Error;
use libvm_abi as abi;
use std::cell::{OnceCell, RefCell};
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A plug-in's file, as the index describes it.
pub struct Candidate {
    /// An absolute path.
    pub file: PathBuf,
    name: String,
    hash: Hash,
    /// The fields of its manifest.
    fields: Arc<str>,
    version: OnceCell<Version>,
}

impl Candidate {
    fn new(file: PathBuf, plugin: Plugin) -> Self {
        let name = fields::name(&plugin.manifest);
        Self { file, name, hash: plugin.hash, fields: plugin.manifest, version: OnceCell::new() }
    }

    /// Returns the name of the plug-in.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the version of the plug-in.
    pub fn version(&self) -> &Version {
        self.version.get_or_init(|| Version::new(&fields::version(&self.fields)))
    }

    /// Returns the wasm modules that it may provide: one that names none may have one with its own name.
    pub fn modules(&self) -> Vec<String> {
        fields::modules(&self.fields)
    }
}

/// The candidates, and where each is among them.
#[derive(Default)]
struct Found {
    all: Vec<Candidate>,
    by_file: HashMap<PathBuf, usize>,
    by_name: HashMap<String, Vec<usize>>,
    /// For each wasm module the plug-ins that may provide it, each in the version that would be loaded.
    by_module: HashMap<String, Vec<usize>>,
}

/// The files in the directories that load calls with default paths search; they are searched, and what is in them is looked up, when
/// that is first needed.
pub struct Candidates<'a> {
    registry: &'a PluginRegistry,
    search: OnceCell<DefaultSearch>,
    found: OnceCell<Found>,
    /// How much of each file must have been read in this process.
    least: Read,
    /// What is wrong with the file of the index.
    faults: RefCell<Vec<Error>>,
}

impl<'a> Candidates<'a> {
    /// Creates the candidates of a registry.
    pub fn new(registry: &'a PluginRegistry) -> Self {
        let (search, found) = (OnceCell::new(), OnceCell::new());
        Self { registry, search, found, least: Read::Nothing, faults: RefCell::default() }
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

    fn found(&self) -> &Found {
        self.found.get_or_init(|| {
            let index = self.registry.index();
            self.faults.borrow_mut().extend(index.open(&self.registry.trusted()).err());
            let look = |file: &PathBuf| index.look(file, self.least).map(|plugin| Candidate::new(file.clone(), plugin));
            let mut found = Found { all: self.search().files().filter_map(look).collect(), ..Found::default() };
            for (at, candidate) in found.all.iter().enumerate() {
                found.by_file.insert(candidate.file.clone(), at);
                found.by_name.entry(candidate.name.clone()).or_default().push(at);
            }
            let best: HashSet<usize> = found.by_name.values().filter_map(|versions| self.best(&found.all, versions)).collect();
            for (at, candidate) in found.all.iter().enumerate().filter(|(at, _)| best.contains(at)) {
                for module in candidate.modules() {
                    found.by_module.entry(module).or_default().push(at);
                }
            }
            found
        })
    }

    /// Returns which version of a plug-in would be loaded: the first one of the highest, of those in the lock file if there are any.
    fn best(&self, all: &[Candidate], versions: &[usize]) -> Option<usize> {
        if let [only] = versions {
            return Some(*only);
        }
        let lock = self.registry.lock();
        let locked = |at: &usize| lock.as_ref().is_some_and(|lock| lock.has(&all[*at].name, &all[*at].hash));
        let first_highest = |best: usize, next: usize| if all[next].version() > all[best].version() { next } else { best };
        let locked = versions.iter().copied().filter(locked).reduce(first_highest);
        locked.or_else(|| versions.iter().copied().reduce(first_highest))
    }

    /// Returns all plug-ins that this library can load, in load order.
    pub fn all(&self) -> &[Candidate] {
        &self.found().all
    }

    /// Returns all versions of a plug-in.
    pub fn named(&self, name: &str) -> impl Iterator<Item = &Candidate> {
        let found = self.found();
        found.by_name.get(name).into_iter().flatten().map(|at| &found.all[*at])
    }

    /// Returns the plug-ins that may provide a wasm module, each in the version that would be loaded.
    pub fn offering(&self, module: &str) -> impl Iterator<Item = &Candidate> {
        let found = self.found();
        found.by_module.get(module).into_iter().flatten().map(|at| &found.all[*at])
    }

    /// Returns the position of a file in load order; a file outside of the directories is the last.
    pub fn rank(&self, file: &Path) -> usize {
        self.found().by_file.get(file).copied().unwrap_or(usize::MAX)
    }

    /// Returns which of the files with versions of a plug-in would be loaded, as far as it is known.
    pub fn best_of<'f>(&self, files: &'f [PathBuf]) -> Option<&'f Path> {
        let found = self.found();
        let positions: Vec<usize> = files.iter().filter_map(|file| found.by_file.get(file).copied()).collect();
        let best = self.best(&found.all, &positions).map(|at| &found.all[at].file);
        files.iter().find(|file| best.is_none_or(|best| best == *file)).map(PathBuf::as_path)
    }

    /// Returns the manifest of a file, if it can be read.
    pub fn manifest_of(&self, file: &Path) -> Option<Manifest> {
        let known = self.found.get().and_then(|found| found.by_file.get(file).map(|at| &found.all[*at]));
        let known = known.and_then(|candidate| fields::read(&candidate.fields, &format!("in {}", file.display())).ok());
        known.or_else(|| PluginFile::open(file).ok()?.read_manifest().ok())
    }

    /// Returns the modules of a plug-in with their functions, if they are known: from the index, or else from the JSON of its package.
    pub fn functions_of(&self, candidate: &Candidate) -> Option<Vec<ModuleInfo>> {
        self.functions_with(candidate, &candidate.hash)
    }

    /// Like [`Candidates::functions_of`], for the hash that the file has now, if this process has not computed it.
    pub fn checked_functions_of(&self, candidate: &Candidate) -> Option<Vec<ModuleInfo>> {
        let plugin = self.registry.index().look(&candidate.file, Read::All)?;
        self.functions_with(candidate, &plugin.hash)
    }

    fn functions_with(&self, candidate: &Candidate, hash: &Hash) -> Option<Vec<ModuleInfo>> {
        let index = self.registry.index();
        index.functions_of(hash).or_else(|| {
            let modules = packaged::functions(&candidate.file, &candidate.name, &self.registry.trusted())?;
            index.set_functions(hash, &modules);
            Some(modules)
        })
    }

    /// Adds what the files must contain to be what was chosen.
    pub fn expect(&self, files: &[PathBuf]) -> Expected {
        let found = self.found.get();
        let fields = |file: &PathBuf| {
            let found = found?;
            found.by_file.get(file).map(|at| (file.clone(), Arc::clone(&found.all[*at].fields)))
        };
        files.iter().filter_map(fields).collect()
    }

    /// Looks everything up again, and reads each manifest that was not read in this process; returns false if that was done before.
    pub fn distrust(&mut self) -> bool {
        if self.least > Read::Nothing {
            return false;
        }
        self.least = Read::Manifest;
        self.found = OnceCell::new();
        true
    }

    /// Saves what was learned, and adds lines about what is wrong with the file of the index.
    pub fn finish(self, report: &mut Report) {
        let mut faults = self.faults.into_inner();
        if self.found.get().is_some() {
            faults.extend(self.registry.index().close(&self.registry.trusted()).err());
        }
        for error in faults {
            log::log(abi::LOG_WARNING, None, error.message());
            let line = report.begin(error.path().unwrap_or(Path::new("")));
            report.decline(line, error);
        }
    }
}
