//! Sources.

use super::event;
use super::opened::{Opened, Opening, Origin};
use super::part::Monitor;
use super::queue::Taken;
use crate::events::Batch;
use crate::limits::MAX_STREAM_PULL;
use crate::plugin::native::stream::{Delivery, SourceInfo, SourceRead, read_source_of_host};
use crate::plugin::plugin::Plugin;
use crate::status::{Error, Result};
use crate::user_data::UserData;
use libvm_abi::{self as abi, SourceDescriptor};
use std::sync::Arc;

/// A source of a plug-in or of the host, which can be opened.
#[derive(Clone)]
pub struct Source {
    read: Arc<SourceRead>,
    origin: Origin,
}

/// The result of [`OpenedSource::pull`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pulled {
    /// There is at least one event.
    Events,
    /// There is no event now.
    Nothing,
    /// There will be no other event.
    End,
}

impl Plugin {
    /// Returns the descriptions of its sources.
    pub fn sources(&self) -> impl Iterator<Item = &SourceInfo> {
        self.streams().sources.iter().map(|source| &source.info)
    }

    /// Returns a source by name.
    ///
    /// # Errors
    /// `STATUS_NOT_FOUND`, with the nearest name.
    pub fn find_source(self: &Arc<Self>, name: &str) -> Result<Source> {
        let read = self.streams().source(name, &self.what()).map_err(|error| self.blame(error))?;
        Ok(Source { read: Arc::clone(read), origin: Origin::Plugin(Arc::clone(self)) })
    }
}

impl Source {
    /// Reads a source of the host, whose functions are passed `user`.
    ///
    /// # Errors
    /// `STATUS_NULL_ARGUMENT`, `STATUS_INVALID_ARGUMENT`.
    ///
    /// # Safety
    /// The descriptor is NULL or as large as it says; its functions take the `user` pointer.
    pub unsafe fn of_host(descriptor: *const SourceDescriptor, user: UserData) -> Result<Self> {
        // SAFETY: promised above.
        let read = unsafe { read_source_of_host(descriptor) }?;
        Ok(Self { read: Arc::new(read), origin: Origin::Host(Arc::new(user)) })
    }

    /// Returns its description.
    pub fn info(&self) -> &SourceInfo {
        &self.read.info
    }

    /// Returns the plug-in; `None` for a source of the host.
    pub fn plugin(&self) -> Option<&Arc<Plugin>> {
        self.origin.plugin()
    }

    /// Opens it.
    ///
    /// # Errors
    /// `STATUS_BUSY` if the stream has the part open already; those of creating an instance of the plug-in; the failure of `open`.
    pub fn open(&self, opening: &Opening<'_>) -> Result<OpenedSource> {
        let SourceRead { info, ends, .. } = &*self.read;
        let what = self.origin.describe("source", &info.name);
        let opened = Opened::open(opening, &self.origin, (*ends, &info.options), what, info.is_push)?;
        let read = Arc::clone(&self.read);
        Ok(OpenedSource { opened, read, is_started: false, is_finished: false, pending: None })
    }
}

/// An opened source. Dropping it closes it.
pub struct OpenedSource {
    opened: Opened,
    read: Arc<SourceRead>,
    /// Whether it is a push source that emits events.
    is_started: bool,
    /// Whether it has said that there will be no other event.
    is_finished: bool,
    /// The failure that came after the last events.
    pending: Option<Error>,
}

impl OpenedSource {
    /// Returns its description.
    pub fn info(&self) -> &SourceInfo {
        &self.read.info
    }

    /// Returns what the host sees of it.
    pub fn monitor(&self) -> Monitor {
        self.opened.monitor()
    }

    /// Appends at most `max` of the next events to a batch, without waiting; the first time it starts a push source.
    ///
    /// # Errors
    /// Its failure, or that of libvm to take an event; events that came before were returned by the previous call.
    pub fn pull(&mut self, max: usize, into: &mut Batch) -> Result<Pulled> {
        if let Some(error) = self.pending.take() {
            return Err(self.opened.failed(error));
        }
        if self.is_finished {
            return Ok(Pulled::End);
        }
        let before = into.len();
        let outcome = match self.read.delivery {
            Delivery::Pull(pull) => self.pull_events(pull, max, into),
            Delivery::Push { start, stop } => self.start(start, stop).and_then(|()| self.take_events(max, into)),
        };
        match outcome {
            Ok(Pulled::End) => self.is_finished = true,
            Ok(_) => {}
            Err(error) if into.len() > before => self.pending = Some(error),
            Err(error) => return Err(self.opened.failed(error)),
        }
        Ok(match (into.len() > before, self.is_finished) {
            (true, _) => Pulled::Events,
            (false, true) => Pulled::End,
            (false, false) => Pulled::Nothing,
        })
    }

