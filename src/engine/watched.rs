//! Calls in a context that is watched: what watches it learns of their beginning and end.
#![forbid(unsafe_code)]

#[cfg(feature = "wasi")]
use super::access::MemoryOf;
use super::access::{Access, FuncOf};
use super::backend::Backend;
use super::call::HostCall;
use super::guest::Guest;
use super::handles::Handle;
use super::recorded::{self, with_recorder};
use super::state::State;
use super::suspend::Completion;
use super::watch::{Called, Ended, Function, Recorder, Space, Watch};
use crate::stack;
use crate::status::{Error, Result};
use libvm_abi::{self as abi, Value};

/// A function of a guest that the host calls.
#[derive(Clone, Copy)]
pub enum Target<'a> {
    Handle(Handle),
    Export(&'a Guest, &'a str),
}

impl<B: Backend> State<B> {
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
pub fn tell<B: Backend>(state: &mut State<B>, tell: impl FnOnce(&mut Watch)) {
    if let Some(watch) = &mut state.watch {
        tell(watch);
    }
}

/// Calls a function of a guest.
///
/// # Errors
/// Those of invalid arguments, and every failure of a guest.
#[inline(always)] // on the path of every call
pub fn call<A: Access>(store: &mut A, target: Target<'_>, func: FuncOf<A>, args: &[Value], results: &mut [Value]) -> Result<()> {
    if store.state().watch.is_some() {
        return call_watched(store, target, func, args, results);
    }
    let outcome = store.call(func, args, results);
    outcome.map_err(|error| failed(store.state_mut(), target, error))
}

/// Counts and explains the failure of a call.
#[cold]
pub fn failed<B: Backend>(state: &mut State<B>, target: Target<'_>, error: Error) -> Error {
    state.count_failure(&error);
    named(state, target, error)
}

#[cold]
fn call_watched<A: Access>(
    store: &mut A,
    target: Target<'_>,
    func: FuncOf<A>,
    args: &[Value],
    results: &mut [Value],
) -> Result<()> {
    let outcome = guest_begins(store, target, args).and_then(|depth| {
        let outcome = store.call(func, args, results);
        guest_ends(store, depth, outcome, results)
    });
    outcome.map_err(|error| named(store.state(), target, error))
}

/// Names the function that the host called, if nothing else is known of the outermost frame.
#[cold]
pub fn named<B: Backend>(state: &State<B>, target: Target<'_>, error: Error) -> Error {
    error.with_known_frame(|| {
        let (instance, name) = state.find(target);
        let instance = state.handles.instance(instance?).ok()?;
        state.instances[instance].program.frame_of(&name?)
    })
}

/// The host calls a function of a guest; returns the nesting depth of the call.
///
/// # Errors
/// Those of `Sentinel::before` and `Recorder::guest_begins`.
pub fn guest_begins(store: &mut impl Access, target: Target<'_>, args: &[Value]) -> Result<usize> {
    let Some(watch) = &store.state().watch else { return Ok(0) };
    if let Some(sentinel) = watch.sentinel.clone() {
        let (_, name) = store.state().find(target);
        stack::on_thread(|| sentinel.before(name.as_deref().filter(|name| !name.contains('\0'))))?;
    }
    if store.state().is_recorded() {
        let function = store.state().function(target)?;
        with_recorder(store, |recorder, space| recorder.guest_begins(function, args, space)).transpose()?;
    }
    let state = store.state_mut();
    let (instance, name) = state.find(target);
    // The hidden name of a start function is no name.
    let name = name.filter(|name| !name.contains('\0'));
    Ok(state.watch.as_mut().map_or(0, |watch| watch.guest_begins(instance, name, args)))
}

/// The call of a guest with this nesting depth ends; returns its outcome.
///
/// # Errors
/// Those of the call, of `Recorder::guest_ends` and of `Sentinel::after`.
pub fn guest_ends(store: &mut impl Access, depth: usize, outcome: Result<()>, results: &[Value]) -> Result<()> {
    let state = store.state_mut();
    outcome.as_ref().err().inspect(|error| state.count_failure(error));
    let Some(watch) = &mut state.watch else { return outcome };
    let sentinel = watch.sentinel_of(depth);
    let calls = watch.guest_ends(depth, ended(&outcome, results));
    let end = |recorder: &mut dyn Recorder, space: &mut dyn Space| recorder.guest_ends(calls, ended(&outcome, results), space);
    with_recorder(store, end).transpose()?;
    match sentinel {
        Some((sentinel, name)) => {
            let asked = stack::on_thread(|| sentinel.after(name.as_deref(), ended(&outcome, results)));
            outcome.and(asked)
        }
        None => outcome,
    }
}

/// The innermost call of a guest ends, which a suspended host function started.
pub fn started_ends(store: &mut impl Access, outcome: Result<()>, results: &[Value]) {
    let depth = store.state().watch.as_ref().map_or(0, |watch| watch.innermost());
    // A replay suspends nothing, so that there is no other outcome.
    let _ = guest_ends(store, depth, outcome, results);
}

fn called<'a, B: Backend>(state: &State<B>, call: &'a HostCall) -> Called<'a> {
    let function = &call.function;
    Called {
        module: Some(&function.module),
        function: Some(&function.name),
        plugin: function.plugin.as_ref(),
        instance: state.handle_of(&call.guest),
    }
}

