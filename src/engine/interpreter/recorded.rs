//! A store as a recorder sees it.
#![forbid(unsafe_code)]

use super::callee::Callee;
use super::entity::Entity;
use super::fuel;
use super::reachable::identity;
use super::state::State;
use super::{reference, values};
use crate::engine::config::EngineConfig;
use crate::engine::handles::Handle;
use crate::engine::kind::Kind;
use crate::engine::watch::{Function, Recorder, Set, Space};
use crate::status::{Error, Result};
use crate::user_data::UserData;
use libvm_abi::{self as abi, Value};
use wasmi::{AsContext, AsContextMut, Extern, Memory, StoreContextMut};

/// A store that is lent to its recorder.
struct View<'a>(StoreContextMut<'a, State>);

/// Calls the recorder of a store, if it has one.
pub fn with_recorder<R>(
    mut store: StoreContextMut<'_, State>,
    work: impl FnOnce(&mut dyn Recorder, &mut dyn Space) -> R,
) -> Option<R> {
    let mut recorder = store.data_mut().watch.as_mut()?.recorder.take()?;
    let done = work(&mut *recorder, &mut View(store.as_context_mut()));
    if let Some(watch) = &mut store.data_mut().watch {
        watch.recorder = Some(recorder);
    }
    Some(done)
}

/// Lends a store to a part of a recorder.
pub fn lend(store: StoreContextMut<'_, State>, work: &mut dyn FnMut(&mut dyn Space)) {
    work(&mut View(store));
}

/// Ends the recording of a store, or its replay.
///
/// # Errors
/// `STATUS_NOT_FOUND` if there is none, and those of `Recorder::finish`.
pub fn finish(mut store: StoreContextMut<'_, State>) -> Result<()> {
    let recorder = store.data_mut().watch.as_mut().and_then(|watch| watch.recorder.take());
    let recorder = recorder.ok_or_else(|| Error::new(abi::STATUS_NOT_FOUND, "the context is neither recorded nor replayed"))?;
    recorder.finish(&mut View(store))
}

/// Notes what the host can reach of a new instance.
pub fn add_instance(mut store: StoreContextMut<'_, State>, index: usize) {
    if !store.data().is_recorded() {
        return;
    }
    let instance = store.data().instances[index].inner;
    let names: Vec<String> = store.data().instances[index].module.exports().iter().map(|export| export.name.clone()).collect();
    for name in names {
        match instance.get_export(&store, &name) {
            // One without bytes has no address of its own: it may be noted twice.
            Some(Extern::Memory(memory)) if memory.data_size(&store) == 0 || position(&store, memory).is_none() => {
                store.data_mut().reachable.memories.push(memory);
            }
            Some(Extern::Func(func)) => {
                store.data_mut().reachable.functions.entry(identity(func)).or_insert((index as u32, name));
            }
            _ => {}
        }
    }
}

/// Notes what the host sets.
pub fn note(store: StoreContextMut<'_, State>, item: Handle, set: Set<'_>) {
    if !store.data().is_recorded() {
        return;
    }
    let Some((instance, name)) = store.data().found(item).map(|(instance, name)| (instance, name.to_owned())) else { return };
    with_recorder(store, |recorder, space| recorder.sets(instance, &name, set, space));
}

/// Returns the number of a memory.
pub fn position(store: &impl AsContext<Data = State>, memory: Memory) -> Option<usize> {
    let (store, address) = (store.as_context(), memory.data_ptr(store));
    store.data().reachable.memories.iter().position(|other| other.data_ptr(store) == address)
}

impl State {
    /// Returns whether its calls are recorded, or compared with a recording.
    pub fn is_recorded(&self) -> bool {
        self.watch.as_ref().is_some_and(|watch| watch.recorder.is_some())
    }

    /// Returns the instance and the name of an item that the host has found by its name.
    pub fn found(&self, handle: Handle) -> Option<(u32, &str)> {
        self.instances.iter().enumerate().find_map(|(index, instance)| {
            let mut names = instance.found.iter();
            names.find(|(_, (_, found))| *found == handle).map(|(name, _)| (index as u32, &**name))
        })
    }

    /// Returns which function a reference refers to.
    pub fn function_of(&self, reference: Handle) -> Option<Function> {
        if let Some((instance, name)) = self.found(reference) {
            return Some(Function::Export(instance, name.to_owned()));
        }
        let identity = identity(self.handles.func(reference).ok()?);
        Some(match self.reachable.functions.get(&identity) {
            Some((instance, name)) => Function::Export(*instance, name.clone()),
            None => Function::Other(identity),
        })
    }
}

