//! What would provide the imports of a module, found without linking it.
#![forbid(unsafe_code)]

use super::Context;
use super::link::Problem;
use super::list::Origin;
use super::providers::Source;
use crate::engine::{Guest, Import, Module};
use crate::limits::MAX_SHOWN_NAMES;
use crate::plugin::{Found, Named, Nearest, State};
use crate::similar;
use crate::status::Result;
use std::sync::Arc;

/// What was found for an import of a module that is not linked.
pub struct Examined {
    /// The provider that is registered; `None` if there is none.
    pub origin: Option<Origin>,
    /// What was found.
    pub found: Found,
}

impl Context {
    /// Finds what would provide the imports of a module, and what it declares, without running any code: what is registered here, and
    /// then what its plug-ins' registry has or could load.
    ///
    /// # Errors
    /// Those of `PluginRegistry::examine_module`.
    pub fn examine(&mut self, module: &Arc<Module>) -> Result<(Vec<Examined>, Vec<Named>)> {
        let is_64 = Guest::new(module.memory()).is_64();
        let known: Vec<_> = module.imports().iter().map(|import| self.examine_one(import, is_64)).collect();
        let missing: Vec<_> =
            module.imports().iter().zip(&known).filter(|(_, known)| known.is_none()).map(|(import, _)| import).collect();
        let run = self.module_plugins().map(|registry| registry.examine_module(module, &missing)).transpose()?;
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
    fn examine_one(&mut self, import: &Import, is_64: Option<bool>) -> Option<Examined> {
        let resolved = self.resolve_one(import, is_64);
        let (_, source) = self.providers.find(&import.module, &import.name)?;
        let what = self.describe(source);
        let (state, message) = match resolved {
            Ok(_) => (State::Satisfied, format!("{what} provides it")),
            Err(Problem::Incompatible(why)) => {
                (State::Mismatch, format!("{what} has it with another type: {why}, the module imports a {}", import.ty))
            }
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
            // A plug-in that is not registered here refuses to load, or has a name that is near.
            Some(found)
                if self.providers.of(&import.module).next().is_none() && (found.by.is_some() || found.nearest.is_some()) =>
            {
                found
            }
            // The context may have a name that is nearer.
            other => {
                let message =
                    if can_explain { self.why_missing(import) } else { "nothing in this context provides it".to_owned() };
                let items = self.providers.of(&import.module).flat_map(Source::items);
                let nearest = can_explain.then(|| similar::nearest(&import.name, items)).flatten();
                let nearest = nearest.map(|name| Nearest { name: name.to_owned(), is_module: false, plugin: None });
                let known = other.and_then(|found| found.nearest);
                Found { state: State::Missing, by: None, nearest: nearest.or(known), message }
            }
        };
        Examined { origin: None, found }
    }
}
