//! Converts wasmi's errors to libvm's.
#![forbid(unsafe_code)]

use crate::engine::config::EngineConfig;
use crate::status::{Error, TrapCode, counted};
use libvm_abi as abi;
use std::fmt;
use wasmi::errors::{ErrorKind, InstantiationError, MemoryError, TableError};

/// A failure of a host function on its way through wasmi.
#[derive(Debug)]
struct HostFailure(Error);

impl fmt::Display for HostFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl wasmi::errors::HostError for HostFailure {}

/// Wraps an error of a host function for wasmi.
#[cold]
#[inline(never)]
pub fn to_wasmi(error: Error) -> wasmi::Error {
    wasmi::Error::host(HostFailure(error))
}

/// Creates the error of a module that cannot be loaded.
pub fn of_load(error: &wasmi::Error) -> Error {
    let status = match error.kind() {
        // The module is valid. In lazy modes the error occurs when the function is first called.
        ErrorKind::Translation(_) => {
            let message = format!("a function of the module is too large for the engine: {error}");
            return Error::new(abi::STATUS_LIMIT, message);
        }
        ErrorKind::UserLimits(_) | ErrorKind::ImplementationLimits(_) => abi::STATUS_LIMIT,
        _ => abi::STATUS_BAD_MODULE,
    };
    let mut message = format!("the module is not valid: {error}");
    if message.contains("enabled") {
        message.push_str("; VM_EngineConfigSetProposal turns on proposals that are off");
    }
    Error::new(status, message)
}

/// Creates the error of a module that cannot be instantiated: a segment that does not fit, or a failure of linking.
pub fn of_instantiation(error: wasmi::Error, options: &EngineConfig) -> Error {
    let ErrorKind::Instantiation(kind) = error.kind() else { return of_call(error, options) };
    let (status, why) = match kind {
        InstantiationError::TooManyInstances | InstantiationError::TooManyTables | InstantiationError::TooManyMemories => {
            (abi::STATUS_LIMIT, format!("the context has had {TOO_MANY}"))
        }
        InstantiationError::FailedToInstantiateMemory(error) => {
            (status_of_memory(error, abi::STATUS_INSTANTIATION), format!("its memory cannot be created: {}", why_memory(error)))
        }
        InstantiationError::FailedToInstantiateTable(error) => {
            (status_of_table(error, abi::STATUS_INSTANTIATION), format!("its table cannot be created: {}", why_table(error)))
        }
        InstantiationError::ElementSegmentDoesNotFit { .. } => {
            return Error::new(abi::STATUS_TRAP, "an element segment does not fit into its table")
                .with_trap(TrapCode::TableOutOfBounds);
        }
        other => (abi::STATUS_INSTANTIATION, other.to_string()),
    };
    Error::new(status, format!("the module cannot be instantiated: {why}"))
}

/// Creates the error of a context that has had as many instances as it may have.
pub fn too_many_instances(limit: usize) -> Error {
    let message = format!("the module cannot be instantiated: the context has had {}, {TOO_MANY}", counted(limit, "instance"));
    Error::new(abi::STATUS_LIMIT, message)
}

const TOO_MANY: &str = "as many as it may have, counting those that failed or were removed; VM_ContextReset frees them, \
                        VM_ContextConfigSetInstanceLimit raises the limit";

/// Creates the error of a module whose memory or table is larger than the context allows.
pub fn no_room_for(what: &str, setter: &str) -> Error {
    let message = format!(
        "the module cannot be instantiated: its {what} cannot be created: it is more than the context allows ({setter}); what \
         earlier instances took is free after VM_ContextReset"
    );
    Error::new(abi::STATUS_LIMIT, message)
}

/// Creates the error of a call that did not return.
pub fn of_call(error: wasmi::Error, options: &EngineConfig) -> Error {
    if let Some(failure) = error.downcast_ref::<HostFailure>() {
        return failure.0.clone();
    }
    if let Some((code, text)) = error.as_trap_code().and_then(trap) {
        let mut message = format!("the guest trapped: {text}");
        if code == TrapCode::StackOverflow {
            let (depth, size) = (options.recursion_depth(), options.stack_size());
            message.push_str(&format!(
                ": its own calls are nested more than {depth} deep or need more than {size} bytes of stack; should its recursion end, \
                 raise VM_EngineConfigSetRecursionDepth and VM_EngineConfigSetStackSize"
            ));
        }
        let status = if code == TrapCode::OutOfMemory { abi::STATUS_OUT_OF_MEMORY } else { abi::STATUS_TRAP };
        return Error::new(status, message).with_trap(code);
    }
    match error.kind() {
        ErrorKind::Message(text) => {
            Error::new(abi::STATUS_TRAP, format!("a host function failed: {text}")).with_trap(TrapCode::HostFunction)
        }
        ErrorKind::Memory(kind) => of_memory(kind),
        ErrorKind::Table(kind) => of_table(kind),
        ErrorKind::Translation(_) | ErrorKind::Wasm(_) => of_load(&error),
        _ => Error::new(abi::STATUS_INTERNAL, format!("the engine failed: {error}")),
    }
}

