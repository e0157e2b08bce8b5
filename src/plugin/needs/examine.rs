//! What would provide the imports of a module, found without running any code.
#![forbid(unsafe_code)]

use crate::engine::{Guest, Import, Module};
use crate::host::{Item, check_function, parse_signature};
use crate::limits::MAX_SUGGESTIONS;
use crate::plugin::file::object_file::PluginFile;
use crate::plugin::native::descriptor::ModuleInfo;
use crate::plugin::needs::candidates::{Candidate, Candidates};
use crate::plugin::plugin::Plugin;
use crate::plugin::registry::PluginRegistry;
use crate::plugin::registry::load;
use crate::similar;
use crate::text;
use crate::value::{ExternType, Signature};
use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::Arc;

/// What is found for an import. The numbers are those of `VM_IMPORT_*`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum State {
    /// Something provides it.
    Satisfied = 0,
    /// A plug-in that is not loaded provides it.
    Loadable = 1,
    /// A plug-in that is not loaded provides its module; the functions are not known.
    Unknown = 2,
    /// A provider has an item of its name, of another type.
    Mismatch = 3,
    /// Nothing provides it.
    Missing = 4,
}

/// The plug-in of an import.
#[derive(Clone, Debug)]
pub struct By {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its file; `None` for a built-in one.
    pub path: Option<PathBuf>,
}

impl From<&Plugin> for By {
    fn from(plugin: &Plugin) -> Self {
        let path = plugin.path().map(PathBuf::from);
        Self { name: plugin.name().to_owned(), version: plugin.version().to_string(), path }
    }
}

/// A name that may have been meant.
#[derive(Clone, Debug)]
pub struct Nearest {
    /// The name: of an item of the module that is imported from, or of another module.
    pub name: String,
    /// Whether it is that of a module.
    pub is_module: bool,
    /// The name of the plug-in that has it, if it is known.
    pub plugin: Option<String>,
}

/// What is found for an import.
#[derive(Clone, Debug)]
pub struct Found {
    /// How much that is.
    pub state: State,
    /// The plug-in that provides it, its module, or an item of another type.
    pub by: Option<By>,
    /// The name that may have been meant: of a function of the module, else of a module.
    pub nearest: Option<Nearest>,
    /// What was found in words.
    pub message: String,
}

impl Found {
    fn new(state: State, by: Option<By>, message: String) -> Self {
        Self { state, by, nearest: None, message }
    }
}

/// A plug-in that is not loaded and offers a wasm module.
struct File<'c> {
    candidate: &'c Candidate,
    /// Its functions in that module; `None` if they are not known.
    functions: Option<HashMap<String, Option<Signature>>>,
    /// Why it would not be loaded.
    refusal: Option<String>,
}

/// The plug-ins that offer a wasm module.
struct Offers<'c> {
    loaded: Vec<Arc<Plugin>>,
    files: Vec<File<'c>>,
}

/// An examination of a module.
pub struct Examination<'a> {
    registry: &'a PluginRegistry,
    module: &'a Arc<Module>,
    candidates: &'a Candidates<'a>,
    is_64: Option<bool>,
    offers: BTreeMap<String, Offers<'a>>,
    suggestions: usize,
}

impl<'a> Examination<'a> {
    /// Begins the examination of a module.
    pub fn new(registry: &'a PluginRegistry, module: &'a Arc<Module>, candidates: &'a Candidates<'a>) -> Self {
        let is_64 = Guest::new(module.memory()).is_64();
        Self { registry, module, candidates, is_64, offers: BTreeMap::new(), suggestions: 0 }
    }

    /// Finds the plug-in of an import: the first one that is loaded, has answered about the module, or has a file that would be loaded.
    pub fn find(&mut self, import: &Import) -> Found {
        let answered = |plugin: &&Arc<Plugin>| {
            plugin.answer(self.module).is_some_and(|answer| answer.find(&import.module, &import.name).is_some())
        };
        if let Some(plugin) = self.registry.plugins().iter().find(answered) {
            let message = format!("{} provides it for this module alone", plugin.what());
            return Found::new(State::Satisfied, Some(By::from(&**plugin)), message);
        }
        if !self.offers.contains_key(&import.module) {
            let offers = self.offers_of(&import.module);
            self.offers.insert(import.module.clone(), offers);
        }
        let offers = &self.offers[&import.module];
        let loaded = offers.loaded.iter().filter_map(|plugin| of_plugin(plugin, import, self.is_64));
        let files = offers.files.iter().filter_map(|file| of_file(file, import, self.is_64));
        // A provider comes before one whose functions are not known, and that before one with another type.
        if let Some(best) = loaded.chain(files).min_by_key(|found| found.state as i32) {
            return best;
        }
        self.missing(import)
    }

