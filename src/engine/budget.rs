//! How much a context's guests may take together.
#![forbid(unsafe_code)]

/// How much a context's guests may take.
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

/// How much of something is granted, of how much there is.
pub struct Budget {
    limit: u64,
    used: u64,
    /// What was granted last, should it come to nothing.
    last: u64,
}

impl Budget {
    pub fn new(limit: u64) -> Self {
        Self { limit, used: 0, last: 0 }
    }

    /// Whether something may grow from `current` to `desired`, which it is granted then.
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

    /// Whether so much more would be granted.
    pub fn has_room(&self, more: u64) -> bool {
        more <= self.limit - self.used
    }

    /// Takes back what was granted last.
    pub fn take_back(&mut self) {
        self.used -= std::mem::take(&mut self.last);
    }
}
