//! Host functions of numbers without types: what such a function was registered with, and its form for calls with types.
//!
//! Engines call it directly where nothing else is to be done. Everywhere else it is an ordinary function: its callback is
//! [`RawFunction::CALLBACK`], which converts the values.

use crate::limits::INLINE_VALUES;
use crate::user_data::UserData;
use crate::value::{Param, Signature, ValType};
use libvm_abi::{self as abi, RawValue, Value};
use std::ffi::c_void;

/// What a host function of numbers was registered with.
pub struct RawFunction {
    callback: abi::RawCallback,
    user: UserData,
    params: Box<[ValType]>,
    results: Box<[ValType]>,
}

/// The callback of such a function, with its first argument.
#[derive(Clone, Copy)]
pub struct RawCall {
    pub callback: abi::RawCallback,
    pub user: *mut c_void,
}

// SAFETY: the pointer belongs to the host, which promised that it may be used on any thread.
unsafe impl Send for RawCall {}
// SAFETY: as above.
unsafe impl Sync for RawCall {}

impl RawFunction {
    /// The callback of the host function.
    pub const CALLBACK: abi::Callback = call;

    /// Creates the receiver of a host function with this signature. `None` if that has anything but numbers.
    pub fn new(signature: &Signature, callback: abi::RawCallback, user: UserData) -> Option<Self> {
        let number = |ty: ValType| (!ty.is_reference()).then_some(ty);
        let param = |param: &Param| if let Param::Value(ty) = param { number(*ty) } else { None };
        let params = signature.params.iter().map(param).collect::<Option<_>>()?;
        let results = signature.results.iter().map(|ty| number(*ty)).collect::<Option<_>>()?;
        Some(Self { callback, user, params, results })
    }

    /// Returns what calls it.
    pub fn call(&self) -> RawCall {
        RawCall { callback: self.callback, user: self.user.pointer() }
    }
}

/// Calls the callback of a `RawFunction`.
///
/// # Safety
/// As for a callback; the first argument is a `RawFunction`, and the values are those of its types.
unsafe extern "C-unwind" fn call(
    function: *mut c_void,
    caller: *mut abi::Caller,
    args: *const Value,
    results: *mut Value,
) -> abi::Status {
    // SAFETY: promised by the caller.
    let function = unsafe { &*function.cast::<RawFunction>() };
    let count = function.params.len().max(function.results.len());
    let (mut few, mut many);
    let values: &mut [RawValue] = if count <= INLINE_VALUES {
        few = [RawValue::ZERO; INLINE_VALUES];
        &mut few
    } else {
        many = vec![RawValue::ZERO; count];
        &mut many
    };
    for (index, value) in values.iter_mut().take(function.params.len()).enumerate() {
        // SAFETY: there is an argument for each parameter.
        *value = RawValue::from_value(unsafe { &*args.add(index) });
    }
    // SAFETY: it is passed what it was registered with, and as many values as it has parameters or results.
    let answer = unsafe { (function.callback)(function.user.pointer(), caller, values.as_mut_ptr()) };
    if answer == abi::STATUS_OK {
        for (index, (ty, value)) in function.results.iter().zip(values).enumerate() {
            // SAFETY: there is room for a value for each result.
            unsafe { results.add(index).write(value.to_value(ty.to_abi())) };
        }
    }
    answer
}
