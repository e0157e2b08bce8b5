//! Host functions from closures.

use super::caller::Caller;
use super::error::Error;
use super::params::Parameter;
use super::results::FunctionResults;
use super::value::{Value, WasmType};
use crate::engine::{HostFunction as Function, Receiver};
use crate::panics::{self, Panic};
use crate::user_data::UserData;
use crate::value::{FuncType, Param, Signature};
use libvm_abi::{self as abi, Status};
use std::ffi::c_void;
use std::sync::Arc;

/// A function that takes its caller first.
pub struct ByCaller;
/// A function that does not take its caller.
pub struct Plain;

/// A function or closure that guests can call. Its first parameter may be a [`Caller`]; then up to eight [`WasmType`]s follow. Without a
/// caller, they may also be parts of the guest's memory: see [`Parameter`]. It returns [`FunctionResults`]. `M` stands for its type.
///
/// It may be called on any thread that uses a context with it. A panic is caught: the guest traps with its message.
///
/// # Safety
/// `signature` describes what `call` reads and writes.
pub unsafe trait HostFunction<M>: Send + Sync + 'static {
    #[doc(hidden)]
    const FLAGS: u32;

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
                Signature { params: [$(Param::Value($name::TYPE)),*].into(), results: R::types() }
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

            fn signature() -> Signature {
                Signature { params: [$($name::PARAM),*].into(), results: R::types() }
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

fn made<T: Send + Sync + 'static>(
    (module, name): (&str, &str),
    (signature, flags): (Signature, u32),
    callback: abi::Callback,
    object: T,
) -> Function {
    let object = Arc::new(object);
    let user = UserData::owned(Arc::as_ptr(&object).cast_mut().cast(), object);
    Function {
        module: module.into(),
        name: name.into(),
        signature,
        flags,
        callback,
        data: UserData::new(std::ptr::null_mut(), None),
        receiver: Receiver::User(user),
        plugin: None,
    }
}

/// Returns a function of a host module.
pub(super) fn typed<M, F: HostFunction<M>>(names: (&str, &str), function: F) -> Function {
    made(names, (F::signature(), F::FLAGS), callback::<F, M>, function)
}

/// Returns a function of a host module whose type is known at run time only.
pub(super) fn untyped<F, E>(names: (&str, &str), ty: FuncType, function: F) -> Function
where
    F: Fn(Caller<'_>, &[Value]) -> Result<Vec<Value>, E> + Send + Sync + 'static,
    E: Into<Box<dyn std::error::Error + Send + Sync>> + 'static,
{
    let signature = (Signature::from(ty.clone()), abi::FUNCTION_REENTERS);
    made(names, signature, dynamic::<F, E>, Dynamic { ty, function })
}
