//! Invocations: the hooks of a point are called with an event, until one of them decides, fails, or there are no more.
#![forbid(unsafe_code)]

use super::call::{call, resume};
use super::event::{Event, Said};
use super::hook::{Hook, Owner, Position, describe};
use super::suspension::{Suspends, Waiting};
use crate::engine::Wake;
use crate::status::{Error, Result, Status, failure_name};
use crate::text;
use libvm_abi as abi;
use std::sync::Arc;

/// What has come of an invocation so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// `STATUS_OK` after the last hook, or `STATUS_COMPLETE`.
    Answered(Status),
    /// A hook has suspended the event.
    Waits,
}

/// The hooks of a point, called with an event.
pub struct Invocation {
    // First: a suspension is cancelled before the event is free.
    waiting: Option<Waiting>,
    event: Arc<Event>,
    next: Position,
    retries: u32,
    limit: u32,
}

impl Invocation {
    /// Begins one, whose hooks may ask for so many retries.
    ///
    /// # Errors
    /// `STATUS_BUSY` if another one uses the event.
    pub fn begin(event: Arc<Event>, suspends: Suspends, limit: u32) -> Result<Self> {
        event.begin(suspends)?;
        Ok(Self { waiting: None, event, next: Position::START, retries: 0, limit })
    }

    /// Returns the event.
    pub fn event(&self) -> &Arc<Event> {
        &self.event
    }

    /// Sets what is woken when the event that waits can go on.
    ///
    /// # Errors
    /// `STATUS_OUT_OF_MEMORY` if there is no thread for the watchdog.
    pub fn wake(&mut self, waker: &Arc<dyn Wake>) -> Result<()> {
        self.waiting.as_mut().map_or(Ok(()), |waiting| waiting.wake(waker))
    }

    /// Calls the hooks of the point, which are in order, from where it stopped.
    ///
    /// # Errors
    /// The failure of a hook; `STATUS_BAD_ANSWER`, `STATUS_LIMIT` after too many retries, `STATUS_TIMEOUT`.
    pub fn run(&mut self, hooks: &[Hook]) -> Result<Step> {
        let mut at = hooks.partition_point(|hook| hook.position < self.next);
        if let Some(mut waiting) = self.waiting.take() {
            let Some(completion) = waiting.awaited.take() else {
                if let Some(time) = waiting.is_over() {
                    return Err(self.late(&*waiting.owner, &time));
                }
                self.waiting = Some(waiting);
                return Ok(Step::Waits);
            };
            let owner = Arc::clone(&waiting.owner);
            let has_resume = waiting.suspension().resume().is_some();
            let answer = resume(&*owner, waiting.suspension(), &self.event, &completion);
            let mut said = self.event.take_said();
            if !has_resume {
                // It was completed instead of cancelled.
                waiting.suspension().set_resumed();
                let text = completion.text.as_ref().filter(|_| completion.answer < 0);
                said.failure = text.map(|text| Error::new(completion.answer, text.to_string_lossy()));
            }
            let answer = answer.map_err(|error| self.not(&*owner, "resumed", error))?;
            drop(waiting);
            if let Some(step) = self.take(answer, said, &owner, &mut at)? {
                return Ok(step);
            }
        }
        while let Some(hook) = hooks.get(at) {
            let answer = call(hook, &self.event).map_err(|error| self.not(&*hook.owner, "called", error))?;
            at += 1;
            let said = self.event.take_said();
            if answer == abi::STATUS_OK && said.requested.is_none() {
                continue;
            }
            if answer == abi::STATUS_PENDING {
                self.next = hook.position.next();
            }
            if let Some(step) = self.take(answer, said, &hook.owner, &mut at)? {
                return Ok(step);
            }
        }
        Ok(Step::Answered(abi::STATUS_OK))
    }

