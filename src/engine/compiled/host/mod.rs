//! From compiled code through wasmtime to a callback in C, and back.
//!
//! A function of up to eight numbers with at most one result, a number too, has a closure that is compiled for the number of its
//! parameters (`fixed.rs`); a function of numbers without types reads and writes them where compiled code has them (`raw.rs`); every
//! other one uses the general one (`general.rs`). All get arguments as compiled code has written them,
//! without wasmtime's checks of types, which were compared when the guest was linked.
//!
//! None of them knows a context: they find the host function at its place in the context that calls. So all contexts can have the same
//! ones, with which a module is linked once (`linked.rs`).

mod fixed;
mod general;
mod invoke;
mod linked;
mod place;
mod raw;

use super::access::to_extern;
use super::state::{Compiled, State};
use crate::engine::access::Item;
use crate::engine::bound::Slot;
use crate::engine::call::HostCall;
use crate::engine::function::{HostFunction, InstancePointers};
use crate::engine::guest::Guest;
pub use linked::Linked;
use place::Place;
use std::sync::Arc;
use wasmtime::{Extern, Func, Store};

/// What an instance imports.
#[derive(Clone, Copy)]
pub enum Imported {
    /// What is in the store.
    Item(Item<Compiled>),
    /// A host function that was bound, which becomes an item only where that is needed.
    Bound(Slot),
    /// Likewise the function of WASI with the name of the import.
    #[cfg(feature = "wasi")]
    Wasi,
}

impl From<Item<Compiled>> for Imported {
    fn from(item: Item<Compiled>) -> Self {
        Self::Item(item)
    }
}

/// Binds a host function in a store.
///
/// `pointers` are the plug-in's; a host's function has its own receiver. `guest` imports it.
pub fn bind(store: &mut Store<State>, function: &Arc<HostFunction>, pointers: InstancePointers, guest: &Arc<Guest>) -> Slot {
    let state = store.data_mut();
    let followed = state.watch.is_some();
    let looks = state.config.interruptible();
    let call = HostCall { looks, ..HostCall::new(function, pointers, guest, followed) };
    let slot = state.frames.next();
    state.frames.keep(call);
    slot
}

/// Returns an import that is an item of the store. `name` is that of the import.
#[cfg_attr(not(feature = "wasi"), allow(unused_variables))]
pub fn item(store: &mut Store<State>, import: Imported, name: &str) -> Extern {
    match import {
        Imported::Item(item) => to_extern(item),
        Imported::Bound(slot) => func(store, slot).into(),
        #[cfg(feature = "wasi")]
        Imported::Wasi => super::wasi::item(store, name),
    }
}

/// Returns a host function that was bound, as a function of the store.
pub fn func(store: &mut Store<State>, slot: Slot) -> Func {
    let bound = store.data().frames.at(slot);
    create(store, &bound.call, slot)
}

/// Creates the function for a call, which is at this place in the contexts that call it.
fn create<P: Place>(place: &mut P, call: &HostCall, slot: Slot) -> P::Made {
    let ty = &call.ty;
    if is_raw(call) {
        // SAFETY: the callback reads and writes values as the type tells: the host has promised it.
        return unsafe { raw::create(place, ty, call.looks, slot) };
    }
    // SAFETY: the work reads and writes values as the type tells.
    fixed::bind(place, ty, slot).unwrap_or_else(|| unsafe { place.create(ty, general::General(slot)) })
}

/// Returns whether a function is called with numbers without types.
fn is_raw(call: &HostCall) -> bool {
    // Compiled code has all numbers in little endian.
    cfg!(target_endian = "little") && call.raw.is_some()
}
