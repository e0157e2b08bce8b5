//! Instances and their exports.
#![forbid(unsafe_code)]

use super::callee::Callee;
use super::entity::Entity;
use super::module::Module;
use super::recorded;
use super::state::{Instance, State};
use super::store::{Extern, Store};
use super::{convert, error};
use crate::engine::guest::Guest;
use crate::engine::handles::Handle;
use crate::engine::kind::Kind;
use crate::engine::rewrite::Recorded;
use crate::engine::watch::{Recorder, Space};
use crate::similar;
use crate::status::{Error, Result};
use crate::text;
use crate::value::MemoryType;
use libvm_abi as abi;
use std::collections::HashMap;
use std::sync::Arc;
use wasmi::AsContextMut;
use wasmi::errors::{ErrorKind, InstantiationError};

impl Store {
    /// Instantiates a module with its imports, in its order; its start function is still to be run. `guest` is what its host
    /// functions were bound with. By the rules of wasm, the effects before a failure remain: writes to imported memories, tables
    /// and globals, through which functions of the failed instance may still be called; therefore wasmi keeps its parts.
    ///
    /// # Errors
    /// `STATUS_INCOMPATIBLE_IMPORT`, `STATUS_INSTANTIATION`, `STATUS_LIMIT`, `STATUS_OUT_OF_MEMORY`, `STATUS_TRAP` for a segment that
    /// does not fit.
    pub fn instantiate(&mut self, module: &Arc<Module>, imports: &[Extern], guest: &Arc<Guest>) -> Result<Handle> {
        let begins = |recorder: &mut dyn Recorder, space: &mut dyn Space| recorder.instantiates(module.fingerprint(), space);
        recorded::with_recorder(self.inner.as_context_mut(), begins).transpose()?;
        let made = self.make(module, imports, guest);
        recorded::with_recorder(self.inner.as_context_mut(), |recorder, space| recorder.instantiated(space));
        made
    }

    fn make(&mut self, module: &Arc<Module>, imports: &[Extern], guest: &Arc<Guest>) -> Result<Handle> {
        let code = module.code.of(&self.shard)?;
        self.inner.data_mut().budgets.count_instance(&module.needs());
        let mut items: Vec<_> = imports.iter().map(|item| item.0).collect();
        if let Some(recorded) = module.recorded() {
            items.extend(self.hidden(recorded)?);
        }
        let mut externs = items.clone();
        for (item, place) in items.iter().zip(module.import_places()) {
            externs[*place] = *item;
        }
        let instantiated = wasmi::Instance::new(&mut self.inner, code, &externs);
        let inner = instantiated.map_err(|error| self.not_instantiated(error))?;
        let exported = guest.memory_name().and_then(|name| inner.get_export(&self.inner, name));
        let memory = exported.and_then(wasmi::Extern::into_memory);
        let state = self.inner.data_mut();
        let index = state.instances.len();
        let handle = state.handles.keep(Entity::Instance(index));
        guest.set_made(index);
        let (module, guest) = (Arc::clone(module), Arc::clone(guest));
        state.instances.push(Instance { inner, memory, module, guest, handle, found: HashMap::new() });
        recorded::add_instance(self.inner.as_context_mut(), index);
        Ok(handle)
    }

    fn not_instantiated(&self, error: wasmi::Error) -> Error {
        let state = self.inner.data();
        error::of_instantiation(error, state.engine.config(), &state.budgets)
    }

    /// Returns what a module that records positions imports behind its own imports.
    fn hidden(&mut self, recorded: &Recorded) -> Result<Vec<wasmi::Extern>> {
        let mut items = Vec::with_capacity(recorded.memories.len() + 3);
        for ty in &recorded.memories {
            let page_size = 1 << ty.page_size_log2.unwrap_or(16);
            let ty = MemoryType { minimum: ty.initial, maximum: ty.maximum, is_64: ty.memory64, page_size };
            let memory = wasmi::Memory::new(&mut self.inner, convert::to_wasmi_memory_type(ty)?);
            let memory = memory.map_err(|error| match error.kind() {
                ErrorKind::Memory(kind) => self.not_instantiated(InstantiationError::FailedToInstantiateMemory(*kind).into()),
                _ => self.not_instantiated(error),
            });
            items.push(memory?.into());
        }
        let no_memory =
            || Error::new(abi::STATUS_OUT_OF_MEMORY, "the module cannot be instantiated: there is no memory for backtraces");
        items.extend(self.inner.data().trace.ok_or_else(no_memory)?.externs());
        Ok(items)
    }

