//! Instances and their exports.
#![forbid(unsafe_code)]

use super::access::{Access, InstanceOf, Item};
use super::backend::Backend;
use super::entity::Entity;
use super::guest::Guest;
use super::handles::Handle;
use super::kind::Kind;
use super::program::Program;
use super::recorded;
use super::state::{Found, Instance, State};
use crate::similar;
use crate::status::{Error, Result};
use crate::value::{ExternType, MemoryType, TableType};
use crate::{text, tight};
use libvm_abi as abi;
use std::sync::Arc;

/// Adds a new instance to its store, and returns its handle. `guest` is what its host functions were bound with.
pub fn add<A: Access>(
    store: &mut A,
    inner: InstanceOf<A>,
    program: &Arc<Program>,
    code: &Arc<<A::Backend as Backend>::Code>,
    guest: &Arc<Guest>,
) -> Handle {
    let memory = match guest.memory_name().and_then(|name| store.export(inner, name)) {
        Some(Item::Memory(memory)) => Some(memory),
        _ => None,
    };
    let state = store.state_mut();
    let index = state.instances.len();
    let handle = state.handles.keep(Entity::Instance(index), index);
    guest.set_made(index);
    let (program, code, guest) = (Arc::clone(program), Arc::clone(code), Arc::clone(guest));
    tight::push(&mut state.instances, Instance { inner, memory, program, code, guest, handle, found: Found::default() });
    if state.is_recorded() {
        recorded::add_instance(store, index);
    }
    handle
}

/// Returns the handle of an item that belongs to no instance.
pub fn insert<A: Access>(store: &mut A, item: Item<A::Backend>) -> Handle {
    let entity = entity(store, item);
    store.state_mut().handles.insert(entity)
}

/// Returns the type of an item, with the current size of a memory or table as its minimum.
pub fn type_of<A: Access>(store: &mut A, item: Item<A::Backend>) -> ExternType {
    match item {
        Item::Func(func) => ExternType::Func(store.func_type(func)),
        Item::Memory(memory) => {
            ExternType::Memory(MemoryType { minimum: store.memory_pages(memory), ..store.memory_type(memory) })
        }
        Item::Table(table) => ExternType::Table(TableType { minimum: store.table_size(table), ..store.table_type(table) }),
        Item::Global(global) => ExternType::Global(store.global_type(global)),
    }
}

/// Makes an instance's handle and those of all its exports stale.
///
/// # Errors
/// Those of an invalid handle.
pub fn remove<B: Backend>(state: &mut State<B>, instance: Handle) -> Result<()> {
    let State { handles, instances, .. } = state;
    let removed = &mut instances[handles.instance(instance)?];
    handles.let_go(removed.handle)?;
    removed.guest.abandon();
    std::mem::take(&mut removed.found).iter().try_for_each(|(_, handle)| handles.let_go(handle))
}

/// Returns an export of an instance by name, to be imported by another one. Other than the names that the host passes, this one may
/// contain the NUL of a hidden one.
pub fn export<A: Access>(store: &mut A, instance: Handle, name: &str) -> Option<Item<A::Backend>> {
    let state = store.state();
    let instance = &state.instances[state.handles.instance(instance).ok()?];
    instance.program.find_export(name)?;
    store.export(instance.inner, name)
}

/// Returns the handle of an instance's export, which is valid until the instance is removed.
///
/// # Errors
/// `STATUS_NOT_FOUND`, `STATUS_WRONG_TYPE` for an export of another kind, and those of an invalid handle.
pub fn find(store: &mut impl Access, instance: Handle, kind: Kind, name: &str) -> Result<Handle> {
    let index = store.state().handles.instance(instance)?;
    let (found, handle) = match store.state().instances[index].found.get(name) {
        Some(known) => known,
        None => look_up(store, index, kind, name)?,
    };
    if found == kind {
        return Ok(handle);
    }
    let message = format!("the export `{}` is a {}, not a {}", text::name(name), found.noun(), kind.noun());
    Err(Error::new(abi::STATUS_WRONG_TYPE, message))
}

fn look_up(store: &mut impl Access, index: usize, wanted: Kind, name: &str) -> Result<(Kind, Handle)> {
    let instance = store.state().instances[index].inner;
    let Some(item) = store.export(instance, name) else {
        return Err(not_found(&store.state().instances[index].program, wanted, name));
    };
    let entity = entity(store, item);
    let state = store.state_mut();
    let found = (item.kind(), state.handles.keep(entity, index));
    state.instances[index].found.insert(name, found);
    Ok(found)
}

/// Returns what a handle of an item refers to.
fn entity<A: Access>(store: &mut A, item: Item<A::Backend>) -> Entity<A::Backend> {
    match item {
        Item::Func(func) => Entity::Func(store.prepare(func)),
        Item::Memory(memory) => Entity::Memory(memory),
        Item::Table(table) => Entity::Table(table),
        Item::Global(global) => Entity::Global(global),
    }
}

fn not_found(program: &Program, kind: Kind, name: &str) -> Error {
    let known = program.exports().iter().filter(|export| Kind::of(&export.ty) == kind).map(|export| &*export.name);
    let known = similar::listed(name, known);
    let (kind, name) = (kind.noun(), text::name(name));
    Error::new(abi::STATUS_NOT_FOUND, format!("the module has no exported {kind} `{name}`; it exports {known}"))
}
