//! The boundary that no panic crosses, and where errors go out.

use super::error::Error as ErrorObject;
use crate::panics::{self, Panic};
use crate::status::{Error, Result, Status};
use libvm_abi as abi;

/// Runs the body of a function that can fail, and gives its status; the error goes to `*error`, when that is wanted.
#[inline]
pub(super) fn guard(error: Option<&mut *mut ErrorObject>, work: impl FnOnce() -> Result<()>) -> Status {
    match panics::catch(work) {
        Ok(Ok(())) => abi::STATUS_OK,
        Ok(Err(failure)) => fail(error, failure),
        Err(panic) => fail(error, fault(&panic)),
    }
}

/// Runs the body of a function that cannot fail: `fallback` is what it gives should libvm itself do so.
#[inline]
pub(super) fn guard_value<T>(fallback: T, work: impl FnOnce() -> T) -> T {
    panics::catch(work).unwrap_or(fallback)
}

/// The error of a panic.
#[cold]
pub(crate) fn fault(panic: &Panic) -> Error {
    Error::new(abi::STATUS_INTERNAL, format!("an internal error in libvm, please report it: {}", panic.text()))
}

#[cold]
fn fail(error: Option<&mut *mut ErrorObject>, failure: Error) -> Status {
    let status = failure.status();
    if let Some(error) = error {
        *error = ErrorObject::allocate(&failure);
    }
    status
}
