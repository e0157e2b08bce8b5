//! From compiled code through wasmtime to a callback in C, and back.
//!
//! A function of up to eight numbers with at most one result, a number too, has a closure that is compiled for the number of its
//! parameters (`fixed.rs`); a function of numbers without types reads and writes them where compiled code has them (`raw.rs`); every
//! other one uses the general one (`general.rs`). All get arguments as compiled code has written them,
//! without wasmtime's checks of types, which were compared when the guest was linked.

mod fixed;
mod general;
mod invoke;
mod raw;

use super::convert;
use super::state::State;
use crate::engine::call::HostCall;
use crate::engine::function::{HostFunction, InstancePointers};
use crate::engine::guest::Guest;
use std::sync::Arc;
use wasmtime::{Func, Store};

/// Binds a host function in a store.
///
/// `pointers` are the plug-in's; a host's function has its own receiver. `guest` imports it.
pub fn bind(store: &mut Store<State>, function: &Arc<HostFunction>, pointers: InstancePointers, guest: &Arc<Guest>) -> Func {
    let followed = store.data().watch.is_some();
    let looks = store.data().config.interruptible();
    let call = HostCall { looks, ..HostCall::new(function, pointers, guest, followed) };
    let bound = store.data_mut().frames.keep(call);
    let ty = convert::to_wasmtime_func_type(store.engine(), &bound.call.ty);
    let special = raw::bind(store, &ty, bound).or_else(|| fixed::bind(store, &ty, bound));
    special.unwrap_or_else(|| general::bind(store, ty, bound))
}
