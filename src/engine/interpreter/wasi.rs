//! The functions of WASI preview 1 as host functions of wasmi.
#![forbid(unsafe_code)]

use super::error::to_wasmi;
use super::state::State;
use super::suspended::{Held, WasiCall, WasiWork};
use crate::engine::kind::Kind;
use crate::engine::wasi::{WasiState, functions};
use crate::engine::watched;
use crate::status::{self, Result};
use libvm_abi::Value;
use wasmi::{AsContextMut, Caller, Error, Extern, Func, Memory, Store, StoreContextMut};

macro_rules! bind {
    ($($name:ident($($arg:ident: $ty:ty),*) $(limited $($count:ident to $most:ident),+)? $(begun by $begin:ident)?;)*) => {
        /// Creates the function that guests import from WASI by this name; returns `None` if WASI has no such function.
        ///
        /// Calling it while the store has no WASI environment is a trap, and so is a panic in it.
        pub fn bind(store: &mut Store<State>, name: &str) -> Option<Func> {
            Some(match name {
                $(stringify!($name) => Func::wrap(store, |caller: Caller<'_, State>, $($arg: $ty),*| {
                    let work = move |memory: &mut [u8], state: &mut WasiState| functions::$name(memory, state, $($arg),*);
                    enter(stringify!($name), caller, &[$($arg.into()),*], &work)
                }),)*
                "random_get" => Func::wrap(store, |caller: Caller<'_, State>, buffer: i32, size: i32| {
                    let work = move |memory: &mut [u8], state: &mut WasiState| functions::random_get(memory, state, buffer, size);
                    enter("random_get", caller, &[buffer.into(), size.into()], &work)
                }),
                "proc_exit" => Func::wrap(store, |mut caller: Caller<'_, State>, code: i32| -> Result<(), Error> {
                    let memory = caller.get_export("memory").and_then(Extern::into_memory);
                    let store = &mut caller.as_context_mut();
                    let exit = |_: &mut StoreContextMut<'_, State>| Err(functions::proc_exit(code));
                    watched::call_wasi(store, "proc_exit", memory, &[code.into()], exit, |()| None).map_err(to_wasmi)
                }),
                _ => return None,
            })
        }
    };
}
functions::functions!(bind);

/// A function with its arguments, which is kept if it has to wait. What runs it is the same code for all of them.
trait Work {
    fn work(&self) -> &WasiWork;

    fn keep(&self) -> Box<WasiWork>;
}

impl<F: Fn(&mut [u8], &mut WasiState) -> Result<i32> + Copy + Send + Sync + 'static> Work for F {
    fn work(&self) -> &WasiWork {
        self
    }

    fn keep(&self) -> Box<WasiWork> {
        Box::new(*self)
    }
}

/// Runs a function on the guest's memory and the context's environment.
fn enter(name: &'static str, mut caller: Caller<'_, State>, args: &[Value], work: &dyn Work) -> Result<i32, Error> {
    let found = caller.get_export("memory");
    let store = &mut caller.as_context_mut();
    let call = |store: &mut StoreContextMut<'_, State>| {
        let memory = match found {
            Some(Extern::Memory(memory)) => memory,
            found => {
                let noun = found.map(|item| Kind::of(&super::convert::extern_type(&item.ty(&*store))).noun());
                return Err(functions::no_memory(name, noun));
            }
        };
        let outcome = match run(store, name, memory, work.work()) {
            Err(left) if left.is_suspension() => leave(store, name, memory, work),
            outcome => outcome,
        };
        outcome.and_then(|errno| store.data_mut().look(errno))
    };
    let memory = found.and_then(Extern::into_memory);
    let outcome = functions::guarded(name, || watched::call_wasi(store, name, memory, args, call, |&errno| Some(errno.into())));
    outcome.map_err(to_wasmi)
}

fn run(store: &mut StoreContextMut<'_, State>, name: &str, memory: Memory, work: &WasiWork) -> Result<i32> {
    let (memory, state) = memory.data_and_store_mut(store);
    work(memory, state.wasi(name)?)
}

/// Suspends the guest until a function that was left can go on; or waits here, where a guest must not be suspended, until it can, or
/// the execution is cancelled or reaches its deadline.
fn leave(store: &mut StoreContextMut<'_, State>, name: &'static str, memory: Memory, work: &dyn Work) -> Result<i32> {
    let control = store.data().run.control();
    loop {
        let state = store.data_mut();
        let wasi = state.wasi(name)?;
        let (need, may_suspend) = (wasi.take_need(), wasi.may_suspend());
        if may_suspend {
            if let Some(why) = state.run.refusal() {
                return Err(functions::would_block(name, why));
            }
            let alarms = need.wake(&control)?;
            state.own.suspend(Held::Wasi(WasiCall { name, memory, work: work.keep(), alarms, is_new: true }));
            return Err(status::Error::suspension());
        }
        let alarms = need.wake(&control)?;
        state.run.pause();
        control.wait(state.run.deadline());
        state.run.resume();
        drop(alarms);
        state.run.check()?;
        state.wasi(name)?.begin_again();
        match run(store, name, memory, work.work()) {
            Err(left) if left.is_suspension() => {}
            outcome => return outcome,
        }
    }
}

/// Runs a function again that was left, unless that was just now; returns its result, or the call if it still has to wait.
///
/// # Errors
/// Those of the function.
pub fn go_on(mut call: WasiCall, store: &mut StoreContextMut<'_, State>) -> Result<Result<i32, WasiCall>> {
    if std::mem::take(&mut call.is_new) {
        return Ok(Err(call));
    }
    let (name, memory) = (call.name, call.memory);
    let outcome = functions::guarded(name, || {
        let again = |store: &mut StoreContextMut<'_, State>| {
            store.data_mut().wasi(name)?.begin_again();
            match run(store, name, memory, &*call.work) {
                Err(left) if left.is_suspension() => {
                    let state = store.data_mut();
                    let control = state.run.control();
                    call.alarms = state.wasi(name)?.take_need().wake(&control)?;
                    Ok(None)
                }
                outcome => outcome.map(Some),
            }
        };
        watched::call_wasi_again(store, name, memory, again)
    });
    outcome.map(|errno| errno.ok_or(call))
}
