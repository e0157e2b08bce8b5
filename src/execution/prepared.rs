//! Prepared calls: a function of a context with its type, which was compared when the call was prepared.
#![forbid(unsafe_code)]

#[cfg(feature = "compiled")]
use super::shared::HeldCall;
use super::shared::SharedContext;
#[cfg(feature = "compiled")]
use crate::engine::PreparedCompiled;
use crate::engine::{self, Handle};
use crate::status::{Error, Result};
#[cfg(feature = "compiled")]
use crate::thread;
use crate::value::FuncType;
use libvm_abi::{self as abi, RawValue};
use std::sync::Arc;

/// A prepared call.
pub struct PreparedCall {
    context: Arc<SharedContext>,
    func: Handle,
    ty: FuncType,
    /// As many as there are parameters, or results if there are more.
    count: u32,
    /// If its context ran compiled guests when it was made.
    #[cfg(feature = "compiled")]
    compiled: Option<PreparedCompiled>,
}

impl PreparedCall {
    /// Prepares calls of a function that must have this type.
    ///
    /// # Errors
    /// `STATUS_WRONG_TYPE` for a function of another type, `STATUS_INVALID_ARGUMENT` for references, `STATUS_STALE`,
    /// `STATUS_WRONG_CONTEXT`, `STATUS_BUSY`, `STATUS_REENTRANT`.
    pub fn new(context: &SharedContext, func: Handle, wanted: &FuncType) -> Result<Self> {
        if wanted.has_references() {
            let message = format!(
                "calls of the type {wanted} cannot be prepared: raw values are numbers (i I f F v); call the function with VM_FuncCall"
            );
            return Err(Error::new(abi::STATUS_INVALID_ARGUMENT, message));
        }
        let mut entered = context.enter()?;
        let store = entered.context().store();
        let ty = store.func_type(func)?;
        if ty != *wanted {
            let message = format!("the function is {ty}, but the call is prepared for {wanted}");
            return Err(Error::new(abi::STATUS_WRONG_TYPE, message));
        }
        store.retain_ref(func)?;
        let count = ty.params.len().max(ty.results.len()) as u32;
        #[cfg(feature = "compiled")]
        let compiled = store.prepare_compiled(func)?;
        Ok(Self {
            context: entered.share(),
            func,
            ty,
            count,
            #[cfg(feature = "compiled")]
            compiled,
        })
    }

    /// Returns how many values a call has.
    #[inline]
    pub fn count(&self) -> usize {
        self.count as usize
    }

    /// Returns how it is called as one of a compiled guest, if it is one: with `HeldCall::call_again`, and otherwise `call_compiled`.
    #[cfg(feature = "compiled")]
    #[inline]
    pub fn compiled(&self) -> Option<&PreparedCompiled> {
        self.compiled.as_ref()
    }

    /// Calls the function: the first values are the arguments, in whose place the results are written.
    ///
    /// # Errors
    /// `STATUS_STALE` if the context was deleted or reset, `STATUS_BUSY`, `STATUS_REENTRANT`, and every failure of a guest.
    #[inline]
    pub fn call(&self, values: &mut [RawValue]) -> Result<()> {
        let mut entered = self.context.enter().map_err(|error| self.not_entered(error))?;
        entered.context().store().call_prepared(self.func, (&self.ty.params, &self.ty.results), values)
    }

    /// Begins a call of this thread, if it holds the context, and no call is in it.
    #[cfg(feature = "compiled")]
    #[inline(always)]
    pub fn begin_held(&self) -> Option<HeldCall<'_>> {
        self.context.begin_held(thread::id())
    }

    /// Likewise; shorter for a function of a compiled guest.
    ///
    /// # Errors
    /// As for `call`.
    #[cfg(feature = "compiled")]
    #[inline]
    pub fn call_compiled(&self, values: &mut [RawValue]) -> Result<()> {
        let me = thread::id();
        let mut entered = self.context.enter_for_call(me).map_err(|error| self.not_entered(error))?;
        let is_held = self.context.is_held_by(me);
        let store = entered.context().store();
        if is_held {
            store.lend_stack();
        }
        let outcome = self.compiled.as_ref().and_then(|compiled| store.call_compiled(me, compiled, values));
        outcome.unwrap_or_else(|| {
            store.begin_use(me);
            store.call_prepared(self.func, (&self.ty.params, &self.ty.results), values)
        })
    }

    #[cold]
    fn not_entered(&self, error: Error) -> Error {
        if !self.context.is_deleted() {
            return error;
        }
        let message = "the prepared call is stale: its context was deleted; prepare it in a context that exists";
        Error::new(abi::STATUS_STALE, message)
    }
}

#[cfg(feature = "compiled")]
impl HeldCall<'_> {
    /// Does a prepared call as long as that is calling compiled code and nothing else: nothing that it would have to look at has happened in the
    /// context since the call before. Otherwise returns `None`, and `PreparedCall::call_compiled` does it.
    #[inline(always)]
    pub fn call_again(mut self, compiled: &PreparedCompiled, values: &mut [RawValue]) -> Option<Result<()>> {
        self.context().store().call_compiled_again(compiled, values)
    }
}

impl Drop for PreparedCall {
    fn drop(&mut self) {
        engine::release(self.func);
    }
}
