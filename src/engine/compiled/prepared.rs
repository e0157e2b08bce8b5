//! Prepared calls of compiled functions: what was found out once is not asked again while nothing has changed it.
#![forbid(unsafe_code)]

use super::call::dispatch_raw;
use super::callee::Callee;
use super::enter::has_room;
use super::state::State;
use crate::engine::handles::Handle;
use crate::engine::watched::{self, Target};
use crate::status::{Error, Result};
use libvm_abi::RawValue;
use std::sync::atomic::{AtomicU64, Ordering};
use wasmtime::StoreContextMut;

type Context<'a> = StoreContextMut<'a, State>;

/// A function to be called with numbers of its type.
pub struct Prepared {
    func: Handle,
    callee: Callee,
    /// What `changes` was when nothing but calling the function was found to be to do; 0 before. Only who uses the context writes it.
    found: AtomicU64,
}

impl Prepared {
    /// Prepares calls of a function by its handle.
    ///
    /// # Errors
    /// Those of an invalid handle.
    pub fn new(state: &State, func: Handle) -> Result<Self> {
        Ok(Self { func, callee: state.handles.func(func)?, found: AtomicU64::new(0) })
    }

    /// Returns whether nothing but calling the function was found to be to do, and nothing has changed since.
    #[inline(always)] // on the path of prepared calls
    fn is_plain(&self, state: &State) -> bool {
        self.found.load(Ordering::Relaxed) == state.handles.changes()
    }

    /// Finds out whether nothing but calling the function is to be done.
    #[cold]
    fn find(&self, state: &State) -> bool {
        // Compiled code has all numbers in little endian.
        let is_attended = state.watch.is_some() || state.driven || cfg!(target_endian = "big");
        let is_plain = !is_attended && state.handles.func(self.func).is_ok();
        if is_plain {
            self.found.store(state.handles.changes(), Ordering::Relaxed);
        }
        is_plain
    }
}

/// Calls the function where nothing else is to be done; `None` otherwise.
#[inline(always)] // as above
pub fn call(store: &mut Context<'_>, prepared: &Prepared, values: &mut [RawValue]) -> Option<Result<()>> {
    let state = store.data();
    if !prepared.is_plain(state) && !prepared.find(state) {
        return None;
    }
    let entered = match state.frames.home().enter() {
        Ok(entered) => entered,
        Err(error) => return Some(Err(error)),
    };
    if !has_room(store) {
        return None;
    }
    // A callback may delete the prepared call.
    let func = prepared.func;
    let outcome = dispatch_raw(store, prepared.callee, values);
    drop(entered);
    Some(outcome.map_err(|error| failed(store, func, error)))
}

/// Calls the function in a context that this thread holds, and to which it has lent its stack, if nothing is to be done before either;
/// `None` otherwise.
#[inline(always)] // as above
pub fn call_again(store: &mut Context<'_>, prepared: &Prepared, values: &mut [RawValue]) -> Option<Result<()>> {
    let state = store.data();
    if !prepared.is_plain(state) || !state.is_settled() {
        return None;
    }
    let entered = state.frames.home().enter_lent()?;
    // A callback may delete the prepared call.
    let func = prepared.func;
    let outcome = dispatch_raw(store, prepared.callee, values);
    drop(entered);
    Some(outcome.map_err(|error| failed(store, func, error)))
}

#[cold]
fn failed(store: &mut Context<'_>, func: Handle, error: Error) -> Error {
    watched::failed(store.data_mut(), Target::Handle(func), error)
}
