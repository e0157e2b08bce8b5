//! Globals, as seen by the host.
#![forbid(unsafe_code)]

use super::access::Access;
use super::handles::Handle;
use super::operand::Operand;
use crate::status::{Error, Result};
use crate::value::GlobalType;
use libvm_abi::{self as abi, Value};

/// Returns the type of a global.
///
/// # Errors
/// Those of an invalid handle.
pub fn ty(store: &mut impl Access, global: Handle) -> Result<GlobalType> {
    let global = store.state().handles.global(global)?;
    Ok(store.global_type(global))
}

/// Returns the value of a global; the host must release a reference.
///
/// # Errors
/// Those of an invalid handle.
pub fn get(store: &mut impl Access, global: Handle) -> Result<Value> {
    let global = store.state().handles.global(global)?;
    let value = store.global_get(global);
    Ok(value.give(&mut store.state_mut().handles))
}

/// Sets a global.
///
/// # Errors
/// `STATUS_IMMUTABLE`, `STATUS_WRONG_TYPE`, and those of an invalid handle.
pub fn set(store: &mut impl Access, global: Handle, value: &Value) -> Result<()> {
    let global = store.state().handles.global(global)?;
    let ty = store.global_type(global);
    if !ty.mutable {
        return Err(Error::new(abi::STATUS_IMMUTABLE, format!("a {ty} cannot be set")));
    }
    let value = Operand::new(&store.state().handles, value, ty.content, || "the value".to_owned())?;
    store.global_set(global, value)
}
