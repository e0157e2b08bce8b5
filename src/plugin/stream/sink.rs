//! Sinks.

use super::event;
use super::opened::{Opened, Opening, Origin};
use super::part::Monitor;
use crate::events::Batch;
use crate::plugin::native::stream::{SinkInfo, SinkRead, read_sink_of_host};
use crate::plugin::plugin::Plugin;
use crate::status::{Error, Result};
use crate::user_data::UserData;
use libvm_abi::{self as abi, SinkDescriptor, StreamField};
use std::sync::Arc;

/// A sink of a plug-in or of the host, which can be opened.
#[derive(Clone)]
pub struct Sink {
    read: Arc<SinkRead>,
    origin: Origin,
}

/// The result of [`OpenedSink::write`].
#[derive(Debug)]
pub struct Written {
    /// The number of events that were taken. If it is less than there were, without a failure, the sink is full for now.
    pub taken: usize,
    /// Why the next event was not taken.
    pub failure: Option<Error>,
    /// Whether the sink was called: if it was not, for example on a wrong thread, the failure is not that of an event.
    pub was_called: bool,
}

impl Plugin {
    /// Returns the descriptions of its sinks.
    pub fn sinks(&self) -> impl Iterator<Item = &SinkInfo> {
        self.streams().sinks.iter().map(|sink| &sink.info)
    }

    /// Returns a sink by name.
    ///
    /// # Errors
    /// `STATUS_NOT_FOUND`, with the nearest name.
    pub fn find_sink(self: &Arc<Self>, name: &str) -> Result<Sink> {
        let read = self.streams().sink(name, &self.what()).map_err(|error| self.blame(error))?;
        Ok(Sink { read: Arc::clone(read), origin: Origin::Plugin(Arc::clone(self)) })
    }
}

impl Sink {
    /// Reads a sink of the host, whose functions are passed `user`.
    ///
    /// # Errors
    /// `STATUS_NULL_ARGUMENT`, `STATUS_INVALID_ARGUMENT`.
    ///
    /// # Safety
    /// The descriptor is NULL or as large as it says; its functions take the `user` pointer.
    pub unsafe fn of_host(descriptor: *const SinkDescriptor, user: UserData) -> Result<Self> {
        // SAFETY: promised above.
        let read = unsafe { read_sink_of_host(descriptor) }?;
        Ok(Self { read: Arc::new(read), origin: Origin::Host(Arc::new(user)) })
    }

    /// Returns its description.
    pub fn info(&self) -> &SinkInfo {
        &self.read.info
    }

    /// Returns the plug-in; `None` for a sink of the host.
    pub fn plugin(&self) -> Option<&Arc<Plugin>> {
        self.origin.plugin()
    }

    /// Opens it.
    ///
    /// # Errors
    /// `STATUS_BUSY` if the stream has the part open already; those of creating an instance of the plug-in; the failure of `open`.
    pub fn open(&self, opening: &Opening<'_>) -> Result<OpenedSink> {
        let SinkRead { info, ends, .. } = &*self.read;
        let what = self.origin.describe("sink", &info.name);
        let opened = Opened::open(opening, &self.origin, (*ends, &info.options), what, false)?;
        Ok(OpenedSink { opened, read: Arc::clone(&self.read), fields: Fields(Vec::new()) })
    }
}

/// Room for the metadata of an event, used again for each.
struct Fields(Vec<StreamField>);

// SAFETY: what the pointers point to is only valid, and used, while an event is being written.
unsafe impl Send for Fields {}

/// An opened sink. Dropping it closes it.
pub struct OpenedSink {
    opened: Opened,
    read: Arc<SinkRead>,
    fields: Fields,
}

impl OpenedSink {
    /// Returns its description.
    pub fn info(&self) -> &SinkInfo {
        &self.read.info
    }

    /// Returns what the host sees of it.
    pub fn monitor(&self) -> Monitor {
        self.opened.monitor()
    }

    /// Writes the events of a batch, from an index on, until it is full or fails.
    pub fn write(&mut self, events: &Batch, from: usize) -> Written {
        let (write, fields) = (self.read.write, &mut self.fields.0);
        let (mut taken, mut was_called) = (0, false);
        let outcome = self.opened.run("write", &[abi::STATUS_OK, abi::STATUS_WOULD_BLOCK], |pointer| {
            was_called = true;
            for index in from..events.len() {
                let event = event::to_c(events.get(index), fields);
                // SAFETY: the sink's own function, with what it has opened, and an event that lives until it returns.
                let status = unsafe { write(pointer, &event) };
                if status != abi::STATUS_OK {
                    return status;
                }
                taken += 1;
            }
            abi::STATUS_OK
        });
        Written { taken, failure: outcome.err(), was_called }
    }

    /// Acknowledges everything that was written; returns false if that takes longer.
    ///
    /// # Errors
    /// Its failure.
    pub fn flush(&mut self) -> Result<bool> {
        let Some(flush) = self.read.flush else { return Ok(true) };
        // SAFETY: the sink's own function, with what it has opened.
        let done = self.opened.run("flush", &[abi::STATUS_OK, abi::STATUS_WOULD_BLOCK], |pointer| unsafe { flush(pointer) });
        done.map(|answer| answer == abi::STATUS_OK).map_err(|error| self.opened.failed(error))
    }
}
