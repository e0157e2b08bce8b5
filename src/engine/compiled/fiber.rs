//! Fibers: stacks of their own, on which started executions run, and which they leave when they have to wait.
//!
//! All calls into compiled code are wasmtime's plain calls, on the stack of the thread or on that of a fiber. A fiber is an
//! asynchronous call of the host function `Functions::enter`, which calls the guest; it is left by a call of `Functions::leave`,
//! whose future is pending once. Below what leaves a fiber there are frames of compiled code, wasmtime and libvm only: a callback of
//! the host below it keeps a call from being suspended (`Run::refusal`), so that a fiber may go on on another thread. A
//! fiber that is interrupted while there is such a callback goes on at once, on the same thread: `Run::check` gives others no turn then.
//!
//! A call that blocks runs on a fiber too where the stack that the host calls from cannot be used: there is too little of it, or it is one
//! that the host has made, such as that of a coroutine. wasmtime has the calls of a thread in a list, in which each has to end before
//! those that began earlier; on the stack of the thread itself they do. What runs on a fiber is not in the list while a callback is called
//! outside of it, so that the host may switch to another of its stacks there.

use super::callee::Callee;
use super::engine::fiber_stack;
use super::error::{self, to_wasmtime};
use super::lent::store_pointer;
use super::state::{Compiled, State};
use super::suspended::{Calls, Errand, Fiber, Functions, Run, StorePointer};
use super::{call, fuel, pool};
use crate::engine::executions::Step;
use crate::engine::home;
use crate::engine::lent::Lend;
use crate::engine::run::Turn;
use crate::stack::{self, Stack};
use crate::status::{Error, Result};
use libvm_abi::{self as abi, Value};
use std::ffi::c_void;
use std::future::{self, Future};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError};
use std::task::{Context as Task, Poll, Waker};
use wasmtime::{AsContextMut, Caller, Func, StoreContextMut};

type Context<'a> = StoreContextMut<'a, State>;

/// Does `work`, which runs a fiber.
fn running<R>(store: &mut Context<'_>, fiber: Arc<Fiber>, work: impl FnOnce() -> R) -> R {
    let outside = fiber.enter(store.data().own.fibers.calls_outside());
    let outer_stack = stack::current();
    if fiber.lowest.load(Ordering::Relaxed) != 0 {
        stack::use_stack(stack_of(store, &fiber));
    }
    let home = store.data().frames.home();
    let outer_direct = home.direct().swap(!outside, Ordering::Relaxed);
    let outer = store.data_mut().own.fibers.current.replace(fiber);
    fuel::slice(store);
    let result = catch_unwind(AssertUnwindSafe(work));
    store.data_mut().own.fibers.current = outer;
    fuel::slice(store);
    home.direct().store(outer_direct, Ordering::Relaxed);
    stack::use_stack(outer_stack);
    result.unwrap_or_else(|panic| resume_unwind(panic))
}

fn stack_of(store: &Context<'_>, fiber: &Fiber) -> Stack {
    let load = |value: &AtomicUsize| value.load(Ordering::Relaxed);
    Stack::of_fiber(load(&fiber.lowest), fiber_stack(store.data().own.stack), load(&fiber.free), load(&fiber.inside))
}

/// Drops the asynchronous call of a fiber, which ends what waits on it.
fn end(store: StorePointer, fiber: Arc<Fiber>, run: Run) {
    // SAFETY: a store drops its suspended calls before anything else of it.
    running(&mut unsafe { store_of(store) }, fiber, || drop(run));
}

/// Returns the store of calls.
///
/// # Safety
/// It exists. While its calls run it is used by them alone: what called them loads anew what it uses afterwards.
unsafe fn store_of(store: StorePointer) -> Context<'static> {
    // SAFETY: promised by the caller.
    unsafe { Context::from_pointer(store.0) }
}

fn new_functions(store: &mut Context<'_>) -> Result<Functions> {
    let enter = Func::wrap(&mut *store, |mut caller: Caller<'_, State>| run(&mut caller.as_context_mut()));
    let enter = enter.typed(&*store).map_err(|error| failed(&error))?;
    let leave = Func::wrap_async(&mut *store, |_: Caller<'_, State>, (): ()| {
        let mut left = false;
        Box::new(future::poll_fn(move |_| if std::mem::replace(&mut left, true) { Poll::Ready(()) } else { Poll::Pending }))
    });
    Ok(Functions { enter, leave })
}

