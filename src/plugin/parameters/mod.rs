//! Parameters of modules: compiled by the plug-ins of a registry or a context, once for each module.
#![forbid(unsafe_code)]

mod excerpt;
mod kinds;
mod section;

use crate::engine::Module;
use crate::plugin::compiled::Item;
use crate::plugin::native::compiler::Failure;
use crate::plugin::plugin::Plugin;
use crate::plugin::registry::PluginRegistry;
use crate::status::{self, Error, Result};
use crate::text;
use kinds::{Kinds, Target};
use libvm_abi as abi;
use section::{Entry, Section};
use std::any::Any;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

static LAST: AtomicU64 = AtomicU64::new(0);

/// The parameters of a module, kept with it. When it goes, so does what was compiled.
struct Parameters {
    /// The number of the module.
    number: u64,
    /// `None` if it has no such section.
    section: Option<Result<Section>>,
    /// The plug-ins that have compiled for it.
    holders: Mutex<Vec<Weak<Plugin>>>,
}

impl Drop for Parameters {
    fn drop(&mut self) {
        let holders = std::mem::take(self.holders.get_mut().unwrap_or_else(PoisonError::into_inner));
        for plugin in holders.iter().filter_map(Weak::upgrade) {
            plugin.end_compiled(self.number);
        }
    }
}

/// Returns the bytes of the sections.
fn sections(module: &Module) -> impl Iterator<Item = &[u8]> {
    module.custom_sections().filter(|(name, _)| *name == section::NAME).map(|(_, bytes)| bytes)
}

impl Parameters {
    fn of(module: &Module) -> Arc<Self> {
        module.attached().get(|| Self {
            number: LAST.fetch_add(1, Ordering::Relaxed),
            section: sections(module).next().map(|_| Section::read(sections(module))),
            holders: Mutex::default(),
        })
    }

    /// Records that a plug-in compiles for it.
    fn hold(&self, plugin: &Arc<Plugin>) {
        let mut holders = self.holders.lock().unwrap_or_else(PoisonError::into_inner);
        if holders.len() == holders.capacity() {
            holders.retain(|plugin| plugin.strong_count() > 0);
        }
        holders.push(Arc::downgrade(plugin));
    }
}

/// Returns what a plug-in has compiled for a module, for its functions; `None` if the module has no parameters.
pub fn compiled(plugin: &Plugin, module: &Module) -> Option<Arc<dyn Any + Send + Sync>> {
    let parameters = Parameters::of(module);
    parameters.section.as_ref()?;
    plugin.compiled(parameters.number).map(|compiled| compiled as Arc<_>)
}

/// Compiles the parameters of a module by the plug-ins of a registry or a context, as far as that was not done; `scope` says in messages
/// where they are.
///
/// # Errors
/// `STATUS_BAD_PARAMETER`, those of the plug-ins' functions, `STATUS_PLUGIN_BAD_DESCRIPTOR`, `STATUS_BUSY`, `STATUS_REENTRANT`.
pub fn compile<'a>(module: &Module, plugins: impl Iterator<Item = &'a Arc<Plugin>>, scope: &str) -> Result<()> {
    let parameters = Parameters::of(module);
    let Some(section) = &parameters.section else { return Ok(()) };
    let what = || match (module.name(), module.path()) {
        (Some(name), _) => format!("module `{}`", text::name(name)),
        (None, Some(path)) => format!("the module in {}", path.display()),
        (None, None) => "the module".to_owned(),
    };
    let section = section.as_ref().map_err(|error| error.clone().while_doing(&what()))?;
    let kinds = Kinds::new(plugins)?;
    let target = |(kind, entry): &(String, usize)| {
        kinds.find(kind, scope).map_err(|error| {
            let Entry { id, place, .. } = &section.entries[*entry];
            let at = section::byte(place.section, place.entry);
            error.while_doing(&format!("{}, parameter {id} at {at}", what()))
        })
    };
    let targets = section.kinds.iter().map(target).collect::<Result<Vec<_>>>()?;
    for (index, plugin) in kinds.plugins().iter().enumerate() {
        if targets.iter().any(|target| target.plugin == index) {
            let entries = section.entries.iter().map(|entry| (targets[entry.kind], entry));
            let entries = entries.filter(|(target, _)| target.plugin == index);
            let begin = || parameters.hold(plugin);
            plugin.compilers()?.once(parameters.number, begin, || compile_all(module, plugin, entries, &what))?;
        }
    }
    Ok(())
}

/// Compiles the parameters of a module by the plug-ins of a registry, as far as that was not done.
///
/// # Errors
/// Those of `compile`.
pub fn prepare(registry: &PluginRegistry, module: &Module) -> Result<()> {
    compile(module, registry.plugins().iter(), "loaded in this registry")
}

/// Compiles parameters by their plug-in.
fn compile_all<'a>(
    module: &Module,
    plugin: &Arc<Plugin>,
    entries: impl Iterator<Item = (Target, &'a Entry)>,
    what: &impl Fn() -> String,
) -> Result<Vec<Item>> {
    let (sections, compilers): (Vec<_>, _) = (sections(module).collect(), plugin.compilers()?.all());
    let mut known = HashMap::new();
    // What was made before a failure is released in this turn.
    let _turn = plugin.gate().enter(None).map_err(|error| plugin.blame(error))?;
    let mut items = Vec::new();
    for (Target { compiler, .. }, entry) in entries {
        let kind = compilers[compiler].kind();
        let at = section::byte(entry.place.section, entry.place.entry);
        if let Some(other) = known.insert((compiler, entry.id), &entry.place) {
            let other = section::byte(other.section, other.entry);
            let message = format!(
                "{}: parameter {} of kind `{kind}` occurs twice, at {other} and at {at}; ids are unique among the parameters of a kind",
                what(),
                entry.id
            );
            return Err(Error::new(abi::STATUS_BAD_PARAMETER, message));
        }
        let bytes = &sections[entry.place.section][entry.place.bytes.clone()];
        let made = compilers[compiler].compile(plugin.host(), plugin.data(), entry.id, &[bytes, b"\0"].concat());
        let value = made.map_err(|failure| {
            let subject = format!("{}: parameter {} of kind `{kind}` at {at}", what(), entry.id);
            plugin.blame(failed(&subject, bytes, plugin, failure))
        })?;
        items.push(Item { compiler, id: entry.id, value });
    }
    Ok(items)
}

/// Returns the error of a parameter that was not compiled.
fn failed(subject: &str, bytes: &[u8], plugin: &Plugin, failure: Failure) -> Error {
    let Failure { status, reason, position } = failure;
    let Some(name) = status::failure_name(status) else {
        let what = format!("the compile function of {} returned {status}, which is not a valid status", plugin.what());
        return Error::new(abi::STATUS_BAD_ANSWER, format!("{subject}: {what}"));
    };
    let position = position.filter(|position| *position <= bytes.len());
    let reason = reason.unwrap_or_else(|| format!("plug-in `{}` returned {name} without a reason", plugin.name()));
    let place = position.map_or_else(String::new, |position| format!(" (byte {position} of the parameter)"));
    let error = Error::new(status, format!("{subject} does not compile: {reason}{place}"));
    let lines = position.into_iter().flat_map(|position| excerpt::excerpt(bytes, position));
    lines.fold(error, |error, line| error.with_line(&line))
}
