//! Calls from the host into the guest.
#![forbid(unsafe_code)]

use super::handles::Handle;
use super::store::{State, Store};
use super::trampoline::ActiveCall;
use super::{convert, error};
use crate::status::{Error, Result};
use crate::value::FuncType;
use libvm_abi::{self as abi, Value};
use std::array;
use wasmi::{AsContextMut, Func, Val};

/// Calls a function: with no allocation, up to 4 parameters and 1 result.
fn call(store: &mut impl AsContextMut<Data = State>, func: Func, args: &[Value], results: &mut [Value]) -> Result<()> {
    match (args.len(), results.len()) {
        (0, 0) => call_small::<0, 0>(store, func, args, results),
        (0, 1) => call_small::<0, 1>(store, func, args, results),
        (1, 0) => call_small::<1, 0>(store, func, args, results),
        (1, 1) => call_small::<1, 1>(store, func, args, results),
        (2, 0) => call_small::<2, 0>(store, func, args, results),
        (2, 1) => call_small::<2, 1>(store, func, args, results),
        (3, 0) => call_small::<3, 0>(store, func, args, results),
        (3, 1) => call_small::<3, 1>(store, func, args, results),
        (4, 0) => call_small::<4, 0>(store, func, args, results),
        (4, 1) => call_small::<4, 1>(store, func, args, results),
        (params, count) => call_with(store, func, args, results, &mut vec![Val::I32(0); params], &mut vec![Val::I32(0); count]),
    }
}

#[inline]
fn call_small<const P: usize, const R: usize>(
    store: &mut impl AsContextMut<Data = State>,
    func: Func,
    args: &[Value],
    results: &mut [Value],
) -> Result<()> {
    let (mut inputs, mut outputs): ([Val; P], [Val; R]) = (array::from_fn(|_| Val::I32(0)), array::from_fn(|_| Val::I32(0)));
    call_with(store, func, args, results, &mut inputs, &mut outputs)
}

/// Calls with `inputs` and `outputs` as the room for wasmi's values.
#[inline]
fn call_with(
    store: &mut impl AsContextMut<Data = State>,
    func: Func,
    args: &[Value],
    results: &mut [Value],
    inputs: &mut [Val],
    outputs: &mut [Val],
) -> Result<()> {
    let mut context = store.as_context_mut();
    for (index, (input, arg)) in inputs.iter_mut().zip(args).enumerate() {
        *input = untyped(context.data(), arg, index)?;
    }
    context.data_mut().enter()?;
    let outcome = func.call(&mut context, inputs, outputs);
    context.data_mut().leave();
    outcome.map_err(|error| failure(&context, func, args, results.len(), error))?;
    let handles = &mut context.data_mut().handles;
    for (result, output) in results.iter_mut().zip(&*outputs) {
        *result = convert::from_val(handles, output);
    }
    Ok(())
}

/// An argument by its own type; wasmi compares it with the function's.
#[inline]
fn untyped(state: &State, arg: &Value, index: usize) -> Result<Val> {
    match arg.kind {
        abi::VALTYPE_I32 => Ok(Val::I32(arg.bits_32() as i32)),
        abi::VALTYPE_I64 => Ok(Val::I64(arg.bits_64() as i64)),
        _ => match crate::value::ValType::from_abi(arg.kind) {
            Some(ty) => convert::to_val(&state.handles, arg, ty, || format!("argument {}", index + 1)),
            None => {
                let found = crate::value::type_name(arg.kind);
                Err(Error::new(abi::STATUS_WRONG_TYPE, format!("argument {} is {found}, which no function takes", index + 1)))
            }
        },
    }
}

/// The error of a call: wasmi's own words about arguments are replaced by ones that name them.
#[cold]
fn failure(
    store: &impl wasmi::AsContext<Data = State>,
    func: Func,
    args: &[Value],
    results: usize,
    error: wasmi::Error,
) -> Error {
    if !matches!(error.kind(), wasmi::errors::ErrorKind::Func(_)) {
        return error::of_call(error);
    }
    let ty = convert::func_type(&func.ty(store));
    if ty.params.len() != args.len() || ty.results.len() != results {
        return wrong_count(&ty, args.len(), results);
    }
    for (index, (arg, expected)) in args.iter().zip(&ty.params).enumerate() {
        if arg.kind != expected.to_abi() {
            let found = crate::value::type_name(arg.kind);
            let message = format!("argument {} is {found}, but the function {ty} takes {expected} there", index + 1);
            return Error::new(abi::STATUS_WRONG_TYPE, message);
        }
    }
    error::of_call(error)
}

fn wrong_count(ty: &FuncType, args: usize, results: usize) -> Error {
    let message = format!(
        "the function is {ty}: it takes {} arguments and gives {} results; {args} and {results} were given",
        ty.params.len(),
        ty.results.len()
    );
    Error::new(abi::STATUS_WRONG_COUNT, message)
}

impl Store {
    /// Calls a function by its handle. References in the results are the caller's to release.
    ///
    /// # Errors
    /// `STATUS_STALE`, `STATUS_WRONG_CONTEXT`, `STATUS_WRONG_TYPE`, `STATUS_WRONG_COUNT`, and all by which a guest ends.
    pub fn call(&mut self, func: Handle, args: &[Value], results: &mut [Value]) -> Result<()> {
        let func = self.inner.data().handles.func(func)?;
        call(&mut self.inner, func, args, results)
    }

    /// The type of a function.
    ///
    /// # Errors
    /// `STATUS_STALE`, `STATUS_WRONG_CONTEXT`, `STATUS_WRONG_TYPE`.
    pub fn func_type(&self, func: Handle) -> Result<FuncType> {
        Ok(convert::func_type(&self.inner.data().handles.func(func)?.ty(&self.inner)))
    }
}

impl ActiveCall<'_> {
    /// Calls a function that the guest exports. References in the results are lent until the callback returns.
    ///
    /// # Errors
    /// `STATUS_NOT_FOUND`, and as `Store::call`.
    pub fn call_export(&mut self, name: &str, args: &[Value], results: &mut [Value]) -> Result<()> {
        let Some(func) = self.caller().get_export(name).and_then(wasmi::Extern::into_func) else {
            return Err(Error::new(abi::STATUS_NOT_FOUND, format!("the guest that called exports no function `{name}`")));
        };
        self.call_and_lend(func, args, results)
    }

    /// Calls the function that a funcref refers to.
    ///
    /// # Errors
    /// As `Store::call`.
    pub fn call_ref(&mut self, func: Handle, args: &[Value], results: &mut [Value]) -> Result<()> {
        let func = self.caller().data().handles.func(func)?;
        self.call_and_lend(func, args, results)
    }

    fn call_and_lend(&mut self, func: Func, args: &[Value], results: &mut [Value]) -> Result<()> {
        call(self.caller(), func, args, results)?;
        let handles = &mut self.caller().data_mut().handles;
        results.iter().for_each(|result| handles.lend(result));
        Ok(())
    }
}
