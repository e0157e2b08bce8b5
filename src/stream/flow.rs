//! Events on their way through a stream: a level for each stage, which contains what the stage handles next, and one for what is
//! written to the sinks. Every step leaves the levels as they can be continued, so that a run may end at any of them.
#![forbid(unsafe_code)]

use super::counters::Statistics;
use super::part::Sink;
use super::settings::{ErrorPolicy, Settings, StageFunction, is_of_event};
use crate::engine::{Stage, Store};
use crate::events::{Batch, Event, Metadata};
use crate::limits::{MAX_STREAM_LEVEL, MAX_STREAM_REASON};
use crate::panics;
use crate::status::{Error, Result, failure_name};
use crate::text;
use libvm_abi as abi;
use std::collections::BTreeSet;

/// Events of which those before `next` are handled.
#[derive(Default)]
pub struct Level {
    pub batch: Batch,
    pub next: usize,
    /// Up to which event a stage handles one in each call, to find out which one it fails with.
    singly: usize,
}

impl Level {
    fn is_pending(&self) -> bool {
        self.next < self.batch.len()
    }

    fn clear(&mut self) {
        self.batch.clear();
        (self.next, self.singly) = (0, 0);
    }

    /// Returns the origin of the first event that is not handled.
    fn origin(&self) -> Option<usize> {
        self.is_pending().then(|| self.batch.get(self.next).origin())
    }
}

/// A sink, and how many events of the last level it has taken.
pub struct OpenSink {
    pub name: String,
    pub sink: Box<dyn Sink>,
    taken: usize,
    /// Whether it has taken events since it was flushed.
    unflushed: bool,
}

impl OpenSink {
    /// Creates it for an opened sink.
    pub fn new(name: &str, sink: Box<dyn Sink>) -> Self {
        Self { name: name.to_owned(), sink, taken: 0, unflushed: false }
    }
}

/// The events of a stream.
#[derive(Default)]
pub struct Flow {
    pub levels: Vec<Level>,
    /// Events that failed, on their way to the dead-letter sink.
    dead: Level,
    pub sinks: Vec<OpenSink>,
    pub dead_letter: Option<OpenSink>,
    /// How many events of the source's batch are committed.
    pub committed: usize,
    /// The events of the last level that a sink has left out.
    left_out: BTreeSet<usize>,
    stage: Option<Box<Stage>>,
    pub statistics: Statistics,
}

impl Flow {
    /// Removes all events.
    pub fn clear(&mut self) {
        self.levels.iter_mut().for_each(Level::clear);
        self.dead.clear();
        self.sinks.iter_mut().chain(&mut self.dead_letter).for_each(|sink| sink.taken = 0);
        self.committed = 0;
        self.left_out.clear();
    }

    /// Returns the level on which there is something to do; with `stopping`, events that no stage has seen stay where they are.
    pub fn due(&self, settings: &Settings, stopping: bool) -> Option<usize> {
        let is_pending = |index: &usize| self.levels[*index].is_pending() && !(stopping && *index == 0);
        let is_full = |index: &usize| is_full(&self.levels[*index].batch, settings);
        let full = (1..self.levels.len()).rev().find(|index| is_pending(index) && is_full(index));
        full.or_else(|| (0..self.levels.len()).find(is_pending))
    }

    /// Returns how many of the source's events have been handled with everything that came of them.
    pub fn completed(&self) -> usize {
        let Some((last, before)) = self.levels.split_last() else { return 0 };
        let taken = self.sinks.iter().map(|sink| sink.taken).min().unwrap_or(0);
        let unwritten = (taken < last.batch.len()).then(|| last.batch.get(taken).origin());
        let dead = (self.dead.next..self.dead.batch.len()).map(|index| self.dead.batch.get(index).origin());
        let between = before.iter().skip(1).filter_map(Level::origin);
        between.chain(unwritten).chain(dead).fold(before[0].next, usize::min)
    }

    /// Passes the source's events on to the sinks, in a stream without stages.
    ///
    /// # Errors
    /// `STATUS_OUT_OF_MEMORY`.
    pub fn pass(&mut self, settings: &Settings) -> Result<()> {
        let [level, next] = &mut self.levels[..] else { return Ok(()) };
        while level.is_pending() && !is_full(&next.batch, settings) {
            next.batch.forward(level.batch.get(level.next))?;
            level.next += 1;
        }
        Ok(())
    }

