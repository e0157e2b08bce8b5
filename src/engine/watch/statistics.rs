//! Counters of calls, and the time that they take.
#![forbid(unsafe_code)]

use super::call::{Ended, Side};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

/// What the guests of a context have used. It is always counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Calls from the host into guests that ended with a trap, or with the failure of a host function.
    pub traps: u64,
    /// Bytes of all linear memories.
    pub memory_bytes: u64,
    /// The largest number of bytes that all linear memories together have had.
    pub memory_high_water: u64,
    /// Fuel that guests used and host functions charged.
    pub fuel: u64,
}

/// Counters of calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Calls of host functions.
    pub host_calls: u64,
    /// Calls of host functions that failed.
    pub host_failures: u64,
    /// Calls from the host into guests.
    pub guest_calls: u64,
    /// How often a host function suspended its call.
    pub suspensions: u64,
    /// Nanoseconds in host functions, without the guests that they called.
    pub host_nanoseconds: u64,
    /// Nanoseconds in guests, without the host functions that they called.
    pub guest_nanoseconds: u64,
}

/// The counters of a context and of its plug-ins.
#[derive(Default)]
pub(super) struct Counters {
    all: Statistics,
    plugins: HashMap<Arc<str>, Statistics>,
    /// Since when the present side runs.
    since: Option<Instant>,
}

impl Counters {
    pub fn get(&self, plugin: Option<&str>) -> Statistics {
        plugin.map_or(self.all, |plugin| self.plugins.get(plugin).copied().unwrap_or_default())
    }

    fn count(&mut self, plugin: Option<&Arc<str>>, count: impl Fn(&mut Statistics)) {
        count(&mut self.all);
        if let Some(plugin) = plugin {
            match self.plugins.get_mut(plugin) {
                Some(counters) => count(counters),
                None => count(self.plugins.entry(Arc::clone(plugin)).or_default()),
            }
        }
    }

    pub fn host_call(&mut self, plugin: Option<&Arc<str>>) {
        self.count(plugin, |counters| counters.host_calls += 1);
    }

    pub fn host_ended(&mut self, plugin: Option<&Arc<str>>, ended: Ended<'_>) {
        match ended {
            Ended::Returned(_) => {}
            Ended::Failed(_) => self.count(plugin, |counters| counters.host_failures += 1),
            Ended::Suspended => self.count(plugin, |counters| counters.suspensions += 1),
        }
    }

    /// A call of the guest begins, in a function of this plug-in.
    pub fn guest_call(&mut self, plugin: Option<&Arc<str>>) {
        self.count(plugin, |counters| counters.guest_calls += 1);
    }

    /// A side begins to run.
    pub fn start(&mut self) {
        self.since = Some(Instant::now());
    }

    /// The side that ran is interrupted, or has ended.
    pub fn turn(&mut self, side: Option<&Side>) {
        let Some(since) = self.since.take() else { return };
        let nanoseconds = u64::try_from(since.elapsed().as_nanos()).unwrap_or(u64::MAX);
        match side {
            Some(Side::Guest { .. }) => self.all.guest_nanoseconds += nanoseconds,
            Some(Side::Host(plugin)) => self.count(plugin.as_ref(), |counters| counters.host_nanoseconds += nanoseconds),
            None => {}
        }
    }
}
