//! Resolution of imports: all are found and their types compared before any is bound, so that a module that cannot be linked
//! leaves nothing behind in the store.
#![forbid(unsafe_code)]

use super::Context;
use super::module_plugins::Brought;
use super::providers::{ProviderId, Source};
use super::unresolved::Unresolved;
use crate::engine::{Extern, Guest, HostFunction, Import, InstancePointers, Module, refusing};
use crate::host::{Item, check_function};
use crate::limits::MAX_SHOWN_NAMES;
use crate::plugin::native::answer::Provided;
use crate::status::Result;
use crate::text;
use crate::value::{ExternType, FuncType, Signature};
use libvm_abi as abi;
use std::sync::Arc;

/// What an import was resolved to.
pub(super) enum Resolved {
    /// Something that exists.
    Existing(Extern),
    /// An item of a host module: a function that has to be bound, or something that has to be created.
    Item(ProviderId, usize),
    /// A WASI function.
    #[cfg(feature = "wasi")]
    Wasi,
    /// A function that a plug-in provides for this module alone.
    Provided(usize, Provided),
    /// A function that fails because nothing provides it, or one that a recording provides.
    Made(Arc<HostFunction>),
}

/// Why an import was not resolved.
pub(super) enum Problem {
    /// There is no provider.
    Missing,
    /// The provider's item has another type: the reason.
    Incompatible(String),
}

impl Context {
    /// Finds what a module's imports refer to, in the module's order, and compares the types; the context is unchanged.
    ///
    /// # Errors
    /// `STATUS_UNRESOLVED_IMPORT` and `STATUS_INCOMPATIBLE_IMPORT`, with a message about all imports that were not resolved.
    pub(super) fn resolve(&mut self, module: &Arc<Module>, is_64: Option<bool>, brought: &Brought) -> Result<Vec<Resolved>> {
        if self.replayed().is_none()
            && brought.is_empty()
            && let Some(known) = self.resolve_known(module, is_64)
        {
            return Ok(known);
        }
        let mut found = Vec::with_capacity(module.imports().len());
        let mut unresolved = Unresolved::default();
        // Finding the reasons may take long, so that there is a limit to them.
        let mut unknown = 0;
        for import in module.imports() {
            let brought = || resolve_brought(import, is_64, brought);
            let resolved = self.resolve_replayed(import).or_else(brought);
            match resolved.unwrap_or_else(|| self.resolve_one(import, is_64)) {
                Ok(resolved) => found.push(resolved),
                Err(Problem::Missing) => match &import.ty {
                    ExternType::Func(ty) if self.unknown_imports_trap => {
                        let why = (unknown < MAX_SHOWN_NAMES).then(|| self.why_missing(import));
                        unknown += 1;
                        found.push(Resolved::Made(failing(import, ty.clone(), why)));
                    }
                    _ => unresolved.missing(import),
                },
                Err(Problem::Incompatible(why)) => unresolved.incompatible(import, why),
            }
        }
        unresolved.into_result(self, module.imports().len())?;
        self.keep_resolved(module, &found);
        Ok(found)
    }

    /// Returns what a function is resolved to in a replay, unless an instance provides it; `None` for everything else.
    fn resolve_replayed(&self, import: &Import) -> Option<Result<Resolved, Problem>> {
        let (replayed, ExternType::Func(ty)) = (self.replayed()?, &import.ty) else { return None };
        let is_wasm = |source: &Source| matches!(source, Source::Instance { .. });
        if self.providers.find(&import.module, &import.name).is_some_and(|(_, source)| is_wasm(source)) {
            return None;
        }
        Some(Ok(Resolved::Made(replayed.stand_in(&import.module, &import.name, ty.clone()))))
    }

    pub(super) fn resolve_one(&mut self, import: &Import, is_64: Option<bool>) -> Result<Resolved, Problem> {
        let (id, source) = self.providers.find(&import.module, &import.name).ok_or(Problem::Missing)?;
        match source {
            Source::Instance { instance, .. } => {
                let instance = instance.as_ref().map_err(|error| Problem::Incompatible(error.message().to_owned()))?;
                let item = self.store.export(*instance, &import.name).ok_or(Problem::Missing)?;
                compare(&self.store.extern_type(item), &import.ty)?;
                Ok(Resolved::Existing(item))
            }
            #[cfg(feature = "wasi")]
            Source::Wasi => {
                let ty = crate::engine::wasi::function_type(&import.name).ok_or(Problem::Missing)?;
                compare(&ExternType::Func(ty.clone()), &import.ty)?;
                Ok(Resolved::Wasi)
            }
            Source::Host { module, made, .. } => {
                let index = module.find(&import.name).ok_or(Problem::Missing)?;
                if let Some(item) = made.get(&index) {
                    compare(&self.store.extern_type(*item), &import.ty)?;
                    return Ok(Resolved::Existing(*item));
                }
                match module.item(index) {
                    Item::Function(function) => compare_functions(&function.signature, is_64, &import.ty)?,
                    item => compare(&item.extern_type(), &import.ty)?,
                }
                Ok(Resolved::Item(id, index))
            }
        }
    }

