//! What the guests of a context use of what is limited.
#![forbid(unsafe_code)]

use super::interface::Needs;
use super::limit::{Limit, LimitRequest, StoreLimits};
use crate::stack;
use crate::status::{Error, Result, counted};
use libvm_abi as abi;
use std::sync::Arc;

/// How much of a resource is granted.
#[derive(Default)]
struct Budget {
    used: u64,
    /// What was granted last, to be revoked if the growth fails.
    last: u64,
    /// The largest amount that was used before the last grant.
    most: u64,
}

impl Budget {
    fn grant(&mut self, more: u64) {
        self.most = self.high_water();
        let used = self.used.saturating_add(more);
        self.last = used - self.used;
        self.used = used;
    }

    fn take_back(&mut self) {
        self.used -= std::mem::take(&mut self.last);
    }

    fn high_water(&self) -> u64 {
        self.most.max(self.used)
    }
}

/// Why a memory or a table has not grown.
enum Refusal {
    Limit(LimitRequest),
    OutOfMemory,
}

/// What the guests of a context use, and the limits.
pub struct Budgets {
    /// Shared with other contexts until one of them is raised.
    limits: Arc<StoreLimits>,
    /// How many bytes the engine has room for in each memory.
    room: u64,
    memory: Budget,
    table: Budget,
    /// Numbers of instances, memories and tables that were created or begun.
    created: [u64; 3],
    /// Number of externrefs.
    references: u64,
    /// Why the last growth failed; `None` if the type of the memory or table does not permit it.
    refusal: Option<Box<Refusal>>,
}

/// What was granted at a moment, to come back to it.
#[cfg(feature = "compiled")]
pub struct Granted([(u64, u64); 2]);

/// In the order of `Budgets::created`.
const CREATED: [&str; 3] = ["instances", "memories", "tables"];

impl Budgets {
    /// Begins with nothing used.
    pub fn new(limits: Arc<StoreLimits>) -> Self {
        Self {
            limits,
            room: u64::MAX,
            memory: Budget::default(),
            table: Budget::default(),
            created: [0; 3],
            references: 0,
            refusal: None,
        }
    }

    /// Limits each memory to what the engine has room for, which no limit raises.
    pub fn bound_memory_size(mut self, bytes: u64) -> Self {
        self.room = bytes;
        self
    }

    /// Returns what is granted, before an instance is created.
    #[cfg(feature = "compiled")]
    pub fn granted(&self) -> Granted {
        Granted([&self.memory, &self.table].map(|budget| (budget.used, budget.most)))
    }

    /// Takes back what was granted since then: nothing of it exists. What has refused more is still known.
    #[cfg(feature = "compiled")]
    pub fn take_back(&mut self, granted: &Granted) {
        for (budget, (used, most)) in [&mut self.memory, &mut self.table].into_iter().zip(granted.0) {
            *budget = Budget { used, last: 0, most };
        }
    }

    /// Returns the number of bytes of all linear memories.
    pub fn memory_bytes(&self) -> u64 {
        self.memory.used
    }

    /// Returns the largest number of bytes that all linear memories together have had.
    pub fn high_water(&self) -> u64 {
        self.memory.high_water()
    }