    /// Acts on the answer of a hook; returns `None` if the hook at `at` is to be called.
    #[cold]
    fn take(&mut self, answer: Status, said: Said, owner: &Arc<dyn Owner>, at: &mut usize) -> Result<Option<Step>> {
        let Said { failure, requested } = said;
        match (answer, requested) {
            (abi::STATUS_PENDING, Some(requested)) => {
                self.waiting = Some(Waiting::new(requested, owner));
                Ok(Some(Step::Waits))
            }
            (abi::STATUS_OK, None) => Ok(None),
            (abi::STATUS_COMPLETE, None) => Ok(Some(Step::Answered(answer))),
            (abi::STATUS_RETRY, None) => {
                self.retries += 1;
                if self.retries > self.limit {
                    return Err(self.too_often(&**owner));
                }
                *at = 0;
                Ok(None)
            }
            (_, requested) => {
                let suspended = requested.is_some();
                if let Some(requested) = requested {
                    requested.awaited.end();
                    owner.finish(Box::new(requested));
                }
                Err(self.failure(&**owner, answer, suspended, failure))
            }
        }
    }

    /// Returns the error of a hook that failed, or returned what is no answer.
    fn failure(&self, owner: &dyn Owner, answer: Status, suspended: bool, said: Option<Error>) -> Error {
        let what = describe(owner, self.event.point_name());
        if let Some(error) = said.filter(|error| error.status() == answer) {
            return blame(Error::new(answer, format!("{what} failed: {}", error.message())), owner);
        }
        let error = match failure_name(answer) {
            Some(name) => Error::new(answer, format!("{what} failed with {name}")),
            None => {
                let why = match answer {
                    abi::STATUS_PENDING => {
                        "VM_STATUS_PENDING without suspending the event; return it after VM_EventSuspend has returned it"
                            .to_owned()
                    }
                    _ if suspended => format!("{answer} after suspending the event; return VM_STATUS_PENDING then"),
                    _ => format!(
                        "{answer}, which is not an answer; return VM_STATUS_OK, VM_STATUS_COMPLETE, VM_STATUS_RETRY or a failure"
                    ),
                };
                Error::new(abi::STATUS_BAD_ANSWER, format!("{what} returned {why}"))
            }
        };
        blame(error, owner)
    }

    fn not(&self, owner: &dyn Owner, done: &str, error: Error) -> Error {
        let what = describe(owner, self.event.point_name());
        blame(error.while_doing(&format!("{what} was not {done}")), owner)
    }

    fn too_often(&self, owner: &dyn Owner) -> Error {
        let message = format!(
            "{} returned VM_STATUS_RETRY once more after {}, the limit in the configuration of the context",
            describe(owner, self.event.point_name()),
            if self.limit == 1 { "1 retry".to_owned() } else { format!("{} retries", self.limit) }
        );
        blame(Error::new(abi::STATUS_LIMIT, message), owner)
    }

    fn late(&self, owner: &dyn Owner, time: &str) -> Error {
        let what = describe(owner, self.event.point_name());
        let message = format!("{what} has not answered within {time}, the timeout for hooks of the context");
        blame(Error::new(abi::STATUS_TIMEOUT, message), owner)
    }

    /// Returns what an invocation that waits is cancelled with.
    pub fn cancelled(&self, reason: &str) -> Error {
        let point = text::name(self.event.point_name());
        let Some(waiting) = &self.waiting else {
            return Error::new(abi::STATUS_CANCELLED, format!("the event of `{point}` was cancelled: {reason}"));
        };
        let hook = describe(&*waiting.owner, self.event.point_name());
        let message = format!("the event, which waited for {hook}, was cancelled: {reason}");
        blame(Error::new(abi::STATUS_CANCELLED, message), &*waiting.owner)
    }
}

impl Drop for Invocation {
    fn drop(&mut self) {
        self.waiting = None;
        self.event.end();
    }
}

/// Adds the plug-in of a hook to an error.
fn blame(error: Error, owner: &dyn Owner) -> Error {
    match owner.plugin() {
        Some(plugin) => error.of_plugin(plugin),
        None => error,
    }
}
