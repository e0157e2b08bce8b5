//! Objects of the host in externrefs.
#![forbid(unsafe_code)]

use super::caller::Caller;
use super::context::Context;
use super::error::Result;
use super::reference::{ExternRef, FuncRef};
use crate::engine::Handle;
use crate::panics;
use crate::user_data::UserData;
use crate::value::FuncType;
use std::any::Any;
use std::sync::Arc;

/// An object of the host in an externref.
struct HostObject(Arc<dyn Any + Send + Sync>);

impl Drop for HostObject {
    fn drop(&mut self) {
        let object = std::mem::replace(&mut self.0, Arc::new(()));
        // A panic would leave the context half reset, or pass through frames of wasm; its message has been printed.
        let _ = panics::catch(|| drop(object));
    }
}

impl HostObject {
    fn user_data<T: Any + Send + Sync>(object: T) -> UserData {
        let object = Arc::new(object);
        let pointer = Arc::as_ptr(&object).cast_mut().cast();
        UserData::owned(pointer, Self(object))
    }
}

fn object<T: Any + Send + Sync>(data: Option<&UserData>) -> Option<Arc<T>> {
    let object = data?.owner()?.downcast_ref::<HostObject>()?;
    Arc::clone(&object.0).downcast().ok()
}

impl ExternRef {
    /// Creates a reference to an object, which lives until the context is reset or dropped.
    ///
    /// # Errors
    /// [`LIMIT`](crate::Status::LIMIT), [`BUSY`](crate::Status::BUSY), [`REENTRANT`](crate::Status::REENTRANT).
    pub fn new<T: Any + Send + Sync>(context: &mut Context, object: T) -> Result<Self> {
        let data = HostObject::user_data(object);
        context.with(|context| Ok(owned(context.store().create_extern_ref(data)?)))
    }

    /// Returns the object; `None` if it is of another type, or was not created by this API.
    ///
    /// # Errors
    /// [`STALE`](crate::Status::STALE), [`WRONG_CONTEXT`](crate::Status::WRONG_CONTEXT), [`BUSY`](crate::Status::BUSY),
    /// [`REENTRANT`](crate::Status::REENTRANT).
    pub fn get<T: Any + Send + Sync>(&self, context: &mut Context) -> Result<Option<Arc<T>>> {
        context.with(|context| Ok(object(context.store().extern_ref_data(self.handle())?)))
    }
}

fn owned(handle: Handle) -> ExternRef {
    ExternRef::own(handle).expect("it is not null")
}

impl Caller<'_> {
    /// Creates a reference to an object, which lives until the context is reset or dropped.
    ///
    /// # Errors
    /// [`LIMIT`](crate::Status::LIMIT).
    pub fn create_extern_ref<T: Any + Send + Sync>(&self, object: T) -> Result<ExternRef> {
        let data = HostObject::user_data(object);
        self.with(|call| {
            let handle = call.create_extern_ref(data)?;
            // It is lent to this call; the reference outlives that.
            call.retain_ref(handle)?;
            Ok(owned(handle))
        })
    }

    /// Returns the object of a reference; `None` if it is of another type, or was not created by this API.
    ///
    /// # Errors
    /// [`STALE`](crate::Status::STALE), [`WRONG_CONTEXT`](crate::Status::WRONG_CONTEXT).
    pub fn extern_ref<T: Any + Send + Sync>(&self, reference: &ExternRef) -> Result<Option<Arc<T>>> {
        self.with(|call| Ok(object(call.extern_ref_data(reference.handle())?)))
    }

    /// Returns a reference to a function that the calling guest exports.
    ///
    /// # Errors
    /// [`NOT_FOUND`](crate::Status::NOT_FOUND).
    pub fn export(&self, name: &str) -> Result<FuncRef> {
        self.with(|call| {
            let handle = call.export_ref(name)?;
            call.retain_ref(handle)?;
            Ok(FuncRef::own(handle).expect("it is not null"))
        })
    }

    /// Returns the type of the function that a reference refers to.
    ///
    /// # Errors
    /// [`STALE`](crate::Status::STALE), [`WRONG_CONTEXT`](crate::Status::WRONG_CONTEXT).
    pub fn func_type(&self, func: &FuncRef) -> Result<FuncType> {
        self.with(|call| call.func_type(func.handle()))
    }
}
