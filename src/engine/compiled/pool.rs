//! The pool of an engine, from which instances are created without asking the system for anything.
//!
//! Code is the same with and without a pool: each place has the address space that code expects of every memory.
#![forbid(unsafe_code)]

use crate::engine::pooling::Pooling;
use crate::limits::POOL_TABLE_ELEMENTS;
use crate::status::{Error, counted};
use libvm_abi as abi;
use wasmtime::{Enabled, InstanceAllocationStrategy, PoolConcurrencyLimitError, PoolingAllocationConfig};

/// How many bytes of a used memory are set to zero for the next instance; the rest is returned to the system. Up to here that is quicker
/// than the faults of the next instance, and a place that is not used keeps no more.
const KEPT: usize = 64 << 10;

/// Bytes of the largest instance apart from its memories and tables; this is a limit, and reserves nothing.
const INSTANCE: usize = 64 << 20;

/// Sets the pool of an engine.
pub fn configure(options: &mut wasmtime::Config, pooling: Pooling) {
    let Pooling { instances, memory } = pooling;
    let mut pool = PoolingAllocationConfig::new();
    pool.total_core_instances(instances)
        .total_memories(instances)
        .total_tables(instances)
        // Each takes a memory too, so that there are never more.
        .total_gc_heaps(instances)
        .total_stacks(instances)
        .max_core_instance_size(INSTANCE)
        .max_memories_per_module(instances)
        .max_tables_per_module(instances)
        .max_memory_size(usize::try_from(memory).unwrap_or(usize::MAX))
        .table_elements(POOL_TABLE_ELEMENTS as usize)
        .linear_memory_keep_resident(KEPT)
        .table_keep_resident(KEPT)
        // Where the system tells which pages were written, only they are cleared.
        .pagemap_scan(Enabled::Auto);
    options.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
}

/// Creates the error of a pool for which the system has no addresses.
pub fn not_reserved(error: &wasmtime::Error) -> Error {
    let message = format!(
        "the pool of the engine cannot be reserved: {error:#}; lower VM_EngineConfigSetPooling, or raise the limit of the process for \
         addresses (ulimit -v)"
    );
    Error::new(abi::STATUS_OUT_OF_MEMORY, message)
}

/// Returns the error of a pool that is used up, if this is what happened.
pub fn exhausted(error: &wasmtime::Error, what: &str) -> Option<Error> {
    let text = error.downcast_ref::<PoolConcurrencyLimitError>()?.to_string();
    let number: String = text.chars().skip_while(|letter| !letter.is_ascii_digit()).take_while(char::is_ascii_digit).collect();
    let kinds = ["instances", "memor", "tables", "fibers"].iter().position(|kind| text.contains(kind));
    let kind = ["instances", "memories", "tables", "stacks of suspended calls"][kinds.unwrap_or(0)];
    let message = format!(
        "{what}: the pool of the engine has {number} {kind}, and all are in use; delete or reset contexts, or raise \
         VM_EngineConfigSetPooling"
    );
    Some(Error::new(abi::STATUS_LIMIT, message))
}

/// Creates the error of a place of a pool that the externrefs of a context fill.
pub fn filled(what: &str, pooling: Pooling) -> Error {
    let message = format!(
        "{what}: those of the context fill a place of the engine's pool, which has {}, also with those that were released; reset the \
         context, or raise VM_EngineConfigSetPooling",
        counted(pooling.memory, "byte")
    );
    Error::new(abi::STATUS_LIMIT, message)
}