    /// Checks before anything of an instance is created that the limits of the context permit it.
    ///
    /// # Errors
    /// `STATUS_LIMIT`, `STATUS_RECURSION_LIMIT`.
    pub fn check_room(&mut self, module: &Module) -> Result<()> {
        let state = self.inner.data_mut();
        state.frames.home().check_depth()?;
        state.budgets.check_instance(&module.needs())
    }

    /// Returns the module of an instance.
    ///
    /// # Errors
    /// `STATUS_STALE`, `STATUS_WRONG_CONTEXT`, `STATUS_WRONG_TYPE`.
    pub fn module_of(&self, instance: Handle) -> Result<&Arc<Module>> {
        let state = self.inner.data();
        Ok(&state.instances[state.handles.instance(instance)?].module)
    }

    /// Makes an instance's handle and those of all its exports stale.
    ///
    /// # Errors
    /// Those of `module_of`.
    pub fn remove_instance(&mut self, instance: Handle) -> Result<()> {
        let State { handles, instances, .. } = self.inner.data_mut();
        let removed = &mut instances[handles.instance(instance)?];
        handles.let_go(removed.handle)?;
        removed.guest.abandon();
        std::mem::take(&mut removed.found).into_values().try_for_each(|(_, handle)| handles.let_go(handle))
    }

    /// Returns an export of an instance by name, to be imported by another one. Other than the names that the host passes, this
    /// one may contain the NUL of a hidden one.
    pub fn export(&self, instance: Handle, name: &str) -> Option<Extern> {
        let state = self.inner.data();
        let instance = &state.instances[state.handles.instance(instance).ok()?];
        instance.module.find_export(name)?;
        instance.inner.get_export(&self.inner, name).map(Extern)
    }

    /// Returns the handle of an instance's export, which is valid until the instance is removed.
    ///
    /// # Errors
    /// `STATUS_NOT_FOUND`, `STATUS_WRONG_TYPE` for an export of another kind, and those of `module_of`.
    pub fn find(&mut self, instance: Handle, kind: Kind, name: &str) -> Result<Handle> {
        let index = self.inner.data().handles.instance(instance)?;
        let (found, handle) = match self.inner.data().instances[index].found.get(name) {
            Some(known) => *known,
            None => self.look_up(index, kind, name)?,
        };
        if found == kind {
            return Ok(handle);
        }
        let message = format!("the export `{}` is a {}, not a {}", text::name(name), found.noun(), kind.noun());
        Err(Error::new(abi::STATUS_WRONG_TYPE, message))
    }

    fn look_up(&mut self, index: usize, wanted: Kind, name: &str) -> Result<(Kind, Handle)> {
        let entry = &self.inner.data().instances[index];
        let item = entry.inner.get_export(&self.inner, name).ok_or_else(|| not_found(&entry.module, wanted, name))?;
        let (kind, entity) = match item {
            wasmi::Extern::Func(func) => (Kind::Func, Entity::Func(Callee::new(&self.inner, func))),
            wasmi::Extern::Memory(memory) => (Kind::Memory, Entity::Memory(memory)),
            wasmi::Extern::Table(table) => (Kind::Table, Entity::Table(table)),
            wasmi::Extern::Global(global) => (Kind::Global, Entity::Global(global)),
        };
        let state = self.inner.data_mut();
        let found = (kind, state.handles.keep(entity));
        state.instances[index].found.insert(name.into(), found);
        Ok(found)
    }
}

fn not_found(module: &Module, kind: Kind, name: &str) -> Error {
    let known = module.exports().iter().filter(|export| Kind::of(&export.ty) == kind).map(|export| &*export.name);
    let known = similar::listed(name, known);
    let (kind, name) = (kind.noun(), text::name(name));
    Error::new(abi::STATUS_NOT_FOUND, format!("the module has no exported {kind} `{name}`; it exports {known}"))
}
