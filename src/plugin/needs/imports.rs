//! The plug-ins that the imports of a module need.
//!
//! For each wasm module that it imports functions from, without a provider yet: the first plug-in that has all of them, as far as it is
//! known, of those that are loaded, in load order, and then of those in the directories, in the order of the search. If the functions of
//! a plug-in are not known, it counts as having them all. If none has all functions, the first one that has some is taken, and so on for
//! the rest; if none has any, the first one that has the module, so that the error of linking can name its functions. Once a plug-in is
//! loaded its functions are known, and one that is refused does not count: then the choice is made again.
#![forbid(unsafe_code)]

use crate::engine::{Import, Module};
use crate::host::{HostModule, Item, parse_signature};
use crate::plugin::native::descriptor::ModuleInfo;
use crate::plugin::needs::candidates::{Candidate, Candidates};
use crate::plugin::needs::want::Want;
use crate::plugin::plugin::Plugin;
use crate::plugin::registry::PluginRegistry;
use crate::plugin::registry::report::Report;
use crate::status::{Error, Result};
use crate::text;
use crate::value::{ExternType, FuncType, Signature};
use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;

/// Number of names of functions that a reason shows.
const SHOWN: usize = 3;

/// The imports of a module that have no provider.
pub struct Imports<'a> {
    wanted: Vec<Wanted<'a>>,
}

/// The functions that a module imports from one wasm module.
struct Wanted<'a> {
    module: &'a str,
    functions: Vec<&'a Import>,
    /// The names of the plug-ins that are chosen for them.
    chosen: Vec<String>,
    /// The names of those that cannot be loaded.
    refused: HashSet<String>,
    /// Why the first one of them cannot be loaded.
    failure: Option<Error>,
}

impl<'a> Imports<'a> {
    /// Finds the imports of a module without a provider.
    pub fn of(module: &'a Module, provided: &dyn Fn(&Import) -> bool) -> Self {
        let mut wanted: Vec<Wanted<'a>> = Vec::new();
        let mut positions: HashMap<&str, usize> = HashMap::new();
        let functions = module.imports().iter().filter(|import| matches!(import.ty, ExternType::Func(_)));
        for import in functions.filter(|import| !provided(import)) {
            let at = *positions.entry(&import.module).or_insert(wanted.len());
            if at == wanted.len() {
                let (functions, chosen, refused, failure) = (Vec::new(), Vec::new(), HashSet::new(), None);
                wanted.push(Wanted { module: &import.module, functions, chosen, refused, failure });
            }
            wanted[at].functions.push(import);
        }
        Self { wanted }
    }

    /// Chooses plug-ins, and returns those that are not among the chosen ones yet.
    pub fn choose(&mut self, registry: &PluginRegistry, candidates: &Candidates<'_>) -> Vec<Want> {
        let loaded = if self.wanted.is_empty() { Vec::new() } else { registry.plugins() };
        let choose = |wanted: &mut Wanted<'a>| wanted.choose(registry, &loaded, candidates);
        self.wanted.iter_mut().flat_map(choose).collect()
    }

    /// Forgets what was chosen and is not loaded, because the index may be wrong.
    pub fn restart(&mut self, registry: &PluginRegistry) {
        for wanted in &mut self.wanted {
            wanted.chosen.retain(|name| registry.find(name).is_some());
            wanted.refused.clear();
            wanted.failure = None;
        }
    }

    /// Records why a plug-in that was chosen is not loaded.
    pub fn refuse(&mut self, name: &str, error: &Error) {
        for wanted in self.wanted.iter_mut().filter(|wanted| wanted.chosen.iter().any(|chosen| chosen == name)) {
            wanted.chosen.retain(|chosen| chosen != name);
            wanted.refused.insert(name.to_owned());
            wanted.failure.get_or_insert_with(|| error.clone());
        }
    }

    /// Returns whether something has no provider among the plug-ins that are loaded.
    pub fn lacks_any(&self, registry: &PluginRegistry) -> bool {
        self.wanted.iter().any(|wanted| !wanted.lacking(registry).is_empty() && wanted.module != WASI)
    }

