//! Calls of the guest by a host function.
#![forbid(unsafe_code)]

use super::caller::Caller;
use super::error::Result;
use super::reference::FuncRef;
use super::value::{WasmArgs, WasmResults, check_kinds};
use crate::engine::{ActiveCall, Handle};
use crate::status;
use libvm_abi as abi;

impl Caller<'_> {
    /// Calls a function that the guest exports.
    ///
    /// # Errors
    /// [`NOT_FOUND`](crate::Status::NOT_FOUND), [`WRONG_TYPE`](crate::Status::WRONG_TYPE), [`WRONG_COUNT`](crate::Status::WRONG_COUNT),
    /// [`RECURSION_LIMIT`](crate::Status::RECURSION_LIMIT), and every failure of a guest.
    pub fn call<R: WasmResults>(&mut self, name: &str, args: impl WasmArgs) -> Result<R> {
        let count = self.result_count::<R>(|caller| caller.export(name).map(|export| export.handle()))?;
        self.receive(count, |call, results| args.with(|args| call.call_export(name, args, results)))
    }

    /// Calls the function that a reference refers to.
    ///
    /// # Errors
    /// [`STALE`](crate::Status::STALE), [`WRONG_CONTEXT`](crate::Status::WRONG_CONTEXT), and as for [`call`](Self::call).
    pub fn call_ref<R: WasmResults>(&mut self, func: &FuncRef, args: impl WasmArgs) -> Result<R> {
        let count = self.result_count::<R>(|_| Ok(func.handle()))?;
        self.receive(count, |call, results| args.with(|args| call.call_ref(func.handle(), args, results)))
    }

    /// Returns how many results there is to be room for.
    fn result_count<R: WasmResults>(&self, func: impl FnOnce(&Self) -> Result<Handle>) -> Result<usize> {
        match R::TYPES {
            Some(types) => Ok(types.len()),
            None => {
                let func = func(self)?;
                self.with(|call| Ok(call.func_type(func)?.results.len()))
            }
        }
    }

    fn receive<R: WasmResults>(
        &mut self,
        count: usize,
        call: impl FnOnce(&mut ActiveCall<'_>, &mut [abi::Value]) -> status::Result<()>,
    ) -> Result<R> {
        let mut room = R::room(count);
        self.with(|active| call(active, room.as_mut()))?;
        check_kinds::<R>(room.as_mut().iter().map(|value| value.kind))?;
        self.keep(room.as_mut())?;
        Ok(R::from_room(room))
    }
}
