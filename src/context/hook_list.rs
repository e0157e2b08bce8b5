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

/// The hooks of a context.
pub struct Hooks {
    /// Those of the host, with their points.
    pub of_host: Vec<(HookPlace, Box<str>, Arc<HostHook>)>,
    /// The hooks of a point in order, of points that were used since the last change.
    pub known: HashMap<Box<str>, Arc<[Hook]>>,
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
        Self { of_host: Vec::new(), known: HashMap::new(), bits: Arc::default(), retries, time: None }
    }

    /// Forgets the hooks of plug-ins, whose instances go or are others.
    pub fn forget(&mut self) {
        self.known.clear();
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
