//! Trampolines: from wasm through wasmi to a callback in C, and back.
//!
//! A signature that is common gets a trampoline of its own (`typed.rs`): arguments go from wasmi's stack straight into an
//! array on the native stack. Every other one takes the general one (`general.rs`).

mod general;
mod invoke;
mod typed;

use super::state::State;
use crate::engine::call::HostCall;
use crate::engine::function::HostFunction;
use crate::engine::guest::Guest;
use crate::value::FuncType;
use std::ffi::c_void;
use std::sync::Arc;

/// Which trampoline a signature takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Path {
    /// One made for exactly this signature.
    Typed,
    /// The one for all others.
    General,
}

/// Which trampoline functions of this type take.
pub fn path_of(ty: &FuncType) -> Path {
    if typed::covers(ty) { Path::Typed } else { Path::General }
}

/// Puts a host function into a store.
///
/// `receiver` is the plug-in's instance; a host's function has its own. `guest` is who imports it.
pub fn bind(
    store: &mut wasmi::Store<State>,
    function: &Arc<HostFunction>,
    receiver: *mut c_void,
    guest: &Arc<Guest>,
) -> wasmi::Func {
    let call = HostCall::new(function, receiver, guest);
    let bound = store.data_mut().frames.keep(call);
    match path_of(&bound.call.ty) {
        Path::Typed => typed::bind(store, bound),
        Path::General => general::bind(store, bound),
    }
}
