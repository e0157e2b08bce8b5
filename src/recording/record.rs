//! Recording: everything that comes from the host is written down, in its order.
//!
//! When the guest calls the host, a copy of the memory is taken that the host function can change; when the host continues or calls the
//! guest, what differs is written. That finds every way of writing, at the cost of the copy.
#![forbid(unsafe_code)]

use super::changes::Snapshots;
use super::entry::{Entry, Failure, Outcome};
use super::file::{Sink, Writer};
use super::names::Seen;
use crate::engine::watch::{Called, Ended, Function, Recorder, Set, Space};
use crate::status::{Error, Result, Status};
use libvm_abi::{self as abi, Value};

/// Records the calls of a context.
pub struct Recording {
    writer: Writer,
    snapshots: Snapshots,
    seen: Seen,
    /// The memories that the running host functions can change, innermost last.
    hosts: Vec<Option<usize>>,
    /// Number of calls of guests, one inside of the other.
    guests: usize,
}

impl Recording {
    /// Begins a recording of a context whose guests use fuel as `metering` says.
    ///
    /// # Errors
    /// Those of the sink.
    pub fn new(sink: Box<dyn Sink>, metering: u8) -> Result<Self> {
        let writer = Writer::new(sink, metering)?;
        Ok(Self { writer, snapshots: Snapshots::default(), seen: Seen::default(), hosts: Vec::new(), guests: 0 })
    }

    /// Writes what the host has changed of a memory.
    fn changes(&mut self, index: usize, space: &mut dyn Space) {
        let writer = &mut self.writer;
        self.snapshots.compare(index, space, |size, address, bytes| {
            writer.write(&Entry::Memory { memory: index as u32, size, address, bytes: bytes.to_vec() });
        });
    }

    /// Writes what the host has changed before it continues or calls the guest.
    fn host_leaves(&mut self, space: &mut dyn Space) {
        if self.guests == 0 {
            (0..space.memories()).for_each(|index| self.changes(index, space));
        } else if let Some(Some(index)) = self.hosts.last().copied() {
            self.changes(index, space);
        }
    }

    /// Notes what the host can change from now on.
    fn host_goes_on(&mut self, space: &mut dyn Space) {
        if self.guests == 0 {
            self.snapshots.take_all(space);
            self.writer.flush();
        } else if let Some(Some(index)) = self.hosts.last().copied() {
            self.snapshots.take(index, space);
        }
    }

    fn write_with(&mut self, values: &[Value], space: &mut dyn Space, entry: impl FnOnce(Vec<super::entry::Recorded>) -> Entry) {
        match self.seen.host_values(values, space) {
            Some(values) => self.writer.write(&entry(values)),
            None => self.writer.fail(unknown_function()),
        }
    }
}

/// The error of a function that a replay could not find.
fn unknown_function() -> Error {
    let message = "the host passed a guest a function that no instance exports and that no guest had passed to the host: a recording \
                   cannot name it";
    Error::new(abi::STATUS_UNSUPPORTED, message)
}

impl Recorder for Recording {
    fn instantiates(&mut self, fingerprint: u64, space: &mut dyn Space) -> Result<()> {
        self.host_leaves(space);
        self.writer.write(&Entry::Instantiate(fingerprint));
        Ok(())
    }

    fn instantiated(&mut self, space: &mut dyn Space) {
        self.host_goes_on(space);
    }

    fn host_begins(&mut self, called: Called<'_>, args: &[Value], memory: Option<usize>, space: &mut dyn Space) {
        let args = self.seen.guest_values(args, space, |_, _| {});
        let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
        self.writer.write(&Entry::HostCall { module: text(called.module), name: text(called.function), args });
        // The host function may end the process.
        self.writer.flush();
        self.hosts.push(memory);
        self.host_goes_on(space);
    }

    fn host_resumes(
        &mut self,
        (status, values, text): (Status, &[Value], Option<&str>),
        memory: Option<usize>,
        space: &mut dyn Space,
    ) {
        let values = self.seen.guest_values(values, space, |_, _| {});
        self.writer.write(&Entry::Resume { status, values, text: text.map(str::to_owned) });
        self.hosts.push(memory);
        self.host_goes_on(space);
    }

    fn host_ends(&mut self, ended: Ended<'_>, space: &mut dyn Space) {
        self.host_leaves(space);
        self.hosts.pop();
        match ended {
            Ended::Returned(results) => self.write_with(results, space, |values| Entry::HostReturn(Outcome::Returned(values))),
            Ended::Failed(error) => self.writer.write(&Entry::HostReturn(Outcome::Failed(Failure::new(error)))),
            Ended::Suspended => self.writer.write(&Entry::Suspend),
        }
    }

    fn charges(&mut self, units: u64) {
        self.writer.write(&Entry::Fuel(units));
    }

    fn guest_begins(&mut self, function: Function, args: &[Value], space: &mut dyn Space) -> Result<()> {
        self.host_leaves(space);
        self.guests += 1;
        match self.seen.name(function) {
            Some(function) => self.write_with(args, space, |args| Entry::GuestCall { function, args }),
            None => self.writer.fail(unknown_function()),
        }
        Ok(())
    }

    fn guest_ends(&mut self, calls: usize, ended: Ended<'_>, space: &mut dyn Space) -> Result<()> {
        let outcome = match ended {
            Ended::Returned(results) => Outcome::Returned(self.seen.guest_values(results, space, |_, _| {})),
            Ended::Failed(error) => Outcome::Failed(Failure::new(error)),
            Ended::Suspended => return Ok(()),
        };
        let fuel = space.fuel();
        for _ in 0..calls {
            self.writer.write(&Entry::GuestReturn { outcome: outcome.clone(), fuel });
        }
        self.guests = self.guests.saturating_sub(calls);
        self.host_goes_on(space);
        Ok(())
    }

    fn sets(&mut self, instance: u32, export: &str, set: Set<'_>, space: &mut dyn Space) {
        let export = export.to_owned();
        match set {
            Set::Table { size, index, value } => self.write_with(&[*value], space, |mut values| Entry::Table {
                instance,
                export,
                size,
                index,
                value: values.remove(0),
            }),
            Set::Global { value } => {
                self.write_with(&[*value], space, |mut values| Entry::Global { instance, export, value: values.remove(0) });
            }
        }
    }

    fn finish(mut self: Box<Self>, space: &mut dyn Space) -> Result<()> {
        self.host_leaves(space);
        self.writer.finish()
    }
}
