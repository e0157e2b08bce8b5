//! Host calls that need preparation: with ranges of guest memory, inside a call of the same function, or when they go on after a
//! suspension. The engines call all others themselves.

use super::bound::Bound;
use super::buffers::{self, Memory};
#[cfg(test)]
use super::fault;
use super::frame::FrameRef;
use super::lent::{Lend, Lent};
use super::suspend::Completion;
use crate::status::Result;
use libvm_abi::{self as abi, Value};
use std::ffi::{CString, c_void};
use std::ptr;

/// Calls the callback; its answer may be a suspension.
///
/// # Safety
/// `args` and `results` point to as many values as the function's wasm type has.
pub unsafe fn prepared<A: Lend>(bound: &Bound, store: &mut A, args: *const Value, results: *mut Value) -> Result<()> {
    #[cfg(test)]
    fault::strike(fault::Place::BeforeCallback);
    let run = |frame, args| bound.run::<Lent<A>>(frame, args, results);
    // SAFETY: promised by the caller.
    unsafe { in_frame(bound, store, args, run) }
}

/// Continues a suspended call: its function for that is called with the arguments as wasm passed them. Its answer may be a suspension.
///
/// # Safety
/// As for `prepared`.
pub unsafe fn resume<A: Lend>(
    bound: &Bound,
    store: &mut A,
    resume: (abi::Resume, *mut c_void),
    completion: &Completion,
    args: *const Value,
    results: *mut Value,
) -> Result<()> {
    let text = completion.text.as_deref().map(|text| CString::new(text.replace('\0', "")).unwrap_or_default());
    let seen = abi::Completion {
        size: size_of::<abi::Completion>() as u32,
        status: completion.status,
        values: completion.values.as_ptr(),
        count: completion.values.len(),
        text: text.as_ref().map_or(ptr::null(), |text| text.as_ptr()),
    };
    let run = |frame: FrameRef, args| {
        if let Some(error) = &completion.guest {
            frame.set_guest_failure(error.clone());
            frame.set_failure(error.clone());
        }
        bound.resume::<Lent<A>>(frame, resume, &seen, args, results)
    };
    // SAFETY: promised by the caller.
    unsafe { in_frame(bound, store, args, run) }
}

/// Begins a call in a frame that is not busy, and does `work` with the arguments as the callback sees them.
///
/// # Safety
/// `args` points to as many values as the function's wasm type has parameters.
unsafe fn in_frame<A: Lend>(
    bound: &Bound,
    store: &mut A,
    args: *const Value,
    work: impl FnOnce(FrameRef, *const Value) -> Result<()>,
) -> Result<()> {
    let call = &bound.call;
    let other = bound.frame.is_busy().then(|| store.state().frames.acquire());
    other.as_ref().inspect(|frame| frame.attach(call));
    let frame = other.as_ref().map_or(*bound.frame, |frame| **frame);
    let memory = if call.takes_memory { store.state().memory_of(&call.guest) } else { None };
    let memory = memory.map(|memory| Memory::new(store.memory(memory)));
    let run = |args| {
        // SAFETY: the store is not used before the call has ended.
        unsafe { frame.begin(store.pointer()) };
        work(frame, args)
    };
    // SAFETY: promised by the caller.
    if call.takes_memory { unsafe { buffers::pass(call, memory, args, run) } } else { run(args) }
}
