//! Host functions from asynchronous closures.

use super::caller::Caller;
use super::error::Result;
use super::function::HostFunction;
use super::params::Parameter;
use super::results::FunctionResults;
use super::resume::Then;
use super::waking::Waking;
use crate::engine::{Completion, complete};
use crate::value::Signature;
use libvm_abi::{self as abi, Status, Value};
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context as Task, Poll};

type Running<R> = Pin<Box<dyn Future<Output = R> + Send>>;

/// A function or closure that returns a future, which guests can call: they are suspended until it is ready. It has up to eight parameters
/// of [`WasmType`](crate::WasmType)s, `String` and `Vec<u8>`; the future returns [`FunctionResults`]. `M` stands for its type.
///
/// The future is polled where the guest runs: in the task that polls the [`Execution`](crate::Execution), or on the thread that waits for
/// a blocking call. So it needs no runtime, and can use the one that polls the execution. It is dropped if the wait ends without it. A panic
/// is caught: the guest traps with its message.
///
/// # Safety
/// `signature` describes what `begin` reads.
pub unsafe trait AsyncFunction<M>: Send + Sync + 'static {
    #[doc(hidden)]
    type Results: FunctionResults;

    #[doc(hidden)]
    fn signature() -> Signature;

    /// # Safety
    /// The arguments are those of the signature, and of the call that `caller` is of.
    #[doc(hidden)]
    unsafe fn begin(&self, caller: &Caller<'_>, args: *const Value) -> Result<Running<Self::Results>>;
}

macro_rules! function {
    ($($name:ident)*) => {
        // SAFETY: arguments of these types.
        unsafe impl<F, T, $($name),*> AsyncFunction<(T, $($name,)*)> for F
        where
            F: Fn($($name),*) -> T + Send + Sync + 'static,
            T: Future<Output: FunctionResults> + Send + 'static,
            $($name: for<'a> Parameter<Item<'a> = $name>,)*
        {
            type Results = T::Output;

            fn signature() -> Signature {
                Signature { params: [$($name::PARAM),*].into(), results: T::Output::TYPES.into() }
            }

            #[allow(non_snake_case, unused_variables, unused_mut, unused_assignments)]
            unsafe fn begin(&self, caller: &Caller<'_>, args: *const Value) -> Result<Running<T::Output>> {
                let mut next = args;
                $(
                    // SAFETY: promised by the caller; what is returned borrows nothing.
                    let $name = unsafe { $name::get(next, caller) }?;
                    // SAFETY: the next one, or the end.
                    next = unsafe { next.add(1) };
                )*
                Ok(Box::pin(self($($name),*)))
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

/// The host function of an asynchronous one.
pub(super) struct Async<F, M>(F, PhantomData<fn(M)>);

impl<F, M> Async<F, M> {
    pub fn new(function: F) -> Self {
        Self(function, PhantomData)
    }
}

/// Stands for the type of an [`Async`].
pub(super) struct ByFuture;

// SAFETY: the arguments are those of the asynchronous function, and the results those of its future.
unsafe impl<M: 'static, F: AsyncFunction<M>> HostFunction<ByFuture> for Async<F, M> {
    const FLAGS: u32 = abi::FUNCTION_MAY_SUSPEND;

    fn signature() -> Signature {
        F::signature()
    }

    unsafe fn call(&self, caller: Caller<'_>, args: *const Value, results: *mut Value) -> Status {
        // SAFETY: promised by the caller.
        match unsafe { self.0.begin(&caller, args) } {
            // SAFETY: as above.
            Ok(future) => unsafe { poll(future, &caller, results) },
            Err(error) => caller.fail(error),
        }
    }
}

/// Polls a future; while it is not ready its call is suspended, and goes on here when it was woken.
///
/// # Safety
/// There is room for the results of the call that `caller` is of.
unsafe fn poll<R: FunctionResults + 'static>(mut future: Running<R>, caller: &Caller<'_>, results: *mut Value) -> Status {
    let (waking, waker) = Waking::new(|token| complete(token, Completion::with(Vec::new())));
    if let Poll::Ready(returned) = future.as_mut().poll(&mut Task::from_waker(&waker)) {
        // SAFETY: promised by the caller.
        return unsafe { returned.put(caller, results) };
    }
    // SAFETY: the same function goes on.
    let then: Then = Box::new(move |caller, _, results| unsafe { poll(future, caller, results) });
    match caller.suspend_then(None, then) {
        Ok(token) => {
            waking.set_token(token);
            abi::STATUS_PENDING
        }
        Err(error) => caller.fail(error),
    }
}
