//! Calls in a context that is watched: what watches it learns of their beginning and end.
#![forbid(unsafe_code)]

use super::recorded::{self, with_recorder};
use super::state::State;
use crate::engine::call::HostCall;
use crate::engine::guest::Guest;
use crate::engine::handles::Handle;
use crate::engine::suspend::Completion;
use crate::engine::watch::{Called, Ended, Function, Recorder, Space, Watch};
use crate::status::{Error, Result};
use libvm_abi::{self as abi, Value};
#[cfg(feature = "wasi")]
use wasmi::Caller;
use wasmi::{AsContextMut, StoreContextMut};

type Context<'a> = StoreContextMut<'a, State>;

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
            Target::Handle(handle) => self.found(handle).map_or((None, None), |(instance, name)| {
                (self.instances.get(instance as usize).map(|instance| instance.handle), Some(name.into()))
            }),
        }
    }

    fn function(&self, target: Target<'_>) -> Result<Function> {
        let function = match target {
            Target::Export(guest, name) => guest.index().map(|index| Function::Export(index as u32, name.to_owned())),
            Target::Handle(handle) => self.function_of(handle),
        };
        function.ok_or_else(|| Error::new(abi::STATUS_INTERNAL, "a function that is called has no name"))
    }
}

fn ended<'a>(outcome: &'a Result<()>, results: &'a [Value]) -> Ended<'a> {
    match outcome {
        Ok(()) => Ended::Returned(results),
        Err(error) if error.is_suspension() => Ended::Suspended,
        Err(error) => Ended::Failed(error),
    }
}

/// Notifies what watches a context.
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
    let depth = guest_begins(&mut store, target, args)?;
    let outcome = work(store.as_context_mut(), results);
    guest_ends(&mut store, depth, outcome, results)
}

/// The host calls a function of a guest; returns the nesting depth of the call.
///
/// # Errors
/// Those of `Sentinel::before` and `Recorder::guest_begins`.
pub fn guest_begins(store: &mut Context<'_>, target: Target<'_>, args: &[Value]) -> Result<usize> {
    let Some(watch) = &store.data().watch else { return Ok(0) };
    if let Some(sentinel) = watch.sentinel.clone() {
        let (_, name) = store.data().find(target);
        sentinel.before(name.as_deref().filter(|name| !name.contains('\0')))?;
    }
    if store.data().is_recorded() {
        let function = store.data().function(target)?;
        with_recorder(store.as_context_mut(), |recorder, space| recorder.guest_begins(function, args, space)).transpose()?;
    }
    let state = store.data_mut();
    let (instance, name) = state.find(target);
    // The hidden name of a start function is no name.
    let name = name.filter(|name| !name.contains('\0'));
    Ok(state.watch.as_mut().map_or(0, |watch| watch.guest_begins(instance, name, args)))
}

/// The call of a guest with this nesting depth ends; returns its outcome.
///
/// # Errors
/// Those of the call, of `Recorder::guest_ends` and of `Sentinel::after`.
pub fn guest_ends(store: &mut Context<'_>, depth: usize, outcome: Result<()>, results: &[Value]) -> Result<()> {
    let state = store.data_mut();
    outcome.as_ref().err().inspect(|error| state.count_failure(error));
    let Some(watch) = &mut state.watch else { return outcome };
    let sentinel = watch.sentinel_of(depth);
    let calls = watch.guest_ends(depth, ended(&outcome, results));
    let end = |recorder: &mut dyn Recorder, space: &mut dyn Space| recorder.guest_ends(calls, ended(&outcome, results), space);
    with_recorder(store.as_context_mut(), end).transpose()?;
    match sentinel {
        Some((sentinel, name)) => {
            let asked = sentinel.after(name.as_deref(), ended(&outcome, results));
            outcome.and(asked)
        }
        None => outcome,
    }
}

