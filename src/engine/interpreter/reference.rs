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

/// Makes an externref that owns a pointer of the host.
pub fn create(mut store: StoreContextMut<'_, State>, data: UserData) -> Handle {
    let object = ExternRef::new(&mut store, data);
    store.data_mut().handles.insert(Entity::Extern(object))
}

/// The pointer that an externref carries; the null reference carries NULL.
pub fn pointer(store: impl AsContext<Data = State>, reference: Handle) -> Result<*mut c_void> {
    if reference.context == 0 {
        return Ok(std::ptr::null_mut());
    }
    let object = store.as_context().data().handles.extern_ref(reference)?;
    let data = object.data(store.as_context()).downcast_ref::<UserData>();
    data.map(UserData::pointer).ok_or_else(|| Error::new(abi::STATUS_INTERNAL, "an externref that libvm did not make"))
}
