//! The backtraces of calls that failed.
#![forbid(unsafe_code)]

use super::engine::recorded_frames;
use super::state::State;
use crate::backtrace::Frame;
use crate::engine::names::Names;
use crate::engine::program::Program;
use crate::limits::MAX_FRAMES;
use crate::status::Error;
use libvm_abi as abi;
use wasmtime::{FrameInfo, Module, StoreContextMut, WasmBacktrace};

/// Returns the frames of a call that failed, the innermost one first. Without backtraces that is the function that the host called, of
/// which nothing is known here.
pub fn frames(store: &StoreContextMut<'_, State>, error: &wasmtime::Error) -> Vec<Frame> {
    let state = store.data();
    let all = error.downcast_ref::<WasmBacktrace>().map_or(&[][..], WasmBacktrace::frames);
    let own = &all[..all.len().saturating_sub(outer(store))];
    if own.is_empty() {
        return vec![Frame::unknown()];
    }
    let (inner, outer) = MAX_FRAMES;
    // The innermost one, and as many of those that called it.
    let (inner, outer) = (inner as usize + 1, outer as usize);
    if own.len() <= inner + outer {
        return described(state, own.iter());
    }
    if all.len() >= recorded_frames(state.own.stack) {
        // There are more, of which the outermost one is known in another way.
        let mut frames = described(state, own[..inner].iter());
        frames.extend([Frame::omitted((own.len() - inner) as u32), Frame::unknown()]);
        return frames;
    }
    let mut frames = described(state, own[..inner].iter().chain(&own[own.len() - outer..]));
    frames.insert(inner, Frame::omitted((own.len() - inner - outer) as u32));
    frames
}

/// Returns how many frames of the store are on the stack around a call that has ended.
fn outer(store: &StoreContextMut<'_, State>) -> usize {
    let state = store.data();
    let is_nested = || state.own.started > 0 || state.frames.home().is_nested();
    if state.config.backtraces() && is_nested() { WasmBacktrace::capture(store).frames().len() } else { 0 }
}

fn described<'a>(state: &State, frames: impl Iterator<Item = &'a FrameInfo> + Clone) -> Vec<Frame> {
    let program = |module: &Module| {
        let instance = state.instances.iter().find(|instance| Module::same(instance.code.inner(), module));
        instance.map(|instance| &*instance.program)
    };
    // The names of each module are read once.
    let mut named: Vec<(&Program, Names<'_>)> = Vec::new();
    let functions: Vec<_> = frames.clone().map(FrameInfo::func_index).collect();
    let frame = |frame: &FrameInfo| {
        let offset = frame.module_offset().and_then(|offset| u32::try_from(offset).ok());
        let Some(program) = program(frame.module()) else { return Frame { offset, ..Frame::unknown() } };
        let known = named.iter().position(|(other, _)| std::ptr::eq(*other, program)).unwrap_or_else(|| {
            named.push((program, program.names(&functions)));
            named.len() - 1
        });
        let names = &named[known].1;
        Frame::guest(names.module, names.of(frame.func_index()), frame.func_index(), offset)
    };
    frames.map(frame).collect()
}

/// Adds the frames of a call to its error. A guest that exits has no need of them.
pub fn explain(error: Error, frames: Vec<Frame>) -> Error {
    if error.status() == abi::STATUS_EXIT { error } else { error.with_frames(frames) }
}
