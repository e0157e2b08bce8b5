//! The results of host functions.

use super::caller::Caller;
use super::error::Error;
use super::value::WasmType;
use crate::value::ValType;
use libvm_abi::{self as abi, Status, Value};
use std::marker::PhantomData;

/// What a host function returns: `()`, a [`WasmType`], a tuple of up to four, a [`Pending`], or a `Result` of one of these whose error
/// is an [`Error`], any other `std::error::Error` that may move between threads, a `String` or a `&str`: the guest traps with its text.
///
/// # Safety
/// `TYPES` describes what `put` writes.
pub unsafe trait FunctionResults {
    #[doc(hidden)]
    const FLAGS: u32 = 0;

    #[doc(hidden)]
    const TYPES: &'static [ValType];

    /// Writes the results, and returns the status of the function.
    ///
    /// # Safety
    /// There is room for these results of the call that `caller` is of.
    #[doc(hidden)]
    unsafe fn put(self, caller: &Caller<'_>, results: *mut Value) -> Status;
}

/// Writes one result.
///
/// # Safety
/// There is room for it.
#[inline(always)]
unsafe fn put<T: WasmType>(value: &T, caller: &Caller<'_>, place: *mut Value) -> Status {
    let result = value.to_abi();
    if T::TYPE.is_reference()
        && let Err(error) = caller.with(|call| call.lend_ref(&result))
    {
        return caller.fail(error);
    }
    // SAFETY: promised by the caller.
    unsafe { place.write(result) };
    abi::STATUS_OK
}

// SAFETY: one value of the type.
unsafe impl<T: WasmType> FunctionResults for T {
    const TYPES: &'static [ValType] = &[T::TYPE];

    #[inline(always)]
    unsafe fn put(self, caller: &Caller<'_>, results: *mut Value) -> Status {
        // SAFETY: promised by the caller.
        unsafe { put(&self, caller, results) }
    }
}

macro_rules! tuples {
    ($(($($name:ident $index:tt)*))*) => {$(
        // SAFETY: values of these types.
        unsafe impl<$($name: WasmType),*> FunctionResults for ($($name,)*) {
            const TYPES: &'static [ValType] = &[$($name::TYPE),*];

            #[inline(always)]
            #[allow(unused_variables)]
            unsafe fn put(self, caller: &Caller<'_>, results: *mut Value) -> Status {
                $(
                    // SAFETY: promised by the caller.
                    let status = unsafe { put(&self.$index, caller, results.add($index)) };
                    if status != abi::STATUS_OK {
                        return status;
                    }
                )*
                abi::STATUS_OK
            }
        }
    )*};
}

tuples! { () (A 0) (A 0 B 1) (A 0 B 1 C 2) (A 0 B 1 C 2 D 3) }

// SAFETY: those of `R`, or none.
unsafe impl<R: FunctionResults, E: Into<Box<dyn std::error::Error + Send + Sync>>> FunctionResults for Result<R, E> {
    const FLAGS: u32 = R::FLAGS;
    const TYPES: &'static [ValType] = R::TYPES;

    #[inline(always)]
    unsafe fn put(self, caller: &Caller<'_>, results: *mut Value) -> Status {
        match self {
            // SAFETY: promised by the caller.
            Ok(values) => unsafe { values.put(caller, results) },
            Err(error) => caller.fail(to_error(error.into())),
        }
    }
}

/// Returns an error of libvm as it is, and another one as a trap with its text.
#[cold]
fn to_error(error: Box<dyn std::error::Error + Send + Sync>) -> Error {
    error.downcast::<Error>().map_or_else(Error::new, |error| *error)
}

/// The results of a host function that has suspended its guest with [`Caller::suspend`].
pub struct Pending<R>(PhantomData<fn() -> R>);

impl<R> Pending<R> {
    pub(super) fn new() -> Self {
        Self(PhantomData)
    }
}

// SAFETY: the results are those of the completion, which libvm checks.
unsafe impl<R: FunctionResults> FunctionResults for Pending<R> {
    const FLAGS: u32 = R::FLAGS | abi::FUNCTION_MAY_SUSPEND;
    const TYPES: &'static [ValType] = R::TYPES;

    unsafe fn put(self, _: &Caller<'_>, _: *mut Value) -> Status {
        abi::STATUS_PENDING
    }
}