    fn offers_of(&self, name: &str) -> Offers<'a> {
        let loaded = self.registry.plugins().into_iter().filter(|plugin| plugin.find_module(name).is_some());
        let unloaded = self.candidates.offering(name).filter(|candidate| self.registry.find(candidate.name()).is_none());
        let file = |candidate: &'a Candidate| {
            let functions = self.candidates.checked_functions_of(candidate).map(|modules| functions_of(&modules, name));
            let checked = PluginFile::open(&candidate.file).and_then(|file| load::check(self.registry, file));
            File { candidate, functions, refusal: checked.err().map(|error| error.message().to_owned()) }
        };
        Offers { loaded: loaded.collect(), files: unloaded.map(file).collect() }
    }

    fn missing(&mut self, import: &Import) -> Found {
        let offers = &self.offers[&import.module];
        let (module, name) = (text::name(&import.module), text::name(&import.name));
        // The module chooses how many there are.
        self.suggestions += 1;
        let can_suggest = self.suggestions <= MAX_SUGGESTIONS;
        let refused = offers.files.iter().find_map(|file| Some((file, file.refusal.as_ref()?)));
        let (nearest, message) = if offers.loaded.is_empty() && offers.files.is_empty() {
            let nearest = if can_suggest { self.nearest_module(&import.module) } else { None };
            (nearest, format!("no plug-in that is loaded or in the directories for plug-ins provides module `{module}`"))
        } else {
            let nearest = if can_suggest { offers.nearest_item(import) } else { None };
            if let (Some((file, why)), true) = (refused, offers.loaded.is_empty()) {
                return Found { nearest, ..Found::new(State::Missing, Some(by_file(file.candidate)), why.clone()) };
            }
            (nearest, format!("no plug-in with module `{module}` has an item `{name}`"))
        };
        let meant = nearest.as_ref().map(|nearest| format!("; did you mean `{}`?", text::name(&nearest.name)));
        let message = format!("{message}{}", meant.unwrap_or_default());
        Found { nearest, ..Found::new(State::Missing, None, message) }
    }

    fn nearest_module(&self, wanted: &str) -> Option<Nearest> {
        let plugins = self.registry.plugins();
        let loaded =
            plugins.iter().flat_map(|plugin| plugin.modules().iter().map(|module| (module.name().to_owned(), plugin.name())));
        let files = self.candidates.all().iter().flat_map(|file| file.modules().into_iter().map(|module| (module, file.name())));
        let modules: Vec<(String, &str)> = loaded.chain(files).collect();
        nearest(wanted, modules.iter().map(|(module, plugin)| (&**module, *plugin)), true)
    }
}

impl Offers<'_> {
    fn nearest_item(&self, import: &Import) -> Option<Nearest> {
        let loaded = self.loaded.iter().filter_map(|plugin| Some((plugin, plugin.find_module(&import.module)?)));
        let loaded = loaded.flat_map(|(plugin, module)| module.items().map(|(name, _)| (name, plugin.name())));
        let known = self.files.iter().filter_map(|file| Some((file, file.functions.as_ref()?)));
        let known = known.flat_map(|(file, known)| known.keys().map(|name| (name.as_str(), file.candidate.name())));
        nearest(&import.name, loaded.chain(known), false)
    }
}

/// Finds the nearest of names, each with its plug-in.
fn nearest<'n>(wanted: &str, names: impl Iterator<Item = (&'n str, &'n str)>, is_module: bool) -> Option<Nearest> {
    let plugins: BTreeMap<&str, &str> = names.collect();
    let name = similar::nearest(wanted, plugins.keys().copied())?;
    Some(Nearest { name: name.to_owned(), is_module, plugin: plugins.get(name).map(|plugin| (*plugin).to_owned()) })
}

/// Returns the functions of a module by name; one without a valid signature has none.
fn functions_of(modules: &[ModuleInfo], name: &str) -> HashMap<String, Option<Signature>> {
    let functions = modules.iter().filter(|module| module.name == name).flat_map(|module| &module.functions);
    functions.map(|function| (function.name.clone(), parse_signature(&function.signature).ok())).collect()
}

fn by_file(candidate: &Candidate) -> By {
    By { name: candidate.name().to_owned(), version: candidate.version().to_string(), path: Some(candidate.file.clone()) }
}

fn mismatch(what: &str, by: Option<By>, why: &str, import: &Import) -> Found {
    let message = format!("{what} has it with another type: {why}, the module imports a {}", import.ty);
    Found::new(State::Mismatch, by, message)
}

/// Returns what a loaded plug-in has for an import.
fn of_plugin(plugin: &Plugin, import: &Import, is_64: Option<bool>) -> Option<Found> {
    let module = plugin.find_module(&import.module)?;
    let what = plugin.what();
    let fits = match module.item(module.find(&import.name)?) {
        Item::Function(function) => check_function(&function.signature, is_64, &import.ty),
        item => Err(format!("the provided item is a {}", item.extern_type())),
    };
    let by = Some(By::from(plugin));
    Some(match fits {
        Ok(()) => Found::new(State::Satisfied, by, format!("{what} provides it, which is loaded")),
        Err(why) => mismatch(&what, by, &why, import),
    })
}

/// Returns what a plug-in that is not loaded has for an import.
fn of_file(file: &File<'_>, import: &Import, is_64: Option<bool>) -> Option<Found> {
    if file.refusal.is_some() {
        return None;
    }
    let candidate = file.candidate;
    let what = format!("plug-in `{}` {} in {}", candidate.name(), candidate.version(), candidate.file.display());
    let by = Some(by_file(candidate));
    let Some(functions) = &file.functions else {
        let state = if matches!(import.ty, ExternType::Func(_)) { State::Unknown } else { State::Missing };
        let message = format!("{what} offers the module, and is not loaded; its functions are not known");
        return (state == State::Unknown).then(|| Found::new(state, by, message));
    };
    let fits = match functions.get(&import.name)? {
        Some(signature) => check_function(signature, is_64, &import.ty),
        None => Err("its signature is not valid".to_owned()),
    };
    Some(match fits {
        Ok(()) => Found::new(State::Loadable, by, format!("{what} provides it, and is not loaded")),
        Err(why) => mismatch(&what, by, &why, import),
    })
}
