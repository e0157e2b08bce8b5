//! The plug-ins that the imports of a module need.
#![forbid(unsafe_code)]

use crate::engine::{Import, Module};
use crate::plugin::needs::candidates::Candidates;
use crate::plugin::needs::want::Want;
use crate::plugin::registry::PluginRegistry;

/// Returns the plug-ins that a module's imports need; `provided` returns whether an import has a provider already.
pub fn wants(
    _registry: &PluginRegistry,
    _module: &Module,
    _candidates: &Candidates<'_>,
    _provided: &dyn Fn(&Import) -> bool,
) -> Vec<Want> {
    Vec::new()
}
