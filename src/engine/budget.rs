//! Resource limits of all guests of a context.
#![forbid(unsafe_code)]

/// Resource limits of all guests of a context.
#[derive(Clone, Copy, Debug)]
pub struct StoreLimits {
    /// Bytes of all linear memories together.
    pub memory_bytes: u64,
    /// Elements of all tables together.
    pub table_elements: u64,
    /// Instances, and also memories and tables.
    pub instances: usize,
}

impl Default for StoreLimits {
    fn default() -> Self {
        Self { memory_bytes: u64::MAX, table_elements: 10_000_000, instances: 10_000 }
    }
}

/// How much of a resource is granted, and the limit.
pub struct Budget {
    limit: u64,
    used: u64,
    /// What was granted last, to be revoked if the growth fails.
    last: u64,
}

impl Budget {
    pub fn new(limit: u64) -> Self {
        Self { limit, used: 0, last: 0 }
    }

    /// Grants growth from `current` to `desired` if the limit permits it, and returns whether it does.
    pub fn admit(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> bool {
        self.last = 0;
        let more = desired.saturating_sub(current) as u64;
        let fits = maximum.is_none_or(|maximum| desired <= maximum) && self.has_room(more);
        if fits {
            self.used += more;
            self.last = more;
        }
        fits
    }

    /// Returns whether this much more would be granted.
    pub fn has_room(&self, more: u64) -> bool {
        more <= self.limit - self.used
    }

    /// Revokes what was granted last.
    pub fn take_back(&mut self) {
        self.used -= std::mem::take(&mut self.last);
    }
}
