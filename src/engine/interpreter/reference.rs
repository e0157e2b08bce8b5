//! References to objects of the host.
#![forbid(unsafe_code)]

use super::entity::Entity;
use super::state::State;
use crate::engine::handles::Handle;
use crate::status::{Error, Result};
use crate::user_data::UserData;
use libvm_abi as abi;
use std::ffi::c_void;
use wasmi::{AsContext, ExternRef, StoreContextMut};

/// Creates an externref that owns a pointer of the host.
///
/// # Errors
/// `STATUS_LIMIT`.
pub fn create(mut store: StoreContextMut<'_, State>, data: UserData) -> Result<Handle> {
    store.data_mut().budgets.count_reference()?;
    let object = ExternRef::new(&mut store, data);
    Ok(store.data_mut().handles.insert(Entity::Extern(object)))
}

/// Returns the pointer of an externref; NULL for the null reference.
pub fn pointer(store: impl AsContext<Data = State>, reference: Handle) -> Result<*mut c_void> {
    if reference.context == 0 {
        return Ok(std::ptr::null_mut());
    }
    let object = store.as_context().data().handles.extern_ref(reference)?;
    let data = object.data(store.as_context()).downcast_ref::<UserData>();
    data.map(UserData::pointer).ok_or_else(|| Error::new(abi::STATUS_INTERNAL, "an externref that libvm did not create"))
}
