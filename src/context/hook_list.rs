//! The hooks of a context, by point.
#![forbid(unsafe_code)]

use crate::hooks::{Hook, HostHook, bit_of};
use crate::limits::DEFAULT_HOOK_RETRIES;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Where a hook of the host stands among those of the plug-ins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HookPlace {
    /// Before them.
    First,
    /// After them.
    Last,
}

/// A hook of the host, with its point.
type OfHost = (HookPlace, Box<str>, Arc<HostHook>);

/// The hooks of a context that has some.
#[derive(Default)]
struct Lists {
    of_host: Vec<OfHost>,
    /// The hooks of a point in order, of points that were used since the last change.
    known: HashMap<Box<str>, Arc<[Hook]>>,
}

/// The hooks of a context.
pub struct Hooks {
    lists: Option<Box<Lists>>,
    /// The bits of the points with hooks.
    pub bits: Arc<AtomicU64>,
    /// How often they may ask for a retry.
    pub retries: u32,
    /// For how long an event waits for one.
    pub time: Option<Duration>,
}

impl Hooks {
    /// Creates an empty list, whose hooks may ask for so many retries.
    pub fn new(retries: Option<u32>) -> Self {
        let retries = retries.unwrap_or(DEFAULT_HOOK_RETRIES);
        Self { lists: None, bits: Arc::default(), retries, time: None }
    }

    /// Forgets the hooks of plug-ins, whose instances go or are others.
    pub fn forget(&mut self) {
        if let Some(lists) = &mut self.lists {
            lists.known.clear();
        }
    }

    /// Returns the hooks of the host, in the order in which they were added.
    pub fn of_host(&self) -> &[OfHost] {
        self.lists.as_ref().map_or(&[], |lists| &lists.of_host)
    }

    /// Adds a hook of the host.
    pub fn add(&mut self, place: HookPlace, point: &str, hook: HostHook) {
        self.lists.get_or_insert_default().of_host.push((place, point.into(), Arc::new(hook)));
    }

    /// Returns the hooks of a point that was used since the last change.
    pub fn known(&self, point: &str) -> Option<&Arc<[Hook]>> {
        self.lists.as_ref()?.known.get(point)
    }

    /// Keeps the hooks of a point until the next change.
    pub fn keep(&mut self, point: &str, hooks: Arc<[Hook]>) {
        self.lists.get_or_insert_default().known.insert(point.into(), hooks);
    }

    /// Returns whether there may be hooks at a point.
    pub fn may_have(&self, point: &str) -> bool {
        self.bits.load(Ordering::Relaxed) & bit_of(point) != 0
    }

    /// Takes note of a point with hooks.
    pub fn add_bit(&self, point: &str) {
        self.bits.fetch_or(bit_of(point), Ordering::Relaxed);
    }
}