    /// Passes events of a level to its stage, until none is left, the next level is full, or one fails.
    ///
    /// # Errors
    /// If it fails and the policy is to stop, or not because of the event.
    pub fn run_stage(
        &mut self,
        store: &mut Store,
        index: usize,
        function: &StageFunction,
        settings: &Settings,
        is_stopping: impl Fn() -> bool,
    ) -> Result<()> {
        let mut stage = self.stage.take().unwrap_or_default();
        stage.set_limits(settings.emitted.0, settings.emitted.1);
        stage.input = std::mem::take(&mut self.levels[index].batch);
        stage.output = std::mem::take(&mut self.levels[index + 1].batch);
        *store.stage() = Some(stage);
        let called = panics::catch(|| self.call_stage(store, index, function, settings, is_stopping));
        let mut stage = store.stage().take().expect("nothing else takes it");
        self.levels[index].batch = std::mem::take(&mut stage.input);
        self.levels[index + 1].batch = std::mem::take(&mut stage.output);
        self.stage = Some(stage);
        let failed = called.unwrap_or_else(|panic| {
            let message = format!("an internal error in libvm, please report it: {}", panic.text());
            Some((Error::new(abi::STATUS_INTERNAL, message), 1))
        });
        let Some((error, count)) = failed else {
            let level = &mut self.levels[index];
            // The source's events are needed until they are committed.
            if index > 0 && !level.is_pending() {
                level.clear();
            }
            return Ok(());
        };
        let level = &mut self.levels[index];
        if count > 1 && settings.policy != ErrorPolicy::Stop && is_of_event(&error) {
            level.singly = level.next + count;
            return Ok(());
        }
        if !is_of_event(&error) {
            return Err(error.while_doing(&format!("in {}", function.name)));
        }
        self.fail(index, self.levels[index].next, &function.name, error, settings)?;
        let level = &mut self.levels[index];
        level.next += 1;
        if index > 0 && !level.is_pending() {
            level.clear();
        }
        Ok(())
    }

    /// Calls a stage with the events that are in the store; returns the error of a call with the number of its events.
    fn call_stage(
        &mut self,
        store: &mut Store,
        index: usize,
        function: &StageFunction,
        settings: &Settings,
        is_stopping: impl Fn() -> bool,
    ) -> Option<(Error, usize)> {
        let level = &mut self.levels[index];
        loop {
            let stage = store.stage().as_deref_mut().expect("it was set above");
            let all = stage.input.len();
            if level.next >= all || is_full(&stage.output, settings) || (index == 0 && is_stopping()) {
                return None;
            }
            let single = !function.batched || level.next < level.singly;
            let end = if single { level.next + 1 } else { all.min(level.next + settings.batch) };
            stage.begin(level.next, end);
            self.statistics.calls += 1;
            let outcome = store.call(function.function, &[], &mut []);
            let stage = store.stage().as_deref_mut().expect("a guest cannot take it");
            match outcome {
                Ok(()) => level.next = stage.handled(),
                Err(error) => {
                    stage.withdraw();
                    return Some((error, end - level.next));
                }
            }
        }
    }

    /// Applies the policy to an event that `part` has failed with.
    fn fail(&mut self, level: usize, event: usize, part: &str, error: Error, settings: &Settings) -> Result<()> {
        let event = self.levels[level].batch.get(event);
        self.statistics.failed += 1;
        match settings.policy {
            ErrorPolicy::Stop => Err(error.while_doing(&format!("in {part}, at the event with position {}", event.position()))),
            ErrorPolicy::Skip => {
                self.statistics.skipped += 1;
                Ok(())
            }
            ErrorPolicy::DeadLetter => bury(&mut self.dead.batch, event, part, &error),
        }
    }

