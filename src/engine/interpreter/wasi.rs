//! The functions of WASI preview 1 as host functions of wasmi.
#![forbid(unsafe_code)]

use super::error::to_wasmi;
use super::state::State;
use super::values::Number;
use super::watched;
use crate::engine::kind::Kind;
use crate::engine::wasi::{WasiState, functions};
use crate::status::Result;
use libvm_abi::Value;
use wasmi::{Caller, Error, Extern, Func, Store};

macro_rules! bind {
    ($($name:ident($($arg:ident: $ty:ty),*) $(limited $($count:ident to $most:ident),+)?;)*) => {
        /// Creates the function that guests import from WASI by this name; returns `None` if WASI has no such function.
        ///
        /// Calling it while the store has no WASI environment is a trap, and so is a panic in it.
        pub fn bind(store: &mut Store<State>, name: &str) -> Option<Func> {
            Some(match name {
                $(stringify!($name) => Func::wrap(store, |caller: Caller<'_, State>, $($arg: $ty),*| {
                    let work = |memory: &mut _, state: &mut _| functions::$name(memory, state, $($arg),*);
                    enter(stringify!($name), caller, &[$($arg.to_value()),*], work)
                }),)*
                "random_get" => Func::wrap(store, |caller: Caller<'_, State>, buffer: i32, size: i32| {
                    let work = |memory: &mut _, state: &mut _| functions::random_get(memory, state, buffer, size);
                    enter("random_get", caller, &[buffer.to_value(), size.to_value()], work)
                }),
                "proc_exit" => Func::wrap(store, |caller: Caller<'_, State>, code: i32| -> Result<(), Error> {
                    let exit = |_: &mut Caller<'_, State>| Err(functions::proc_exit(code));
                    watched::call_wasi(caller, "proc_exit", &[code.to_value()], exit, |()| None).map_err(to_wasmi)
                }),
                _ => return None,
            })
        }
    };
}
functions::functions!(bind);

/// Runs a function on the guest's memory and the context's environment.
fn enter(
    name: &str,
    caller: Caller<'_, State>,
    args: &[Value],
    work: impl FnOnce(&mut [u8], &mut WasiState) -> Result<i32>,
) -> Result<i32, Error> {
    let call = |caller: &mut Caller<'_, State>| {
        let memory = match caller.get_export("memory") {
            Some(Extern::Memory(memory)) => memory,
            found => {
                let noun = found.map(|item| Kind::of(&super::convert::extern_type(&item.ty(&*caller))).noun());
                return Err(functions::no_memory(name, noun));
            }
        };
        let (memory, state) = memory.data_and_store_mut(caller);
        work(memory, state.wasi.as_mut().ok_or_else(|| functions::no_environment(name))?)
    };
    let outcome = functions::guarded(name, || {
        let called = |caller: &mut Caller<'_, State>| call(caller).and_then(|errno| caller.data_mut().look(errno));
        watched::call_wasi(caller, name, args, called, |errno| Some(errno.to_value()))
    });
    outcome.map_err(to_wasmi)
}
