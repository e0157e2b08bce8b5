//! A stream as the host has it: its parts and settings, and one run at a time.
#![forbid(unsafe_code)]

use super::counters::{Shown, Statistics};
use super::parts::{DEAD_LETTER, Part, Parts, SOURCE};
use super::runner::{Runner, enter};
use super::settings::{ErrorPolicy, StageFunction};
use crate::context::Context;
use crate::engine::Handle;
use crate::execution::SharedContext;
use crate::limits::{MAX_STREAM_EMITTED, MAX_STREAM_NAME, MAX_STREAM_PARTS, STREAM_BATCHES};
use crate::plugin::OptionValue;
use crate::plugin::stream::{Capacity, Listener, Monitor, Report, Signal, Sink, Source};
use crate::similar;
use crate::status::{Error, Result};
use crate::text;
use libvm_abi as abi;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};

/// The parts of a stream, and what runs it.
struct Inner {
    parts: Parts,
    is_open: bool,
    runner: Runner,
}

/// A stream.
pub struct Stream {
    name: String,
    shown: Arc<Shown>,
    signal: Arc<Signal>,
    inner: Mutex<Inner>,
    /// The opened parts, in the order of sinks, source, dead-letter sink.
    monitors: Mutex<Vec<(String, Monitor)>>,
}

/// The use of a stream by this thread.
struct Used<'a> {
    inner: MutexGuard<'a, Inner>,
    signal: &'a Signal,
}

impl Drop for Used<'_> {
    fn drop(&mut self) {
        self.signal.set_running(false);
    }
}

impl Stream {
    /// Creates a stream without parts in a context.
    ///
    /// # Errors
    /// `STATUS_INVALID_ARGUMENT` for an invalid name, `STATUS_BUSY`, `STATUS_REENTRANT`.
    pub fn new(context: &SharedContext, name: &str) -> Result<Self> {
        check_name(name, "a stream")?;
        let context = context.enter()?.share();
        let (shown, signal) = (Arc::<Shown>::default(), Arc::new(Signal::new()));
        let runner = Runner::new(context, &shown, &signal);
        let inner = Inner { parts: Parts::default(), is_open: false, runner };
        Ok(Self { name: name.to_owned(), shown, signal, inner: Mutex::new(inner), monitors: Mutex::default() })
    }

    /// Returns the name.
    pub fn name(&self) -> &str {
        &self.name
    }

