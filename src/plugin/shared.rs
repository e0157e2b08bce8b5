//! State shared by the plug-ins of a registry; it lives as long as the last of them.
#![forbid(unsafe_code)]

use crate::event_loop::EventLoop;
use crate::files::Trusted;
use crate::hooks::Points;
use crate::plugin::directories::Bases;
use crate::plugin::options::given::GivenOptions;
use crate::plugin::permissions::Grants;
use crate::plugin::state::States;
use crate::status::Result;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock, RwLockReadGuard};

/// The scope of what belongs to no context: the state of singletons. The name of a context is never empty.
pub const REGISTRY_SCOPE: &str = "";

/// Shared by a registry and its plug-ins.
#[derive(Default)]
pub struct Shared {
    /// Their stored state.
    pub states: States,
    /// The base of their directories.
    pub bases: Arc<Bases>,
    /// Whose changes to files and directories the registry accepts.
    pub trusted: Arc<RwLock<Trusted>>,
    /// The event loop, once it is set.
    pub event_loop: Arc<OnceLock<Arc<EventLoop>>>,
    options: RwLock<BTreeMap<String, GivenOptions>>,
    points: RwLock<Points>,
    grants: RwLock<Grants>,
    /// The scopes of open sources and sinks, by plug-in.
    opened: Arc<Mutex<BTreeSet<(String, String)>>>,
}

/// The scope of an open source or sink, which it alone uses until this is dropped.
pub struct OpenedScope {
    opened: Arc<Mutex<BTreeSet<(String, String)>>>,
    key: (String, String),
}

impl Drop for OpenedScope {
    fn drop(&mut self) {
        self.opened.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.key);
    }
}

impl Shared {
    /// Reserves a scope for an open source or sink of a plug-in; returns `None` if another one uses it.
    pub fn open_scope(&self, plugin: &str, scope: &str) -> Option<OpenedScope> {
        let key = (plugin.to_owned(), scope.to_owned());
        let is_new = self.opened.lock().unwrap_or_else(PoisonError::into_inner).insert(key.clone());
        is_new.then(|| OpenedScope { opened: Arc::clone(&self.opened), key })
    }

    /// Sets options of a plug-in for all contexts that do not set them; they are checked when a context registers the plug-in.
    pub fn set_options(&self, plugin: &str, given: &GivenOptions) {
        let mut options = self.options.write().unwrap_or_else(PoisonError::into_inner);
        options.entry(plugin.to_owned()).or_default().extend(given.clone());
    }

    /// Returns the options of a plug-in for a context that sets `own`; `packaged` are those of its package.
    pub fn options_with(&self, plugin: &str, packaged: GivenOptions, own: &GivenOptions) -> GivenOptions {
        let options = self.options.read().unwrap_or_else(PoisonError::into_inner);
        let mut given = packaged;
        given.extend(options.get(plugin).cloned().unwrap_or_default());
        given.extend(own.clone());
        given
    }

    /// Declares a hook point.
    pub fn declare_point(&self, point: &str, description: &str) {
        self.points.write().unwrap_or_else(PoisonError::into_inner).declare(point, description);
    }

    /// Returns the hook points that the host has declared.
    pub fn points(&self) -> RwLockReadGuard<'_, Points> {
        self.points.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Grants a plug-in a permission in all contexts.
    pub fn grant(&self, plugin: &str, permission: &str) -> Result<()> {
        self.grants.write().unwrap_or_else(PoisonError::into_inner).add(plugin, permission)
    }

    /// Grants permissions in all contexts.
    pub fn grant_all(&self, grants: Grants) {
        self.grants.write().unwrap_or_else(PoisonError::into_inner).extend(grants);
    }

    /// Returns the permissions of a plug-in in a context that grants `own`.
    pub fn grants_with(&self, plugin: &str, own: &Grants) -> BTreeSet<String> {
        self.grants.read().unwrap_or_else(PoisonError::into_inner).of(plugin, own)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plugin::options::OptionValue;

    #[test]
    fn what_a_context_says_comes_before_the_registry_and_the_package() {
        let number = |key: &str, value| (key.to_owned(), OptionValue::Integer(value).into());
        let shared = Shared::default();
        shared.set_options("p", &[number("a", 1), number("b", 1)].into());
        shared.set_options("p", &[number("c", 3)].into());
        let own = GivenOptions::from([number("b", 2)]);
        let packaged = || GivenOptions::from([number("a", 0), number("b", 0), number("d", 4)]);
        let expected = GivenOptions::from([number("a", 1), number("b", 2), number("c", 3), number("d", 4)]);
        assert_eq!(shared.options_with("p", packaged(), &own), expected);
        assert_eq!(shared.options_with("q", GivenOptions::new(), &own), own);
    }
}
