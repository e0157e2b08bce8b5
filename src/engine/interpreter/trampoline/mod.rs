//! Trampolines: from wasm through wasmi to a callback in C, and back.
//!
//! A common signature has a trampoline of its own (`typed.rs`): arguments go from wasmi's stack straight into an
//! array on the native stack. Every other one uses the general one (`general.rs`). A function of numbers without types has its own
//! for the most common signatures (`raw.rs`).

mod general;
mod invoke;
mod raw;
mod typed;

use super::state::State;
use crate::engine::call::HostCall;
use crate::engine::function::{HostFunction, InstancePointers};
use crate::engine::guest::Guest;
use crate::value::FuncType;
use std::sync::Arc;

/// Which trampoline a signature uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Path {
    /// One for exactly this signature.
    Typed,
    /// The one for all others.
    General,
}

/// Returns which trampoline functions of this type use.
pub fn path_of(ty: &FuncType) -> Path {
    if typed::covers(ty) { Path::Typed } else { Path::General }
}

/// Binds a host function in a store.
///
/// `pointers` are the plug-in's; a host's function has its own receiver. `guest` imports it.
pub fn bind(
    store: &mut wasmi::Store<State>,
    function: &Arc<HostFunction>,
    pointers: InstancePointers,
    guest: &Arc<Guest>,
) -> wasmi::Func {
    let followed = store.data().config.interruptible() || store.data().watch.is_some();
    let call = HostCall::new(function, pointers, guest, followed);
    let bound = store.data_mut().frames.keep(call);
    raw::bind(store, bound).unwrap_or_else(|| match path_of(&bound.call.ty) {
        Path::Typed => typed::bind(store, bound),
        Path::General => general::bind(store, bound),
    })
}
