//! Resolution of imports: each to what a provider has under its name, and an error that lists all that nothing provides.
#![forbid(unsafe_code)]

use super::{Context, Provider};
use crate::engine::{Extern, Guest, Import, InstancePointers, Module};
use crate::host::{HostModule, Item};
use crate::plugin::PluginRegistry;
use crate::status::{Error, Result, counted};
use crate::text;
use crate::value::{ExternType, Signature};
use libvm_abi as abi;
use std::sync::Arc;

/// Why an import was not resolved.
pub(super) enum Problem {
    Missing(String),
    Incompatible(String),
    Failed(Error),
}

impl Context {
    /// Finds what a module's imports refer to, in its order.
    pub(super) fn resolve(&mut self, module: &Module, guest: &Arc<Guest>) -> Result<Vec<Extern>> {
        let mut found = Vec::with_capacity(module.imports().len());
        let (mut missing, mut incompatible) = (Vec::new(), Vec::new());
        for import in module.imports() {
            match self.resolve_one(import, guest) {
                Ok(item) => found.push(item),
                Err(Problem::Missing(why)) => missing.push((import, why)),
                Err(Problem::Incompatible(why)) => incompatible.push((import, why)),
                Err(Problem::Failed(error)) => return Err(error.in_function(&import.module, &import.name)),
            }
        }
        if missing.is_empty() && incompatible.is_empty() {
            return Ok(found);
        }
        let status = if missing.is_empty() { abi::STATUS_INCOMPATIBLE_IMPORT } else { abi::STATUS_UNRESOLVED_IMPORT };
        let (count, total) = (missing.len() + incompatible.len(), module.imports().len());
        let mut error = Error::new(status, format!("{count} of {} cannot be resolved", counted(total, "import")));
        for (import, why) in missing.iter().chain(&incompatible) {
            let (module, name) = (text::name(&import.module), text::name(&import.name));
            error = error.with_line(&format!("  `{module}.{name}`, {}: {why}", import.ty));
        }
        let (first, _) = missing.first().unwrap_or_else(|| &incompatible[0]);
        Err(error.in_function(&first.module, &first.name))
    }

    fn resolve_one(&mut self, import: &Import, guest: &Arc<Guest>) -> Result<Extern, Problem> {
        let Some(provider) = self.providers.get_mut(&import.module) else {
            return Err(Problem::Missing(self.why_no_module(&import.module)));
        };
        match provider {
            Provider::Instance(instance) => {
                let item = self.store.export(*instance, &import.name);
                let item = item.ok_or_else(|| Problem::Missing("the instance has no export of that name".to_owned()))?;
                compare(&self.store.extern_type(item), &import.ty)?;
                Ok(item)
            }
            #[cfg(feature = "wasi")]
            Provider::Wasi => {
                let item = self.store.bind_wasi(&import.name);
                let item = item.ok_or_else(|| Problem::Missing("WASI preview 1 has no function of that name".to_owned()))?;
                compare(&self.store.extern_type(item), &import.ty)?;
                Ok(item)
            }
            Provider::Host { module, plugin, made } => {
                let index = module.find(&import.name).ok_or_else(|| Problem::Missing(why_no_item(module)))?;
                let item = match module.item(index) {
                    Item::Function(function) => {
                        compare_functions(&function.signature, guest.is_64(), &import.ty)?;
                        let (function, receiver) = match plugin {
                            Some(index) => self.plugins.0[*index].offer(function, guest.is_64()),
                            None => (Arc::clone(function), InstancePointers::NONE),
                        };
                        return Ok(self.store.bind(&function, receiver, guest));
                    }
                    _ if made.contains_key(&index) => made[&index],
                    Item::Memory(ty) => self.store.create_memory(*ty).map_err(Problem::Failed)?,
                    Item::Table(ty) => self.store.create_table(*ty).map_err(Problem::Failed)?,
                    Item::Global(ty, value) => self.store.create_global(*ty, value).map_err(Problem::Failed)?,
                };
                made.insert(index, item);
                compare(&self.store.extern_type(item), &import.ty)?;
                Ok(item)
            }
        }
    }

    /// Why nothing provides a module, and what to do: most often its plug-in is loaded, but not registered.
    fn why_no_module(&self, name: &str) -> String {
        for registry in PluginRegistry::living() {
            if let Some(plugin) = registry.plugins().iter().find(|plugin| plugin.modules().iter().any(|m| m.name() == name)) {
                return format!(
                    "plug-in `{}` {} provides `{name}`; it is loaded but not registered in this context \
                     (VM_ContextRegisterPlugins)",
                    plugin.name(),
                    plugin.version()
                );
            }
        }
        match &*text::name(name) {
            "wasi_snapshot_preview1" => "WASI is not registered in this context (VM_ContextRegisterWasi)".to_owned(),
            name => format!("no module `{name}` is registered in this context, and no plug-in that provides it is loaded"),
        }
    }
}

fn why_no_item(module: &HostModule) -> String {
    let names = module.items().map(|(name, _)| format!("`{}`", text::name(name))).take(8).collect::<Vec<_>>().join(", ");
    format!(
        "module `{}` has nothing of that name; it has {}",
        text::name(module.name()),
        if names.is_empty() { "nothing" } else { &names }
    )
}

pub(super) fn compare_functions(provided: &Signature, is_64: Option<bool>, wanted: &ExternType) -> Result<(), Problem> {
    if provided.takes_memory() && is_64.is_none() {
        let why = "it takes guest memory, but the module exports no memory `memory` and not exactly one other";
        return Err(Problem::Incompatible(why.to_owned()));
    }
    let provided = provided.func_type(is_64.unwrap_or_default());
    match wanted {
        ExternType::Func(wanted) if *wanted == provided => Ok(()),
        _ => Err(Problem::Incompatible(format!("what is provided is a function {provided}"))),
    }
}

/// Whether what is provided serves as what is wanted, by the matching rules of the WebAssembly specification (3.2.2).
fn compare(provided: &ExternType, wanted: &ExternType) -> Result<(), Problem> {
    let limits = |minimum: (u64, u64), maximum: (Option<u64>, Option<u64>)| {
        minimum.0 >= minimum.1
            && match maximum {
                (_, None) => true,
                (Some(provided), Some(wanted)) => provided <= wanted,
                (None, Some(_)) => false,
            }
    };
    let fits = match (provided, wanted) {
        (ExternType::Func(provided), ExternType::Func(wanted)) => provided == wanted,
        (ExternType::Global(provided), ExternType::Global(wanted)) => provided == wanted,
        (ExternType::Memory(provided), ExternType::Memory(wanted)) => {
            provided.is_64 == wanted.is_64
                && provided.page_size == wanted.page_size
                && limits((provided.minimum, wanted.minimum), (provided.maximum, wanted.maximum))
        }
        (ExternType::Table(provided), ExternType::Table(wanted)) => {
            provided.is_64 == wanted.is_64
                && provided.element == wanted.element
                && limits((provided.minimum, wanted.minimum), (provided.maximum, wanted.maximum))
        }
        _ => false,
    };
    if fits { Ok(()) } else { Err(Problem::Incompatible(format!("what is provided is a {provided}"))) }
}