    /// Adds what imports were resolved to to the store. What can fail comes first; the functions, which the store keeps as
    /// long as the context, come last.
    ///
    /// # Errors
    /// The errors of creating a plug-in's instance, a WASI environment, a memory, a table or a global.
    pub(super) fn bind(&mut self, module: &Module, resolved: &[Resolved], guest: &Arc<Guest>) -> Result<Vec<Extern>> {
        let wanted = module.imports().iter().zip(resolved);
        for (import, resolved) in wanted.clone() {
            self.prepare(resolved).map_err(|error| error.in_function(&import.module, &import.name))?;
        }
        Ok(wanted.map(|(import, resolved)| self.bind_one(module, import, resolved, guest)).collect())
    }

    /// Creates all parts of an import whose creation can fail.
    fn prepare(&mut self, resolved: &Resolved) -> Result<()> {
        match resolved {
            Resolved::Existing(_) | Resolved::Made(_) => Ok(()),
            Resolved::Provided(plugin, _) => {
                self.make_instance(*plugin)?;
                self.rare().providing.insert(*plugin);
                Ok(())
            }
            #[cfg(feature = "wasi")]
            Resolved::Wasi => self.make_wasi(),
            Resolved::Item(id, index) => {
                let Some(Source::Host { module, plugin, made }) = self.providers.source(*id) else { return Ok(()) };
                let item = match module.item(*index) {
                    Item::Function(_) => return plugin.map_or(Ok(()), |plugin| self.make_instance(plugin)),
                    // It may be imported twice.
                    _ if made.contains_key(index) => return Ok(()),
                    Item::Memory(ty) => self.store.create_memory(*ty)?,
                    Item::Table(ty) => self.store.create_table(*ty)?,
                    Item::Global(ty, value) => self.store.create_global(*ty, value)?,
                };
                made.insert(*index, item);
                Ok(())
            }
        }
    }

    fn bind_one(&mut self, of: &Module, import: &Import, resolved: &Resolved, guest: &Arc<Guest>) -> Extern {
        match resolved {
            Resolved::Existing(item) => *item,
            Resolved::Made(function) => self.store.bind(function, InstancePointers::NONE, guest),
            Resolved::Provided(plugin, provided) => {
                let instance = self.plugins.instance(*plugin).expect("it was created before");
                let (function, receiver) = instance.offer_provided(provided, guest.is_64(), Some(of));
                self.store.bind(&function, receiver, guest)
            }
            #[cfg(feature = "wasi")]
            Resolved::Wasi => self.store.bind_wasi(&import.name).expect("WASI has a function of every name that has a type"),
            Resolved::Item(id, index) => {
                let Some(Source::Host { module, plugin, made }) = self.providers.source(*id) else {
                    unreachable!("`{}` was resolved to a host module", import.name)
                };
                let Item::Function(function) = module.item(*index) else { return made[index] };
                let needed = module.permission(*index).filter(|needed| !self.grants.allows(module.name(), needed));
                let (function, receiver) = match (plugin.and_then(|plugin| self.plugins.instance(plugin)), needed) {
                    (Some(instance), _) => instance.offer(function, guest.is_64(), Some(of)),
                    (None, Some(needed)) => (refused(function, guest.is_64(), needed), InstancePointers::NONE),
                    (None, None) => (Arc::clone(function), InstancePointers::NONE),
                };
                self.store.bind(&function, receiver, guest)
            }
        }
    }
}

/// Returns what an import is resolved to that a plug-in provides for the module alone; `None` for others.
fn resolve_brought(import: &Import, is_64: Option<bool>, brought: &Brought) -> Option<Result<Resolved, Problem>> {
    let (plugin, provided) = brought.find(import)?;
    let fits = compare_functions(&provided.function.signature, is_64, &import.ty);
    Some(fits.map(|()| Resolved::Provided(plugin, provided.clone())))
}

/// Creates the function that an import of a host module's function is bound to whose permission is not granted.
fn refused(function: &HostFunction, is_64: Option<bool>, needed: &str) -> Arc<HostFunction> {
    let name = text::name(&function.module);
    let why = format!(
        "needs the permission `{needed}`, which is not granted to host module `{name}` in this context; the host grants it with \
         VM_ContextGrantPermission(context, \"{name}\", \"{needed}\", …) before it registers the module"
    );
    let ty = function.signature.func_type(is_64.unwrap_or_default());
    refusing(&function.module, &function.name, ty, None, abi::STATUS_PLUGIN_PERMISSION, why)
}

/// Creates the function that an import without a provider is bound to.
fn failing(import: &Import, ty: FuncType, why: Option<String>) -> Arc<HostFunction> {
    let why = why.unwrap_or_else(|| "nothing in this context provides it".to_owned());
    let module = Arc::from(import.module.as_str());
    let why = format!("was not provided when the guest was instantiated: {why}");
    refusing(&module, &import.name, ty, None, abi::STATUS_UNRESOLVED_IMPORT, why)
}

pub(super) fn compare_functions(provided: &Signature, is_64: Option<bool>, wanted: &ExternType) -> Result<(), Problem> {
    check_function(provided, is_64, wanted).map_err(Problem::Incompatible)
}

/// Checks that a provided item matches the required type, by the rules of the WebAssembly specification (3.2.2).
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
    if fits { Ok(()) } else { Err(Problem::Incompatible(format!("the provided item is a {provided}"))) }
}