    fn enter(&self) -> Result<Used<'_>> {
        let inner = match self.inner.try_lock() {
            Ok(inner) => inner,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) if self.signal.is_for_this_thread() => {
                let message =
                    format!("stream `{}` is running on this thread: a function of its parts cannot change it", self.name);
                return Err(Error::new(abi::STATUS_REENTRANT, message));
            }
            Err(TryLockError::WouldBlock) => {
                let message = format!("another thread is using stream `{}`; VM_StreamStop makes its run return", self.name);
                return Err(Error::new(abi::STATUS_BUSY, message));
            }
        };
        self.signal.set_running(true);
        Ok(Used { inner, signal: &self.signal })
    }

    /// Changes the parts, unless the stream was run.
    fn change<R>(&self, work: impl FnOnce(&mut Inner) -> Result<R>) -> Result<R> {
        let mut used = self.enter()?;
        if used.inner.is_open {
            let message = format!("stream `{}` was run, and its parts cannot be changed any more; create another one", self.name);
            return Err(Error::new(abi::STATUS_SEALED, message));
        }
        work(&mut used.inner)
    }

    /// Sets the source.
    ///
    /// # Errors
    /// `STATUS_ALREADY_EXISTS`, `STATUS_SEALED`, `STATUS_BUSY`, `STATUS_REENTRANT`.
    pub fn set_source(&self, declared: Source) -> Result<()> {
        self.change(|inner| match inner.parts.source {
            Some(_) => Err(self.already("a source")),
            None => {
                inner.parts.source = Some(Part { name: SOURCE.to_owned(), declared });
                Ok(())
            }
        })
    }

    /// Adds a sink; without a name it is `sink-` with its number.
    ///
    /// # Errors
    /// `STATUS_ALREADY_EXISTS`, `STATUS_INVALID_ARGUMENT` for an invalid name, `STATUS_LIMIT`; others as `set_source`.
    pub fn add_sink(&self, name: Option<&str>, declared: Sink) -> Result<()> {
        self.change(|inner| {
            let numbered = || format!("sink-{}", inner.parts.sinks.len() + 1);
            let name = name.map_or_else(numbered, str::to_owned);
            check_name(&name, "a sink")?;
            let is_taken =
                inner.parts.sinks.iter().any(|sink| sink.name == name) || [SOURCE, DEAD_LETTER].contains(&name.as_str());
            if is_taken {
                return Err(self.already(&format!("a part with the name `{}`", text::name(&name))));
            }
            check_count(inner.parts.sinks.len(), "sinks")?;
            inner.parts.sinks.push(Part { name, declared });
            Ok(())
        })
    }

    /// Sets the sink for events that failed.
    ///
    /// # Errors
    /// As `set_source`.
    pub fn set_dead_letter(&self, declared: Sink) -> Result<()> {
        self.change(|inner| match inner.parts.dead_letter {
            Some(_) => Err(self.already("a dead-letter sink")),
            None => {
                inner.parts.dead_letter = Some(Part { name: DEAD_LETTER.to_owned(), declared });
                Ok(())
            }
        })
    }

    fn already(&self, what: &str) -> Error {
        Error::new(abi::STATUS_ALREADY_EXISTS, format!("stream `{}` already has {what}", self.name))
    }

    /// Adds a stage; `find` finds or binds its function in the context.
    ///
    /// # Errors
    /// Those of `find`, `STATUS_LIMIT`; others as `set_source`, also for the context.
    pub fn add_stage(&self, what: &str, batched: bool, find: impl FnOnce(&mut Context) -> Result<Handle>) -> Result<()> {
        self.change(|inner| {
            check_count(inner.runner.stages.len(), "stages")?;
            let function = find(enter(&inner.runner.context)?.context())?;
            let number = inner.runner.stages.len() + 1;
            let name = format!("stage {number} (`{}`)", text::name(what));
            inner.runner.stages.push(StageFunction { name, function, batched });
            Ok(())
        })
    }

    /// Sets an option of a part from a string.
    ///
    /// # Errors
    /// `STATUS_NOT_FOUND` if there is no such part; others as `set_source`.
    pub fn set_option(&self, part: &str, key: &str, value: &str) -> Result<()> {
        self.change(|inner| {
            let dead_letter = inner.parts.dead_letter.iter().map(|part| part.name.as_str());
            let source = inner.parts.source.iter().map(|part| part.name.as_str());
            let names = source.chain(inner.parts.sinks.iter().map(|part| part.name.as_str())).chain(dead_letter);
            if !names.clone().any(|name| name == part) {
                let message =
                    format!("stream `{}` has no part `{}`; it has {}", self.name, text::name(part), similar::listed(part, names));
                return Err(Error::new(abi::STATUS_NOT_FOUND, message));
            }
            let value = OptionValue::String(value.to_owned());
            inner.parts.options.entry(part.to_owned()).or_default().insert(key.to_owned(), value.into());
            Ok(())
        })
    }

    /// Sets how many events are pulled, written and passed to a batched stage at once.
    ///
    /// # Errors
    /// `STATUS_INVALID_ARGUMENT`, `STATUS_BUSY`, `STATUS_REENTRANT`.
    pub fn set_batch(&self, events: u64) -> Result<()> {
        let count = usize::try_from(events).ok().filter(|count| STREAM_BATCHES.contains(count)).ok_or_else(|| {
            let (least, most) = (STREAM_BATCHES.start(), STREAM_BATCHES.end());
            Error::new(abi::STATUS_INVALID_ARGUMENT, format!("a batch has {least} to {most} events, not {events}"))
        })?;
        self.enter()?.inner.runner.settings.batch = count;
        Ok(())
    }

    /// Sets what happens to events that a stage or a sink fails with.
    ///
    /// # Errors
    /// `STATUS_BUSY`, `STATUS_REENTRANT`.
    pub fn set_policy(&self, policy: ErrorPolicy) -> Result<()> {
        self.enter()?.inner.runner.settings.policy = policy;
        Ok(())
    }

    /// Sets how many events, and bytes of them, a call of a stage may emit.
    ///
    /// # Errors
    /// `STATUS_INVALID_ARGUMENT` above what libvm allows, `STATUS_BUSY`, `STATUS_REENTRANT`.
    pub fn set_emit_limits(&self, events: u64, bytes: u64) -> Result<()> {
        let (most_events, most_bytes) = MAX_STREAM_EMITTED;
        if events > most_events as u64 || bytes > most_bytes as u64 {
            let message = format!("a call of a stage may emit at most {most_events} events and {most_bytes} bytes");
            return Err(Error::new(abi::STATUS_INVALID_ARGUMENT, message));
        }
        self.enter()?.inner.runner.settings.emitted = (events as usize, bytes as usize);
        Ok(())
    }

    /// Sets how much the queue of a push source holds.
    ///
    /// # Errors
    /// `STATUS_INVALID_ARGUMENT` for 0; others as `set_source`.
    pub fn set_capacity(&self, events: u64, bytes: u64) -> Result<()> {
        let (Some(events), Some(bytes)) = (usize::try_from(events).ok(), usize::try_from(bytes).ok()) else {
            return Err(Error::new(abi::STATUS_INVALID_ARGUMENT, "a queue cannot hold more events or bytes than memory has"));
        };
        if events == 0 || bytes == 0 {
            return Err(Error::new(abi::STATUS_INVALID_ARGUMENT, "the queue of a source holds at least one event and one byte"));
        }
        self.change(|inner| {
            inner.parts.capacity = Capacity { events, bytes };
            Ok(())
        })
    }

    /// Sets what is called when the state of a part changes.
    ///
    /// # Errors
    /// As `set_source`.
    pub fn set_listener(&self, listener: Option<Listener>) -> Result<()> {
        self.change(|inner| {
            inner.parts.listener = listener;
            Ok(())
        })
    }

    fn open(&self, inner: &mut Inner) -> Result<()> {
        let opened = inner.parts.open(&self.name, &inner.runner.context, &self.signal)?;
        *self.monitors.lock().unwrap_or_else(PoisonError::into_inner) = opened.monitors;
        inner.runner.source = Some(Box::new(opened.source));
        (inner.runner.flow.sinks, inner.runner.flow.dead_letter) = (opened.sinks, opened.dead_letter);
        inner.is_open = true;
        Ok(())
    }

    /// Opens the parts and handles events. See `Runner::run`.
    ///
    /// # Errors
    /// Those of opening, and of `Runner::run`; `STATUS_BUSY`, `STATUS_REENTRANT`.
    pub fn run(&self, most: u64, may_wait: bool) -> Result<()> {
        let mut used = self.enter()?;
        let blame = |error: Error| error.while_doing(&format!("stream `{}`", text::name(&self.name)));
        let buries = used.inner.runner.settings.policy == ErrorPolicy::DeadLetter;
        if buries && used.inner.parts.dead_letter.is_none() {
            let message = "the error policy needs a dead-letter sink (VM_StreamSetDeadLetterSink)";
            return Err(blame(Error::new(abi::STATUS_NOT_FOUND, message)));
        }
        if !used.inner.is_open {
            self.open(&mut used.inner).map_err(blame)?;
        }
        used.inner.runner.run(most, may_wait).map_err(|error| match error.status() {
            abi::STATUS_WOULD_BLOCK => error,
            _ => blame(error),
        })
    }

    /// Has the source begin after a position.
    ///
    /// # Errors
    /// As `run`.
    pub fn rewind(&self, position: u64) -> Result<()> {
        let mut used = self.enter()?;
        let blame = |error: Error| error.while_doing(&format!("stream `{}`", text::name(&self.name)));
        if !used.inner.is_open {
            self.open(&mut used.inner).map_err(blame)?;
        }
        used.inner.runner.rewind(position).map_err(blame)
    }

    /// Makes the running run, or else the next one, return when the events on their way are acknowledged.
    pub fn stop(&self) {
        self.shown.stop();
        self.signal.raise();
    }

    /// Returns a number of `counters::State`.
    pub fn state(&self) -> u32 {
        self.shown.state()
    }

    /// Returns the counters, and how often the parts have established a lost connection again.
    pub fn statistics(&self) -> (Statistics, u64) {
        let monitors = self.monitors.lock().unwrap_or_else(PoisonError::into_inner);
        (self.shown.statistics(), monitors.iter().map(|(_, monitor)| monitor.report().reconnects).sum())
    }

    /// Returns the state of a part.
    ///
    /// # Errors
    /// `STATUS_NOT_FOUND` if there is no such part, or the stream was not run yet.
    pub fn report(&self, part: &str) -> Result<Report> {
        let monitors = self.monitors.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, monitor)) = monitors.iter().find(|(name, _)| name == part) {
            return Ok(monitor.report());
        }
        let known = similar::listed(part, monitors.iter().map(|(name, _)| name.as_str()));
        let message = format!("stream `{}` has no open part `{}`; it has {known}", self.name, text::name(part));
        Err(Error::new(abi::STATUS_NOT_FOUND, message))
    }
}

/// Checks a name, which is a part of names of state.
fn check_name(name: &str, what: &str) -> Result<()> {
    let why = match name {
        "" => "it is empty".to_owned(),
        _ if name.len() > MAX_STREAM_NAME => format!("it has more than {MAX_STREAM_NAME} bytes"),
        _ if name.contains(['/', '\0']) => "it contains a `/` or a NUL".to_owned(),
        _ => return Ok(()),
    };
    let message = format!("\"{}\" cannot be the name of {what}: {why}", text::name(name));
    Err(Error::new(abi::STATUS_INVALID_ARGUMENT, message))
}

fn check_count(count: usize, what: &str) -> Result<()> {
    if count < MAX_STREAM_PARTS {
        return Ok(());
    }
    Err(Error::new(abi::STATUS_LIMIT, format!("a stream has at most {MAX_STREAM_PARTS} {what}")))
}
