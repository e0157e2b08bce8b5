//! Running executions: started, polled, waited for and deleted, on one thread at a time.
#![forbid(unsafe_code)]

use super::held;
use super::pending::{Unfinished, cancelled};
use super::queue::{Queue, milliseconds};
use super::shared::{Entered, SharedContext, Visit};
use super::state::{Execution, Stage, State};
use super::work::Work;
use crate::context::Context;
use crate::engine::{Handle, Progress, Wake};
use crate::status::{Error, Result};
use crate::{panics, thread, timer};
use libvm_abi::{self as abi, Value};
use std::sync::{Arc, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// What a thread can do with an execution.
enum Claim<'a> {
    /// Go on with it.
    Entered(Entered<'a>),
    /// Go on with the hooks that it runs.
    Visits(Visit<'a>),
    /// Nothing, until it is woken.
    Pending,
    /// Nothing: another thread is in it or is ending it.
    Busy,
    /// Nothing: this thread is in it.
    Reentrant,
    /// Nothing: its context was deleted, and ends it when this thread leaves it.
    Deleted,
    /// Take its outcome.
    Ended,
}

/// What to do with an execution that the engine has suspended.
enum Pause<'a> {
    /// Nothing: the context was left to it.
    Left,
    GoesOn(Entered<'a>),
    Fails(Entered<'a>, Error),
}

/// Runs a part of it: an internal error ends it like any other.
fn attempt(entered: &mut Entered<'_>, work: impl FnOnce(&mut Context) -> Result<Progress>) -> Result<Progress> {
    panics::catch(|| work(entered.context())).unwrap_or_else(|panic| {
        let message = format!("an internal error in libvm, please report it: {}", panic.text());
        Err(Error::new(abi::STATUS_INTERNAL, message))
    })
}

/// Takes the first execution out of a queue, for this thread to poll.
pub fn next(queue: &Queue<Execution>) -> Option<Arc<Execution>> {
    loop {
        let (place, execution) = queue.first()?;
        let mut state = execution.state();
        if queue.take(place).is_some() {
            state.place = None;
            state.handed = Some(thread::number());
            drop(state);
            return Some(execution);
        }
    }
}

impl Execution {
    /// Starts an execution, which the host owns until `delete`, and runs it until it must wait, uses up its slice, or ends.
    ///
    /// # Errors
    /// `STATUS_BUSY`, `STATUS_REENTRANT`, and those of `prepare`. Later failures are those of the execution.
    pub fn start(
        context: &SharedContext,
        queue: Option<&Arc<Queue<Execution>>>,
        args: &[Value],
        prepare: impl FnOnce(&mut Context) -> Result<(Work, Option<Handle>)>,
    ) -> Result<Arc<Self>> {
        let mut entered = context.enter()?;
        let (work, func) = prepare(entered.context())?;
        let this = Self::create(entered.share(), queue, work);
        entered.set_unfinished(Some(Arc::clone(&this) as Arc<dyn Unfinished>));
        if entered.is_closing() {
            // Whoever deletes the context has not seen this execution.
            this.state().cancelled = true;
        }
        let progress = match func {
            Some(func) => this.begin(&mut entered, func, args),
            None => Ok(Progress::Done(Vec::new())),
        };
        // If it was woken meanwhile and cannot go on here, it is READY.
        let _ = this.drive(entered, progress, None);
        Ok(this)
    }

    /// Begins a call.
    fn begin(self: &Arc<Self>, entered: &mut Entered<'_>, func: Handle, args: &[Value]) -> Result<Progress> {
        let control = entered.context().store().controls().current();
        control.set_waker(Some(Arc::clone(self) as Arc<dyn Wake>));
        let mut state = self.state();
        let former = state.control.replace(Arc::clone(&control));
        let cancelled = state.cancelled;
        drop(state);
        former.filter(|former| !Arc::ptr_eq(former, &control)).inspect(|former| former.set_waker(None));
        if cancelled {
            control.cancel();
        }
        attempt(entered, |context| context.store().begin(func, args))
    }

    /// Goes on until it has ended or must wait. Only then the context is left. With `patience`, slices do not matter until that time.
    ///
    /// # Errors
    /// Why it cannot go on here: it is as it was.
    fn drive(
        self: &Arc<Self>,
        mut entered: Entered<'_>,
        mut progress: Result<Progress>,
        patience: Option<Patience>,
    ) -> Result<()> {
        let mut refused = Ok(());
        loop {
            let paused = match progress {
                Ok(Progress::Refused(error)) => {
                    refused = Err(error);
                    self.pause(entered, true, None)
                }
                Ok(Progress::Suspended) => self.pause(entered, false, patience),
                Ok(Progress::Yielded) => self.pause(entered, true, patience),
                Ok(Progress::Done(values)) => {
                    let next = self.state().work.next_call(entered.context());
                    match next {
                        Some(func) => progress = self.begin(&mut entered, func, &[]),
                        None => {
                            self.finish(entered, Ok(values));
                            return Ok(());
                        }
                    }
                    continue;
                }
                Err(error) => {
                    self.finish(entered, Err(error));
                    return Ok(());
                }
            };
            (entered, progress) = match paused {
                Pause::Left => return refused,
                Pause::GoesOn(mut entered) => {
                    let progress = attempt(&mut entered, |context| context.store().go_on());
                    (entered, progress)
                }
                Pause::Fails(mut entered, error) => {
                    let error = entered.abandon(error);
                    (entered, Err(error))
                }
            };
        }
    }

    /// Leaves the context, unless there is more to do.
    fn pause<'a>(&self, entered: Entered<'a>, yielded: bool, patience: Option<Patience>) -> Pause<'a> {
        let mut state = self.state();
        if state.deleted {
            return Pause::Fails(entered, cancelled("it was deleted"));
        }
        let woken = std::mem::take(&mut state.woken);
        let goes_on = match patience {
            Some(patience) => (woken || yielded) && patience.lasts(),
            None => woken && !yielded,
        };
        if goes_on {
            return Pause::GoesOn(entered);
        }
        Self::suspend(&mut state);
        if let Err(entered) = entered.suspend() {
            state.stage = Stage::Running { thread: thread::id() };
            return Pause::Fails(entered, cancelled("its context was deleted"));
        }
        if yielded || woken {
            self.make_ready(&mut state);
        }
        Pause::Left
    }

    /// Ends it as the thread that is in it, and leaves the context.
    fn finish(&self, mut entered: Entered<'_>, outcome: Result<Vec<Value>>) {
        let created = self.state().work.instance().filter(|_| outcome.is_ok());
        let context = entered.context();
        // It calls code of the host, without a lock.
        let told = created.map_or(Ok(()), |instance| context.tell_instantiated(instance));
        let state = self.state();
        let outcome = outcome.map_err(|error| state.work.failed(context, error)).and_then(|values| told.map(|()| values));
        if outcome.is_ok() {
            state.work.succeeded(context);
        }
        drop(state);
        entered.set_unfinished(None);
        drop(entered);
        self.end(outcome, false);
    }

    fn claim(&self, state: &mut State) -> Claim<'_> {
        // In a child of `fork` nothing wakes it before it has gone on there, and waits anew.
        if matches!(state.stage, Stage::Suspended) && state.timers != timer::generation() {
            state.woken = true;
        }
        match &state.stage {
            Stage::Running { thread } if *thread == thread::id() => Claim::Reentrant,
            Stage::Running { .. } => Claim::Busy,
            Stage::Ended(_) => Claim::Ended,
            Stage::Suspended if !state.woken => Claim::Pending,
            Stage::Suspended if state.invocation.is_some() => self.claim_event(state),
            Stage::Suspended => match self.0.context.enter_unfinished() {
                None if self.0.context.is_still_held() => Claim::Deleted,
                None => Claim::Busy,
                Some(entered) => {
                    state.stage = Stage::Running { thread: thread::id() };
                    state.woken = false;
                    self.leave_queue(state);
                    Claim::Entered(entered)
                }
            },
        }
    }

    /// Enters the context for the event, if that is not in use; otherwise the execution is woken when its user leaves.
    fn claim_event(&self, state: &mut State) -> Claim<'_> {
        let Some(this) = &state.host else { return Claim::Busy };
        let wake = Arc::clone(this) as Arc<dyn Wake>;
        // Nothing wakes it before this thread unlocks the state.
        state.woken = false;
        self.leave_queue(state);
        match self.0.context.visit_or_want(&wake) {
            Ok(visit) => {
                state.stage = Stage::Running { thread: thread::id() };
                Claim::Visits(visit)
            }
            Err(true) => {
                self.make_ready(state);
                Claim::Reentrant
            }
            Err(false) => Claim::Pending,
        }
    }

    fn go_on(self: &Arc<Self>, mut entered: Entered<'_>, patience: Option<Patience>) -> Result<()> {
        entered.context().store().run_until(patience.and_then(|patience| patience.0));
        let progress = attempt(&mut entered, |context| context.store().go_on());
        self.drive(entered, progress, patience)
    }

    fn outcome(&self) -> Result<()> {
        match &self.state().stage {
            Stage::Ended(Err(error)) => Err(error.clone()),
            _ => Ok(()),
        }
    }

    /// Goes on with it, if it is ready.
    ///
    /// # Errors
    /// `STATUS_BUSY` if another thread is in it, `STATUS_REENTRANT` if this thread is, `STATUS_RECURSION_LIMIT` if it cannot go on here,
    /// `STATUS_STALE` if it was deleted since the queue handed it to this thread, and the failure of a failed one.
    pub fn poll(&self) -> Result<()> {
        let this = self.itself();
        let mut state = self.state();
        // By whichever thread: a host may pass on what it took out of the queue.
        state.handed = None;
        if state.deleted {
            drop(state);
            self.let_go();
            return Err(Error::new(abi::STATUS_STALE, "the execution was deleted by another thread"));
        }
        // What was ended by others may still be in the queue.
        if matches!(state.stage, Stage::Ended(_)) {
            self.leave_queue(&mut state);
        }
        match self.claim(&mut state) {
            Claim::Entered(entered) => {
                drop(state);
                this.go_on(entered, None)?;
            }
            Claim::Visits(visit) => {
                drop(state);
                this.run_hooks(visit);
            }
            Claim::Busy => return Err(busy()),
            Claim::Reentrant => return Err(reentrant()),
            Claim::Deleted => return Err(held::deleted()),
            Claim::Pending | Claim::Ended => drop(state),
        }
        self.outcome()
    }

    /// Runs it until it has ended.
    ///
    /// # Errors
    /// `STATUS_WOULD_BLOCK` after `timeout`, `STATUS_REENTRANT`, `STATUS_RECURSION_LIMIT` if it cannot go on here, and the failure of a
    /// failed one.
    pub fn wait(&self, timeout: Duration) -> Result<()> {
        let this = self.itself();
        let patience = Patience(Instant::now().checked_add(timeout));
        let mut state = self.state();
        state.handed = state.handed.filter(|thread| *thread != thread::number());
        loop {
            match self.claim(&mut state) {
                Claim::Reentrant => return Err(reentrant()),
                Claim::Deleted => return Err(held::deleted()),
                Claim::Ended => {
                    self.leave_queue(&mut state);
                    drop(state);
                    return self.outcome();
                }
                Claim::Entered(entered) => {
                    drop(state);
                    this.go_on(entered, Some(patience))?;
                    state = self.state();
                    if !matches!(state.stage, Stage::Ended(_)) && !patience.lasts() {
                        return Err(unfinished_after(timeout));
                    }
                }
                Claim::Visits(visit) => {
                    drop(state);
                    this.run_hooks(visit);
                    state = self.state();
                }
                Claim::Pending | Claim::Busy => {
                    let left = patience.left();
                    if left.is_zero() {
                        return Err(unfinished_after(timeout));
                    }
                    state = self.0.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
                }
            }
        }
    }

    /// Deletes it for the host. An unfinished one is cancelled; a thread that is in it ends it.
    pub fn delete(&self) {
        let this = self.itself();
        let mut state = self.state();
        state.deleted = true;
        state.handed = state.handed.filter(|thread| *thread != thread::number());
        self.leave_queue(&mut state);
        if let Some(invocation) = state.take_event() {
            drop(state);
            this.cancel_event(invocation, "it was deleted");
            self.let_go();
            return;
        }
        self.end_suspended(state);
        self.let_go();
        drop(this);
    }

    /// Ends an execution that was deleted. If another thread is in it, or in the context, that one ends it.
    pub(super) fn end_suspended(&self, mut state: MutexGuard<'_, State>) {
        let entered = match &state.stage {
            // Somebody who is in the context resets or deletes it, which ends the execution, or leaves it again.
            Stage::Suspended => self.0.context.enter_unfinished(),
            Stage::Running { .. } | Stage::Ended(_) => None,
        };
        if let Some(mut entered) = entered {
            state.stage = Stage::Running { thread: thread::id() };
            drop(state);
            let error = entered.abandon(cancelled("it was deleted"));
            self.finish(entered, Err(error));
        } else {
            // A thread that is in it ends it.
            let running = matches!(state.stage, Stage::Running { .. });
            state.cancelled = true;
            let control = state.control.clone().filter(|_| running);
            drop(state);
            control.inspect(|control| control.cancel());
        }
    }
}

/// Until when somebody waits; `None` for ever.
#[derive(Clone, Copy)]
struct Patience(Option<Instant>);

impl Patience {
    fn left(self) -> Duration {
        self.0.map_or(Duration::MAX, |until| until.saturating_duration_since(Instant::now()))
    }

    fn lasts(self) -> bool {
        !self.left().is_zero()
    }
}

fn busy() -> Error {
    Error::new(abi::STATUS_BUSY, "another thread is running the execution, or holds, resets or deletes its context")
}

fn reentrant() -> Error {
    let message = "the execution is running on this thread; a callback of it returns VM_STATUS_PENDING to suspend it";
    Error::new(abi::STATUS_REENTRANT, message)
}

fn unfinished_after(timeout: Duration) -> Error {
    let message = format!("the execution has not ended within {}; it can be waited for again", milliseconds(timeout));
    Error::new(abi::STATUS_WOULD_BLOCK, message).retry()
}
