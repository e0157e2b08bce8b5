//! Calls in a context that is watched: what watches it learns of their beginning and end.
#![forbid(unsafe_code)]

use super::state::State;
use crate::engine::call::HostCall;
use crate::engine::guest::Guest;
use crate::engine::handles::Handle;
use crate::engine::suspend::Completion;
use crate::engine::watch::{Called, Ended, Watch};
use crate::status::{Error, Result};
use libvm_abi::{self as abi, Value};
use wasmi::{AsContextMut, Caller, StoreContextMut};

/// A function of a guest that the host calls.
#[derive(Clone, Copy)]
pub enum Target<'a> {
    Handle(Handle),
    Export(&'a Guest, &'a str),
}

impl State {
    /// Counts a call of the guest that failed.
    #[cold]
    pub fn count_failure(&mut self, error: &Error) {
        if error.is_trap() {
            self.traps += 1;
        }
    }

    fn handle_of(&self, guest: &Guest) -> Option<Handle> {
        guest.index().map(|index| self.instances[index].handle)
    }

    /// Returns the instance that exports a function, and the export's name, if the host has found it by its name.
    pub fn find(&self, target: Target<'_>) -> (Option<Handle>, Option<Box<str>>) {
        match target {
            Target::Export(guest, name) => (self.handle_of(guest), Some(name.into())),
            Target::Handle(handle) => {
                let found = self.instances.iter().find_map(|instance| {
                    let mut names = instance.found.iter();
                    names.find(|(_, (_, found))| *found == handle).map(|(name, _)| (instance.handle, name.clone()))
                });
                found.map_or((None, None), |(instance, name)| (Some(instance), Some(name)))
            }
        }
    }
}

fn ended<'a>(outcome: &'a Result<()>, results: &'a [Value]) -> Ended<'a> {
    match outcome {
        Ok(()) => Ended::Returned(results),
        Err(error) if error.is_suspension() => Ended::Suspended,
        Err(error) => Ended::Failed(error),
    }
}

/// Tells what watches a context.
pub fn tell(state: &mut State, tell: impl FnOnce(&mut Watch)) {
    if let Some(watch) = &mut state.watch {
        tell(watch);
    }
}

/// Calls a function of a guest by `work`.
#[cold]
pub fn call_guest(
    mut store: StoreContextMut<'_, State>,
    target: Target<'_>,
    args: &[Value],
    results: &mut [Value],
    work: impl FnOnce(StoreContextMut<'_, State>, &mut [Value]) -> Result<()>,
) -> Result<()> {
    let depth = guest_begins(store.data_mut(), target, args);
    let outcome = work(store.as_context_mut(), results);
    guest_ends(store.data_mut(), depth, &outcome, results);
    outcome
}

/// The host calls a function of a guest; returns the nesting depth of the call.
pub fn guest_begins(state: &mut State, target: Target<'_>, args: &[Value]) -> usize {
    if state.watch.is_none() {
        return 0;
    }
    let (instance, name) = state.find(target);
    // The hidden name of a start function is no name.
    let name = name.filter(|name| !name.contains('\0'));
    state.watch.as_mut().map_or(0, |watch| watch.guest_begins(instance, name, args))
}

/// The call of a guest with this nesting depth ends.
pub fn guest_ends(state: &mut State, depth: usize, outcome: &Result<()>, results: &[Value]) {
    outcome.as_ref().err().inspect(|error| state.count_failure(error));
    tell(state, |watch| watch.guest_ends(depth, ended(outcome, results)));
}

/// The innermost call of a guest ends, which a suspended host function started.
pub fn started_ends(state: &mut State, outcome: &Result<()>, results: &[Value]) {
    outcome.as_ref().err().inspect(|error| state.count_failure(error));
    tell(state, |watch| watch.started_ends(ended(outcome, results)));
}

fn called<'a>(state: &State, call: &'a HostCall) -> Called<'a> {
    let function = &call.function;
    Called {
        module: Some(&function.module),
        function: Some(&function.name),
        plugin: function.plugin.as_ref(),
        instance: state.handle_of(&call.guest),
    }
}

/// The guest calls a host function.
pub fn host_begins(state: &mut State, call: &HostCall, args: &[Value]) {
    let called = called(state, call);
    tell(state, |watch| watch.host_begins(called, args));
}

/// The call of a host function ends.
pub fn host_ends(state: &mut State, call: &HostCall, outcome: &Result<()>, results: &[Value]) {
    let called = called(state, call);
    tell(state, |watch| watch.host_ends(called, ended(outcome, results)));
}

/// A suspended call of a host function goes on with its completion.
pub fn host_resumes(state: &mut State, call: &HostCall, completion: &Completion) {
    let called = called(state, call);
    tell(state, |watch| watch.host_resumes(called, completion.status, &completion.values, completion.text.as_deref()));
}

/// Calls a function of WASI by `work`.
#[cfg(feature = "wasi")]
pub fn call_wasi<R>(
    mut caller: Caller<'_, State>,
    name: &str,
    args: &[Value],
    work: impl FnOnce(&mut Caller<'_, State>) -> Result<R>,
    results: impl FnOnce(&R) -> Option<Value>,
) -> Result<R> {
    if caller.data().watch.is_none() {
        return work(&mut caller);
    }
    let called = Called { module: Some(crate::engine::wasi::MODULE), function: Some(name), plugin: None, instance: None };
    tell(caller.data_mut(), |watch| watch.host_begins(called, args));
    let outcome = work(&mut caller);
    let returned = outcome.as_ref().ok().and_then(results);
    let ended = match &outcome {
        Ok(_) => Ended::Returned(returned.as_slice()),
        Err(error) if error.is_suspension() => Ended::Suspended,
        Err(error) => Ended::Failed(error),
    };
    tell(caller.data_mut(), |watch| watch.host_ends(called, ended));
    outcome
}

/// A call of a function of WASI that was suspended has gone on to its end.
#[cfg(feature = "wasi")]
pub fn wasi_resumed(state: &mut State, name: &str, outcome: &Result<i32>, value: impl FnOnce(i32) -> Value) {
    let Some(watch) = &mut state.watch else { return };
    let called = Called { module: Some(crate::engine::wasi::MODULE), function: Some(name), plugin: None, instance: None };
    watch.host_resumes(called, abi::STATUS_OK, &[], None);
    match outcome {
        Ok(errno) => watch.host_ends(called, Ended::Returned(&[value(*errno)])),
        Err(error) => watch.host_ends(called, Ended::Failed(error)),
    }
}
