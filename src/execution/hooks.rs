//! Executions of hooks: an event that waits does not occupy its context, which is entered again when the event can go on.
#![forbid(unsafe_code)]

use super::pending::WaitingEvent;
use super::queue::Queue;
use super::shared::{SharedContext, Visit};
use super::state::{Execution, Stage, State};
use super::work::Work;
use crate::engine::Wake;
use crate::hooks::{Event, Invocation, Step};
use crate::panics;
use crate::status::{Error, Result, Status};
use crate::thread;
use libvm_abi as abi;
use std::sync::Arc;
use std::time::Duration;

/// Calls the hooks of an invocation, from where it stopped: an internal error ends it like any other.
fn run(visit: &mut Visit<'_>, invocation: &mut Invocation) -> Result<Step> {
    panics::catch(|| visit.context().run_hooks(invocation)).unwrap_or_else(|panic| {
        let message = format!("an internal error in libvm, please report it: {}", panic.text());
        Err(Error::new(abi::STATUS_INTERNAL, message))
    })
}

impl State {
    /// Takes the event, if it waits; this thread ends it.
    pub(super) fn take_event(&mut self) -> Option<Invocation> {
        let waits = matches!(self.stage, Stage::Suspended);
        let invocation = if waits { self.invocation.take() } else { None };
        if invocation.is_some() {
            self.stage = Stage::Running { thread: thread::id() };
            self.woken = false;
        }
        invocation
    }
}

impl Execution {
    /// Calls the hooks of an event's point, waits for those that suspend it, and returns the answer.
    ///
    /// # Errors
    /// `STATUS_BUSY`, `STATUS_REENTRANT`, `STATUS_WOULD_BLOCK`, and the failure of a hook.
    pub fn invoke_hooks(context: &SharedContext, event: Arc<Event>) -> Result<Status> {
        let mut visit = context.visit()?;
        let may_block = visit.context().store().limits().may_block;
        let mut invocation = visit.context().begin_hooks(event, may_block)?;
        match visit.context().run_hooks(&mut invocation)? {
            Step::Answered(answer) => Ok(answer),
            Step::Waits => {
                let work = Work::Hooks(Arc::clone(invocation.event()), abi::STATUS_OK);
                let this = Self::create(visit.share(), None, work);
                this.wait_for(visit, invocation);
                let answer = this.wait(Duration::MAX).and_then(|()| this.answer());
                this.delete();
                answer
            }
        }
    }

    /// Starts to call the hooks of an event's point, as an execution that the host owns until `delete`.
    ///
    /// # Errors
    /// `STATUS_BUSY`, `STATUS_REENTRANT`. Later failures are those of the execution.
    pub fn start_hooks(context: &SharedContext, event: Arc<Event>, queue: Option<&Arc<Queue<Self>>>) -> Result<Arc<Self>> {
        let mut visit = context.visit()?;
        let mut invocation = visit.context().begin_hooks(Arc::clone(&event), true)?;
        let this = Self::create(visit.share(), queue, Work::Hooks(event, abi::STATUS_OK));
        let step = run(&mut visit, &mut invocation);
        this.after(visit, invocation, step);
        Ok(this)
    }

    /// Goes on with the event that waited; the stage is `Running`.
    pub(super) fn run_hooks(self: &Arc<Self>, mut visit: Visit<'_>) {
        let mut state = self.state();
        let invocation = state.invocation.take();
        let cancelled = state.cancelled;
        drop(state);
        let Some(mut invocation) = invocation else { return };
        self.0.context.release_event(&(Arc::clone(self) as Arc<dyn WaitingEvent>));
        let step =
            if cancelled { Err(invocation.cancelled("the execution was cancelled")) } else { run(&mut visit, &mut invocation) };
        self.after(visit, invocation, step);
    }

    /// Waits, or ends with what has come of the hooks.
    fn after(self: &Arc<Self>, visit: Visit<'_>, invocation: Invocation, step: Result<Step>) {
        let outcome = match step {
            Ok(Step::Waits) => return self.wait_for(visit, invocation),
            Ok(Step::Answered(answer)) => {
                if let Work::Hooks(_, found) = &mut self.state().work {
                    *found = answer;
                }
                Ok(Vec::new())
            }
            Err(error) => Err(error),
        };
        // The event is free, and so is the context, before the host is told.
        drop(invocation);
        drop(visit);
        self.end(outcome, false);
    }

    /// Leaves the context until the event can go on.
    fn wait_for(self: &Arc<Self>, visit: Visit<'_>, mut invocation: Invocation) {
        let this = Arc::clone(self);
        // It may be woken at once, which is kept until the stage changes.
        if let Err(error) = invocation.wake(&(Arc::clone(&this) as Arc<dyn Wake>)) {
            return self.after(visit, invocation, Err(error));
        }
        let mut state = self.state();
        if state.deleted {
            drop(state);
            let error = invocation.cancelled("its execution was deleted");
            return self.after(visit, invocation, Err(error));
        }
        state.invocation = Some(invocation);
        Self::suspend(&mut state);
        self.0.context.keep_event(this);
        if state.woken || state.cancelled {
            self.make_ready(&mut state);
        }
        drop(state);
        // A context that was deleted meanwhile ends it.
        drop(visit);
    }

    /// Ends an event that this thread has taken.
    pub(super) fn cancel_event(self: &Arc<Self>, invocation: Invocation, reason: &str) {
        self.0.context.release_event(&(Arc::clone(self) as Arc<dyn WaitingEvent>));
        let error = invocation.cancelled(reason);
        drop(invocation);
        self.end(Err(error), false);
    }
}

impl WaitingEvent for Execution {
    fn ends(&self) -> bool {
        let mut state = self.state();
        let Some(invocation) = state.take_event() else { return false };
        self.leave_queue(&mut state);
        drop(state);
        // Its plug-in's code is told while the context still is as it was.
        drop(invocation);
        true
    }

    fn ended(&self, reason: &str) {
        let name = self.state().work.name();
        let message = format!("the event of {name}, which waited for one of them, was cancelled: {reason}");
        self.end(Err(Error::new(abi::STATUS_CANCELLED, message)), true);
    }
}
