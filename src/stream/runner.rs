//! The run of a stream: pulls events, drives them through the levels, and commits what is acknowledged.
#![forbid(unsafe_code)]

use super::counters::{Shown, State};
use super::flow::{Flow, Level};
use super::part::Source;
use super::settings::{Settings, StageFunction};
use crate::execution::{Entered, SharedContext};
use crate::limits::STREAM_PATIENCE;
use crate::plugin::stream::{Pulled, Signal};
use crate::status::{Error, Result};
use libvm_abi as abi;
use std::sync::Arc;
use std::time::Duration;

/// How far the events have come.
#[derive(PartialEq, Eq)]
enum Driven {
    /// All are acknowledged and committed.
    Finished,
    /// A sink is full or has not acknowledged yet.
    Blocked,
    /// A stop is requested, and all are acknowledged that a stage has seen.
    Stopped,
}

/// What drives the events of a stream.
pub struct Runner {
    pub context: Arc<SharedContext>,
    pub settings: Settings,
    pub stages: Vec<StageFunction>,
    pub source: Option<Box<dyn Source>>,
    pub flow: Flow,
    shown: Arc<Shown>,
    signal: Arc<Signal>,
    /// Whether the source has ended.
    has_ended: bool,
    /// Milliseconds of the next wait.
    patience: u64,
}

impl Runner {
    /// Creates a runner without parts.
    pub fn new(context: Arc<SharedContext>, shown: &Arc<Shown>, signal: &Arc<Signal>) -> Self {
        Self {
            context,
            settings: Settings::default(),
            stages: Vec::new(),
            source: None,
            flow: Flow::default(),
            shown: Arc::clone(shown),
            signal: Arc::clone(signal),
            has_ended: false,
            patience: *STREAM_PATIENCE.start(),
        }
    }

    /// Handles events until the source has ended, a stop is requested, or `most` events were pulled and handled.
    ///
    /// # Errors
    /// Those of the source, of the sinks and of the stages; `STATUS_WOULD_BLOCK` where it would wait and may not; `STATUS_BUSY`,
    /// `STATUS_REENTRANT`, `STATUS_STALE` for the context. What was not acknowledged is kept.
    pub fn run(&mut self, most: u64, may_wait: bool) -> Result<()> {
        self.shown.set_state(State::Running);
        self.flow.levels.resize_with(self.stages.len().max(1) + 1, Level::default);
        let outcome = self.run_until(most, may_wait);
        if !matches!(outcome, Ok(State::Idle | State::Ended)) {
            // What is acknowledged although something else failed need not come again; a failure of that comes back in the next run.
            let _ = self.acknowledge();
        }
        self.shown.take_stop();
        self.shown.publish(&self.flow.statistics);
        match outcome {
            Ok(state) => {
                self.shown.set_state(state);
                Ok(())
            }
            Err(error) => {
                let is_failure = error.status() != abi::STATUS_WOULD_BLOCK || may_wait;
                self.shown.set_state(if is_failure { State::Failed } else { State::Idle });
                Err(error)
            }
        }
    }

    fn run_until(&mut self, most: u64, may_wait: bool) -> Result<State> {
        let mut left = most;
        loop {
            let driven = self.drive()?;
            if driven == Driven::Stopped || self.shown.is_stopping() {
                return Ok(State::Stopped);
            }
            if driven == Driven::Blocked {
                self.wait(may_wait, "a sink of the stream is full, or has not acknowledged its events yet")?;
                continue;
            }
            if self.has_ended {
                return Ok(State::Ended);
            }
            if left == 0 {
                return Ok(State::Idle);
            }
            match self.pull(left)? {
                0 if self.has_ended => {}
                0 => self.wait(may_wait, "the source of the stream has no event now")?,
                count => {
                    left -= count;
                    self.patience = *STREAM_PATIENCE.start();
                }
            }
        }
    }

