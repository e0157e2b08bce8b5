//! A store as a recorder sees it.
#![forbid(unsafe_code)]

use super::access::{Access, InstanceOf, Item, MemoryOf};
use super::backend::Backend;
use super::entity::Entity;
use super::handles::Handle;
use super::kind::Kind;
use super::operand::Operand;
use super::reference;
use super::state::{Instance, State};
use super::watch::{Function, Recorder, Set, Space};
use crate::stack;
use crate::status::{Error, Result};
use crate::user_data::UserData;
use libvm_abi::{self as abi, Value};
use std::sync::Arc;

/// A store that is lent to its recorder.
struct View<'a, A>(&'a mut A);

/// Calls the recorder of a store, if it has one.
pub fn with_recorder<A: Access, R>(store: &mut A, work: impl FnOnce(&mut dyn Recorder, &mut dyn Space) -> R) -> Option<R> {
    let mut recorder = store.state_mut().watch.as_mut()?.recorder.take()?;
    // It may write by a callback.
    let done = stack::on_thread(|| work(&mut *recorder, &mut View(store)));
    if let Some(watch) = &mut store.state_mut().watch {
        watch.recorder = Some(recorder);
    }
    Some(done)
}

/// Lends a store to a part of a recorder.
pub fn lend<A: Access>(store: &mut A, work: &mut dyn FnMut(&mut dyn Space)) {
    work(&mut View(store));
}

/// Ends the recording of a store, or its replay.
///
/// # Errors
/// `STATUS_NOT_FOUND` if there is none, and those of `Recorder::finish`.
pub fn finish<A: Access>(store: &mut A) -> Result<()> {
    let recorder = store.state_mut().watch.as_mut().and_then(|watch| watch.recorder.take());
    let recorder = recorder.ok_or_else(|| Error::new(abi::STATUS_NOT_FOUND, "the context is neither recorded nor replayed"))?;
    recorder.finish(&mut View(store))
}

/// Notes what the host can reach of a new instance.
pub fn add_instance<A: Access>(store: &mut A, index: usize) {
    let Instance { inner, program, .. } = &store.state().instances[index];
    let (instance, program) = (*inner, Arc::clone(program));
    for name in program.exports().iter().map(|export| &*export.name) {
        match store.export(instance, name) {
            // One without bytes has no address of its own: it may be noted twice.
            Some(Item::Memory(memory)) if store.memory(memory).is_empty() || position(store, memory).is_none() => {
                store.state_mut().reachable().memories.push(memory);
            }
            Some(Item::Func(func)) => {
                let identity = A::Backend::identity(func);
                store.state_mut().reachable().functions.entry(identity).or_insert_with(|| (index as u32, name.to_owned()));
            }
            _ => {}
        }
    }
}

/// Notes what the host sets.
pub fn note(store: &mut impl Access, item: Handle, set: Set<'_>) {
    if !store.state().is_recorded() {
        return;
    }
    let Some((instance, name)) = store.state().found(item).map(|(instance, name)| (instance, name.to_owned())) else { return };
    with_recorder(store, |recorder, space| recorder.sets(instance, &name, set, space));
}

/// Returns the number of a memory.
pub fn position<A: Access>(store: &A, memory: MemoryOf<A>) -> Option<usize> {
    let address = store.memory_address(memory);
    store.state().memories().iter().position(|other| store.memory_address(*other) == address)
}

impl<B: Backend> State<B> {
    /// Returns the instance and the name of an item that the host has found by its name.
    pub fn found(&self, handle: Handle) -> Option<(u32, &str)> {
        let index = self.handles.keeper(handle)?;
        let mut names = self.instances.get(index)?.found.iter();
        names.find(|(_, found)| *found == handle).map(|(name, _)| (index as u32, name))
    }

    /// Returns which function a reference refers to.
    pub fn function_of(&self, reference: Handle) -> Option<Function> {
        if let Some((instance, name)) = self.found(reference) {
            return Some(Function::Export(instance, name.to_owned()));
        }
        let identity = B::identity(self.handles.func(reference).ok()?);
        Some(match self.reachable.as_ref().and_then(|reachable| reachable.functions.get(&identity)) {
            Some((instance, name)) => Function::Export(*instance, name.clone()),
            None => Function::Other(identity),
        })
    }
}