fn trap(code: wasmi::TrapCode) -> Option<(TrapCode, &'static str)> {
    use wasmi::TrapCode as T;
    Some(match code {
        T::UnreachableCodeReached => (TrapCode::Unreachable, "`unreachable` was reached"),
        T::MemoryOutOfBounds => (TrapCode::MemoryOutOfBounds, "out of bounds memory access"),
        T::TableOutOfBounds => (TrapCode::TableOutOfBounds, "out of bounds table access"),
        T::IndirectCallToNull => (TrapCode::IndirectCallToNull, "indirect call to a null function"),
        T::IntegerDivisionByZero => (TrapCode::DivisionByZero, "integer division by zero"),
        T::IntegerOverflow => (TrapCode::IntegerOverflow, "integer overflow"),
        T::BadConversionToInteger => (TrapCode::BadConversion, "conversion of NaN or infinity to an integer"),
        T::StackOverflow => (TrapCode::StackOverflow, "call stack exhausted"),
        T::BadSignature => (TrapCode::BadSignature, "indirect call to a function of another type"),
        // No engine has metering.
        T::OutOfFuel => return None,
        T::GrowthOperationLimited => (TrapCode::GrowthLimited, "growth exceeds a limit of the context"),
        T::OutOfSystemMemory => (TrapCode::OutOfMemory, NO_MEMORY),
    })
}

fn is_limit_of_memory(error: &MemoryError) -> bool {
    matches!(error, MemoryError::OutOfBoundsGrowth | MemoryError::ResourceLimiterDeniedAllocation)
}

fn is_limit_of_table(error: &TableError) -> bool {
    matches!(error, TableError::GrowOutOfBounds | TableError::ResourceLimiterDeniedAllocation)
}

fn status_of_memory(error: &MemoryError, other: abi::Status) -> abi::Status {
    match error {
        MemoryError::OutOfSystemMemory => abi::STATUS_OUT_OF_MEMORY,
        MemoryError::OutOfBoundsAccess => abi::STATUS_OUT_OF_BOUNDS,
        error if is_limit_of_memory(error) => abi::STATUS_LIMIT,
        _ => other,
    }
}

fn status_of_table(error: &TableError, other: abi::Status) -> abi::Status {
    match error {
        TableError::OutOfSystemMemory => abi::STATUS_OUT_OF_MEMORY,
        TableError::SetOutOfBounds => abi::STATUS_OUT_OF_BOUNDS,
        error if is_limit_of_table(error) => abi::STATUS_LIMIT,
        _ => other,
    }
}

/// Creates the error of an operation of the host on a memory.
pub fn of_memory(error: &MemoryError) -> Error {
    let status = status_of_memory(error, abi::STATUS_INVALID_ARGUMENT);
    Error::new(status, format!("the memory cannot have this size: {}", why_memory(error)))
}

fn why_memory(error: &MemoryError) -> String {
    match error {
        MemoryError::OutOfSystemMemory => NO_MEMORY.to_owned(),
        error if is_limit_of_memory(error) => {
            "it is more than its type or the context allows (VM_ContextConfigSetMemoryLimit)".to_owned()
        }
        other => other.to_string(),
    }
}

/// Creates the error of an operation of the host on a table.
pub fn of_table(error: &TableError) -> Error {
    let status = status_of_table(error, abi::STATUS_INVALID_ARGUMENT);
    Error::new(status, format!("the table cannot have this size: {}", why_table(error)))
}

fn why_table(error: &TableError) -> String {
    match error {
        TableError::OutOfSystemMemory => NO_MEMORY.to_owned(),
        error if is_limit_of_table(error) => {
            "it is more than its type or the context allows (VM_ContextConfigSetTableLimit)".to_owned()
        }
        other => other.to_string(),
    }
}

const NO_MEMORY: &str = "the system is out of memory";
