//! What the plug-ins of a registry have in common; it lives as long as the last of them.
#![forbid(unsafe_code)]

use crate::plugin::directories::Bases;
use crate::plugin::options::OptionValue;
use crate::plugin::permissions::Grants;
use crate::plugin::state::States;
use crate::plugin::values::GivenOptions;
use crate::status::Result;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{PoisonError, RwLock};

/// The scope of what belongs to no context: the state of singletons. No context has an empty name.
pub const REGISTRY_SCOPE: &str = "";

/// Shared by a registry and its plug-ins.
#[derive(Default)]
pub struct Shared {
    /// What they keep.
    pub states: States,
    /// Where they have their directories.
    pub bases: Bases,
    options: RwLock<BTreeMap<String, GivenOptions>>,
    grants: RwLock<Grants>,
}

impl Shared {
    /// Gives an option of a plug-in a value for all contexts that do not say otherwise.
    pub fn set_option(&self, plugin: &str, key: &str, value: OptionValue) {
        let mut options = self.options.write().unwrap_or_else(PoisonError::into_inner);
        options.entry(plugin.to_owned()).or_default().insert(key.to_owned(), value);
    }

    /// What is given to a plug-in for a context that gives it `own`.
    pub fn options_with(&self, plugin: &str, own: &GivenOptions) -> GivenOptions {
        let options = self.options.read().unwrap_or_else(PoisonError::into_inner);
        let mut given = options.get(plugin).cloned().unwrap_or_default();
        given.extend(own.iter().map(|(key, value)| (key.clone(), value.clone())));
        given
    }

    /// Grants a plug-in a permission in all contexts.
    pub fn grant(&self, plugin: &str, permission: &str) -> Result<()> {
        self.grants.write().unwrap_or_else(PoisonError::into_inner).add(plugin, permission)
    }

    /// What is granted to a plug-in in a context that grants `own`.
    pub fn grants_with(&self, plugin: &str, own: &Grants) -> BTreeSet<String> {
        self.grants.read().unwrap_or_else(PoisonError::into_inner).of(plugin, own)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_context_says_comes_before_what_the_registry_says() {
        let (shared, number) = (Shared::default(), OptionValue::Integer);
        shared.set_option("p", "a", number(1));
        shared.set_option("p", "b", number(1));
        let own = GivenOptions::from([("b".to_owned(), number(2))]);
        let expected = GivenOptions::from([("a".to_owned(), number(1)), ("b".to_owned(), number(2))]);
        assert_eq!(shared.options_with("p", &own), expected);
        assert_eq!(shared.options_with("q", &own), own);
    }
}
