//! The backtraces of calls that failed.
#![forbid(unsafe_code)]

use super::state::State;
use super::trace::{Base, Place, Trace};
use crate::backtrace::Frame;
use crate::engine::program::Program;
use crate::engine::rewrite::{self, Recorded};
use crate::status::Error;
use libvm_abi as abi;
use std::collections::BTreeMap;
use wasmi::{AsContext, AsContextMut};

/// Begins a call from the host into the guest.
#[inline]
pub fn begin(store: &mut impl AsContextMut<Data = State>) -> Base {
    Base(store.as_context().data().own.trace.map(|trace| trace.begin(store)))
}

/// Ends a call from the host into the guest.
#[inline]
pub fn end(store: &mut impl AsContextMut<Data = State>, base: Base) {
    if let (Some(base), Some(trace)) = (base.0, store.as_context().data().own.trace) {
        trace.end(store, base);
    }
}

/// Returns where the guest was when wasmi failed with an error.
pub fn place(error: &wasmi::Error) -> Place {
    match error.as_trap_code() {
        None | Some(wasmi::TrapCode::StackOverflow) => Place::Call,
        Some(_) => Place::Position,
    }
}

/// Adds the frames of a call that has failed, and ends it.
#[cold]
pub fn explain(store: &mut impl AsContextMut<Data = State>, base: Base, place: Place, error: Error) -> Error {
    if error.is_suspension() {
        return error;
    }
    let frames = frames(store, base, place);
    end(store, base);
    if error.status() == abi::STATUS_EXIT { error } else { error.with_frames(frames) }
}

fn frames(store: &impl AsContext<Data = State>, base: Base, place: Place) -> Vec<Frame> {
    let store = store.as_context();
    let trace = store.data().own.trace;
    let read = |trace: Trace, base| trace.positions(&store, base, trace.next(&store), place);
    let positions = trace.zip(base.0).map_or_else(Vec::new, |(trace, base)| read(trace, base));
    // The names of each module are read once.
    let mut modules = BTreeMap::<u32, Vec<u32>>::new();
    for position in positions.iter().flatten() {
        let (module, offset) = rewrite::module_and_offset(*position);
        modules.entry(module).or_default().push(offset);
    }
    let find = |number: u32| {
        let all = store.data().instances.iter().map(|instance| (&*instance.program, instance.code.recorded.as_ref()));
        all.into_iter().find_map(|(program, recorded)| Some((program, recorded.filter(|recorded| recorded.module == number)?)))
    };
    let described: BTreeMap<_, _> = modules
        .into_iter()
        .filter_map(|(number, offsets)| {
            let (program, recorded) = find(number)?;
            Some((number, frames_at(program, recorded, &offsets)))
        })
        .collect();
    let frame = |position: &Result<u64, u32>| match position {
        Ok(position) => {
            let (module, offset) = rewrite::module_and_offset(*position);
            let found = described.get(&module).and_then(|frames| frames.get(&offset)).cloned();
            found.unwrap_or_else(|| Frame { offset: Some(offset), ..Frame::unknown() })
        }
        Err(count) => Frame::omitted(*count),
    };
    let mut frames: Vec<_> = positions.iter().map(frame).collect();
    match positions.last() {
        Some(Ok(_)) => {}
        // The outermost function is known in another way.
        Some(Err(count)) => {
            frames.pop();
            frames.extend((*count > 1).then(|| Frame::omitted(count - 1)));
            frames.push(Frame::unknown());
        }
        None => frames.push(Frame::unknown()),
    }
    frames
}

/// Returns the frames at these offsets of a module that records positions.
fn frames_at(program: &Program, recorded: &Recorded, offsets: &[u32]) -> BTreeMap<u32, Frame> {
    let functions: Vec<_> = offsets.iter().map(|offset| recorded.function_at(*offset)).collect();
    let names = program.names(&functions);
    let frame =
        |(offset, function): (&u32, &u32)| (*offset, Frame::guest(names.module, names.of(*function), *function, Some(*offset)));
    offsets.iter().zip(&functions).map(frame).collect()
}
