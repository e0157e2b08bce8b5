//! Converts wasmi's errors to libvm's.
#![forbid(unsafe_code)]

use crate::engine::budget::Budgets;
use crate::engine::config::EngineConfig;
use crate::engine::trapped::{HostFailure, element_segment_does_not_fit, trapped};
use crate::status::{Error, TrapCode};
use libvm_abi as abi;
use std::fmt;
use wasmi::errors::{ErrorKind, InstantiationError};

impl wasmi::errors::HostError for HostFailure {}

/// Wraps an error of a host function for wasmi.
#[cold]
#[inline(never)]
pub fn to_wasmi(error: Error) -> wasmi::Error {
    if error.is_suspension() { wasmi::Error::host(Suspension) } else { wasmi::Error::host(HostFailure(error)) }
}

/// What a suspended host function fails with: the call can be continued.
#[derive(Debug)]
struct Suspension;

impl fmt::Display for Suspension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a host function was suspended")
    }
}

impl wasmi::errors::HostError for Suspension {}

/// Returns whether a host function was suspended.
pub fn is_suspension(error: &wasmi::Error) -> bool {
    error.downcast_ref::<Suspension>().is_some()
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
    // As the parser words the numbers of items that it supports at most, such as 100 memories.
    if message.contains("count exceeds limit of") {
        return Error::new(abi::STATUS_LIMIT, format!("the module exceeds a limit that no option changes: {error}"));
    }
    if message.contains("enabled") {
        message.push_str("; VM_EngineConfigSetProposal turns on proposals that are off");
    }
    Error::new(status, message)
}

/// Creates the error of a module that cannot be instantiated: a segment that does not fit, or a failure of linking.
pub fn of_instantiation(error: wasmi::Error, options: &EngineConfig, budgets: &Budgets) -> Error {
    let ErrorKind::Instantiation(kind) = error.kind() else { return of_call(error, options, budgets) };
    let refused = |noun| budgets.refused(&format!("the module cannot be instantiated: its {noun} cannot be created"));
    let refused = match kind {
        InstantiationError::FailedToInstantiateMemory(_) => refused("memory"),
        InstantiationError::FailedToInstantiateTable(_) => refused("table"),
        InstantiationError::ElementSegmentDoesNotFit { .. } => return element_segment_does_not_fit(),
        _ => None,
    };
    refused.unwrap_or_else(|| Error::new(abi::STATUS_INSTANTIATION, format!("the module cannot be instantiated: {kind}")))
}

/// Creates the error of a memory or table that the host cannot create.
pub fn of_creation(error: &wasmi::Error, budgets: &Budgets) -> Error {
    let noun = if matches!(error.kind(), ErrorKind::Table(_)) { "table" } else { "memory" };
    let what = format!("the {noun} cannot be created");
    let refused = budgets.refused(&what);
    refused.unwrap_or_else(|| Error::new(abi::STATUS_INVALID_ARGUMENT, format!("{what}: {error}")))
}

/// Creates the error of a call that did not return.
pub fn of_call(error: wasmi::Error, options: &EngineConfig, budgets: &Budgets) -> Error {
    if let Some(failure) = error.downcast_ref::<HostFailure>() {
        return failure.0.clone();
    }
    if let Some(code) = error.as_trap_code().and_then(trap) {
        return trapped(code, || overflow(options), budgets);
    }
    match error.kind() {
        ErrorKind::Message(text) => {
            Error::new(abi::STATUS_TRAP, format!("a host function failed: {text}")).with_trap(TrapCode::HostFunction)
        }
        ErrorKind::Translation(_) | ErrorKind::Wasm(_) => of_load(&error),
        _ => Error::new(abi::STATUS_INTERNAL, format!("the engine failed: {error}")),
    }
}

fn overflow(options: &EngineConfig) -> String {
    let (depth, size) = (options.recursion_depth(), options.stack_size());
    format!(
        "its own calls are nested more than {depth} deep or need more than {size} bytes of stack; should its recursion end, raise \
         VM_EngineConfigSetRecursionDepth and VM_EngineConfigSetStackSize"
    )
}

fn trap(code: wasmi::TrapCode) -> Option<TrapCode> {
    use wasmi::TrapCode as T;
    Some(match code {
        T::UnreachableCodeReached => TrapCode::Unreachable,
        T::MemoryOutOfBounds => TrapCode::MemoryOutOfBounds,
        T::TableOutOfBounds => TrapCode::TableOutOfBounds,
        T::IndirectCallToNull => TrapCode::IndirectCallToNull,
        T::IntegerDivisionByZero => TrapCode::DivisionByZero,
        T::IntegerOverflow => TrapCode::IntegerOverflow,
        T::BadConversionToInteger => TrapCode::BadConversion,
        T::StackOverflow => TrapCode::StackOverflow,
        T::BadSignature => TrapCode::BadSignature,
        // The driver continues calls without fuel.
        T::OutOfFuel => return None,
        T::GrowthOperationLimited => TrapCode::GrowthLimited,
        T::OutOfSystemMemory => TrapCode::OutOfMemory,
    })
}
