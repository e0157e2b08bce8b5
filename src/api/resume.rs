//! Suspended calls that go on in a function of the host.

use super::caller::Caller;
use super::error::{Error, Result};
use super::function::panicked;
use super::reference::FuncRef;
use super::results::{FunctionResults, Pending};
use super::taken::{cancel, into_user, release, take};
use super::value::{Value, WasmArgs};
use crate::engine::{Handle, Suspension};
use crate::{panics, status};
use libvm_abi as abi;
use std::ffi::{CStr, c_void};

/// Goes on with a call in its new caller: the completion, and the room for results.
pub(super) type Then = Box<dyn FnOnce(&Caller<'_>, &abi::Completion, *mut abi::Value) -> abi::Status + Send>;

/// # Safety
/// libvm calls it: `user` is that of `suspend_then`, and there is room for results.
unsafe extern "C-unwind" fn resume(
    user: *mut c_void,
    caller: *mut abi::Caller,
    completion: *const abi::Completion,
    _: *const abi::Value,
    results: *mut abi::Value,
) -> abi::Status {
    // SAFETY: promised above; it is called once.
    let (then, caller, completion) = unsafe { (take::<Then>(user), Caller::new(caller), &*completion) };
    let Some(then) = then else { return abi::STATUS_STALE };
    panics::catch(|| then(&caller, completion, results)).unwrap_or_else(|panic| panicked(&caller, &panic))
}

impl Caller<'_> {
    /// Suspends the call, which goes on in `then`: after it was completed, or after the function of the guest has returned.
    pub(super) fn suspend_then(&self, start: Option<(Handle, &[abi::Value])>, then: Then) -> Result<abi::Token> {
        let suspension = Suspension::new(abi::Suspension {
            user: into_user(then),
            resume: Some(resume),
            cancel: Some(cancel::<Then>),
            release: Some(release::<Then>),
            ..abi::Suspension::NONE
        });
        self.with(|call| match start {
            Some((func, args)) => call.start_call(func, args, suspension),
            None => call.suspend(suspension),
        })
    }

    /// Suspends the guest, calls a function of it, and goes on in `then` with its results, or with its failure. Unlike with
    /// [`call_ref`](Self::call_ref), functions that it calls can suspend the guest again, without holding the thread. Return the [`Pending`]
    /// from the host function.
    ///
    /// ```
    /// # fn main() -> vm::Result<()> {
    /// # let wasm = wat::parse_str(r#"(module (import "host" "apply" (func $apply (param i32) (result i32)))
    /// #     (func (export "square") (param i32) (result i32) (i32.mul (local.get 0) (local.get 0)))
    /// #     (func (export "run") (result i32) (call $apply (i32.const 5))))"#).unwrap();
    /// use vm::{Caller, Pending, Value};
    ///
    /// let mut context = vm::Context::new(&vm::Engine::new()?)?;
    /// context.module("host")?.function("apply", |caller: Caller<'_>, n: i32| -> vm::Result<Pending<vm::Result<i32>>> {
    ///     let square = caller.export("square")?;
    ///     caller.start_call(&square, n, |_, results| match results?[..] {
    ///         [Value::I32(squared)] => Ok(squared + 1),
    ///         _ => Err(vm::Error::new("it is another function")),
    ///     })
    /// })?;
    /// assert_eq!(context.run_wasm_from_buffer::<i32>(wasm, "run", ())?, 26);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`STALE`](crate::Status::STALE), [`WRONG_TYPE`](crate::Status::WRONG_TYPE), [`WRONG_COUNT`](crate::Status::WRONG_COUNT), and those of
    /// [`suspend`](Self::suspend).
    pub fn start_call<R: FunctionResults + 'static>(
        &self,
        func: &FuncRef,
        args: impl WasmArgs,
        then: impl FnOnce(Caller<'_>, Result<Vec<Value>>) -> R + Send + 'static,
    ) -> Result<Pending<R>> {
        let goes_on: Then = Box::new(move |caller, completion, results| {
            let outcome = caller.results_of(completion);
            // SAFETY: the same call, which has not ended; this one is used again when the function has returned.
            let returned = then(unsafe { caller.again() }, outcome);
            // SAFETY: the host function that has suspended the call returns these results.
            unsafe { returned.put(caller, results) }
        });
        args.with(|args| self.suspend_then(Some((func.handle(), args)), goes_on))?;
        Ok(Pending::new())
    }

    fn results_of(&self, completion: &abi::Completion) -> Result<Vec<Value>> {
        if completion.status != abi::STATUS_OK {
            let text = match completion.text.is_null() {
                true => String::new(),
                // SAFETY: libvm passes a string that lives until this returns.
                false => unsafe { CStr::from_ptr(completion.text) }.to_string_lossy().into_owned(),
            };
            return Err(Error::from(status::Error::new(completion.status, text)));
        }
        let values = match completion.count {
            0 => &[],
            // SAFETY: libvm passes as many values.
            count => unsafe { std::slice::from_raw_parts(completion.values, count) },
        };
        self.keep(values)?;
        Ok(values.iter().map(Value::from_abi).collect())
    }
}
