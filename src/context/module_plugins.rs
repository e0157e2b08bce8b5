//! The plug-ins and functions that modules bring into a context.
#![forbid(unsafe_code)]

use super::Context;
use super::link::Problem;
use super::list::Origin;
use super::providers::Source;
use crate::engine::{Guest, Import, Module};
use crate::limits::MAX_SHOWN_NAMES;
use crate::plugin::native::answer::Provided;
use crate::plugin::{Answered, Found, Named, Plugin, PluginRegistry, State};
use crate::similar;
use crate::status::{Error, Result};
use crate::text;
use libvm_abi as abi;
use std::sync::Arc;

/// What was found for an import of a module that is not linked.
pub struct Examined {
    /// The provider that is registered; `None` if there is none.
    pub origin: Option<Origin>,
    /// What was found.
    pub found: Found,
}

/// The functions that registered plug-ins provide for one module.
#[derive(Default)]
pub(super) struct Brought(Vec<(usize, Answered)>);

impl Brought {
    /// Returns whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the function for an import, with the index of its plug-in.
    pub fn find(&self, import: &Import) -> Option<(usize, &Provided)> {
        self.0.iter().find_map(|(plugin, by)| Some((*plugin, by.answer.find(&import.module, &import.name)?)))
    }

    /// Returns the plug-ins that have a function for an import.
    fn providers<'a>(&'a self, import: &'a Import) -> impl Iterator<Item = &'a Arc<Plugin>> {
        let answers = self.0.iter().filter(|(_, by)| by.answer.find(&import.module, &import.name).is_some());
        answers.map(|(_, by)| &by.plugin)
    }
}

impl Context {
    /// Sets the registry from which modules bring the plug-ins that they need, as far as its flags allow it; `None` for none.
    pub fn set_module_plugins(&mut self, registry: Option<Arc<PluginRegistry>>) {
        self.changes.settings += 1;
        self.module_plugins = registry;
    }

    /// Loads and registers the plug-ins that a module needs; returns what they provide for it alone.
    ///
    /// # Errors
    /// Those of [`PluginRegistry::load_for_module`] and `register_plugin`; `STATUS_ALREADY_EXISTS` for an import with another provider.
    pub(super) fn bring_plugins(&mut self, module: &Arc<Module>) -> Result<Brought> {
        let Some(registry) = self.module_plugins.clone() else { return Ok(Brought::default()) };
        let provided = |import: &Import| self.providers.find(&import.module, &import.name).is_some();
        let registered = self.plugins.ordered.iter().map(|registered| &registered.plugin);
        let asked: Vec<_> = registered.filter(|plugin| registry.has_loaded(plugin)).cloned().collect();
        let (_, needed) = registry.load_for_module(module, &provided, &asked);
        let needed = needed?;
        for plugin in needed.plugins.iter().filter(|plugin| self.plugins.version_of(plugin).is_none()).collect::<Vec<_>>() {
            self.register_plugin(plugin)?;
        }
        let mut brought = Brought::default();
        for by in needed.answers.into_iter().filter(|by| by.answer.function_count() > 0) {
            self.register_plugin(&by.plugin)?;
            brought.0.extend(self.plugins.version_of(&by.plugin).map(|index| (index, by)));
        }
        if !brought.is_empty() {
            module.imports().iter().try_for_each(|import| self.require_one_provider(import, &brought))?;
        }
        Ok(brought)
    }

    /// Finds what would provide the imports of a module, and what it declares, without running any code: what is registered here, and
    /// then what its plug-ins' registry has or could load.
    ///
    /// # Errors
    /// Those of [`PluginRegistry::examine_module`].
    pub fn examine(&self, module: &Arc<Module>) -> Result<(Vec<Examined>, Vec<Named>)> {
        let is_64 = Guest::new(module.memory()).is_64();
        let known: Vec<_> = module.imports().iter().map(|import| self.examine_one(import, is_64)).collect();
        let missing: Vec<_> =
            module.imports().iter().zip(&known).filter(|(_, known)| known.is_none()).map(|(import, _)| import).collect();
        let run = self.module_plugins.as_ref().map(|registry| registry.examine_module(module, &missing)).transpose()?;
        let (found, plugins) = run.map_or_else(Default::default, |run| (run.imports, run.plugins));
        let mut found = found.into_iter();
        let mut reasons = 0;
        let result = module.imports().iter().zip(known).map(|(import, known)| {
            known.unwrap_or_else(|| {
                reasons += 1;
                self.examine_missing(import, found.next(), reasons <= MAX_SHOWN_NAMES)
            })
        });
        Ok((result.collect(), plugins))
    }

    /// Returns what an import is resolved to here; `None` if nothing provides it.
    fn examine_one(&self, import: &Import, is_64: Option<bool>) -> Option<Examined> {
        let (_, source) = self.providers.find(&import.module, &import.name)?;
        let resolved = self.resolve_one(import, is_64);
        let what = self.describe(source);
        let (state, message) = match resolved {
            Ok(_) => (State::Satisfied, format!("{what} provides it")),
            Err(Problem::Incompatible(why)) => (State::Mismatch, format!("{what} has it with another type: {why}")),
            Err(Problem::Missing) => return None,
        };
        let origin = self.origin(source);
        Some(Examined { origin: Some(origin), found: Found { state, by: None, nearest: None, message } })
    }

    /// Returns what the registry knows of an import that nothing provides here; `can_explain` is false after many of them.
    fn examine_missing(&self, import: &Import, found: Option<Found>, can_explain: bool) -> Examined {
        let found = match found {
            Some(mut found) if found.state == State::Satisfied => {
                if found.by.as_ref().is_none_or(|by| !self.plugins.has_name(&by.name)) {
                    found.state = State::Loadable;
                    found.message += "; it is not registered in this context";
                }
                found
            }
            Some(found) if found.state != State::Missing || !can_explain => found,
            // The context may have a name that is nearer.
            other => {
                let message =
                    if can_explain { self.why_missing(import) } else { "nothing in this context provides it".to_owned() };
                let items = self.providers.of(&import.module).flat_map(Source::items);
                let nearest = can_explain.then(|| similar::nearest(&import.name, items).map(str::to_owned)).flatten();
                let known = other.and_then(|found| found.nearest);
                Found { state: State::Missing, by: None, nearest: nearest.or(known), message }
            }
        };
        Examined { origin: None, found }
    }

    /// Checks that an import with a function for the module alone has no other provider.
    fn require_one_provider(&self, import: &Import, brought: &Brought) -> Result<()> {
        let mut plugins = brought.providers(import);
        let Some(plugin) = plugins.next() else { return Ok(()) };
        let known = self.providers.find(&import.module, &import.name).map(|(_, source): (_, &Source)| self.describe(source));
        let Some(other) = known.or_else(|| plugins.next().map(|plugin| plugin.what())) else { return Ok(()) };
        let message = format!(
            "`{}.{}` is provided twice: by {other}, and for this module by {}",
            text::name(&import.module),
            text::name(&import.name),
            plugin.what()
        );
        let error = Error::new(abi::STATUS_ALREADY_EXISTS, message).in_function(&import.module, &import.name);
        Err(error.of_plugin(plugin.name()))
    }
}
