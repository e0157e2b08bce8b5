//! Executions: calls that do not hold their thread.
#![forbid(unsafe_code)]

use super::context::Context;
use super::error::{Result, guard};
use super::func::Func;
use super::instance::Instance;
use super::module::Module;
use super::owned::OwnedExecution;
use super::value::{WasmArgs, WasmResults, check_results};
use crate::context;
use crate::engine::{Handle, Kind};
use crate::execution::{Execution as Started, Phase, Work};
use crate::status;
use libvm_abi as abi;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context as Task, Poll};
use std::time::Duration;

pub use crate::execution::Phase as ExecutionState;

/// What an execution ends with: [`WasmResults`], an [`Instance`], or the [`Answer`](crate::Answer) of hooks.
pub trait Outcome: Sized {
    #[doc(hidden)]
    fn take(execution: &Started, results: usize) -> status::Result<Self>;
}

impl<R: WasmResults> Outcome for R {
    fn take(execution: &Started, results: usize) -> status::Result<Self> {
        let mut room = R::room(results);
        execution.results(room.as_mut())?;
        Ok(R::from_room(room))
    }
}

impl Outcome for Instance {
    fn take(execution: &Started, _: usize) -> status::Result<Self> {
        execution.instance().map(Self::from)
    }
}

/// A started call of a guest, which does not hold its thread: it runs until a host function suspends it, it has used its
/// [slice](Context::set_slice), or it ends, and goes on when it is polled, on any thread. Those of [`Context::start_hooks`] call hooks until
/// one of them suspends its event.
///
/// It is a `Future` that works with every executor: the task is woken when the guest can go on. A blocking program uses
/// [`wait`](Self::wait). Until a call of a guest has ended, other calls on its context fail with [`BUSY`](crate::Status::BUSY). Dropping it cancels it.
///
/// ```
/// # fn main() -> vm::Result<()> {
/// # let wasm = wat::parse_str(r#"(module (import "host" "fetch" (func $fetch (param i32) (result i32)))
/// #     (func (export "run") (param i32) (result i32) (call $fetch (local.get 0))))"#).unwrap();
/// use vm::{Caller, Pending};
///
/// let engine = vm::Engine::new()?;
/// let mut context = vm::Context::new(&engine)?;
/// context.module("host")?.function("fetch", |caller: Caller<'_>, n: i32| -> vm::Result<Pending<i32>> {
///     let (completer, pending) = caller.suspend()?;
///     // In a real program: whatever completes it later, such as a task of an asynchronous runtime.
///     std::thread::spawn(move || completer.complete(n + 1));
///     Ok(pending)
/// })?;
/// let instance = context.instantiate(&vm::Module::from_buffer(&engine, wasm)?)?;
/// let mut execution = context.start::<i32>(instance, "run", 41)?; // or `.await?`
/// assert_eq!(execution.wait(None)?, 42);
/// # Ok(())
/// # }
/// ```
#[must_use = "dropping an execution cancels it"]
pub struct Execution<R> {
    started: OwnedExecution,
    results: usize,
    /// Whether its outcome was taken, and with it the references in that.
    taken: bool,
    marker: PhantomData<fn() -> R>,
}

impl<R: Outcome> Execution<R> {
    fn start(
        context: &mut Context,
        args: impl WasmArgs,
        prepare: impl FnOnce(&mut context::Context, &[abi::Value]) -> status::Result<(Work, Option<Handle>, usize)>,
    ) -> Result<Self> {
        guard(|| {
            args.with(|args| {
                let mut results = 0;
                let started = Started::start(context.shared(), None, args, |context| {
                    let (work, func, count) = prepare(context, args)?;
                    results = count;
                    Ok((work, func))
                })?;
                Ok(Self::new(started, results))
            })
        })
    }

    fn new(started: Arc<Started>, results: usize) -> Self {
        Self { started: OwnedExecution::new(started), results, taken: false, marker: PhantomData }
    }

    /// Takes ownership of an execution of hooks.
    pub(super) fn of_hooks(started: Arc<Started>) -> Self {
        Self::new(started, 0)
    }

    /// Goes on with it, if it can; returns its outcome if it has ended.
    ///
    /// # Errors
    /// Its failure; [`BUSY`](crate::Status::BUSY) while another thread resets or drops its context,
    /// [`REENTRANT`](crate::Status::REENTRANT) inside a callback of it, [`STALE`](crate::Status::STALE) if its outcome was taken before.
    pub fn poll_once(&mut self) -> Result<Option<R>> {
        guard(|| {
            self.started.poll()?;
            match self.started.phase() {
                Phase::Done => self.take().map(Some),
                _ => Ok(None),
            }
        })
    }

