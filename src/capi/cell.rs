//! The use of a context by one call at a time.

use crate::capi::error::Error as ErrorObject;
use crate::capi::ffi::{Shared, shared};
use crate::capi::guard::guard;
use crate::context;
use crate::status::Result;
use libvm_abi::Status;

/// A context.
pub use crate::execution::SharedContext as Context;

/// Runs `work` as the context's only user.
#[inline]
pub(in crate::capi) fn with<'a>(
    context: Option<impl Into<Shared<'a, Context>>>,
    error: Option<&mut *mut ErrorObject>,
    work: impl FnOnce(&mut context::Context) -> Result<()>,
) -> Status {
    guard(error, || {
        let mut entered = shared(context.map(Into::into), "context")?.enter()?;
        work(entered.context())
    })
}

/// Like `with`, for functions that give a value and no error.
pub(in crate::capi) fn with_value<T>(context: Option<&Context>, fallback: T, work: impl FnOnce(&mut context::Context) -> T) -> T {
    let mut value = fallback;
    with(context, None, |context| {
        value = work(context);
        Ok(())
    });
    value
}
