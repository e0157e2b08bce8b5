//! Host functions from closures.

use super::caller::Caller;
use super::error::Error;
use super::params::Parameter;
use super::results::FunctionResults;
use super::value::{Value, WasmType, are_numbers};
use crate::engine::{HostFunction as Function, RawFunction, Receiver};
use crate::panics::{self, Panic};
use crate::user_data::UserData;
use crate::value::{FuncType, Param, Signature, ValType};
use libvm_abi::{self as abi, RawValue, Status};
use std::ffi::c_void;
use std::sync::Arc;

/// A function that takes its caller first.
pub struct ByCaller;
/// A function that does not take its caller.
pub struct Plain;

/// The types of parameters and results that are numbers.
#[derive(Clone, Copy)]
#[doc(hidden)]
pub struct Numbers {
    params: &'static [Param],
    results: &'static [ValType],
}

impl Numbers {
    /// Returns them if they are numbers.
    const fn new(params: &'static [Param], results: &'static [ValType]) -> Option<Self> {
        let mut at = 0;
        while at < params.len() {
            match params[at] {
                Param::Value(ty) if !ty.is_reference() => at += 1,
                _ => return None,
            }
        }
        if are_numbers(results) { Some(Self { params, results }) } else { None }
    }
}

/// A function or closure that guests can call. Its first parameter may be a [`Caller`]; then up to eight [`WasmType`]s follow. Without a
/// caller, they may also be parts of the guest's memory: see [`Parameter`]. It returns [`FunctionResults`]. `M` stands for its type.
///
/// Functions of numbers alone, without a caller, get them without their types, which is the fastest.
///
/// It may be called on any thread that uses a context with it. A panic is caught: the guest traps with its message.
///
/// # Safety
/// `signature` describes what `call` reads and writes.
pub unsafe trait HostFunction<M>: Send + Sync + 'static {
    #[doc(hidden)]
    const FLAGS: u32;

    /// The types of parameters and results of a function that is passed numbers alone, and does not suspend its guest: it reads and
    /// writes them without their types.
    #[doc(hidden)]
    const NUMBERS: Option<Numbers> = None;

    #[doc(hidden)]
    fn signature() -> Signature;

    /// # Safety
    /// The arguments and the room for results are those of the signature, and of the call that `caller` is of.
    #[doc(hidden)]
    unsafe fn call(&self, caller: Caller<'_>, args: *const abi::Value, results: *mut abi::Value) -> Status;
}

macro_rules! function {
    ($($name:ident)*) => {
        // SAFETY: arguments and results of these types.
        unsafe impl<F, R, $($name),*> HostFunction<(ByCaller, R, $($name,)*)> for F
        where
            F: Fn(Caller<'_>, $($name),*) -> R + Send + Sync + 'static,
            R: FunctionResults,
            $($name: WasmType,)*
        {
            const FLAGS: u32 = R::FLAGS | abi::FUNCTION_REENTERS;

            fn signature() -> Signature {
                Signature { params: [$(Param::Value($name::TYPE)),*].into(), results: R::TYPES.into() }
            }

            #[inline(always)]
            #[allow(non_snake_case, unused_variables, unused_mut, unused_assignments)]
            unsafe fn call(&self, caller: Caller<'_>, args: *const abi::Value, results: *mut abi::Value) -> Status {
                let mut next = args;
                $(
                    // SAFETY: promised by the caller.
                    let $name = match unsafe { <$name as Parameter>::get(next, &caller) } {
                        Ok(value) => value,
                        Err(error) => return caller.fail(error),
                    };
                    // SAFETY: the next one, or the end.
                    next = unsafe { next.add(1) };
                )*
                // SAFETY: the same call, which has not ended; the other one is gone before this is used.
                let after = unsafe { caller.again() };
                let returned = self(caller, $($name),*);
                // SAFETY: promised by the caller.
                unsafe { returned.put(&after, results) }
            }
        }

        // SAFETY: as above.
        unsafe impl<F, R, $($name),*> HostFunction<(Plain, R, $($name,)*)> for F
        where
            F: Fn($($name),*) -> R + Send + Sync + 'static,
            F: for<'a> Fn($($name::Item<'a>),*) -> R,
            R: FunctionResults,
            $($name: Parameter,)*
        {
            const FLAGS: u32 = R::FLAGS;
            const NUMBERS: Option<Numbers> =
                if R::FLAGS == 0 { Numbers::new(&[$($name::PARAM),*], R::TYPES) } else { None };

            fn signature() -> Signature {
                Signature { params: [$($name::PARAM),*].into(), results: R::TYPES.into() }
            }

            #[inline(always)]
            #[allow(non_snake_case, unused_variables, unused_mut, unused_assignments, clippy::too_many_arguments)]
            unsafe fn call(&self, caller: Caller<'_>, args: *const abi::Value, results: *mut abi::Value) -> Status {
                fn apply<R, $($name),*>(function: impl Fn($($name),*) -> R, $($name: $name),*) -> R {
                    function($($name),*)
                }
                let mut next = args;
                $(
                    // SAFETY: promised by the caller; the function cannot use the guest.
                    let $name = match unsafe { $name::get(next, &caller) } {
                        Ok(value) => value,
                        Err(error) => return caller.fail(error),
                    };
                    // SAFETY: the next one, or the end.
                    next = unsafe { next.add(1) };
                )*
                let returned = apply(self, $($name),*);
                // SAFETY: promised by the caller.
                unsafe { returned.put(&caller, results) }
            }
        }
    };
}