    fn pull_events(&self, pull: abi::SourcePull, max: usize, into: &mut Batch) -> Result<Pulled> {
        let (end, full) = (into.len().saturating_add(max), into.bytes() + MAX_STREAM_PULL);
        let (mut fault, mut arrival) = (None, None);
        let answers = [abi::STATUS_OK, abi::STATUS_WOULD_BLOCK, abi::STATUS_COMPLETE];
        let answer = self.opened.run("pull", &answers, |pointer| {
            while into.len() < end && into.bytes() < full {
                let mut event = event::NONE;
                // SAFETY: the source's own function, with what it has opened, and an event to fill in.
                let status = unsafe { pull(pointer, &mut event) };
                if status != abi::STATUS_OK {
                    return status;
                }
                if event.timestamp == 0 {
                    event.timestamp = *arrival.get_or_insert_with(event::now);
                }
                // SAFETY: the source promises that what the event points to can be read until its next function is called.
                if let Err(error) = unsafe { event::push(into, &event) } {
                    fault = Some(error);
                    break;
                }
            }
            abi::STATUS_OK
        })?;
        if let Some(error) = fault {
            return Err(self.opened.blame(error.while_doing(&format!("pull of {}", self.opened.what()))));
        }
        Ok(match answer {
            abi::STATUS_COMPLETE => Pulled::End,
            abi::STATUS_WOULD_BLOCK => Pulled::Nothing,
            _ => Pulled::Events,
        })
    }

    fn start(&mut self, start: abi::StreamDo, stop: abi::Free) -> Result<()> {
        if self.is_started {
            return Ok(());
        }
        let part = Arc::clone(self.opened.part());
        let Some(queue) = part.queue() else { return Ok(()) };
        queue.start();
        // SAFETY: the source's own function, with what it has opened.
        let started = self.opened.run("start", &[abi::STATUS_OK], |pointer| unsafe { start(pointer) });
        if let Err(error) = started {
            queue.stop();
            return Err(error);
        }
        self.is_started = true;
        self.opened.set_stop(Some(stop));
        Ok(())
    }

    fn take_events(&self, max: usize, into: &mut Batch) -> Result<Pulled> {
        let Some(queue) = self.opened.part().queue() else { return Ok(Pulled::Nothing) };
        match queue.take(max, into)? {
            Taken::Events => Ok(Pulled::Events),
            Taken::Nothing => Ok(Pulled::Nothing),
            Taken::End => Ok(Pulled::End),
            Taken::Failed(status, reason) => {
                let what = self.opened.what();
                let why = if reason.is_empty() { "no reason was given".to_owned() } else { reason };
                Err(self.opened.blame(Error::new(status, format!("{what} ended with a failure: {why}"))))
            }
        }
    }

    /// Acknowledges all events up to and including the one with a position.
    ///
    /// # Errors
    /// Its failure.
    pub fn commit(&mut self, position: u64) -> Result<()> {
        let Some(commit) = self.read.commit else { return Ok(()) };
        // SAFETY: the source's own function, with what it has opened.
        let done = self.opened.run("commit", &[abi::STATUS_OK], |pointer| unsafe { commit(pointer, position) });
        done.map(drop).map_err(|error| self.opened.failed(error))
    }

    /// Goes to the event after a position, `STREAM_COMMITTED` or `STREAM_BEGINNING`. What a push source has in its queue is
    /// dropped.
    ///
    /// # Errors
    /// `STATUS_UNSUPPORTED` if it cannot go back; its failure.
    pub fn rewind(&mut self, position: u64) -> Result<()> {
        let Some(rewind) = self.read.rewind else {
            let message = format!("{} cannot be rewound", self.opened.what());
            return Err(self.opened.blame(Error::new(abi::STATUS_UNSUPPORTED, message)));
        };
        self.stop()?;
        // SAFETY: the source's own function, with what it has opened.
        let done = self.opened.run("rewind", &[abi::STATUS_OK], |pointer| unsafe { rewind(pointer, position) });
        done.map_err(|error| self.opened.failed(error))?;
        // Not before: after a failure the source may go on behind these events.
        if let Some(queue) = self.opened.part().queue() {
            queue.clear();
        }
        (self.is_finished, self.pending) = (false, None);
        Ok(())
    }

    /// Stops a push source; its queue keeps what it has.
    fn stop(&mut self) -> Result<()> {
        let Delivery::Push { stop, .. } = self.read.delivery else { return Ok(()) };
        let part = Arc::clone(self.opened.part());
        let Some(queue) = part.queue() else { return Ok(()) };
        if self.is_started {
            queue.stop();
            let stopped = self.opened.run("stop", &[abi::STATUS_OK], |pointer| {
                // SAFETY: the source's own function, with what it has opened and started.
                unsafe { stop(pointer) };
                abi::STATUS_OK
            });
            stopped?;
            self.is_started = false;
            self.opened.set_stop(None);
        }
        Ok(())
    }
}
