//! What watches the calls of a context: counters, the host's tracing callback, and a recording or its replay.
//!
//! A context that is not watched pays nothing: its host functions are called directly, and its calls of the guest compare one
//! pointer with NULL.
#![forbid(unsafe_code)]

mod call;
mod recorder;
mod sentinel;
mod statistics;
mod trace;

pub use call::{Called, Ended};
pub use recorder::{Function, Recorder, Set, Space};
pub use sentinel::Sentinel;
pub use statistics::{Statistics, Usage};
pub use trace::{Event, EventKind, Tracer};

use super::handles::Handle;
use crate::stack;
use crate::status::Status;
use call::Side;
use libvm_abi::{self as abi, Value};
use statistics::Counters;
use std::sync::Arc;

/// What a context watches.
#[derive(Clone, Default)]
pub struct WatchConfig {
    /// Whether calls are counted and timed.
    pub statistics: bool,
    /// Receives each call.
    pub tracer: Option<Tracer>,
}

impl WatchConfig {
    /// Returns whether there is anything to watch.
    pub fn is_on(&self) -> bool {
        self.statistics || self.tracer.is_some()
    }
}

/// A sentinel, and the name of a function whose call ends.
type Told = (Arc<dyn Sentinel>, Option<Box<str>>);

/// The watch of a context.
pub struct Watch {
    /// Whose code runs, innermost last.
    sides: Vec<Side>,
    counters: Option<Counters>,
    tracer: Option<Tracer>,
    pub(super) sentinel: Option<Arc<dyn Sentinel>>,
    /// Taken while it is used.
    pub(super) recorder: Option<Box<dyn Recorder>>,
}

impl Watch {
    /// Creates a watch; `None` if there is nothing to watch.
    pub fn new(config: &WatchConfig) -> Option<Box<Self>> {
        config.is_on().then(|| {
            let counters = config.statistics.then(Counters::default);
            Box::new(Self { sides: Vec::new(), counters, tracer: config.tracer.clone(), sentinel: None, recorder: None })
        })
    }

    /// Creates a watch for a recorder or a sentinel only.
    pub fn bare() -> Box<Self> {
        Box::new(Self { sides: Vec::new(), counters: None, tracer: None, sentinel: None, recorder: None })
    }

    /// Returns the counters of all calls, or of those of a plug-in; `None` if calls are not counted.
    pub fn statistics(&self, plugin: Option<&str>) -> Option<Statistics> {
        self.counters.as_ref().map(|counters| counters.get(plugin))
    }

    /// The guest calls a host function.
    pub fn host_begins(&mut self, called: Called<'_>, args: &[Value]) {
        self.turn();
        if let Some(counters) = &mut self.counters {
            counters.host_call(called.plugin);
        }
        self.emit(EventKind::HostCall, called, abi::STATUS_OK, args, None);
        self.enter(Side::Host(called.plugin.cloned()));
    }

    /// A suspended call of a host function goes on with its completion.
    pub fn host_resumes(&mut self, called: Called<'_>, status: Status, values: &[Value], text: Option<&str>) {
        self.turn();
        self.emit(EventKind::Resume, called, status, values, text);
        self.enter(Side::Host(called.plugin.cloned()));
    }

    /// The call of a host function ends, or is suspended.
    pub fn host_ends(&mut self, called: Called<'_>, ended: Ended<'_>) {
        self.leave();
        if let Some(counters) = &mut self.counters {
            counters.host_ended(called.plugin, ended);
        }
        let kind = if matches!(ended, Ended::Suspended) { EventKind::Suspend } else { EventKind::HostReturn };
        self.emit_end(kind, called, ended);
    }

    /// The host calls a function that an instance exports, as far as that is known; returns the nesting depth of the call.
    pub fn guest_begins(&mut self, instance: Option<Handle>, function: Option<Box<str>>, args: &[Value]) -> usize {
        self.turn();
        if let Some(counters) = &mut self.counters {
            counters.guest_call(self.sides.last().and_then(Side::plugin));
        }
        let called = Called { module: None, function: function.as_deref(), plugin: None, instance };
        self.emit(EventKind::GuestCall, called, abi::STATUS_OK, args, None);
        self.enter(Side::Guest { instance, function });
        self.sides.len() - 1
    }

    /// A call of the guest with this nesting depth ends. What is inside of it ends with it, if an execution was given up; returns
    /// how many calls of guests these are.
    pub fn guest_ends(&mut self, depth: usize, ended: Ended<'_>) -> usize {
        self.turn();
        let calls = self.sides.iter().skip(depth).filter(|side| matches!(side, Side::Guest { .. })).count();
        self.sides.truncate(depth + 1);
        let side = self.sides.pop();
        self.go_on();
        if let Some(Side::Guest { instance, function }) = side {
            let called = Called { module: None, function: function.as_deref(), plugin: None, instance };
            self.emit_end(EventKind::GuestReturn, called, ended);
        }
        calls
    }

    /// Returns the sentinel that is told of the end of the call with this nesting depth, and the name of its function.
    pub fn sentinel_of(&self, depth: usize) -> Option<Told> {
        match self.sides.get(depth)? {
            Side::Guest { function, .. } => Some((Arc::clone(self.sentinel.as_ref()?), function.clone())),
            Side::Host(_) => None,
        }
    }

    /// Returns the nesting depth of the innermost call.
    pub fn innermost(&self) -> usize {
        self.sides.len().saturating_sub(1)
    }

    /// An unfinished execution waits, or others have their turn.
    pub fn pause(&mut self) {
        self.turn();
    }

    /// Time is counted again.
    pub fn go_on(&mut self) {
        if let Some(counters) = self.counters.as_mut().filter(|_| !self.sides.is_empty()) {
            counters.start();
        }
    }

    fn enter(&mut self, side: Side) {
        self.sides.push(side);
        self.go_on();
    }

    fn leave(&mut self) {
        self.turn();
        self.sides.pop();
        self.go_on();
    }

    /// Counts the time of the code that has run until now.
    fn turn(&mut self) {
        if let Some(counters) = &mut self.counters {
            counters.turn(self.sides.last());
        }
    }

    fn emit_end(&self, kind: EventKind, called: Called<'_>, ended: Ended<'_>) {
        let (values, text) = match ended {
            Ended::Returned(results) => (results, None),
            Ended::Failed(error) => (&[][..], Some(error.message())),
            Ended::Suspended => (&[][..], None),
        };
        self.emit(kind, called, ended.status(), values, text);
    }

    fn emit(&self, kind: EventKind, called: Called<'_>, status: Status, values: &[Value], text: Option<&str>) {
        if let Some(tracer) = &self.tracer {
            let event = Event { kind, depth: self.sides.len(), called, status, values, text };
            stack::on_thread(|| tracer(&event));
        }
    }
}
