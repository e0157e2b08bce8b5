//! Executions: a call of a guest that runs in parts, on one thread at a time.
//!
//! An execution is in one of these stages:
//!
//! | stage | meaning | context's `user` |
//! | --- | --- | --- |
//! | `Running` | a thread is in it, which alone changes the stage | that thread |
//! | `Suspended` | no thread is in it; whoever enters the context with `enter_unfinished` makes it `Running` | `UNFINISHED`, unless a thread holds or visits it |
//! | `Ended` | it has its outcome, for ever | not its own any more |
//!
//! All of `State` is changed under its lock, which is never held while a guest or code of the host runs. To the outside, a suspended
//! execution is READY if it is `woken`, and PENDING otherwise. It is in its queue while it is READY, unless it was taken out
//! and not polled since, and also when it was ended by a reset or the deletion of its context, until it is taken out.
//!
//! No wake is lost: `woken` may be set by any thread at any time, also between the moment when the engine reports a suspension and the
//! one when the stage changes. It is cleared before the engine is asked to go on, never after it, and looked at under the lock when
//! the stage becomes `Suspended`.
//!
//! Locks are taken in this order: an execution's state, then its queue, or its control.
#![forbid(unsafe_code)]

use super::freeable::Freeable;
use super::pending::Unfinished;
use super::queue::{Place, Queue};
use super::shared::SharedContext;
use super::work::Work;
use crate::engine::{self, Control, Wake};
use crate::hooks::Invocation;
use crate::status::{Error, Result};
use crate::thread;
use crate::timer;
use crate::user_data::UserData;
use crate::value::ValType;
use libvm_abi::Value;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::Waker;

/// What is called once when the execution has ended.
pub type OnEnd = Box<dyn FnOnce(*mut Execution) + Send>;

/// An execution: owned by the host, by its context until it has ended, and by its queue while it is in it.
pub struct Execution(pub(super) Freeable<Parts>);

pub(super) struct Parts {
    pub(super) context: Arc<SharedContext>,
    pub(super) queue: Option<Arc<Queue<Execution>>>,
    pub(super) state: Mutex<State>,
    pub(super) changed: Condvar,
}

pub(super) enum Stage {
    Running { thread: usize },
    Suspended,
    Ended(Result<Vec<Value>>),
}

pub(super) struct State {
    pub(super) stage: Stage,
    pub(super) woken: bool,
    /// The generation of the timers that wake it while it is suspended.
    pub(super) timers: u64,
    pub(super) work: Work,
    /// The event that waits, if it runs hooks and does not run.
    pub(super) invocation: Option<Invocation>,
    pub(super) control: Option<Arc<Control>>,
    /// Whether it was cancelled, which also holds for the calls that it has not begun.
    pub(super) cancelled: bool,
    pub(super) place: Option<Place>,
    /// The number of the thread that took it out of the queue and has not polled it.
    pub(super) handed: Option<u64>,
    pub(super) on_end: Option<OnEnd>,
    /// Number of threads that call a callback with it.
    pub(super) calling: usize,
    pub(super) data: Option<UserData>,
    /// Whether the host owns the references in the results.
    pub(super) results_taken: bool,
    /// The reference of the host, until the execution is deleted, has ended, and no thread expects it to be there.
    pub(super) host: Option<Arc<Execution>>,
    pub(super) deleted: bool,
    /// The task that polls it as a future and waits for it.
    task: Option<Waker>,
}

impl Execution {
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Creates an execution that runs on this thread, and that the host owns.
    pub(super) fn create(context: Arc<SharedContext>, queue: Option<&Arc<Queue<Self>>>, work: Work) -> Arc<Self> {
        let state = State {
            stage: Stage::Running { thread: thread::id() },
            woken: false,
            timers: 0,
            work,
            invocation: None,
            control: None,
            cancelled: false,
            place: None,
            handed: None,
            on_end: None,
            calling: 0,
            data: None,
            results_taken: false,
            host: None,
            deleted: false,
            task: None,
        };
        let parts = Parts { context, queue: queue.map(Arc::clone), state: Mutex::new(state), changed: Condvar::new() };
        let this = Arc::new(Self(Freeable::new(parts)));
        this.state().host = Some(Arc::clone(&this));
        this
    }

