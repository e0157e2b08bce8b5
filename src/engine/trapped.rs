//! The errors of guests that trapped, which are the same in all engines.
#![forbid(unsafe_code)]

use super::budget::Budgets;
use crate::status::{Error, TrapCode};
use libvm_abi as abi;
use std::fmt;

/// A failure of a host function on its way through an engine.
#[derive(Debug)]
pub struct HostFailure(pub Error);

impl fmt::Display for HostFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for HostFailure {}

/// Returns what happened, for messages.
fn text(code: TrapCode) -> &'static str {
    match code {
        TrapCode::Unreachable => "`unreachable` was reached",
        TrapCode::MemoryOutOfBounds => "out of bounds memory access",
        TrapCode::TableOutOfBounds => "out of bounds table access",
        TrapCode::IndirectCallToNull => "indirect call to a null function",
        TrapCode::DivisionByZero => "integer division by zero",
        TrapCode::IntegerOverflow => "integer overflow",
        TrapCode::BadConversion => "conversion of NaN or infinity to an integer",
        TrapCode::StackOverflow => "call stack exhausted",
        TrapCode::BadSignature => "indirect call to a function of another type",
        TrapCode::GrowthLimited => "growth exceeds a limit of the context",
        TrapCode::OutOfMemory => "the system is out of memory",
        TrapCode::OutOfFuel => "its fuel is used up",
        TrapCode::HostFunction => "a host function failed",
        TrapCode::None => "for no known reason",
    }
}

/// Creates the error of a guest that trapped. `overflow` says what a guest whose stack is exhausted has exceeded, and what to do.
pub fn trapped(code: TrapCode, overflow: impl FnOnce() -> String, budgets: &Budgets) -> Error {
    let mut message = format!("the guest trapped: {}", text(code));
    if code == TrapCode::StackOverflow {
        message.push_str(&format!(": {}", overflow()));
    }
    // A guest that gets no memory often ends itself this way.
    let refused = if code == TrapCode::Unreachable { budgets.refused("before, growth was refused") } else { None };
    if let Some(refused) = refused {
        message.push_str(&format!("; {}", refused.message()));
    }
    let status = if code == TrapCode::OutOfMemory { abi::STATUS_OUT_OF_MEMORY } else { abi::STATUS_TRAP };
    Error::new(status, message).with_trap(code)
}

/// Creates the error of an active segment of elements that is not inside its table.
pub fn element_segment_does_not_fit() -> Error {
    Error::new(abi::STATUS_TRAP, "an element segment does not fit into its table").with_trap(TrapCode::TableOutOfBounds)
}
