//! The functions of WASI preview 1 as host functions of wasmi.
#![forbid(unsafe_code)]

use super::error::to_wasmi;
use super::state::State;
use crate::engine::kind::Kind;
use crate::engine::wasi::{WasiState, functions};
use crate::status::Result;
use wasmi::{Caller, Error, Extern, Func, Store};

macro_rules! bind {
    ($($name:ident($($arg:ident: $ty:ty),*) $(limited $($count:ident to $most:ident),+)?;)*) => {
        /// Creates the function that guests import from WASI by this name; returns `None` if WASI has no such function.
        ///
        /// Calling it while the store has no WASI environment is a trap, and so is a panic in it.
        pub fn bind(store: &mut Store<State>, name: &str) -> Option<Func> {
            Some(match name {
                $(stringify!($name) => Func::wrap(store, |caller: Caller<'_, State>, $($arg: $ty),*| {
                    enter(stringify!($name), caller, |memory, state| functions::$name(memory, state, $($arg),*))
                }),)*
                "random_get" => Func::wrap(store, |caller: Caller<'_, State>, buffer: i32, size: i32| {
                    enter("random_get", caller, |memory, state| functions::random_get(memory, state, buffer, size))
                }),
                "proc_exit" => Func::wrap(store, |code: i32| -> Result<(), Error> {
                    Err(to_wasmi(functions::proc_exit(code)))
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
    mut caller: Caller<'_, State>,
    work: impl FnOnce(&mut [u8], &mut WasiState) -> Result<i32>,
) -> Result<i32, Error> {
    let outcome = functions::guarded(name, || {
        let memory = match caller.get_export("memory") {
            Some(Extern::Memory(memory)) => memory,
            found => {
                let noun = found.map(|item| Kind::of(&super::convert::extern_type(&item.ty(&caller))).noun());
                return Err(functions::no_memory(name, noun));
            }
        };
        let (memory, state) = memory.data_and_store_mut(&mut caller);
        work(memory, state.wasi.as_mut().ok_or_else(|| functions::no_environment(name))?)
    });
    outcome.and_then(|errno| caller.data().look(errno)).map_err(to_wasmi)
}