function! {}
function! { A }
function! { A B }
function! { A B C }
function! { A B C D }
function! { A B C D E }
function! { A B C D E G }
function! { A B C D E G H }
function! { A B C D E G H I }

#[cold]
pub(super) fn panicked(caller: &Caller<'_>, panic: &Panic) -> Status {
    caller.fail(Error::new(format!("it panicked: {}", panic.text())))
}

/// # Safety
/// libvm calls it: `user` is a function of this type.
unsafe extern "C-unwind" fn callback<F: HostFunction<M>, M>(
    user: *mut c_void,
    caller: *mut abi::Caller,
    args: *const abi::Value,
    results: *mut abi::Value,
) -> Status {
    // SAFETY: promised by the caller, as far as this call.
    let (function, caller, after) = unsafe { (&*user.cast::<F>(), Caller::new(caller), Caller::new(caller)) };
    // SAFETY: libvm passes what the signature says.
    let called = panics::catch(|| unsafe { function.call(caller, args, results) });
    called.unwrap_or_else(|panic| panicked(&after, &panic))
}

/// The most parameters of a function.
const MOST: usize = 8;

/// The same for a function of numbers, which are read and written without their types.
///
/// # Safety
/// As for `callback`; there are as many values as the function has parameters or results.
unsafe extern "C-unwind" fn raw_callback<F: HostFunction<M>, M>(
    user: *mut c_void,
    caller: *mut abi::Caller,
    values: *mut RawValue,
) -> Status {
    let (mut args, mut results) = ([abi::Value::NONE; MOST], [abi::Value::NONE; MOST]);
    if let Some(numbers) = F::NUMBERS {
        for (index, param) in numbers.params.iter().enumerate() {
            if let Param::Value(ty) = param {
                // SAFETY: there is a value for each parameter.
                args[index] = unsafe { &*values.add(index) }.to_value(ty.to_abi());
            }
        }
    }
    // SAFETY: promised by the caller; the values have the types of the signature.
    let status = unsafe { callback::<F, M>(user, caller, args.as_ptr(), results.as_mut_ptr()) };
    if let (abi::STATUS_OK, Some(numbers)) = (status, F::NUMBERS) {
        for (result, index) in results.iter().zip(0..numbers.results.len()) {
            // SAFETY: there is room for each result.
            unsafe { values.add(index).write(RawValue::from_value(result)) };
        }
    }
    status
}

/// A function whose type is known at run time only.
struct Dynamic<F> {
    ty: FuncType,
    function: F,
}