    /// Waits until a part has something to do, or for a short time.
    fn wait(&mut self, may_wait: bool, why: &str) -> Result<()> {
        self.shown.publish(&self.flow.statistics);
        if !may_wait {
            return Err(Error::new(abi::STATUS_WOULD_BLOCK, why).retry());
        }
        self.shown.set_state(State::Waiting);
        if self.signal.wait(Duration::from_millis(self.patience)) {
            self.patience = *STREAM_PATIENCE.start();
        } else {
            self.patience = (self.patience * 2).min(*STREAM_PATIENCE.end());
        }
        self.shown.set_state(State::Running);
        Ok(())
    }

    fn source(&mut self) -> Result<&mut Box<dyn Source>> {
        let none = || Error::new(abi::STATUS_NOT_FOUND, "the stream has no source; set one (VM_StreamSetSource)");
        self.source.as_mut().ok_or_else(none)
    }

    /// Pulls events of the source; returns how many.
    fn pull(&mut self, left: u64) -> Result<u64> {
        let most = self.settings.batch.min(usize::try_from(left).unwrap_or(usize::MAX));
        let mut batch = std::mem::take(&mut self.flow.levels[0].batch);
        let pulled = self.source().and_then(|source| source.pull(most, &mut batch));
        let (count, bytes) = (batch.len() as u64, batch.iter().map(|event| event.payload().len() as u64).sum::<u64>());
        self.flow.levels[0].batch = batch;
        self.flow.statistics.events_in += count;
        self.flow.statistics.bytes_in += bytes;
        self.has_ended = pulled? == Pulled::End;
        Ok(count)
    }

    /// Drives all events as far as possible.
    fn drive(&mut self) -> Result<Driven> {
        loop {
            if !self.flow.write_dead()? {
                return Ok(Driven::Blocked);
            }
            let last = self.flow.levels.len() - 1;
            match self.flow.due(&self.settings, self.shown.is_stopping()) {
                Some(level) if level == last => {
                    // A full sink may have room only after it has acknowledged what it has taken.
                    if !self.flow.write(&self.settings)? && !self.flow.make_room()? {
                        return Ok(Driven::Blocked);
                    }
                }
                Some(level) => self.handle(level)?,
                None => break,
            }
        }
        if !self.acknowledge()? {
            return Ok(Driven::Blocked);
        }
        self.flow.forget_committed();
        self.shown.publish(&self.flow.statistics);
        Ok(if self.flow.levels[0].batch.is_empty() { Driven::Finished } else { Driven::Stopped })
    }

    fn handle(&mut self, level: usize) -> Result<()> {
        let Some(function) = self.stages.get(level) else { return self.flow.pass(&self.settings) };
        let mut entered = enter(&self.context)?;
        let shown = &self.shown;
        self.flow.run_stage(entered.context().store(), level, function, &self.settings, || shown.is_stopping())
    }

    /// Commits the events that were handled with everything that came of them, after the sinks have acknowledged that; returns false
    /// if that takes longer.
    fn acknowledge(&mut self) -> Result<bool> {
        let completed = self.flow.completed();
        if completed <= self.flow.committed {
            return Ok(true);
        }
        if !self.flow.flush()? {
            return Ok(false);
        }
        let position = self.flow.levels[0].batch.get(completed - 1).position();
        self.source()?.commit(position)?;
        self.flow.statistics.commits += 1;
        self.flow.committed = completed;
        Ok(true)
    }

    /// Drops all events that are on their way, and has the source begin after a position.
    ///
    /// # Errors
    /// Those of the source.
    pub fn rewind(&mut self, position: u64) -> Result<()> {
        self.source()?.rewind(position)?;
        self.flow.clear();
        self.has_ended = false;
        self.shown.set_state(State::Idle);
        Ok(())
    }
}

/// Enters the context of a stream.
///
/// # Errors
/// `STATUS_STALE` if it was deleted, `STATUS_BUSY`, `STATUS_REENTRANT`.
pub fn enter(context: &SharedContext) -> Result<Entered<'_>> {
    context.enter().map_err(|error| match context.is_deleted() {
        true => Error::new(
            abi::STATUS_STALE,
            "the context of the stream was deleted; delete the stream, and create it in another one",
        ),
        false => error,
    })
}