    /// Grants a memory growth from `current` to `desired` bytes, if its type and the limits permit it; `current` is 0 for a new
    /// one. Returns whether they do.
    pub fn admit_memory(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> bool {
        self.refusal = None;
        let (current, desired, more) = (current as u64, desired as u64, desired.saturating_sub(current) as u64);
        let total = self.memory.used.saturating_add(more);
        let fits = maximum.is_none_or(|maximum| desired <= maximum as u64)
            && self.allow(Limit::MemorySize, current, desired)
            && self.allow(Limit::Memory, self.memory.used, total);
        if fits {
            self.memory.grant(more);
        }
        fits
    }

    /// Grants a table growth, likewise.
    pub fn admit_table(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> bool {
        self.refusal = None;
        let more = desired.saturating_sub(current) as u64;
        let total = self.table.used.saturating_add(more);
        let fits = maximum.is_none_or(|maximum| desired <= maximum) && self.allow(Limit::Table, self.table.used, total);
        if fits {
            self.table.grant(more);
        }
        fits
    }

    /// Revokes what was granted last: the memory has not grown.
    pub fn memory_failed(&mut self, out_of_memory: bool) {
        self.memory.take_back();
        self.refusal = out_of_memory.then(|| Box::new(Refusal::OutOfMemory));
    }

    /// Revokes what was granted last: the table has not grown.
    pub fn table_failed(&mut self, out_of_memory: bool) {
        self.table.take_back();
        self.refusal = out_of_memory.then(|| Box::new(Refusal::OutOfMemory));
    }

    /// Returns whether a table has been granted since then.
    #[cfg(feature = "compiled")]
    pub fn has_granted_table(&self, before: &Granted) -> bool {
        self.table.used > before.0[1].0
    }

    /// Forgets why growth has failed before.
    #[inline]
    pub fn forget_refusal(&mut self) {
        if self.refusal.is_some() {
            self.refusal = None;
        }
    }

    /// Returns whether growth has failed since.
    #[cfg(feature = "compiled")]
    #[inline(always)] // on the path of prepared calls
    pub fn has_refused(&self) -> bool {
        self.refusal.is_some()
    }

    /// Returns the error of the growth that failed last, beginning with `what`; `None` if its type does not permit it.
    pub fn refused(&self, what: &str) -> Option<Error> {
        Some(match self.refusal.as_deref()? {
            Refusal::Limit(request) if request.limit == Limit::MemorySize && request.most == self.room => {
                let why = format!(
                    "the memory would have {}, and the pool of the engine has room for {} each (VM_EngineConfigSetPooling raises it)",
                    counted(request.wanted, "byte"),
                    self.room
                );
                Error::new(abi::STATUS_LIMIT, format!("{what}: {why}"))
            }
            Refusal::Limit(request) => Error::new(abi::STATUS_LIMIT, format!("{what}: {}", request.why())),
            Refusal::OutOfMemory => Error::new(abi::STATUS_OUT_OF_MEMORY, format!("{what}: the system is out of memory")),
        })
    }

    /// Checks that there is room for an instance and what it needs.
    ///
    /// # Errors
    /// `STATUS_LIMIT`.
    pub fn check_instance(&mut self, needs: &Needs) -> Result<()> {
        const WHAT: &str = "the module cannot be instantiated";
        self.check_created([1, needs.memories, needs.tables], WHAT)?;
        let memory = self.allow(Limit::MemorySize, 0, needs.largest_memory)
            && self.allow(Limit::Memory, self.memory.used, self.memory.used.saturating_add(needs.memory_bytes));
        if !memory {
            return Err(self.no_room(&format!("{WHAT}: its memory cannot be created")));
        }
        if !self.allow(Limit::Table, self.table.used, self.table.used.saturating_add(needs.table_elements)) {
            return Err(self.no_room(&format!("{WHAT}: its table cannot be created")));
        }
        Ok(())
    }

    /// Counts an instance whose creation begins.
    pub fn count_instance(&mut self, needs: &Needs) {
        (self.memory.last, self.table.last) = (0, 0);
        self.count([1, needs.memories, needs.tables]);
    }

    /// Counts a memory that the host creates.
    ///
    /// # Errors
    /// `STATUS_LIMIT`.
    pub fn count_memory(&mut self) -> Result<()> {
        self.check_created([0, 1, 0], "the memory cannot be created")?;
        self.count([0, 1, 0]);
        Ok(())
    }

    /// Counts a table that the host creates.
    ///
    /// # Errors
    /// `STATUS_LIMIT`.
    pub fn count_table(&mut self) -> Result<()> {
        self.check_created([0, 0, 1], "the table cannot be created")?;
        self.count([0, 0, 1]);
        Ok(())
    }

    /// Counts an externref that the host creates.
    ///
    /// # Errors
    /// `STATUS_LIMIT`.
    pub fn count_reference(&mut self) -> Result<()> {
        if !self.allow(Limit::Reference, self.references, self.references + 1) {
            return Err(self.refused("the externref cannot be created").expect("a limit has refused it"));
        }
        self.references += 1;
        Ok(())
    }

    fn count(&mut self, more: [u64; 3]) {
        self.created.iter_mut().zip(more).for_each(|(created, more)| *created += more);
    }

    fn check_created(&mut self, more: [u64; 3], what: &str) -> Result<()> {
        for (noun, (created, more)) in CREATED.iter().zip(self.created.into_iter().zip(more)) {
            if more > 0 && !self.allow(Limit::Instance, created, created.saturating_add(more)) {
                return Err(self.refused(&format!("{what}: too many {noun}")).expect("a limit has refused it"));
            }
        }
        Ok(())
    }

    /// Creates the error of an instance for which there is no room.
    fn no_room(&self, what: &str) -> Error {
        let earlier = matches!(self.refusal.as_deref(), Some(Refusal::Limit(request)) if request.used > 0);
        let error = self.refused(what).expect("a limit has refused it");
        if !earlier {
            return error;
        }
        Error::new(error.status(), format!("{}; VM_ContextReset frees what earlier instances took", error.message()))
    }

    /// Returns whether so much is within a limit, or the host raises it.
    fn allow(&mut self, limit: Limit, used: u64, wanted: u64) -> bool {
        if limit == Limit::MemorySize && wanted > self.room {
            self.refusal = Some(Box::new(Refusal::Limit(LimitRequest { limit, used, wanted, most: self.room })));
            return false;
        }
        let most = self.limits.get(limit);
        if wanted <= most {
            return true;
        }
        let request = LimitRequest { limit, used, wanted, most };
        let raised = self.limits.callback.as_ref().map_or(most, |callback| stack::on_thread(|| callback(&request)));
        if raised >= wanted {
            *Arc::make_mut(&mut self.limits).of(limit) = raised;
            return true;
        }
        self.refusal = Some(Box::new(Refusal::Limit(request)));
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_high_water_is_of_memories_that_have_grown() {
        let mut budgets = Budgets::new(Arc::new(StoreLimits { memory_bytes: 100, ..StoreLimits::default() }));
        assert!(budgets.admit_memory(0, 60, None));
        assert!(!budgets.admit_memory(60, 120, None));
        assert!(!budgets.admit_memory(60, 80, Some(70)));
        assert_eq!(budgets.high_water(), 60);
        assert!(budgets.admit_memory(60, 90, None));
        budgets.memory_failed(true);
        assert_eq!(budgets.high_water(), 60);
        assert!(budgets.admit_memory(0, 40, None));
        assert_eq!(budgets.high_water(), 100);
    }

    /// A context whose own limit is as large as a place of the pool is told of the pool, which the host has to change as well.
    #[test]
    fn no_callback_raises_what_the_engine_has_room_for() {
        let limits = StoreLimits { callback: Some(Arc::new(|_: &LimitRequest| u64::MAX)), ..StoreLimits::default() };
        let mut budgets = Budgets::new(Arc::new(StoreLimits { memory_size: 10, ..limits })).bound_memory_size(100);
        assert!(budgets.admit_memory(0, 100, None));
        assert!(!budgets.admit_memory(100, 101, None));
        let error = budgets.refused("no").unwrap();
        let expected = "no: the memory would have 101 bytes, and the pool of the engine has room for 100 each";
        assert!(error.message().starts_with(expected), "{}", error.message());
    }

    #[test]
    #[cfg(feature = "compiled")]
    fn what_a_failed_instance_was_granted_is_taken_back() {
        let mut budgets = Budgets::new(Arc::new(StoreLimits { memory_bytes: 100, ..StoreLimits::default() }));
        assert!(budgets.admit_memory(0, 60, None) && budgets.admit_table(0, 5, None));
        let before = budgets.granted();
        assert!(budgets.admit_memory(0, 20, None) && budgets.admit_memory(0, 20, None) && budgets.admit_table(0, 1, None));
        assert!(!budgets.admit_memory(0, 1, None));
        assert!(budgets.has_granted_table(&before));
        budgets.take_back(&before);
        assert_eq!((budgets.memory.used, budgets.high_water(), budgets.table.used), (60, 60, 5));
        assert!(budgets.refused("no").unwrap().message().contains("in total"));
        // Nothing else is given back by a failure that follows.
        budgets.memory_failed(true);
        assert_eq!(budgets.memory.used, 60);
    }

    #[test]
    fn numbers_that_overflow_are_refused_or_without_a_limit() {
        let mut budgets = Budgets::new(StoreLimits::shared_default());
        let needs = Needs { memories: 1, memory_bytes: u64::MAX, largest_memory: u64::MAX, ..Needs::default() };
        assert!(budgets.admit_memory(0, 1, None));
        let error = budgets.check_instance(&needs).unwrap_err();
        assert!(error.message().contains("would have 18446744073709551615 bytes"), "{}", error.message());
        let mut lifted = Budgets::new(Arc::new(StoreLimits { memory_bytes: u64::MAX, ..StoreLimits::default() }));
        assert!(lifted.admit_memory(0, 1, None));
        assert!(lifted.check_instance(&needs).is_ok());
        assert!(lifted.admit_memory(0, usize::MAX, None));
        lifted.memory_failed(true);
        assert_eq!((lifted.high_water(), lifted.memory.used), (1, 1));
    }
}
