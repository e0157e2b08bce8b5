//! From wasmi's errors to libvm's.
#![forbid(unsafe_code)]

use crate::engine::config::EngineConfig;
use crate::status::{Error, TrapCode};
use libvm_abi as abi;
use std::fmt;
use wasmi::errors::{ErrorKind, InstantiationError, LinkerError, MemoryError, TableError};

/// A failure of a host function on its way through wasmi.
#[derive(Debug)]
struct HostFailure(Error);

impl fmt::Display for HostFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl wasmi::errors::HostError for HostFailure {}

/// An error of a host function for wasmi.
#[cold]
#[inline(never)]
pub fn to_wasmi(error: Error) -> wasmi::Error {
    wasmi::Error::host(HostFailure(error))
}

/// The error of a module that does not load.
pub fn of_load(error: &wasmi::Error) -> Error {
    let status = match error.kind() {
        ErrorKind::UserLimits(_) | ErrorKind::ImplementationLimits(_) => abi::STATUS_LIMIT,
        _ => abi::STATUS_BAD_MODULE,
    };
    let mut message = format!("the module is not valid: {error}");
    if message.contains("enabled") {
        message.push_str("; VM_EngineConfigSetProposal turns on what this engine has and is off");
    }
    Error::new(status, message)
}

/// The error of a module that cannot be instantiated: a start function's trap, or the linking itself.
pub fn of_instantiation(error: wasmi::Error, options: &EngineConfig) -> Error {
    match error.kind() {
        ErrorKind::Instantiation(kind) => {
            let status = match kind {
                InstantiationError::TooManyInstances
                | InstantiationError::TooManyTables
                | InstantiationError::TooManyMemories => abi::STATUS_LIMIT,
                InstantiationError::FailedToInstantiateMemory(error) if is_limit_of_memory(error) => abi::STATUS_LIMIT,
                InstantiationError::FailedToInstantiateTable(error) if is_limit_of_table(error) => abi::STATUS_LIMIT,
                InstantiationError::ElementSegmentDoesNotFit { .. } => {
                    return Error::new(abi::STATUS_TRAP, "an element segment does not fit into its table")
                        .with_trap(TrapCode::TableOutOfBounds);
                }
                _ => abi::STATUS_INSTANTIATION,
            };
            let why = match kind {
                InstantiationError::TooManyInstances
                | InstantiationError::TooManyTables
                | InstantiationError::TooManyMemories => {
                    "the context has had as many instances as it may have (VM_ContextConfigSetInstanceLimit)".to_owned()
                }
                InstantiationError::FailedToInstantiateMemory(error) => {
                    format!("its memory cannot be made: {}", why_memory(error))
                }
                InstantiationError::FailedToInstantiateTable(error) => format!("its table cannot be made: {}", why_table(error)),
                other => other.to_string(),
            };
            Error::new(status, format!("the module cannot be instantiated: {why}"))
        }
        ErrorKind::Linker(LinkerError::MissingDefinition { .. }) => Error::new(abi::STATUS_UNRESOLVED_IMPORT, error.to_string()),
        _ => of_call(error, options),
    }
}

/// The error of a call that did not return.
pub fn of_call(error: wasmi::Error, options: &EngineConfig) -> Error {
    if let Some(failure) = error.downcast_ref::<HostFailure>() {
        return failure.0.clone();
    }
    if let Some(code) = error.as_trap_code() {
        let (code, text) = trap(code);
        let mut message = format!("the guest trapped: {text}");
        if code == TrapCode::StackOverflow {
            let (depth, size) = (options.recursion_depth(), options.stack_size());
            message.push_str(&format!(
                ": its own calls are nested more than {depth} deep or need more than {size} bytes of stack; should its recursion end, \
                 raise VM_EngineConfigSetRecursionDepth and VM_EngineConfigSetStackSize"
            ));
        }
        return Error::new(abi::STATUS_TRAP, message).with_trap(code);
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

fn trap(code: wasmi::TrapCode) -> (TrapCode, &'static str) {
    use wasmi::TrapCode as T;
    match code {
        T::UnreachableCodeReached => (TrapCode::Unreachable, "`unreachable` was reached"),
        T::MemoryOutOfBounds => (TrapCode::MemoryOutOfBounds, "out of bounds memory access"),
        T::TableOutOfBounds => (TrapCode::TableOutOfBounds, "out of bounds table access"),
        T::IndirectCallToNull => (TrapCode::IndirectCallToNull, "indirect call to a null function"),
        T::IntegerDivisionByZero => (TrapCode::DivisionByZero, "integer division by zero"),
        T::IntegerOverflow => (TrapCode::IntegerOverflow, "integer overflow"),
        T::BadConversionToInteger => (TrapCode::BadConversion, "conversion of NaN or infinity to an integer"),
        T::StackOverflow => (TrapCode::StackOverflow, "call stack exhausted"),
        T::BadSignature => (TrapCode::BadSignature, "indirect call to a function of another type"),
        T::OutOfFuel => (TrapCode::OutOfFuel, "all fuel is used up"),
        T::GrowthOperationLimited => (TrapCode::GrowthLimited, "a limit of the context forbids to grow"),
        T::OutOfSystemMemory => (TrapCode::OutOfMemory, NO_MEMORY),
    }
}

fn is_limit_of_memory(error: &MemoryError) -> bool {
    matches!(error, MemoryError::OutOfBoundsGrowth | MemoryError::ResourceLimiterDeniedAllocation)
}

fn is_limit_of_table(error: &TableError) -> bool {
    matches!(error, TableError::GrowOutOfBounds | TableError::ResourceLimiterDeniedAllocation)
}

/// The error of an operation on a memory from the host.
pub fn of_memory(error: &MemoryError) -> Error {
    let status = match error {
        MemoryError::OutOfSystemMemory => abi::STATUS_OUT_OF_MEMORY,
        MemoryError::OutOfBoundsAccess => abi::STATUS_OUT_OF_BOUNDS,
        error if is_limit_of_memory(error) => abi::STATUS_LIMIT,
        _ => abi::STATUS_INVALID_ARGUMENT,
    };
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

/// The error of an operation on a table from the host.
pub fn of_table(error: &TableError) -> Error {
    let status = match error {
        TableError::OutOfSystemMemory => abi::STATUS_OUT_OF_MEMORY,
        TableError::SetOutOfBounds => abi::STATUS_OUT_OF_BOUNDS,
        error if is_limit_of_table(error) => abi::STATUS_LIMIT,
        _ => abi::STATUS_INVALID_ARGUMENT,
    };
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

const NO_MEMORY: &str = "the system has no memory left";
