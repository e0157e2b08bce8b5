//! The trampoline of every signature that has none of its own.
//!
//! wasmi's `Func::new` makes one allocation a call for the values that it decodes; this adds none for functions of up to
//! `limits::INLINE_VALUES` parameters and results.
#![forbid(unsafe_code)]

use super::HostCall;
use crate::engine::convert;
use crate::engine::error::HostFailure;
use crate::engine::store::State;
use crate::limits::INLINE_VALUES;
use libvm_abi::Value;
use wasmi::{Caller, Func, Store, Val};

pub(super) fn bind(store: &mut Store<State>, call: HostCall) -> Func {
    let ty = convert::to_wasmi_func_type(&call.ty);
    Func::new(store, ty, move |caller, params, results| {
        let total = params.len() + results.len();
        if total <= INLINE_VALUES {
            forward(&call, caller, params, results, &mut [Value::NONE; INLINE_VALUES][..total])
        } else {
            forward(&call, caller, params, results, &mut vec![Value::NONE; total])
        }
    })
}

/// Calls with `values` as the room for arguments and results.
fn forward(
    call: &HostCall,
    mut caller: Caller<'_, State>,
    params: &[Val],
    results: &mut [Val],
    values: &mut [Value],
) -> Result<(), wasmi::Error> {
    let (args, out) = values.split_at_mut(params.len());
    let lent = {
        let handles = &mut caller.data_mut().handles;
        let mark = handles.lent();
        for (arg, param) in args.iter_mut().zip(params) {
            *arg = convert::from_val(handles, param);
            handles.lend(arg);
        }
        mark
    };
    let outcome = call.invoke(&mut caller, args.as_ptr(), out.as_mut_ptr());
    let written = outcome.and_then(|()| {
        for (index, (result, value)) in results.iter_mut().zip(&*out).enumerate() {
            let expected = call.ty.results[index];
            if value.kind != expected.to_abi() {
                return Err(call.wrong_result(index, value.kind));
            }
            let place = || format!("result {} of host function `{}.{}`", index + 1, call.function.module, call.function.name);
            *result = convert::to_val(&caller.data().handles, value, expected, place).map_err(|error| {
                let error = error.in_function(&call.function.module, &call.function.name);
                wasmi::Error::host(HostFailure(error))
            })?;
        }
        Ok(())
    });
    caller.data_mut().handles.take_back(lent);
    written
}