/// The innermost call of a guest ends, which a suspended host function started.
pub fn started_ends(store: &mut Context<'_>, outcome: Result<()>, results: &[Value]) {
    let depth = store.data().watch.as_ref().map_or(0, |watch| watch.innermost());
    // A replay suspends nothing, so that there is no other outcome.
    let _ = guest_ends(store, depth, outcome, results);
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

/// Returns the number of the memory that a host function can change.
fn memory_of(store: &Context<'_>, guest: &Guest) -> Option<usize> {
    recorded::position(store, store.data().instances[guest.index()?].memory?)
}

/// The guest calls a host function.
pub fn host_begins(store: &mut Context<'_>, call: &HostCall, args: &[Value]) {
    let (called, memory) = (called(store.data(), call), memory_of(store, &call.guest));
    begin(store, called, args, memory);
}

fn begin(store: &mut Context<'_>, called: Called<'_>, args: &[Value], memory: Option<usize>) {
    tell(store.data_mut(), |watch| watch.host_begins(called, args));
    with_recorder(store.as_context_mut(), |recorder, space| recorder.host_begins(called, args, memory, space));
}

/// The call of a host function ends.
pub fn host_ends(store: &mut Context<'_>, call: &HostCall, outcome: &Result<()>, results: &[Value]) {
    if store.data().watch.is_none() {
        return;
    }
    let called = called(store.data(), call);
    end(store, called, ended(outcome, results));
}

fn end(store: &mut Context<'_>, called: Called<'_>, ended: Ended<'_>) {
    with_recorder(store.as_context_mut(), |recorder, space| recorder.host_ends(ended, space));
    tell(store.data_mut(), |watch| watch.host_ends(called, ended));
}

/// A suspended call of a host function goes on with its completion.
pub fn host_resumes(store: &mut Context<'_>, call: &HostCall, completion: &Completion) {
    if store.data().watch.is_none() {
        return;
    }
    let (called, memory) = (called(store.data(), call), memory_of(store, &call.guest));
    let (status, values, text) = (completion.status, &*completion.values, completion.text.as_deref());
    tell(store.data_mut(), |watch| watch.host_resumes(called, status, values, text));
    with_recorder(store.as_context_mut(), |recorder, space| recorder.host_resumes((status, values, text), memory, space));
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
    let memory = caller.get_export("memory").and_then(wasmi::Extern::into_memory);
    let memory = memory.and_then(|memory| recorded::position(&caller, memory));
    begin(&mut caller.as_context_mut(), called, args, memory);
    let outcome = work(&mut caller);
    let returned = outcome.as_ref().ok().and_then(results);
    let ended = match &outcome {
        Ok(_) => Ended::Returned(returned.as_slice()),
        Err(error) if error.is_suspension() => Ended::Suspended,
        Err(error) => Ended::Failed(error),
    };
    end(&mut caller.as_context_mut(), called, ended);
    outcome
}

/// Runs a function of WASI again that was suspended, by `work`, which returns `None` if it still has to wait.
#[cfg(feature = "wasi")]
pub fn call_wasi_again(
    store: &mut Context<'_>,
    name: &str,
    memory: wasmi::Memory,
    work: impl FnOnce(&mut Context<'_>) -> Result<Option<i32>>,
    value: impl FnOnce(i32) -> Value,
) -> Result<Option<i32>> {
    if store.data().watch.is_none() {
        return work(store);
    }
    let called = Called { module: Some(crate::engine::wasi::MODULE), function: Some(name), plugin: None, instance: None };
    let memory = recorded::position(store, memory);
    tell(store.data_mut(), |watch| watch.host_resumes(called, abi::STATUS_OK, &[], None));
    with_recorder(store.as_context_mut(), |recorder, space| recorder.host_resumes((abi::STATUS_OK, &[], None), memory, space));
    let outcome = work(store);
    let returned = outcome.as_ref().ok().copied().flatten().map(value);
    let ended = match &outcome {
        Ok(Some(_)) => Ended::Returned(returned.as_slice()),
        Ok(None) => Ended::Suspended,
        Err(error) => Ended::Failed(error),
    };
    end(store, called, ended);
    outcome
}
