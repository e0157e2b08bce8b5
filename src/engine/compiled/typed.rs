//! The types of functions, looked up when they are first needed.
#![forbid(unsafe_code)]

use super::callee::{Callee, TypeIndex};
use super::convert;
use super::state::State;
use wasmtime::StoreContextMut;

/// Returns the index of the type of a function.
#[inline]
pub fn index(store: &mut StoreContextMut<'_, State>, callee: Callee) -> TypeIndex {
    callee.known_type().unwrap_or_else(|| look_up(store, callee))
}

#[cold]
fn look_up(store: &mut StoreContextMut<'_, State>, callee: Callee) -> TypeIndex {
    let ty = convert::func_type(&callee.func.ty(&*store));
    store.data_mut().own.types.insert(ty)
}
