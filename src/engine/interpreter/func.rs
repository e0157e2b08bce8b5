//! Functions, as seen by the host.
#![forbid(unsafe_code)]

use super::state::State;
use super::store::Store;
use super::watched::{self, Target};
use super::{convert, execution, traced};
use crate::engine::handles::Handle;
use crate::status::{Error, Result};
use crate::value::FuncType;
use libvm_abi::Value;
use wasmi::{AsContextMut, StoreContextMut};

impl Store {
    /// Calls a function by its handle. The host must release references in the results.
    ///
    /// # Errors
    /// `STATUS_STALE`, `STATUS_WRONG_CONTEXT`, `STATUS_WRONG_TYPE`, `STATUS_WRONG_COUNT`, and every failure of a guest.
    #[inline]
    pub fn call(&mut self, func: Handle, args: &[Value], results: &mut [Value]) -> Result<()> {
        let callee = self.inner.data().handles.callee(func)?;
        if self.inner.data().watch.is_some() {
            let work = |store: StoreContextMut<'_, State>, results: &mut [Value]| execution::call(store, callee, args, results);
            let outcome = watched::call_guest(self.inner.as_context_mut(), Target::Handle(func), args, results, work);
            return outcome.map_err(|error| traced::named(self.inner.data(), Target::Handle(func), error));
        }
        let outcome = execution::call(self.inner.as_context_mut(), callee, args, results);
        outcome.map_err(|error| self.failed(func, error))
    }

    #[cold]
    fn failed(&mut self, func: Handle, error: Error) -> Error {
        let state = self.inner.data_mut();
        state.count_failure(&error);
        traced::named(state, Target::Handle(func), error)
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