    /// Writes to the sinks what came out of the last stage; returns false if one of them is full.
    ///
    /// # Errors
    /// If a sink fails and the policy is to stop, or a sink cannot be called.
    pub fn write(&mut self, settings: &Settings) -> Result<bool> {
        let last = self.levels.len() - 1;
        let all = self.levels[last].batch.len();
        let mut is_blocked = false;
        for index in 0..self.sinks.len() {
            while self.sinks[index].taken < all {
                let sink = &mut self.sinks[index];
                let written = sink.sink.write(&self.levels[last].batch, sink.taken);
                sink.taken = all.min(sink.taken + written.taken);
                sink.unflushed |= written.taken > 0;
                if let Some(error) = written.failure {
                    let (event, part) = (sink.taken.min(all - 1), sink.name.clone());
                    if !written.was_called {
                        return Err(error.while_doing(&format!("in {part}")));
                    }
                    self.fail(last, event, &part, error, settings)?;
                    self.sinks[index].taken = event + 1;
                    self.left_out.insert(event);
                } else if sink.taken < all {
                    is_blocked = true;
                    break;
                }
            }
        }
        if is_blocked {
            self.statistics.waits += 1;
            return Ok(false);
        }
        let level = &mut self.levels[last];
        let left_out = self.left_out.iter().map(|index| level.batch.get(*index));
        let sum = |events: &mut dyn Iterator<Item = Event<'_>>| events.map(|event| event.payload().len() as u64).sum::<u64>();
        self.statistics.events_out += (all - self.left_out.len()) as u64;
        self.statistics.bytes_out += sum(&mut level.batch.iter()) - sum(&mut { left_out });
        level.clear();
        self.sinks.iter_mut().for_each(|sink| sink.taken = 0);
        self.left_out.clear();
        Ok(true)
    }

    /// Writes failed events to the dead-letter sink; returns false if it is full.
    ///
    /// # Errors
    /// Those of the sink.
    pub fn write_dead(&mut self) -> Result<bool> {
        while self.dead.is_pending() {
            // Without one the policy was refused.
            let Some(sink) = &mut self.dead_letter else { break };
            let written = sink.sink.write(&self.dead.batch, self.dead.next);
            sink.unflushed |= written.taken > 0;
            self.dead.next += written.taken;
            self.statistics.dead_lettered += written.taken as u64;
            if let Some(error) = written.failure {
                return Err(error.while_doing("the dead-letter sink failed"));
            }
            if written.taken == 0 && self.dead.is_pending() {
                self.statistics.waits += 1;
                return Ok(false);
            }
        }
        self.dead.clear();
        Ok(true)
    }

    /// Has all sinks acknowledge what they have taken; returns false if that takes longer.
    ///
    /// # Errors
    /// Those of the sinks.
    pub fn flush(&mut self) -> Result<bool> {
        for sink in self.sinks.iter_mut().chain(&mut self.dead_letter).filter(|sink| sink.unflushed) {
            if !sink.sink.flush()? {
                self.statistics.waits += 1;
                return Ok(false);
            }
            sink.unflushed = false;
        }
        Ok(true)
    }

    /// Flushes the sinks because one of them is full; returns false if that changed nothing yet.
    ///
    /// # Errors
    /// Those of the sinks.
    pub fn make_room(&mut self) -> Result<bool> {
        let has_taken = self.sinks.iter().any(|sink| sink.unflushed);
        Ok(has_taken && self.flush()?)
    }

    /// Forgets the source's events, once all are committed.
    pub fn forget_committed(&mut self) {
        let Some(level) = self.levels.first_mut() else { return };
        if !level.is_pending() && self.committed == level.batch.len() {
            level.clear();
            self.committed = 0;
        }
    }
}

/// Returns whether a level has as much as it should contain.
fn is_full(batch: &Batch, settings: &Settings) -> bool {
    batch.len() >= settings.batch || batch.bytes() >= MAX_STREAM_LEVEL
}

/// Adds an event that failed, with the reason.
fn bury(dead: &mut Batch, event: Event<'_>, part: &str, error: &Error) -> Result<()> {
    let status = failure_name(error.status()).unwrap_or_default();
    let mut reason = error.message().replace('\0', "");
    reason.truncate((0..=MAX_STREAM_REASON.min(reason.len())).rev().find(|end| reason.is_char_boundary(*end)).unwrap_or(0));
    let mut metadata = Metadata::copy(event.metadata());
    let fields = [("libvm.failed", text::name(part).into_owned()), ("libvm.status", status), ("libvm.reason", reason)];
    for (key, value) in fields {
        // An event whose metadata has no room for it is kept without.
        let _ = metadata.set(key.as_bytes(), value.as_bytes());
    }
    dead.push(event.payload(), event.timestamp(), event.position(), metadata.fields())?;
    dead.set_origin(dead.len() - 1, event.origin());
    Ok(())
}
