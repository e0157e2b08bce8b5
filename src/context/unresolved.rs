//! The error about imports that cannot be resolved: the first ones with the reason, and suggestions for mistyped names.
#![forbid(unsafe_code)]

use super::Context;
use super::providers::Source;
use crate::engine::Import;
use crate::limits::{MAX_SHOWN_NAMES, MAX_SIMILAR_CANDIDATES};
use crate::plugin::{Plugin, look_everywhere, searched_everywhere};
use crate::similar::nearest;
use crate::status::{Error, Result, counted};
use crate::text;
use libvm_abi as abi;
use std::collections::BTreeSet;

/// The imports of a module that were not resolved: the first of each kind, and how many there are.
#[derive(Default)]
pub(super) struct Unresolved<'a> {
    missing: Vec<&'a Import>,
    missing_count: usize,
    incompatible: Vec<(&'a Import, String)>,
    incompatible_count: usize,
}

impl<'a> Unresolved<'a> {
    /// Records an import without a provider.
    pub fn missing(&mut self, import: &'a Import) {
        self.missing_count += 1;
        if self.missing.len() < MAX_SHOWN_NAMES {
            self.missing.push(import);
        }
    }

    /// Records an import whose provider has another type.
    pub fn incompatible(&mut self, import: &'a Import, why: String) {
        self.incompatible_count += 1;
        if self.incompatible.len() < MAX_SHOWN_NAMES {
            self.incompatible.push((import, why));
        }
    }

    /// Returns the error about them, if there are any; `total` is how many imports the module has.
    pub fn into_result(self, context: &Context, total: usize) -> Result<()> {
        let count = self.missing_count + self.incompatible_count;
        let status = if self.missing_count > 0 { abi::STATUS_UNRESOLVED_IMPORT } else { abi::STATUS_INCOMPATIBLE_IMPORT };
        let lacks_module = self.missing.iter().any(|import| context.is_plugin_missing(&import.module));
        let missing = self.missing.into_iter().map(|import| (import, context.why_missing(import)));
        let mut all = missing.chain(self.incompatible).take(MAX_SHOWN_NAMES).peekable();
        let Some((first, _)) = all.peek() else { return Ok(()) };
        let first = *first;
        let mut error = Error::new(status, format!("{count} of {} cannot be resolved", counted(total, "import")));
        for (import, why) in all {
            let (module, name) = (text::name(&import.module), text::name(&import.name));
            error = error.with_line(&format!("  `{module}.{name}`, {}: {why}", import.ty));
        }
        if count > MAX_SHOWN_NAMES {
            error = error.with_line(&format!("  and {} more", count - MAX_SHOWN_NAMES));
        }
        if lacks_module {
            error = with_searched(error);
        }
        Err(error.in_function(&first.module, &first.name))
    }
}

impl Context {
    /// Returns whether a plug-in with this module may be installed in a directory that was not searched.
    fn is_plugin_missing(&self, module: &str) -> bool {
        let is_loaded = || look_everywhere(|plugin| plugin.find_module(module).map(|_| ())).is_some();
        !["wasi_snapshot_preview1", "libvm_stream"].contains(&module)
            && self.providers.of(module).next().is_none()
            && !is_loaded()
    }

    /// Formats why nothing provides an import, and what to do.
    pub(super) fn why_missing(&self, import: &Import) -> String {
        let name = text::name(&import.module);
        let sources = self.providers.of(&import.module);
        let count = sources.clone().count();
        let provides = |plugin: &Plugin| {
            plugin.find_module(&import.module).is_some_and(|module| count == 0 || module.find(&import.name).is_some())
        };
        let loaded = look_everywhere(|plugin| {
            let title = || format!("plug-in `{}` {}", plugin.name(), plugin.version());
            provides(plugin).then(title)
        });
        if let Some(title) = loaded {
            return format!(
                "{title} provides `{name}`; it is loaded but not registered in this context (VM_ContextRegisterPlugins)"
            );
        }
        let known = || sources.clone().flat_map(Source::items);
        match count {
            0 => self.why_no_module(&import.module),
            1 => format!("module `{name}` has no item of that name; {}", hint(&import.name, known)),
            count => {
                format!("module `{name}`, which has {count} providers, has no item of that name; {}", hint(&import.name, known))
            }
        }
    }

    fn why_no_module(&self, name: &str) -> String {
        if name == "wasi_snapshot_preview1" {
            return "WASI is not registered in this context (VM_ContextRegisterWasi)".to_owned();
        }
        if name == "libvm_stream" {
            return "the module of streams is not registered in this context (VM_ContextRegisterStreamModule)".to_owned();
        }
        let mut modules: Vec<String> = Vec::new();
        look_everywhere(|plugin| {
            modules.extend(plugin.modules().iter().map(|module| module.name().to_owned()));
            (modules.len() >= MAX_SIMILAR_CANDIDATES).then_some(())
        });
        let modules = modules.iter().map(String::as_str);
        let registered = self.providers.iter().map(|(_, provider)| &*provider.name);
        let wasi = cfg!(feature = "wasi").then_some("wasi_snapshot_preview1");
        let meant = nearest(name, registered.chain(modules).chain(wasi));
        let meant = meant.map_or_else(String::new, |meant| format!("; did you mean `{}`?", text::name(meant)));
        let name = text::name(name);
        format!("no module `{name}` is registered in this context, and no plug-in that provides it is loaded{meant}")
    }
}

/// Appends to an error the directories that were searched for plug-ins, if load calls have searched the default ones, and what
/// to do.
fn with_searched(error: Error) -> Error {
    let mut directories = searched_everywhere();
    let mut seen = BTreeSet::new();
    directories.retain(|directory| seen.insert(directory.clone()));
    if directories.is_empty() {
        return error;
    }
    let count = directories.len();
    let mut error = error.with_line("  VM_PluginLoadWithDefaultPaths has searched these directories for plug-ins:");
    for directory in directories.iter().take(MAX_SHOWN_NAMES) {
        error = error.with_line(&format!("    {directory}"));
    }
    if count > MAX_SHOWN_NAMES {
        error = error.with_line(&format!("    and {} more", count - MAX_SHOWN_NAMES));
    }
    error.with_line(
        "  install the plug-in in one of them and load again, name its directory in LIBVM_PLUGIN_PATH or with \
         VM_PluginRegistryAddSearchDirectory, or load its file with VM_PluginLoadFromPath",
    )
}

/// Suggests the name that may have been meant, or else lists the names that exist.
fn hint<'a, I: Iterator<Item = &'a str>>(wanted: &str, known: impl Fn() -> I) -> String {
    if let Some(meant) = nearest(wanted, known()) {
        return format!("did you mean `{}`?", text::name(meant));
    }
    let names = known().take(8).map(|name| format!("`{}`", text::name(name))).collect::<Vec<_>>().join(", ");
    if names.is_empty() { "it has none".to_owned() } else { format!("it has {names}") }
}