    /// Returns the names of the chosen plug-ins.
    pub fn chosen(&self) -> impl Iterator<Item = &String> {
        self.wanted.iter().flat_map(|wanted| &wanted.chosen)
    }

    /// Adds a line for what no plug-in provides, and returns why that is, if a plug-in that might provide it was not loaded.
    pub fn finish(&self, module: &Module, registry: &PluginRegistry, report: &mut Report) -> Result<()> {
        let mut first = Ok(());
        for wanted in &self.wanted {
            let lacking = wanted.lacking(registry);
            match &wanted.failure {
                _ if lacking.is_empty() || wanted.module == WASI => {}
                Some(error) => first = first.and(Err(error.clone())),
                None => {
                    let path = module.path().unwrap_or(Path::new(""));
                    let what = described(wanted.module, &lacking);
                    report.note(path, format!("no plug-in provides {what}, which the module imports"));
                }
            }
        }
        first
    }
}

/// The module of WASI, which a plug-in may provide, but usually the context does.
const WASI: &str = "wasi_snapshot_preview1";

/// Which of the functions that are wanted a plug-in has.
enum Offer {
    All,
    Some(Vec<bool>),
    None,
}

impl Offer {
    fn of(wanted: &[&Import], has: impl Fn(&Import) -> bool) -> Self {
        let has: Vec<bool> = wanted.iter().map(|import| has(import)).collect();
        match has.iter().filter(|has| **has).count() {
            0 => Self::None,
            count if count == has.len() => Self::All,
            _ => Self::Some(has),
        }
    }
}

/// A plug-in that may provide a wasm module.
enum Source<'c> {
    Loaded(&'c Arc<Plugin>),
    File(&'c Candidate),
}

impl Source<'_> {
    fn name(&self) -> &str {
        match self {
            Self::Loaded(plugin) => plugin.name(),
            Self::File(candidate) => candidate.name(),
        }
    }

    fn offer(&self, module: &str, wanted: &[&Import], candidates: &Candidates<'_>) -> Offer {
        match self {
            Self::Loaded(plugin) => {
                let module = plugin.find_module(module);
                Offer::of(wanted, |import| module.is_some_and(|module| has(module, import)))
            }
            Self::File(candidate) => {
                let Some(functions) = candidates.functions_of(candidate) else { return Offer::All };
                match Offer::of(wanted, known(&functions, module)) {
                    Offer::All => Offer::All,
                    // It is not chosen because of what an index file says: that must be about this very file.
                    _ => candidates
                        .checked_functions_of(candidate)
                        .map_or(Offer::All, |functions| Offer::of(wanted, known(&functions, module))),
                }
            }
        }
    }
}

/// Returns whether a host module has a function with the name and type of an import.
fn has(module: &HostModule, import: &Import) -> bool {
    let item = module.find(&import.name).map(|index| module.item(index));
    matches!(item, Some(Item::Function(function)) if fits(&function.signature, import))
}

/// Returns whether one of the known functions of a module has the name and type of an import.
fn known<'f>(modules: &'f [ModuleInfo], name: &str) -> impl Fn(&Import) -> bool + 'f {
    let functions = modules.iter().find(|module| module.name == name).map_or(&[][..], |module| &module.functions);
    let by_name: HashMap<&str, &str> = functions.iter().map(|function| (&*function.name, &*function.signature)).collect();
    move |import| {
        let signature = by_name.get(&*import.name).and_then(|signature| parse_signature(signature).ok());
        signature.is_some_and(|signature| fits(&signature, import))
    }
}

fn fits(signature: &Signature, import: &Import) -> bool {
    let fits = |ty: &FuncType| [false, true].iter().any(|is_64| signature.func_type(*is_64) == *ty);
    matches!(&import.ty, ExternType::Func(ty) if fits(ty))
}