    /// Runs it until it has ended, and returns its outcome; `None` waits as long as it takes.
    ///
    /// # Errors
    /// Its failure; [`WOULD_BLOCK`](crate::Status::WOULD_BLOCK) after the timeout, when it can be waited for again;
    /// [`REENTRANT`](crate::Status::REENTRANT) inside a callback of it; [`STALE`](crate::Status::STALE) if its outcome was taken before.
    pub fn wait(&mut self, timeout: Option<Duration>) -> Result<R> {
        guard(|| {
            self.started.wait(timeout.unwrap_or(Duration::MAX))?;
            self.take()
        })
    }

    fn take(&mut self) -> status::Result<R> {
        if std::mem::replace(&mut self.taken, true) {
            return Err(status::Error::new(abi::STATUS_STALE, "the outcome of the execution was already taken"));
        }
        R::take(&self.started, self.results)
    }

    /// Returns what it is doing.
    pub fn state(&self) -> ExecutionState {
        self.started.phase()
    }

    /// Cancels it: it fails with [`CANCELLED`](crate::Status::CANCELLED) when it goes on. From another thread, a
    /// [`CancelId`](crate::CancelId) does the same.
    ///
    /// # Errors
    /// [`STALE`](crate::Status::STALE) if it has ended.
    pub fn cancel(&self) -> Result<()> {
        guard(|| self.started.cancel())
    }
}

impl<R: Outcome> Future for Execution<R> {
    type Output = Result<R>;

    fn poll(mut self: Pin<&mut Self>, task: &mut Task<'_>) -> Poll<Result<R>> {
        // First, so that nothing that happens from now on is missed.
        self.started.set_task(Some(task.waker().clone()));
        match self.poll_once() {
            Ok(Some(outcome)) => return Poll::Ready(Ok(outcome)),
            Ok(None) => {}
            // Its context is being reset or dropped, which ends it and wakes the task.
            Err(error) if error.status() == crate::Status::BUSY && !self.has_ended() => {}
            Err(error) => return Poll::Ready(Err(error)),
        }
        if self.started.phase() == Phase::Ready || self.has_ended() {
            task.waker().wake_by_ref();
        }
        Poll::Pending
    }
}

impl<R> Execution<R> {
    fn has_ended(&self) -> bool {
        matches!(self.started.phase(), Phase::Done | Phase::Failed)
    }
}

impl Context {
    /// Starts a call of an export.
    ///
    /// # Errors
    /// As for [`execute`](Self::execute), before the call begins; later failures are those of the execution.
    pub fn start<R: WasmResults>(&mut self, instance: Instance, name: &str, args: impl WasmArgs) -> Result<Execution<R>> {
        Execution::start(self, args, |context, args| {
            let func = context.store().find(instance.into(), Kind::Func, name)?;
            let ty = context.store().func_type(func)?;
            check_results::<R>(&ty)?;
            check_count::<R>(&ty)?;
            let (work, func) = Work::export(context, instance.into(), name, args)?;
            Ok((work, func, ty.results.len()))
        })
    }

    /// Starts to instantiate a module.
    ///
    /// # Errors
    /// As for [`instantiate`](Self::instantiate), before a function of the module is called.
    pub fn start_instantiate(&mut self, module: &Module) -> Result<Execution<Instance>> {
        Execution::start(self, (), |context, _| {
            let (work, func) = Work::instantiate(context, module.inner())?;
            Ok((work, func, 0))
        })
    }
}

impl Func {
    /// Starts a call of the function.
    ///
    /// # Errors
    /// As for [`Context::start`].
    pub fn start<R: WasmResults>(self, context: &mut Context, args: impl WasmArgs) -> Result<Execution<R>> {
        Execution::start(context, args, |context, args| {
            let ty = context.store().func_type(self.into())?;
            check_results::<R>(&ty)?;
            check_count::<R>(&ty)?;
            let (work, func) = Work::function(context, self.into(), args)?;
            Ok((work, func, ty.results.len()))
        })
    }
}

/// Checks the number of results, which a started call does not know.
fn check_count<R: WasmResults>(ty: &crate::value::FuncType) -> status::Result<()> {
    match R::TYPES {
        Some(types) if types.len() != ty.results.len() => {
            let (has, asked) = (status::counted(ty.results.len(), "result"), status::counted(types.len(), "result"));
            Err(status::Error::new(abi::STATUS_WRONG_COUNT, format!("the function has {has}, but {asked} was asked for")))
        }
        _ => Ok(()),
    }
}