impl<F, E> Dynamic<F>
where
    F: Fn(Caller<'_>, &[Value]) -> Result<Vec<Value>, E>,
    E: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    /// # Safety
    /// As for `HostFunction::call`.
    unsafe fn call(&self, caller: *mut abi::Caller, args: *const abi::Value, results: *mut abi::Value) -> Status {
        // SAFETY: promised by the caller.
        let (caller, after) = unsafe { (Caller::new(caller), Caller::new(caller)) };
        let args = match self.ty.params.len() {
            // Without any the pointer need not be valid.
            0 => &[],
            // SAFETY: libvm passes as many arguments as the type has.
            count => unsafe { std::slice::from_raw_parts(args, count) },
        };
        if let Err(error) = caller.keep(args) {
            return caller.fail(error);
        }
        let args: Vec<_> = args.iter().map(Value::from_abi).collect();
        let values = match (self.function)(caller, &args) {
            Ok(values) if values.len() == self.ty.results.len() => values,
            Ok(values) => {
                let text =
                    format!("it returned {} results, and its type {} has {}", values.len(), self.ty, self.ty.results.len());
                return after.fail(Error::new(text));
            }
            // SAFETY: a failure writes no results.
            Err(error) => return unsafe { Err::<(), E>(error).put(&after, results) },
        };
        for (index, value) in values.iter().enumerate() {
            let value = value.to_abi();
            if let Err(error) = after.with(|call| call.lend_ref(&value)) {
                return after.fail(error);
            }
            // SAFETY: there is room for as many results as the type has.
            unsafe { results.add(index).write(value) };
        }
        abi::STATUS_OK
    }
}

/// # Safety
/// libvm calls it: `user` is a `Dynamic<F>`.
unsafe extern "C-unwind" fn dynamic<F, E>(
    user: *mut c_void,
    caller: *mut abi::Caller,
    args: *const abi::Value,
    results: *mut abi::Value,
) -> Status
where
    F: Fn(Caller<'_>, &[Value]) -> Result<Vec<Value>, E>,
    E: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    // SAFETY: promised by the caller.
    let function = unsafe { &*user.cast::<Dynamic<F>>() };
    // SAFETY: libvm passes what the type says.
    let called = panics::catch(|| unsafe { function.call(caller, args, results) });
    // SAFETY: the call has not ended.
    called.unwrap_or_else(|panic| panicked(&unsafe { Caller::new(caller) }, &panic))
}

fn made(
    (module, name): (&str, &str),
    (signature, flags): (Signature, u32),
    (callback, receiver): (abi::Callback, Receiver),
) -> Function {
    let data = UserData::new(std::ptr::null_mut(), None);
    Function { module: module.into(), name: name.into(), signature, flags, callback, data, receiver, plugin: None }
}

/// Keeps an object for callbacks, which get a pointer to it.
fn kept<T: Send + Sync + 'static>(object: T) -> UserData {
    let object = Arc::new(object);
    UserData::owned(Arc::as_ptr(&object).cast_mut().cast(), object)
}

/// Returns a function of a host module.
pub(super) fn typed<M, F: HostFunction<M>>(names: (&str, &str), function: F) -> Function {
    let (signature, user) = (F::signature(), kept(function));
    let calls = match F::NUMBERS {
        Some(_) => {
            let raw = RawFunction::new(&signature, raw_callback::<F, M>, user).expect("all of them are numbers");
            (RawFunction::CALLBACK, Receiver::Raw(Box::new(raw)))
        }
        None => (callback::<F, M> as abi::Callback, Receiver::User(user)),
    };
    made(names, (signature, F::FLAGS), calls)
}

/// Returns a function of a host module whose type is known at run time only.
pub(super) fn untyped<F, E>(names: (&str, &str), ty: FuncType, function: F) -> Function
where
    F: Fn(Caller<'_>, &[Value]) -> Result<Vec<Value>, E> + Send + Sync + 'static,
    E: Into<Box<dyn std::error::Error + Send + Sync>> + 'static,
{
    let signature = (Signature::from(ty.clone()), abi::FUNCTION_REENTERS);
    made(names, signature, (dynamic::<F, E>, Receiver::User(kept(Dynamic { ty, function }))))
}