/// Returns what the fuel of guests depends on.
pub fn metering(config: &EngineConfig) -> u8 {
    if config.is_metered() { 1 | u8::from(config.backtraces()) << 1 } else { 0 }
}

impl View<'_> {
    fn item(&self, instance: u32, name: &str, kind: Kind) -> Result<Extern> {
        let found = self.0.data().instances.get(instance as usize).and_then(|instance| instance.inner.get_export(&self.0, name));
        let found = found.filter(|item| Kind::of(&super::convert::extern_type(&item.ty(&self.0))) == kind);
        found.ok_or_else(|| {
            let message = format!("instance {instance} exports no {} of the recorded name", kind.noun());
            Error::new(abi::STATUS_NOT_FOUND, message)
        })
    }
}

impl Space for View<'_> {
    fn function_of(&self, reference: Handle) -> Option<Function> {
        self.0.data().function_of(reference)
    }

    fn memories(&self) -> usize {
        self.0.data().reachable.memories.len()
    }

    fn memory(&mut self, index: usize) -> &mut [u8] {
        match self.0.data().reachable.memories.get(index).copied() {
            Some(memory) => memory.data_mut(&mut self.0),
            None => &mut [],
        }
    }

    fn resize_memory(&mut self, index: usize, bytes: u64) -> Result<()> {
        let refused = |why: &str| Error::new(abi::STATUS_NOT_FOUND, format!("memory {index} of the context {why}"));
        let memory = self.0.data().reachable.memories.get(index).copied().ok_or_else(|| refused("does not exist"))?;
        let page = u64::from(super::convert::memory_type(memory.ty(&self.0)).page_size);
        let pages = bytes.div_ceil(page).saturating_sub(memory.size(&self.0));
        if pages > 0 {
            memory.grow(&mut self.0, pages).map_err(|error| refused(&format!("cannot grow as it did: {error}")))?;
        }
        Ok(())
    }

    fn set_table(&mut self, instance: u32, export: &str, size: u64, index: u64, value: &Value) -> Result<()> {
        let Extern::Table(table) = self.item(instance, export, Kind::Table)? else { return Ok(()) };
        let element = super::convert::table_type(table.ty(&self.0)).element;
        let value = values::to_ref(&self.0.data().handles, value, element, || "the element".to_owned())?;
        let failed = |error: &dyn std::fmt::Display| Error::new(abi::STATUS_OUT_OF_BOUNDS, format!("the table: {error}"));
        let more = size.saturating_sub(table.size(&self.0));
        if more > 0 {
            table.grow(&mut self.0, more, value).map_err(|error| failed(&error))?;
        }
        if index < size {
            table.set(&mut self.0, index, value).map_err(|error| failed(&error))?;
        }
        Ok(())
    }

    fn set_global(&mut self, instance: u32, export: &str, value: &Value) -> Result<()> {
        let Extern::Global(global) = self.item(instance, export, Kind::Global)? else { return Ok(()) };
        let content = super::convert::global_type(global.ty(&self.0)).content;
        let value = values::to_val(&self.0.data().handles, value, content, || "the value".to_owned())?;
        global.set(&mut self.0, value).map_err(|error| Error::new(abi::STATUS_IMMUTABLE, format!("the global: {error}")))
    }

    fn export(&mut self, instance: u32, name: &str) -> Option<Handle> {
        match self.item(instance, name, Kind::Func).ok()? {
            Extern::Func(func) => Some(self.0.data_mut().handles.keep(Entity::Func(Callee::Any(func)))),
            _ => None,
        }
    }

    fn create_extern(&mut self) -> Result<Handle> {
        reference::create(self.0.as_context_mut(), UserData::new(std::ptr::null_mut(), None))
    }

    fn keep(&mut self, reference: Handle) {
        // The null reference needs nothing; another one is valid, since it was just passed.
        let _ = self.0.data_mut().handles.retain(reference);
    }

    fn fuel(&mut self) -> u64 {
        self.0.data_mut().run.fuel().used()
    }

    fn metering(&self) -> u8 {
        metering(self.0.data().engine.config())
    }

    fn stop_at(&mut self, stop: Option<(u64, Error)>) {
        fuel::settle(&mut self.0);
        self.0.data_mut().run.fuel().stop_at(stop);
        fuel::refill(&mut self.0);
    }

    fn results(&self, function: Handle) -> usize {
        self.0.data().handles.func(function).map_or(0, |func| func.ty(&self.0).results().len())
    }
}
