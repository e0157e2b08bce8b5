//! The kinds of parameters that plug-ins compile.
#![forbid(unsafe_code)]

use crate::limits::MAX_SHOWN_NAMES;
use crate::plugin::plugin::Plugin;
use crate::plugin::registry::loaded::look_everywhere;
use crate::similar;
use crate::status::{Error, Result};
use crate::text;
use libvm_abi as abi;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A compiler of a plug-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    /// The index of the plug-in.
    pub plugin: usize,
    /// The index of its compiler.
    pub compiler: usize,
}

/// The compilers of plug-ins, by kind.
pub struct Kinds<'a> {
    plugins: Vec<&'a Arc<Plugin>>,
    targets: BTreeMap<&'a str, Vec<Target>>,
}

impl<'a> Kinds<'a> {
    /// Finds the compilers of plug-ins.
    ///
    /// # Errors
    /// `STATUS_PLUGIN_BAD_DESCRIPTOR`.
    pub fn new(plugins: impl Iterator<Item = &'a Arc<Plugin>>) -> Result<Self> {
        let plugins: Vec<_> = plugins.collect();
        let mut targets = BTreeMap::<_, Vec<_>>::new();
        for (plugin, found) in plugins.iter().enumerate() {
            for (compiler, found) in found.compilers()?.all().iter().enumerate() {
                targets.entry(&**found.kind()).or_default().push(Target { plugin, compiler });
            }
        }
        Ok(Self { plugins, targets })
    }

    /// Returns the plug-ins.
    pub fn plugins(&self) -> &[&'a Arc<Plugin>] {
        &self.plugins
    }

    /// Finds the compiler of a kind, which may be written as `kind` or `plugin.kind`: a kind has no points.
    ///
    /// # Errors
    /// `STATUS_BAD_PARAMETER` if there is none, or if there are several.
    pub fn find(&self, written: &str, scope: &str) -> Result<Target> {
        let (plugin, kind) = written.rsplit_once('.').map_or((None, written), |(plugin, kind)| (Some(plugin), kind));
        let targets = self.targets.get(kind).map_or(&[][..], Vec::as_slice);
        let is_meant = |target: &&Target| plugin.is_none_or(|plugin| self.plugins[target.plugin].name() == plugin);
        let mut found = targets.iter().filter(is_meant);
        match (found.next(), found.next()) {
            (Some(target), None) => Ok(*target),
            (None, _) => Err(self.unknown(written, plugin.unwrap_or(kind), scope)),
            (Some(_), Some(_)) => {
                let names = listed(targets.iter().filter(is_meant).map(|target| self.plugins[target.plugin].name()));
                let message = format!(
                    "the kind `{written}` is compiled by several plug-ins {scope}: {names}; write `plugin.{kind}`, or register one of them"
                );
                Err(Error::new(abi::STATUS_BAD_PARAMETER, message))
            }
        }
    }

    /// Returns the error of an unknown kind that a plug-in of this name may compile.
    fn unknown(&self, written: &str, plugin: &str, scope: &str) -> Error {
        let shown = text::name(written);
        let full = |target: &Target, kind: &str| format!("{}.{kind}", self.plugins[target.plugin].name());
        let all = self.targets.iter().flat_map(|(kind, targets)| targets.iter().map(|target| full(target, kind)));
        let known: Vec<String> =
            if written.contains('.') { all.collect() } else { self.targets.keys().map(|kind| (*kind).to_owned()).collect() };
        let is_known = self.plugins.iter().any(|known| known.name() == plugin);
        let loaded = || look_everywhere(|loaded| (loaded.name() == plugin).then(|| loaded.what()));
        let what_to_do = match (!is_known).then(loaded).flatten() {
            Some(loaded) => format!("{loaded} is loaded, but not {scope}"),
            None => "load and register the plug-in that compiles it".to_owned(),
        };
        let known = similar::listed(written, known.iter().map(String::as_str));
        let message = format!("no plug-in {scope} compiles the kind `{shown}`; the kinds are {known}; {what_to_do}");
        Error::new(abi::STATUS_BAD_PARAMETER, message)
    }
}

/// Lists plug-ins in messages.
fn listed<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.take(MAX_SHOWN_NAMES).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" and ")
}
