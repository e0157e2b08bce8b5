//! Converts wasmtime's errors to libvm's.
#![forbid(unsafe_code)]

use super::pool;
use crate::engine::budget::{Budgets, Granted};
use crate::engine::pooling::Pooling;
use crate::engine::trapped::{HostFailure, element_segment_does_not_fit, trapped};
use crate::status::{Error, TrapCode, counted};
use libvm_abi as abi;
use std::io;
use wasmtime::{GcHeapOutOfMemory, Trap};

/// Wraps an error of a host function for wasmtime.
#[cold]
#[inline(never)]
pub fn to_wasmtime(error: Error) -> wasmtime::Error {
    wasmtime::Error::new(HostFailure(error))
}

/// Creates the error of code that cannot be loaded.
pub fn of_load(error: &wasmtime::Error) -> Error {
    let what = "the compiled code of the module cannot be loaded";
    if is_out_of_memory(error) {
        return Error::new(abi::STATUS_OUT_OF_MEMORY, format!("{what}: {error:#}"));
    }
    // It is authentic, and of this version.
    let message = format!(
        "{what}: {error:#}; compile the module on this machine, or for all processors of the architecture (libvm compile --portable)"
    );
    Error::new(abi::STATUS_UNSUPPORTED, message)
}

/// Creates the error of a module that cannot be instantiated: a segment that does not fit, or a failure of linking.
///
/// `granted` is what was granted before.
pub fn of_instantiation(error: wasmtime::Error, stack: usize, budgets: &mut Budgets, granted: &Granted) -> Error {
    if error.is::<HostFailure>() {
        return of_call(error, stack, budgets);
    }
    match error.downcast_ref::<Trap>() {
        Some(Trap::TableOutOfBounds) => return element_segment_does_not_fit(),
        Some(_) => return of_call(error, stack, budgets),
        None => {}
    }
    let has_table = budgets.has_granted_table(granted);
    // Only a segment leaves an instance behind.
    budgets.take_back(granted);
    if let Some(exhausted) = pool::exhausted(&error, "the module cannot be instantiated") {
        return exhausted;
    }
    let text = format!("{error:#}");
    if is_out_of_memory(&error) {
        let noun = if has_table { "table" } else { "memory" };
        return no_mapping(&format!("the module cannot be instantiated: its {noun} cannot be created"), &text);
    }
    // wasmtime's message begins with what it could not create.
    let noun = if text.starts_with("table") { "table" } else { "memory" };
    let refused = budgets.refused(&format!("the module cannot be instantiated: its {noun} cannot be created"));
    refused.unwrap_or_else(|| Error::new(abi::STATUS_INSTANTIATION, format!("the module cannot be instantiated: {text}")))
}

/// Creates the error of a memory or table that the host cannot create.
pub fn of_creation(noun: &str, error: &wasmtime::Error, budgets: &mut Budgets) -> Error {
    if let Some(exhausted) = pool::exhausted(error, &format!("the {noun} cannot be created")) {
        return exhausted;
    }
    let what = format!("the {noun} cannot be created");
    if is_out_of_memory(error) {
        if noun == "table" {
            budgets.table_failed(true)
        } else {
            budgets.memory_failed(true)
        }
        return no_mapping(&what, &format!("{error:#}"));
    }
    let refused = budgets.refused(&what);
    refused.unwrap_or_else(|| Error::new(abi::STATUS_INVALID_ARGUMENT, format!("{what}: {error:#}")))
}

/// Creates the error of what the system has no memory or no addresses for.
pub fn no_mapping(what: &str, text: &str) -> Error {
    let message = format!(
        "{what}: the system is out of memory: {text}; the process has no memory, no addresses (ulimit -v) or no mappings (vm.max_map_count) left: delete contexts, or \
         raise these"
    );
    Error::new(abi::STATUS_OUT_OF_MEMORY, message)
}

/// Creates the error of an object of the host that cannot be created, in an engine that may have a pool.
pub fn of_object(error: &wasmtime::Error, pooling: Option<Pooling>) -> Error {
    let what = "the externref cannot be created";
    if let Some(exhausted) = pool::exhausted(error, what) {
        return exhausted;
    }
    match pooling.filter(|_| error.is::<GcHeapOutOfMemory<()>>()) {
        Some(pooling) => pool::filled(what, pooling),
        None => Error::new(abi::STATUS_OUT_OF_MEMORY, format!("{what}: there is no memory for it: {error:#}")),
    }
}

