//! The limits of a context.
#![forbid(unsafe_code)]

use crate::limits;
use crate::status::{Error, Result, counted};
use libvm_abi as abi;
use std::sync::{Arc, LazyLock};

/// A limit of a context that growth can reach. The numbers equal those of `VM_LimitKind`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum Limit {
    /// Bytes of all linear memories together.
    Memory = 1,
    /// Bytes of one linear memory.
    MemorySize = 2,
    /// Elements of all tables together.
    Table = 3,
    /// Number of instances, of memories and of tables.
    Instance = 4,
    /// Number of externrefs.
    Reference = 5,
}

/// A growth that would exceed a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LimitRequest {
    /// Which limit.
    pub limit: Limit,
    /// How much of the resource is used.
    pub used: u64,
    /// How much would be used after the growth.
    pub wanted: u64,
    /// The present value of the limit.
    pub most: u64,
}

/// Is asked when a growth would exceed a limit, and returns the new value of the limit; a value below what is wanted refuses the
/// growth.
pub type LimitCallback = Arc<dyn Fn(&LimitRequest) -> u64 + Send + Sync>;

/// Resource limits of all guests of a context.
#[derive(Clone)]
pub struct StoreLimits {
    /// Bytes of all linear memories together.
    pub memory_bytes: u64,
    /// Bytes of each linear memory.
    pub memory_size: u64,
    /// Elements of all tables together.
    pub table_elements: u64,
    /// Instances, and also memories and tables.
    pub instances: u64,
    /// Externrefs, which are freed with the store.
    pub references: u64,
    /// Nested calls from the host into guests.
    pub call_depth: usize,
    /// Files and directories that a guest has open through WASI.
    pub open_files: usize,
    /// Is asked before one of the first five is exceeded.
    pub callback: Option<LimitCallback>,
    /// Whether a call from the host waits for a host function that suspends.
    pub may_block: bool,
}

impl Default for StoreLimits {
    fn default() -> Self {
        Self {
            memory_bytes: limits::DEFAULT_MEMORY_BYTES,
            memory_size: u64::MAX,
            table_elements: limits::DEFAULT_TABLE_ELEMENTS,
            instances: limits::DEFAULT_INSTANCES,
            references: limits::DEFAULT_REFERENCES,
            call_depth: limits::DEFAULT_CALL_DEPTH,
            open_files: limits::DEFAULT_OPEN_FILES,
            callback: None,
            may_block: true,
        }
    }
}

impl StoreLimits {
    /// Returns the default limits, which all contexts that have them share.
    pub fn shared_default() -> Arc<Self> {
        static DEFAULT: LazyLock<Arc<StoreLimits>> = LazyLock::new(Arc::default);
        Arc::clone(&DEFAULT)
    }

    /// Sets the maximum nesting depth of calls from the host into guests.
    ///
    /// # Errors
    /// `STATUS_INVALID_ARGUMENT` outside of 1 to 65,536.
    pub fn set_call_depth(&mut self, calls: usize) -> Result<()> {
        if !limits::CALL_DEPTHS.contains(&calls) {
            let message = format!("a depth of {calls} nested calls is not possible; choose 1 to {}", limits::CALL_DEPTHS.end());
            return Err(Error::new(abi::STATUS_INVALID_ARGUMENT, message));
        }
        self.call_depth = calls;
        Ok(())
    }

    /// Returns the value of a limit.
    pub fn get(&self, limit: Limit) -> u64 {
        match limit {
            Limit::Memory => self.memory_bytes,
            Limit::MemorySize => self.memory_size,
            Limit::Table => self.table_elements,
            Limit::Instance => self.instances,
            Limit::Reference => self.references,
        }
    }

    /// Returns the value of a limit, to be changed.
    pub fn of(&mut self, limit: Limit) -> &mut u64 {
        match limit {
            Limit::Memory => &mut self.memory_bytes,
            Limit::MemorySize => &mut self.memory_size,
            Limit::Table => &mut self.table_elements,
            Limit::Instance => &mut self.instances,
            Limit::Reference => &mut self.references,
        }
    }
}

impl LimitRequest {
    /// Returns what exceeds which limit, and what to do.
    pub fn why(&self) -> String {
        let (wanted, most) = (self.wanted, self.most);
        match self.limit {
            Limit::Reference => format!(
                "the context would have had {wanted}, counting those that were released, and its limit is {most}; VM_ContextReset \
                 frees them, VM_ContextConfigSetReferenceLimit raises the limit"
            ),
            Limit::Memory => format!(
                "the memories of the context would have {} in total, and its limit is {most} (VM_ContextConfigSetMemoryLimit \
                 raises it, UINT64_MAX lifts it)",
                counted(wanted, "byte")
            ),
            Limit::MemorySize => format!(
                "the memory would have {}, and the limit of each memory is {most} (VM_ContextConfigSetMemorySizeLimit raises it)",
                counted(wanted, "byte")
            ),
            Limit::Table => format!(
                "the tables of the context would have {} in total, and its limit is {most} (VM_ContextConfigSetTableLimit raises \
                 it)",
                counted(wanted, "element")
            ),
            Limit::Instance => format!(
                "the context would have had {wanted}, counting those that failed or were removed, and its limit is {most}; \
                 VM_ContextReset frees them, VM_ContextConfigSetInstanceLimit raises the limit"
            ),
        }
    }
}
