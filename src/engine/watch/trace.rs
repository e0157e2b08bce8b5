//! The events that a host's tracing callback receives.
#![forbid(unsafe_code)]

use super::call::Called;
use crate::status::Status;
use libvm_abi::Value;
use std::sync::Arc;

/// What happens to a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// The guest calls a host function.
    HostCall,
    /// A host function returns or fails.
    HostReturn,
    /// The host calls a function of the guest.
    GuestCall,
    /// A function of the guest returns or fails.
    GuestReturn,
    /// A host function suspends its call.
    Suspend,
    /// A suspended call goes on with its completion.
    Resume,
}

/// An event of a call.
pub struct Event<'a> {
    /// What happens.
    pub kind: EventKind,
    /// Number of calls that this one is inside of.
    pub depth: usize,
    /// The function.
    pub called: Called<'a>,
    /// How the call ended, or was completed.
    pub status: Status,
    /// Its arguments or results as wasm passes them, or the values of its completion.
    pub values: &'a [Value],
    /// Why it failed.
    pub text: Option<&'a str>,
}

/// Receives the events of a context, on the thread that uses the context.
pub type Tracer = Arc<dyn Fn(&Event<'_>) + Send + Sync>;
