//! The events that a running stage of a stream handles, and those that it emits. They lie in the store, so that host functions reach
//! them through their caller.
#![forbid(unsafe_code)]

use crate::events::{Batch, Event, Metadata};
use crate::limits::MAX_STREAM_EMITTED;
use crate::status::{Error, Result};
use libvm_abi as abi;

/// What differs in the next emitted event from the one that is handled.
#[derive(Default)]
struct Draft {
    timestamp: Option<i64>,
    metadata: Option<Metadata>,
}

/// The events of a stage.
pub struct Stage {
    /// The events that it handles.
    pub input: Batch,
    /// The events that it has emitted.
    pub output: Batch,
    /// The index of the event that is handled.
    current: usize,
    /// The index after the last one that the call may handle.
    end: usize,
    /// What the output contained before the call.
    mark: (usize, usize),
    /// The origin of what the call emits.
    origin: usize,
    draft: Draft,
    addresses: Vec<[usize; 2]>,
    /// How many events, and bytes of them, a call may emit.
    limits: (usize, usize),
}

impl Default for Stage {
    fn default() -> Self {
        Self {
            input: Batch::new(),
            output: Batch::new(),
            current: 0,
            end: 0,
            mark: (0, 0),
            origin: 0,
            draft: Draft::default(),
            addresses: Vec::new(),
            limits: MAX_STREAM_EMITTED,
        }
    }
}

impl Stage {
    /// Sets how many events, and bytes of them, a call may emit.
    pub fn set_limits(&mut self, events: usize, bytes: usize) {
        self.limits = (events.min(MAX_STREAM_EMITTED.0), bytes.min(MAX_STREAM_EMITTED.1));
    }

    /// Begins a call that handles the events from an index up to another one.
    #[inline]
    pub fn begin(&mut self, first: usize, end: usize) {
        (self.current, self.end) = (first, end);
        self.mark = (self.output.len(), self.output.bytes());
        self.origin = self.input.get(first).origin();
        self.draft = Draft::default();
    }

    /// Returns the index after the last event that the call has handled.
    #[inline]
    pub fn handled(&self) -> usize {
        self.current + 1
    }

    /// Removes what a failed call has emitted.
    pub fn withdraw(&mut self) {
        self.output.truncate(self.mark.0);
    }

    /// Returns the event that is handled.
    #[inline]
    pub fn event(&self) -> Event<'_> {
        self.input.get(self.current)
    }

    /// Goes on to the next event of the call; returns false if there is none.
    pub fn advance(&mut self) -> bool {
        let is_next = self.current + 1 < self.end;
        if is_next {
            self.current += 1;
            self.draft = Draft::default();
        }
        is_next
    }

    /// Sets the timestamp of the next emitted event.
    pub fn set_timestamp(&mut self, timestamp: i64) {
        self.draft.timestamp = Some(timestamp);
    }

    /// Returns the metadata of the next emitted event, to be changed.
    pub fn metadata(&mut self) -> &mut Metadata {
        let event = self.input.get(self.current);
        self.draft.metadata.get_or_insert_with(|| Metadata::copy(event.metadata()))
    }

    /// Emits an event, with the timestamp and the metadata of the one that is handled except for what was set.
    ///
    /// # Errors
    /// `STATUS_LIMIT`, `STATUS_OUT_OF_MEMORY`.
    #[inline]
    pub fn emit(&mut self, payload: &[u8]) -> Result<()> {
        self.check_room(payload.len())?;
        let event = self.input.get(self.current);
        let timestamp = self.draft.timestamp.take().unwrap_or(event.timestamp());
        match self.draft.metadata.take() {
            None => self.output.push(payload, timestamp, event.position(), event.metadata())?,
            Some(metadata) => self.output.push(payload, timestamp, event.position(), metadata.fields())?,
        }
        self.emitted()
    }

    /// Emits the event that is handled, except for what was set.
    ///
    /// # Errors
    /// As `emit`.
    pub fn forward(&mut self) -> Result<()> {
        let event = self.input.get(self.current);
        self.check_room(event.payload().len())?;
        let timestamp = self.draft.timestamp.take().unwrap_or(event.timestamp());
        match self.draft.metadata.take() {
            None => self.output.push(event.payload(), timestamp, event.position(), event.metadata())?,
            Some(metadata) => self.output.push(event.payload(), timestamp, event.position(), metadata.fields())?,
        }
        self.emitted()
    }

    /// Emits what `push` appends to the output, with so many bytes of payload.
    ///
    /// # Errors
    /// As `emit`, and those of `push`.
    pub fn emit_with(&mut self, size: usize, push: impl FnOnce(&mut Batch) -> Result<()>) -> Result<()> {
        self.check_room(size)?;
        self.draft = Draft::default();
        push(&mut self.output)?;
        self.emitted()
    }

    /// Returns where the strings of the metadata of the event are, each followed by a NUL: the addresses of keys and values, which are
    /// valid until the call goes on to another event or ends.
    pub fn addresses(&mut self) -> &[[usize; 2]] {
        let address = |text: &[u8]| text.as_ptr().expose_provenance();
        self.addresses.clear();
        let fields = self.input.get(self.current).c_metadata();
        self.addresses.extend(fields.map(|(key, value)| [address(key), address(value)]));
        &self.addresses
    }

    #[inline]
    fn check_room(&self, size: usize) -> Result<()> {
        let (events, bytes) = (self.output.len() - self.mark.0, self.output.bytes() - self.mark.1);
        if events < self.limits.0 && bytes + size <= self.limits.1 {
            return Ok(());
        }
        Err(full(self.limits))
    }

    #[inline]
    fn emitted(&mut self) -> Result<()> {
        self.output.set_origin(self.output.len() - 1, self.origin);
        // Metadata counts too.
        if self.output.bytes() - self.mark.1 > self.limits.1 { Err(full(self.limits)) } else { Ok(()) }
    }
}

#[cold]
fn full((events, bytes): (usize, usize)) -> Error {
    let message =
        format!("a stage of a stream may emit at most {events} events and {bytes} bytes in one call (VM_StreamSetEmitLimits)");
    Error::new(abi::STATUS_LIMIT, message)
}
