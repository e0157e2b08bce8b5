//! References to objects of the host.
#![forbid(unsafe_code)]

use super::entity::Entity;
use super::state::State;
use crate::engine::handles::Handle;
use crate::status::{Error, Result};
use crate::user_data::UserData;
use libvm_abi as abi;
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

/// Returns the data of an externref; `None` for the null reference.
///
/// # Errors
/// Those of an invalid handle.
pub fn data(store: &impl AsContext<Data = State>, reference: Handle) -> Result<Option<&UserData>> {
    if reference.context == 0 {
        return Ok(None);
    }
    let store = store.as_context();
    let object = store.data().handles.extern_ref(reference)?;
    let data = object.data(store).downcast_ref::<UserData>();
    data.map(Some).ok_or_else(|| Error::new(abi::STATUS_INTERNAL, "an externref that libvm did not create"))
}