/// Returns the number of the memory that a host function can change.
fn memory_of(store: &impl Access, guest: &Guest) -> Option<usize> {
    recorded::position(store, store.state().memory_of(guest)?)
}

/// The guest calls a host function.
pub fn host_begins(store: &mut impl Access, call: &HostCall, args: &[Value]) {
    let (called, memory) = (called(store.state(), call), memory_of(store, &call.guest));
    begin(store, called, args, memory);
}

fn begin(store: &mut impl Access, called: Called<'_>, args: &[Value], memory: Option<usize>) {
    tell(store.state_mut(), |watch| watch.host_begins(called, args));
    with_recorder(store, |recorder, space| recorder.host_begins(called, args, memory, space));
}

/// The call of a host function ends.
pub fn host_ends(store: &mut impl Access, call: &HostCall, outcome: &Result<()>, results: &[Value]) {
    if store.state().watch.is_none() {
        return;
    }
    let called = called(store.state(), call);
    end(store, called, ended(outcome, results));
}

fn end(store: &mut impl Access, called: Called<'_>, ended: Ended<'_>) {
    with_recorder(store, |recorder, space| recorder.host_ends(ended, space));
    tell(store.state_mut(), |watch| watch.host_ends(called, ended));
}

/// A suspended call of a host function goes on with its completion.
pub fn host_resumes(store: &mut impl Access, call: &HostCall, completion: &Completion) {
    if store.state().watch.is_none() {
        return;
    }
    let (called, memory) = (called(store.state(), call), memory_of(store, &call.guest));
    let (status, values, text) = (completion.status, &*completion.values, completion.text.as_deref());
    tell(store.state_mut(), |watch| watch.host_resumes(called, status, values, text));
    with_recorder(store, |recorder, space| recorder.host_resumes((status, values, text), memory, space));
}

/// Calls a function of WASI by `work`, for a guest with this memory.
#[cfg(feature = "wasi")]
pub fn call_wasi<A: Access, R>(
    store: &mut A,
    name: &str,
    memory: Option<MemoryOf<A>>,
    args: &[Value],
    work: impl FnOnce(&mut A) -> Result<R>,
    results: impl FnOnce(&R) -> Option<Value>,
) -> Result<R> {
    if store.state().watch.is_none() {
        return work(store);
    }
    let called = Called { module: Some(super::wasi::MODULE), function: Some(name), plugin: None, instance: None };
    let memory = memory.and_then(|memory| recorded::position(store, memory));
    begin(store, called, args, memory);
    let outcome = work(store);
    let returned = outcome.as_ref().ok().and_then(results);
    let ended = match &outcome {
        Ok(_) => Ended::Returned(returned.as_slice()),
        Err(error) if error.is_suspension() => Ended::Suspended,
        Err(error) => Ended::Failed(error),
    };
    end(store, called, ended);
    outcome
}

/// Runs a function of WASI again that was suspended, by `work`, which returns `None` if it still has to wait.
#[cfg(feature = "wasi")]
pub fn call_wasi_again<A: Access>(
    store: &mut A,
    name: &str,
    memory: MemoryOf<A>,
    work: impl FnOnce(&mut A) -> Result<Option<i32>>,
) -> Result<Option<i32>> {
    if store.state().watch.is_none() {
        return work(store);
    }
    let called = Called { module: Some(super::wasi::MODULE), function: Some(name), plugin: None, instance: None };
    let memory = recorded::position(store, memory);
    tell(store.state_mut(), |watch| watch.host_resumes(called, abi::STATUS_OK, &[], None));
    with_recorder(store, |recorder, space| recorder.host_resumes((abi::STATUS_OK, &[], None), memory, space));
    let outcome = work(store);
    let returned = outcome.as_ref().ok().copied().flatten().map(Value::i32);
    let ended = match &outcome {
        Ok(Some(_)) => Ended::Returned(returned.as_slice()),
        Ok(None) => Ended::Suspended,
        Err(error) => Ended::Failed(error),
    };
    end(store, called, ended);
    outcome
}
