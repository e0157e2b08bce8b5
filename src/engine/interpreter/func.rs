//! Functions, as seen by the host.
#![forbid(unsafe_code)]

use super::store::Store;
use super::{convert, execution};
use crate::engine::handles::Handle;
use crate::status::Result;
use crate::value::FuncType;
use libvm_abi::Value;
use wasmi::AsContextMut;

impl Store {
    /// Calls a function by its handle. The host must release references in the results.
    ///
    /// # Errors
    /// `STATUS_STALE`, `STATUS_WRONG_CONTEXT`, `STATUS_WRONG_TYPE`, `STATUS_WRONG_COUNT`, and every failure of a guest.
    #[inline]
    pub fn call(&mut self, func: Handle, args: &[Value], results: &mut [Value]) -> Result<()> {
        let callee = self.inner.data().handles.callee(func)?;
        execution::call(self.inner.as_context_mut(), callee, args, results)
    }

    /// Returns the type of a function.
    ///
    /// # Errors
    /// `STATUS_STALE`, `STATUS_WRONG_CONTEXT`, `STATUS_WRONG_TYPE`.
    pub fn func_type(&self, func: Handle) -> Result<FuncType> {
        Ok(convert::func_type(&self.inner.data().handles.func(func)?.ty(&self.inner)))
    }

    /// Compares arguments with the type of a function.
    ///
    /// # Errors
    /// Those of `func_type`, `STATUS_WRONG_COUNT`, `STATUS_WRONG_TYPE`.
    pub fn check_args(&self, func: Handle, args: &[Value]) -> Result<()> {
        execution::check_args(&self.func_type(func)?, args)
    }
}
