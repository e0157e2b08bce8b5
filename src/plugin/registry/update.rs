//! Whether a new version of a plug-in can replace the old one among those that depend on it.
#![forbid(unsafe_code)]

use crate::plugin::file::manifest::{Dependency, Manifest};
use crate::plugin::registry::PluginRegistry;
use crate::plugin::registry::order;
use crate::status::{Error, Result};
use libvm_abi as abi;
use std::collections::{HashMap, HashSet};

/// Returns the load order with a new version in the old one's place: indices into the registry's plug-ins. Those with one of
/// `names` are about to be updated too.
///
/// # Errors
/// `STATUS_PLUGIN_DEPENDENCY` if a plug-in that stays needs another version, or if it and the new one depend on each other.
pub(super) fn order(registry: &PluginRegistry, new: &Manifest, place: &str, names: &[String]) -> Result<Vec<usize>> {
    let plugins = registry.plugins();
    let refused = |why: String| {
        let message = format!("{} {place} cannot replace the old version: {why}", new.title());
        Err(Error::new(abi::STATUS_PLUGIN_DEPENDENCY, message).of_plugin(&new.name))
    };
    let updated: HashSet<&str> = names.iter().map(String::as_str).collect();
    for plugin in plugins.iter().filter(|plugin| !updated.contains(plugin.name())) {
        let needs = |need: &&Dependency| need.name == new.name;
        let unfit = |need: &&Dependency| need.range.as_ref().is_some_and(|range| !new.version.is_in(range));
        if let Some(need) = plugin.manifest().depends.iter().filter(needs).find(unfit) {
            return refused(format!("{} needs {need}; update them together", plugin.manifest().title()));
        }
    }
    let manifest = |index: usize| if plugins[index].name() == new.name { new } else { plugins[index].manifest() };
    let index_of: HashMap<&str, usize> = plugins.iter().enumerate().map(|(index, plugin)| (plugin.name(), index)).collect();
    let needs_of = |index: usize| manifest(index).depends.iter().filter_map(|need| index_of.get(&*need.name).copied()).collect();
    let (order, stuck) = order::by_need(&(0..plugins.len()).map(needs_of).collect::<Vec<_>>(), &[]);
    if let Some((_, circle)) = stuck.first() {
        return refused(circle.describe(|index| &manifest(index).name));
    }
    Ok(order)
}