fn functions(store: &mut Context<'_>) -> Result<Functions> {
    if let Some(functions) = &store.data().own.fibers.functions {
        return Ok((**functions).clone());
    }
    let functions = new_functions(store)?;
    store.data_mut().own.fibers.functions = Some(Box::new(functions.clone()));
    Ok(functions)
}

/// Runs the calls of a new fiber, on it.
fn run(store: &mut Context<'_>) -> wasmtime::Result<()> {
    let Some(fiber) = store.data().own.fibers.current.clone() else { return Err(wasmtime::Error::msg("there is no fiber")) };
    let lowest = stack::address().saturating_sub(fiber_stack(store.data().own.stack));
    fiber.lowest.store(lowest, Ordering::Relaxed);
    stack::use_stack(stack_of(store, &fiber));
    let args = std::mem::take(&mut *fiber.args.lock().unwrap_or_else(PoisonError::into_inner));
    let outcome = call::on_this_stack(store, fiber.called, &args);
    *fiber.outcome.lock().unwrap_or_else(PoisonError::into_inner) = Some(outcome);
    Ok(())
}

fn begin(store: &mut Context<'_>, called: Callee, args: &[Value], blocks: bool) -> Result<Box<Calls>> {
    home::check_entry()?;
    let enter = functions(store)?.enter;
    let pointer = StorePointer(store_pointer(store.as_context_mut()));
    // SAFETY: a store drops its suspended calls before anything else of it.
    let run = Box::pin(async move { enter.call_async(unsafe { store_of(pointer) }, ()).await });
    Ok(Box::new(Calls { run: Some(run), fiber: Fiber::new(called, args, blocks), store: pointer, end }))
}

/// Begins a call on a fiber, and runs it until it ends or has to wait.
///
/// # Errors
/// Those of the call.
pub fn start(store: &mut Context<'_>, called: Callee, args: &[Value]) -> Result<Step<Compiled>> {
    home::check_fibers()?;
    let calls = begin(store, called, args, false)?;
    resume(store, calls)
}

/// Continues calls until they have ended, or have to wait.
///
/// # Errors
/// Every failure of a guest.
pub fn resume(store: &mut Context<'_>, calls: Box<Calls>) -> Result<Step<Compiled>> {
    let entered = store.data().frames.home().enter()?;
    let outcome = go_on(store, calls);
    drop(entered);
    outcome
}

/// Calls a function on a fiber, in a call that was entered, and waits until it ends.
///
/// # Errors
/// Those of the call.
#[cold]
pub fn call(store: &mut Context<'_>, called: Callee, args: &[Value], results: &mut [Value]) -> Result<()> {
    let calls = begin(store, called, args, true)?;
    match go_on(store, calls)? {
        Step::Done(values) => results.copy_from_slice(&values),
        Step::Suspended(_) | Step::Yielded(_) => {
            return Err(Error::new(abi::STATUS_INTERNAL, "a call that blocks has left its fiber"));
        }
    }
    Ok(())
}

/// Calls a function on a further fiber, of an execution on the fiber that runs, which is left whenever that one is.
///
/// # Errors
/// Those of the call, and of `leave`.
#[cold]
pub fn call_inside(store: &mut Context<'_>, called: Callee, args: &[Value]) -> Result<Vec<Value>> {
    let mut calls = begin(store, called, args, false)?;
    loop {
        let left;
        (calls, left) = match go_on(store, calls)? {
            Step::Done(values) => return Ok(values),
            Step::Suspended(calls) => (calls, leave(store)),
            Step::Yielded(calls) => (calls, give_way(store)),
        };
        if let Err(error) = left {
            return Err(stop(calls, error));
        }
    }
}

fn go_on(store: &mut Context<'_>, mut calls: Box<Calls>) -> Result<Step<Compiled>> {
    let fiber = Arc::clone(&calls.fiber);
    let Some(run) = &mut calls.run else { return Err(Error::new(abi::STATUS_INTERNAL, "the fiber has ended")) };
    let polled = loop {
        let polled = running(store, Arc::clone(&fiber), || run.as_mut().poll(&mut Task::from_waker(Waker::noop())));
        if polled.is_pending() && !fiber.was_left() {
            if store.data().config.fuel_metering() && fuel::slice_ends(store) == Turn::Continues {
                continue;
            }
            return Ok(Step::Yielded(calls));
        }
        let Some(errand) = fiber.take_errand() else { break polled };
        // SAFETY: the fiber waits for it, and uses nothing of the store meanwhile.
        stack::count_fibers(fiber.inside.load(Ordering::Relaxed), || unsafe { (errand.work)(errand.data, calls.store) });
    };
    match polled {
        Poll::Pending => Ok(Step::Suspended(calls)),
        Poll::Ready(ended) => {
            calls.run = None;
            match fiber.outcome() {
                Some(outcome) => outcome.map(Step::Done),
                None => Err(ended
                    .err()
                    .map_or_else(|| Error::new(abi::STATUS_INTERNAL, "the fiber has no outcome"), |error| failed(&error))),
            }
        }
    }
}