/// Returns whether the system did not provide what was asked for.
pub fn is_out_of_memory(error: &wasmtime::Error) -> bool {
    error.is::<wasmtime::error::OutOfMemory>() || error.chain().any(|cause| cause.is::<io::Error>() || is_no_memory(cause))
}

#[cfg(unix)]
fn is_no_memory(cause: &(dyn std::error::Error + 'static)) -> bool {
    cause.downcast_ref::<rustix::io::Errno>().is_some_and(|errno| *errno == rustix::io::Errno::NOMEM)
}

#[cfg(not(unix))]
fn is_no_memory(_: &(dyn std::error::Error + 'static)) -> bool {
    false
}

/// Returns whether a host function has failed.
pub fn is_of_host(error: &wasmtime::Error) -> bool {
    error.is::<HostFailure>()
}

/// Returns whether a call did not return because its fuel was used up.
pub fn is_out_of_fuel(error: &wasmtime::Error) -> bool {
    matches!(error.downcast_ref::<Trap>(), Some(Trap::OutOfFuel))
}

/// Creates the error of a call that did not return; `stack` is the size of the stack that guests have.
pub fn of_call(error: wasmtime::Error, stack: usize, budgets: &Budgets) -> Error {
    let error = match error.downcast::<HostFailure>() {
        Ok(failure) => return failure.0,
        Err(error) => error,
    };
    match error.downcast_ref::<Trap>().copied().and_then(code) {
        Some(code) => trapped(code, || overflow(stack), budgets),
        None if is_out_of_memory(&error) => trapped(TrapCode::OutOfMemory, String::new, budgets),
        None => Error::new(abi::STATUS_INTERNAL, format!("the engine failed: {error:#}")),
    }
}

fn overflow(stack: usize) -> String {
    format!(
        "its own calls need more than {} of stack; should its recursion end, raise VM_EngineConfigSetStackSize",
        counted(stack as u64, "byte")
    )
}

fn code(trap: Trap) -> Option<TrapCode> {
    Some(match trap {
        Trap::StackOverflow => TrapCode::StackOverflow,
        Trap::MemoryOutOfBounds => TrapCode::MemoryOutOfBounds,
        Trap::TableOutOfBounds => TrapCode::TableOutOfBounds,
        Trap::IndirectCallToNull => TrapCode::IndirectCallToNull,
        Trap::BadSignature => TrapCode::BadSignature,
        Trap::IntegerOverflow => TrapCode::IntegerOverflow,
        Trap::IntegerDivisionByZero => TrapCode::DivisionByZero,
        Trap::BadConversionToInteger => TrapCode::BadConversion,
        Trap::UnreachableCodeReached => TrapCode::Unreachable,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::limit::StoreLimits;

    fn converted(error: wasmtime::Error) -> Error {
        of_call(error, 512 << 10, &Budgets::new(StoreLimits::shared_default()))
    }

    #[test]
    fn traps_have_the_messages_of_the_interpreter() {
        let error = converted(Trap::IntegerDivisionByZero.into());
        assert_eq!((error.status(), error.trap()), (abi::STATUS_TRAP, TrapCode::DivisionByZero));
        assert_eq!(error.message(), "the guest trapped: integer division by zero");
        let error = converted(wasmtime::Error::from(Trap::StackOverflow).context("in a frame"));
        assert_eq!(error.trap(), TrapCode::StackOverflow);
        let begin = "the guest trapped: call stack exhausted: its own calls need more than 524288 bytes of stack; ";
        assert!(error.message().starts_with(begin), "{}", error.message());
    }

    #[test]
    fn failures_of_host_functions_come_back_as_they_were() {
        let failed = Error::new(abi::STATUS_IO, "the disk is full").with_trap(TrapCode::HostFunction);
        let error = converted(to_wasmtime(failed).context("in a frame"));
        assert_eq!((error.status(), error.trap(), error.message()), (abi::STATUS_IO, TrapCode::HostFunction, "the disk is full"));
    }

    #[test]
    fn what_is_not_known_is_an_internal_error() {
        let error = converted(wasmtime::Error::msg("unheard of").context("somewhere"));
        assert_eq!((error.status(), error.message()), (abi::STATUS_INTERNAL, "the engine failed: somewhere: unheard of"));
        let error = converted(Trap::NullReference.into());
        assert_eq!((error.status(), error.message()), (abi::STATUS_INTERNAL, "the engine failed: wasm trap: null reference"));
    }
}
