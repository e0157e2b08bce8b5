//! The parameters of host functions that do not take their caller.

use super::caller::Caller;
use super::error::{Error, Result, Status};
use super::value::WasmType;
use crate::value::Param;
use libvm_abi::Value;

/// A parameter of a host function that does not take its [`Caller`]: a [`WasmType`], or a part of the guest's memory, which is two
/// parameters in wasm, pointer and length: `&[u8]`, `&str`, or a copy of it: `Vec<u8>`, `String`. It is checked before the function is
/// called.
///
/// # Safety
/// `PARAM` describes what `get` reads.
pub unsafe trait Parameter {
    /// The same with another lifetime.
    #[doc(hidden)]
    type Item<'a>;
    #[doc(hidden)]
    const PARAM: Param;

    /// # Safety
    /// `arg` is an argument of this type, of the call that `caller` is of, and nothing changes or moves the guest's memory during `'a`.
    #[doc(hidden)]
    unsafe fn get<'a>(arg: *const Value, caller: &Caller<'_>) -> Result<Self::Item<'a>>;
}

// SAFETY: the value has the type.
unsafe impl<T: WasmType> Parameter for T {
    type Item<'a> = T;
    const PARAM: Param = Param::Value(T::TYPE);

    #[inline(always)]
    unsafe fn get<'a>(arg: *const Value, caller: &Caller<'_>) -> Result<Self::Item<'a>> {
        // SAFETY: promised by the caller.
        let arg = unsafe { &*arg };
        if T::TYPE.is_reference() {
            caller.keep(std::slice::from_ref(arg))?;
        }
        Ok(T::from_abi(arg))
    }
}

/// # Safety
/// `arg` is a buffer, and as for `Parameter::get`.
unsafe fn slice<'a>(arg: *const Value) -> &'a [u8] {
    // SAFETY: promised by the caller.
    let buffer = unsafe { (*arg).of.buffer };
    // SAFETY: libvm has checked that it lies in the guest's memory.
    if buffer.size == 0 { &[] } else { unsafe { std::slice::from_raw_parts(buffer.data, buffer.size) } }
}

// SAFETY: a buffer.
unsafe impl Parameter for &[u8] {
    type Item<'a> = &'a [u8];
    const PARAM: Param = Param::Buffer;

    unsafe fn get<'a>(arg: *const Value, _: &Caller<'_>) -> Result<&'a [u8]> {
        // SAFETY: promised by the caller.
        Ok(unsafe { slice(arg) })
    }
}

// SAFETY: a buffer.
unsafe impl Parameter for &str {
    type Item<'a> = &'a str;
    const PARAM: Param = Param::Buffer;

    unsafe fn get<'a>(arg: *const Value, _: &Caller<'_>) -> Result<&'a str> {
        // SAFETY: promised by the caller.
        std::str::from_utf8(unsafe { slice(arg) })
            .map_err(|error| Error::with_status(Status::BAD_UTF8, format!("a string argument: {error}")))
    }
}

// SAFETY: a buffer.
unsafe impl Parameter for Vec<u8> {
    type Item<'a> = Self;
    const PARAM: Param = Param::Buffer;

    unsafe fn get<'a>(arg: *const Value, _: &Caller<'_>) -> Result<Self::Item<'a>> {
        // SAFETY: promised by the caller.
        Ok(unsafe { slice(arg) }.to_vec())
    }
}

// SAFETY: a buffer.
unsafe impl Parameter for String {
    type Item<'a> = Self;
    const PARAM: Param = Param::Buffer;

    unsafe fn get<'a>(arg: *const Value, caller: &Caller<'_>) -> Result<Self::Item<'a>> {
        // SAFETY: promised by the caller.
        unsafe { <&str>::get(arg, caller) }.map(str::to_owned)
    }
}