/// Returns what the fuel of guests depends on.
pub fn metering<B: Backend>(state: &State<B>) -> u8 {
    let config = &state.config;
    #[cfg(feature = "compiled")]
    if state.frames.home().is_compiled() {
        return if config.fuel_metering() { 5 } else { 0 };
    }
    if config.is_metered() { 1 | u8::from(config.backtraces()) << 1 } else { 0 }
}

impl<A: Access> View<'_, A> {
    fn instance(&self, index: u32) -> Option<InstanceOf<A>> {
        self.0.state().instances.get(index as usize).map(|instance| instance.inner)
    }

    fn item(&mut self, instance: u32, name: &str, kind: Kind) -> Result<Item<A::Backend>> {
        let found = self.instance(instance).and_then(|instance| self.0.export(instance, name));
        found.filter(|item| item.kind() == kind).ok_or_else(|| {
            let message = format!("instance {instance} exports no {} of the recorded name", kind.noun());
            Error::new(abi::STATUS_NOT_FOUND, message)
        })
    }
}

impl<A: Access> Space for View<'_, A> {
    fn function_of(&self, reference: Handle) -> Option<Function> {
        self.0.state().function_of(reference)
    }

    fn memories(&self) -> usize {
        self.0.state().memories().len()
    }

    fn memory(&mut self, index: usize) -> &mut [u8] {
        match self.0.state().memories().get(index).copied() {
            Some(memory) => self.0.memory(memory),
            None => &mut [],
        }
    }

    fn resize_memory(&mut self, index: usize, bytes: u64) -> Result<()> {
        let refused = |why: &str| Error::new(abi::STATUS_NOT_FOUND, format!("memory {index} of the context {why}"));
        let memory = self.0.state().memories().get(index).copied().ok_or_else(|| refused("does not exist"))?;
        let page = u64::from(self.0.memory_type(memory).page_size);
        let pages = bytes.div_ceil(page).saturating_sub(self.0.memory_pages(memory));
        if pages > 0 {
            self.0.grow_memory(memory, pages).ok_or_else(|| refused("cannot grow as it did"))?;
        }
        Ok(())
    }

    fn set_table(&mut self, instance: u32, export: &str, size: u64, index: u64, value: &Value) -> Result<()> {
        let Item::Table(table) = self.item(instance, export, Kind::Table)? else { return Ok(()) };
        let element = self.0.table_type(table).element;
        let value = Operand::new(&self.0.state().handles, value, element, || "the element".to_owned())?;
        let failed = |what: &str| Error::new(abi::STATUS_OUT_OF_BOUNDS, format!("the table cannot {what}"));
        let more = size.saturating_sub(self.0.table_size(table));
        if more > 0 {
            self.0.grow_table(table, more, value).ok_or_else(|| failed("grow as it did"))?;
        }
        if index < size {
            self.0.table_set(table, index, value).ok_or_else(|| failed("be set as it was"))?;
        }
        Ok(())
    }

    fn set_global(&mut self, instance: u32, export: &str, value: &Value) -> Result<()> {
        let Item::Global(global) = self.item(instance, export, Kind::Global)? else { return Ok(()) };
        let content = self.0.global_type(global).content;
        let value = Operand::new(&self.0.state().handles, value, content, || "the value".to_owned())?;
        self.0.global_set(global, value)
    }

    fn export(&mut self, instance: u32, name: &str) -> Option<Handle> {
        match self.item(instance, name, Kind::Func).ok()? {
            Item::Func(func) => Some(self.0.state_mut().handles.keep(Entity::Func(func), instance as usize)),
            _ => None,
        }
    }

    fn create_extern(&mut self) -> Result<Handle> {
        reference::create(self.0, UserData::new(std::ptr::null_mut(), None))
    }

    fn keep(&mut self, reference: Handle) {
        // The null reference needs nothing; another one is valid, since it was just passed.
        let _ = self.0.state_mut().handles.retain(reference);
    }

    fn fuel(&mut self) -> u64 {
        self.0.state_mut().run.fuel().used()
    }

    fn metering(&self) -> u8 {
        metering(self.0.state())
    }

    fn stop_at(&mut self, stop: Option<(u64, Error)>) {
        self.0.settle_fuel();
        self.0.state_mut().run.fuel().stop_at(stop);
        self.0.refill_fuel();
    }

    fn results(&mut self, function: Handle) -> usize {
        let func = self.0.state().handles.func(function);
        func.map_or(0, |func| self.0.func_type(func).results.len())
    }
}