/// Ends calls where they are with an error, which they have not caused; returns it with their frames.
pub fn stop(calls: Box<Calls>, error: Error) -> Error {
    let fiber = Arc::clone(&calls.fiber);
    fiber.stop(error.clone());
    drop(calls);
    fiber.outcome().and_then(Result::err).unwrap_or(error)
}

/// Leaves the fiber until it is resumed.
///
/// # Errors
/// Why the calls on the fiber end.
pub fn leave(store: &mut Context<'_>) -> Result<()> {
    store.data().own.fibers.current.iter().for_each(|fiber| fiber.leaves());
    interrupt(store)
}

/// Leaves the fiber, on which guests are interrupted by their fuel, as if a slice of it was used up.
///
/// # Errors
/// Why the calls on the fiber end, or the guest may not go on.
pub fn give_way(store: &mut Context<'_>) -> Result<()> {
    interrupt(store)?;
    store.data_mut().own.fibers.failure.take().map_or(Ok(()), Err)
}

fn interrupt(store: &mut Context<'_>) -> Result<()> {
    let leave = functions(store)?.leave;
    // SAFETY: the function has neither parameters nor results. What is below it on the fiber may go on on another thread; see above.
    let left = unsafe { leave.call_unchecked(&mut *store, &mut []) };
    match (store.data().own.fibers.stopped(), left) {
        (Some(error), _) => Err(error),
        (None, Err(error)) => Err(Error::new(abi::STATUS_INTERNAL, format!("the fiber cannot be left: {error:#}"))),
        (None, Ok(())) => Ok(()),
    }
}

/// Does `work` on the stack from which the fiber that runs was entered, if one does.
///
/// # Errors
/// Those of `leave`: it was not done.
pub fn outside<R>(store: &mut Context<'_>, work: impl FnOnce(&mut Context<'_>) -> R) -> Result<R> {
    let (mut work, mut done) = (Some(work), None);
    leave_for(store, &mut |store| done = work.take().map(|work| work(store)))?;
    done.ok_or_else(|| Error::new(abi::STATUS_INTERNAL, "the thread has not done what the fiber was left for"))
}

/// What a fiber is left for, and how that has gone.
struct Left<'a> {
    work: &'a mut dyn FnMut(&mut Context<'_>),
    outcome: Result<()>,
}

fn leave_for(store: &mut Context<'_>, work: &mut dyn FnMut(&mut Context<'_>)) -> Result<()> {
    let Some(fiber) = store.data().own.fibers.current.clone() else {
        work(store);
        return Ok(());
    };
    let mut left = Left { work, outcome: Ok(()) };
    fiber.set_errand(Errand { work: do_it, data: (&raw mut left).cast() });
    leave(store)?;
    left.outcome
}

/// Does what a fiber was left for.
///
/// # Safety
/// `data` points to a `Left` that waits for it, and the store is that of the fiber.
unsafe fn do_it(data: *mut c_void, store: StorePointer) {
    // SAFETY: promised by the caller.
    let (left, mut store) = unsafe { (&mut *data.cast::<Left<'_>>(), store_of(store)) };
    if store.data().own.fibers.calls_outside() {
        // The fiber was entered from another one, which has to be left too.
        left.outcome = leave_for(&mut store, left.work);
    } else {
        (left.work)(&mut store);
    }
}

/// Polls a future that has nothing to wait for.
///
/// # Errors
/// Those of the future.
pub fn now<R>(future: impl Future<Output = wasmtime::Result<R>>) -> wasmtime::Result<R> {
    match std::pin::pin!(future).poll(&mut Task::from_waker(Waker::noop())) {
        Poll::Ready(outcome) => outcome,
        Poll::Pending => Err(to_wasmtime(Error::new(abi::STATUS_INTERNAL, "the engine waits where it has nothing to wait for"))),
    }
}

#[cold]
fn failed(error: &wasmtime::Error) -> Error {
    let what = "the call cannot begin, since it needs a stack of its own, the size of which VM_EngineConfigSetStackSize sets";
    pool::exhausted(error, what).unwrap_or_else(|| error::no_mapping(what, &format!("{error:#}")))
}
