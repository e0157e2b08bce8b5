//! The pool of an engine that runs machine code: places for instances that are reserved when the engine is created.
#![forbid(unsafe_code)]

#[cfg(feature = "compiled")]
use super::interface::Needs;
use super::limit::StoreLimits;
#[cfg(feature = "compiled")]
use crate::limits::POOL_TABLE_ELEMENTS;
use crate::limits::{MAX_POOL_INSTANCES, MAX_POOL_MEMORY};
use crate::status::{Error, Result, counted};
use libvm_abi as abi;

/// The size of a pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pooling {
    /// How many instances there can be at the same time, and as many memories and tables.
    pub instances: u32,
    /// How large each memory can become, in bytes.
    pub memory: u64,
}

impl Pooling {
    /// Creates the size of a pool of this many instances, whose memories can have so many bytes: as many as 32-bit addresses reach for 0.
    /// `None` for no instances.
    ///
    /// # Errors
    /// `STATUS_INVALID_ARGUMENT` for more than can be reserved.
    pub fn new(instances: usize, memory: u64) -> Result<Option<Self>> {
        if instances == 0 {
            return Ok(None);
        }
        let invalid = |message| Err(Error::new(abi::STATUS_INVALID_ARGUMENT, message));
        if instances > MAX_POOL_INSTANCES {
            let message =
                format!("a pool of {instances} instances is not possible; choose 1 to {MAX_POOL_INSTANCES}, or 0 for none");
            return invalid(message);
        }
        if memory > MAX_POOL_MEMORY {
            return invalid(format!(
                "a pool of memories of {memory} bytes is not possible; choose 1 to {MAX_POOL_MEMORY}, or 0 for that"
            ));
        }
        let memory = if memory == 0 { MAX_POOL_MEMORY } else { memory };
        Ok(Some(Self { instances: instances as u32, memory }))
    }

    /// Checks that the memories of a context, whose limits these are, can become as large as the limits say.
    ///
    /// # Errors
    /// `STATUS_INVALID_ARGUMENT`.
    pub fn check_limits(&self, limits: &StoreLimits) -> Result<()> {
        // Without a limit, memories can become as large as the pool permits.
        if limits.memory_size <= self.memory || limits.memory_size == u64::MAX {
            return Ok(());
        }
        let message = format!(
            "the context permits memories of {} (VM_ContextConfigSetMemorySizeLimit), and the pool of its engine has room for {} each \
             (VM_EngineConfigSetPooling); lower the one or raise the other",
            counted(limits.memory_size, "byte"),
            self.memory
        );
        Err(Error::new(abi::STATUS_INVALID_ARGUMENT, message))
    }

    /// Checks that a module fits, so that it does not depend on the engine of a context whether it runs.
    ///
    /// # Errors
    /// `STATUS_LIMIT`.
    #[cfg(feature = "compiled")]
    pub fn check_module(&self, needs: &Needs) -> Result<()> {
        let instances = u64::from(self.instances);
        // The elements of a table are the same for all pools.
        let raise = "raise VM_EngineConfigSetPooling, or ";
        for (needed, most, what, raise) in [
            (needs.largest_memory, self.memory, "bytes of a memory", raise),
            (needs.memories, instances, "memories", raise),
            (needs.largest_table, POOL_TABLE_ELEMENTS, "elements of a table", ""),
            (needs.tables, instances, "tables", raise),
        ] {
            if needed > most {
                let message = format!(
                    "the module needs {needed} {what}, and the pool of the engine has room for {most}; {raise}load it in an engine \
                     without a pool"
                );
                return Err(Error::new(abi::STATUS_LIMIT, message));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_checked() {
        assert_eq!(Pooling::new(0, u64::MAX).unwrap(), None);
        assert_eq!(Pooling::new(5, 0).unwrap(), Some(Pooling { instances: 5, memory: 1 << 32 }));
        assert_eq!(Pooling::new(10_000, 1).unwrap(), Some(Pooling { instances: 10_000, memory: 1 }));
        let refused = |instances, memory| Pooling::new(instances, memory).unwrap_err().message().to_owned();
        assert_eq!(refused(10_001, 0), "a pool of 10001 instances is not possible; choose 1 to 10000, or 0 for none");
        let expected = "a pool of memories of 4294967297 bytes is not possible; choose 1 to 4294967296, or 0 for that";
        assert_eq!(refused(1, (1 << 32) + 1), expected);
    }

    #[test]
    fn a_limit_above_the_pool_is_refused_with_both_numbers() {
        let pooling = Pooling { instances: 1, memory: 65_536 };
        let with = |memory_size| pooling.check_limits(&StoreLimits { memory_size, ..StoreLimits::default() });
        assert!(with(u64::MAX).is_ok() && with(65_536).is_ok() && with(0).is_ok());
        let error = with(65_537).unwrap_err();
        assert_eq!(error.status(), abi::STATUS_INVALID_ARGUMENT);
        let expected = "the context permits memories of 65537 bytes (VM_ContextConfigSetMemorySizeLimit), and the pool of its engine has \
                        room for 65536 each";
        assert!(error.message().starts_with(expected), "{}", error.message());
    }

    #[cfg(feature = "compiled")]
    #[test]
    fn a_module_that_does_not_fit_is_refused_with_both_numbers() {
        let pooling = Pooling { instances: 2, memory: 65_536 };
        let fits = Needs { memories: 2, largest_memory: 65_536, tables: 2, largest_table: 65_536, ..Needs::default() };
        pooling.check_module(&fits).unwrap();
        for (needs, expected) in [
            (
                Needs { largest_memory: 65_537, ..fits },
                "the module needs 65537 bytes of a memory, and the pool of the engine has room for 65536;",
            ),
            (Needs { memories: 3, ..fits }, "the module needs 3 memories, and the pool of the engine has room for 2;"),
            (
                Needs { largest_table: 65_537, ..fits },
                "the module needs 65537 elements of a table, and the pool of the engine has room for 65536; load it in an engine \
                 without a pool",
            ),
            (Needs { tables: 3, ..fits }, "the module needs 3 tables, and the pool of the engine has room for 2;"),
        ] {
            let error = pooling.check_module(&needs).unwrap_err();
            assert_eq!(error.status(), abi::STATUS_LIMIT);
            assert!(error.message().starts_with(expected), "{}", error.message());
        }
    }
}
