//! References to objects of the host.
#![forbid(unsafe_code)]

use super::access::Access;
use super::entity::Entity;
use super::handles::Handle;
use crate::status::{Error, Result};
use crate::user_data::UserData;
use libvm_abi as abi;

/// Creates an externref that owns a pointer of the host.
///
/// # Errors
/// `STATUS_LIMIT`, and those of `Access::create_object`.
pub fn create(store: &mut impl Access, data: UserData) -> Result<Handle> {
    store.state_mut().budgets.count_reference()?;
    let object = store.create_object(store.state().objects.len())?;
    let state = store.state_mut();
    state.objects.push(data);
    Ok(state.handles.insert(Entity::Object(object)))
}

/// Returns the index of the object that an externref refers to; `None` for the null reference.
///
/// # Errors
/// Those of an invalid handle.
pub fn index(store: &impl Access, reference: Handle) -> Result<Option<usize>> {
    if reference.context == 0 {
        return Ok(None);
    }
    let object = store.state().handles.object(reference)?;
    let index = store.object_index(object);
    index.map(Some).ok_or_else(|| Error::new(abi::STATUS_INTERNAL, "an externref that libvm did not create"))
}
