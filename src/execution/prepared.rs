//! Prepared calls: a function of a context with its type, which was compared when the call was prepared.
#![forbid(unsafe_code)]

use super::shared::SharedContext;
#[cfg(feature = "compiled")]
use crate::engine::Tier;
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
    #[cfg(feature = "compiled")]
    is_compiled: bool,
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
        let is_compiled = store.tier() == Tier::Compiled;
        Ok(Self {
            context: entered.share(),
            func,
            ty,
            count,
            #[cfg(feature = "compiled")]
            is_compiled,
        })
    }

    /// Returns how many values a call has.
    #[inline]
    pub fn count(&self) -> usize {
        self.count as usize
    }

    /// Returns whether its context ran compiled guests when it was made: then `call_compiled` is the shorter way.
    #[cfg(feature = "compiled")]
    #[inline]
    pub fn is_compiled(&self) -> bool {
        self.is_compiled
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

    /// Likewise.
    ///
    /// # Errors
    /// As for `call`.
    #[cfg(feature = "compiled")]
    #[inline]
    pub fn call_compiled(&self, values: &mut [RawValue]) -> Result<()> {
        let me = thread::id();
        if let Some(mut held) = self.context.begin_held(me) {
            return held.context().store().begin_prepared(me, &self.func, &self.ty, values);
        }
        let mut entered = self.context.enter_for_call(me).map_err(|error| self.not_entered(error))?;
        entered.context().store().begin_prepared(me, &self.func, &self.ty, values)
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

impl Drop for PreparedCall {
    fn drop(&mut self) {
        engine::release(self.func);
    }
}