impl Wanted<'_> {
    /// Returns the functions that no plug-in provides that was chosen and is loaded.
    fn lacking(&self, registry: &PluginRegistry) -> Vec<&Import> {
        let loaded: Vec<_> = self.chosen.iter().filter_map(|name| registry.find(name)).collect();
        let modules: Vec<_> = loaded.iter().filter_map(|plugin| plugin.find_module(self.module)).collect();
        self.functions.iter().copied().filter(|import| !modules.iter().any(|module| has(module, import))).collect()
    }

    fn choose(&mut self, registry: &PluginRegistry, loaded: &[Arc<Plugin>], candidates: &Candidates<'_>) -> Vec<Want> {
        let mut left = self.functions.clone();
        let loaded = loaded.iter().filter(|plugin| plugin.find_module(self.module).is_some());
        let mut sources: Vec<Source<'_>> = loaded.map(Source::Loaded).collect();
        // The directories are searched only if something is missing.
        if !sources.iter().any(|source| matches!(source.offer(self.module, &left, candidates), Offer::All)) {
            let is_new = |name: &str| registry.find(name).is_none() && !self.refused.contains(name);
            let files = candidates.offering(self.module).filter(|candidate| is_new(candidate.name()));
            sources.extend(files.map(Source::File));
        }
        let (mut wants, mut chosen) = (Vec::new(), Vec::new());
        while let Some((at, offer)) = pick(&sources, self.module, &left, candidates, chosen.is_empty()) {
            let source = sources.remove(at);
            let has = match offer {
                Offer::All | Offer::None => vec![true; left.len()],
                Offer::Some(has) => has,
            };
            let (taken, rest): (Vec<_>, Vec<_>) = left.into_iter().zip(has).partition(|(_, has)| *has);
            let without = |list: Vec<(_, bool)>| list.into_iter().map(|(import, _)| import).collect::<Vec<&Import>>();
            left = without(rest);
            let mut why = format!("the module imports {}", described(self.module, &without(taken)));
            if let Source::File(_) = source {
                why.push_str(&passed_over(&sources[..at], &sources[at..]));
            }
            chosen.push(source.name().to_owned());
            if !self.chosen.iter().any(|known| known == source.name()) {
                wants.push(Want { name: source.name().to_owned(), range: None, file: None, why });
            }
        }
        self.chosen = chosen;
        wants
    }
}

/// Returns the position of the first source that has all functions, else of the first that has some, else of the first one if `any`.
fn pick(
    sources: &[Source<'_>],
    module: &str,
    left: &[&Import],
    candidates: &Candidates<'_>,
    any: bool,
) -> Option<(usize, Offer)> {
    if left.is_empty() {
        return None;
    }
    let mut some = None;
    for (at, source) in sources.iter().enumerate() {
        match source.offer(module, left, candidates) {
            Offer::All => return Some((at, Offer::All)),
            Offer::Some(has) => some = some.or(Some((at, Offer::Some(has)))),
            Offer::None => {}
        }
    }
    some.or_else(|| (any && !sources.is_empty()).then_some((0, Offer::None)))
}

/// Names the plug-ins in files that were not chosen, before and after the chosen one in the order of the search.
fn passed_over(before: &[Source<'_>], after: &[Source<'_>]) -> String {
    let named = |sources: &[Source<'_>]| {
        let mut files = sources.iter().filter(|source| matches!(source, Source::File(_)));
        let first = files.next()?;
        Some(match files.count() {
            0 => (format!("`{}`", first.name()), "has", "comes", "does"),
            more => (format!("`{}` and {more} more", first.name()), "have", "come", "do"),
        })
    };
    let mut text = String::new();
    if let Some((names, _, come, does)) = named(before) {
        text = format!("; {names}, which {come} before it, {does} not have them all");
    }
    if let Some((names, has, come, _)) = named(after) {
        text = format!("{text}; {names} {has} that module, too, and {come} later");
    }
    text
}

/// Names functions of a wasm module, as in `` `add` and `sub` of `calc` ``.
fn described(module: &str, functions: &[&Import]) -> String {
    let mut names: Vec<String> = functions.iter().take(SHOWN).map(|import| format!("`{}`", text::name(&import.name))).collect();
    if functions.len() > SHOWN {
        names.push(format!("{} more", functions.len() - SHOWN));
    }
    let last = names.pop().unwrap_or_default();
    let list = if names.is_empty() { last } else { format!("{} and {last}", names.join(", ")) };
    format!("{list} of `{}`", text::name(module))
}