    /// Returns an owning reference, for as long as the host has not deleted it.
    pub(super) fn itself(&self) -> Arc<Self> {
        self.state().host.clone().expect("the host has deleted it only once")
    }

    /// Sets the task that is woken once, when it becomes READY while it is PENDING, or ends.
    pub fn set_task(&self, task: Option<Waker>) {
        let former = std::mem::replace(&mut self.state().task, task);
        drop(former);
    }

    /// Suspends it.
    pub(super) fn suspend(state: &mut State) {
        state.stage = Stage::Suspended;
        state.timers = timer::generation();
    }

    /// Makes it READY.
    pub(super) fn make_ready(&self, state: &mut State) {
        state.woken = true;
        if state.handed.is_none() && !state.deleted {
            self.enqueue(state);
        }
        self.0.changed.notify_all();
    }

    fn enqueue(&self, state: &mut State) {
        if let (Some(queue), None, Some(this)) = (&self.0.queue, state.place, &state.host) {
            state.place = queue.push(Arc::clone(this));
        }
    }

    pub(super) fn leave_queue(&self, state: &mut State) {
        if let (Some(queue), Some(place)) = (&self.0.queue, state.place.take()) {
            drop(queue.take(place));
        }
    }

    /// Ends it. If its end was not caused by a poll, its owner finds it in the queue.
    pub(super) fn end(&self, outcome: Result<Vec<Value>>, by_others: bool) {
        let this = self.itself();
        let mut state = self.state();
        state.stage = Stage::Ended(outcome);
        state.woken = false;
        if by_others && !state.deleted && state.handed.is_none() {
            self.enqueue(&mut state);
        }
        let (control, on_end, task) = (state.control.take(), state.on_end.take(), state.task.take());
        state.calling += 1;
        drop(state);
        self.0.changed.notify_all();
        control.inspect(|control| control.set_waker(None));
        self.call(on_end);
        // Code of the host, as the callback.
        task.inspect(Waker::wake_by_ref);
        drop(this);
    }

    /// Calls a callback, and lets go of the execution.
    pub(super) fn call(&self, on_end: Option<OnEnd>) {
        if let Some(on_end) = on_end {
            on_end(std::ptr::from_ref(self).cast_mut());
        }
        self.state().calling -= 1;
        self.let_go();
    }

    /// Drops the host's reference if it is no longer needed.
    pub(super) fn let_go(&self) {
        let mut state = self.state();
        let ended = matches!(state.stage, Stage::Ended(_));
        let over = state.deleted && ended && state.calling == 0 && state.handed.is_none();
        let dropped = (over.then(|| state.host.take()), if over { state.data.take() } else { None });
        drop(state);
        drop(dropped);
    }
}

impl Wake for Execution {
    fn wake(&self) {
        let mut state = self.state();
        match state.stage {
            Stage::Running { .. } => state.woken = true,
            Stage::Suspended if !state.woken => self.make_ready(&mut state),
            Stage::Suspended | Stage::Ended(_) => return,
        }
        let task = state.task.take();
        drop(state);
        task.inspect(Waker::wake_by_ref);
    }
}

impl Unfinished for Execution {
    fn name(&self) -> String {
        self.state().work.name()
    }

    fn cancel(&self) {
        // It may have ended meanwhile.
        let _ = Self::cancel(self);
    }

    fn ends(&self) {
        let mut state = self.state();
        state.stage = Stage::Running { thread: thread::id() };
        state.woken = false;
        self.leave_queue(&mut state);
    }

    fn ended(&self, error: Error) {
        self.end(Err(error), true);
    }

    fn is_left(&self) {
        let mut state = self.state();
        if !matches!(state.stage, Stage::Suspended) {
            return;
        }
        if state.deleted {
            self.end_suspended(state);
        } else if state.woken {
            self.make_ready(&mut state);
        } else {
            self.0.changed.notify_all();
        }
    }
}

impl Drop for State {
    fn drop(&mut self) {
        if let (Stage::Ended(Ok(values)), false) = (&self.stage, self.results_taken) {
            let is_reference = |value: &&Value| ValType::from_abi(value.kind).is_some_and(ValType::is_reference);
            for value in values.iter().filter(is_reference) {
                engine::release(value.reference());
            }
        }
    }
}
