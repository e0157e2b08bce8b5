//! The functions of WASI preview 1 as host functions of wasmtime.
#![forbid(unsafe_code)]

use super::error::to_wasmtime;
use super::state::State;
use super::wait;
use crate::backtrace::Frame;
use crate::engine::kind::Kind;
use crate::engine::wasi::{MODULE, WasiState, functions};
use crate::engine::watched;
use crate::status::Result;
use libvm_abi::Value;
use wasmtime::{AsContextMut, Caller, Error, Extern, Linker, Memory, Store, StoreContextMut};

macro_rules! define {
    ($($name:ident($($arg:ident: $ty:ty),*) $(limited $($count:ident to $most:ident),+)? $(begun by $begin:ident)?;)*) => {
        /// Defines the function that guests import from WASI by this name; returns `None` if WASI has no such function, or it is defined
        /// already.
        ///
        /// Calling it while the store has no WASI environment is a trap, and so is a panic in it.
        pub fn define(linker: &mut Linker<State>, name: &str) -> Option<()> {
            let defined = match name {
                $(stringify!($name) => linker.func_wrap(MODULE, name, |caller: Caller<'_, State>, $($arg: $ty),*| {
                    let work = move |memory: &mut [u8], state: &mut WasiState| functions::$name(memory, state, $($arg),*);
                    enter(stringify!($name), caller, &[$($arg.into()),*], &work)
                }),)*
                "random_get" => linker.func_wrap(MODULE, name, |caller: Caller<'_, State>, buffer: i32, size: i32| {
                    let work = move |memory: &mut [u8], state: &mut WasiState| functions::random_get(memory, state, buffer, size);
                    enter("random_get", caller, &[buffer.into(), size.into()], &work)
                }),
                "proc_exit" => linker.func_wrap(MODULE, name, |mut caller: Caller<'_, State>, code: i32| -> Result<(), Error> {
                    let mut store = caller.as_context_mut();
                    let exit = |_: &mut StoreContextMut<'_, State>| Err(functions::proc_exit(code));
                    watched::call_wasi(&mut store, "proc_exit", None, &[code.into()], exit, |()| None).map_err(to_wasmtime)
                }),
                _ => return None,
            };
            defined.ok().map(drop)
        }
    };
}
functions::functions!(define);

/// Creates the function with this name, which WASI has.
pub fn item(store: &mut Store<State>, name: &str) -> Extern {
    let mut linker = Linker::new(store.engine());
    let defined = define(&mut linker, name);
    defined.and_then(|()| linker.get(store, MODULE, name).ok()).expect("WASI has a function of every name that has a type")
}

/// A function of WASI on the guest's memory and the context's environment.
type Work<'a> = dyn Fn(&mut [u8], &mut WasiState) -> Result<i32> + 'a;

/// Runs a function on the guest's memory and the context's environment.
fn enter(name: &str, mut caller: Caller<'_, State>, args: &[Value], work: &Work<'_>) -> Result<i32, Error> {
    let found = caller.get_export("memory");
    let memory = found.as_ref().and_then(|item| item.clone().into_memory());
    let noun = || found.as_ref().map(noun);
    let call = |store: &mut StoreContextMut<'_, State>| {
        let memory = memory.ok_or_else(|| functions::no_memory(name, noun()))?;
        match run(store, name, memory, work) {
            Err(left) if left.is_suspension() => wait(store, name, memory, work),
            outcome => outcome,
        }
    };
    let mut store = caller.as_context_mut();
    let outcome = functions::guarded(name, || {
        let called = |store: &mut StoreContextMut<'_, State>| {
            let errno = call(store)?;
            wait::look(store).map(|()| errno)
        };
        watched::call_wasi(&mut store, name, memory, args, called, |&errno| Some(errno.into()))
    });
    outcome.map_err(to_wasmtime)
}

fn noun(item: &Extern) -> &'static str {
    match item {
        Extern::Func(_) => Kind::Func.noun(),
        Extern::Table(_) => Kind::Table.noun(),
        Extern::Global(_) => Kind::Global.noun(),
        _ => Kind::Memory.noun(),
    }
}

fn run(store: &mut StoreContextMut<'_, State>, name: &str, memory: Memory, work: &Work<'_>) -> Result<i32> {
    let (memory, state) = memory.data_and_store_mut(store);
    work(memory, state.wasi(name)?)
}

/// Waits until a function that was left can go on: the guest is suspended if it may be, and otherwise holds its thread.
fn wait(store: &mut StoreContextMut<'_, State>, name: &str, memory: Memory, work: &Work<'_>) -> Result<i32> {
    let control = store.data().run.control();
    loop {
        let state = store.data_mut();
        let wasi = state.wasi(name)?;
        let (need, may_suspend) = (wasi.take_need(), wasi.may_suspend());
        let alarms = if may_suspend {
            if let Some(why) = state.run.refusal() {
                return Err(functions::would_block(name, why));
            }
            let alarms = need.wake(&control)?;
            wait::wait(store).map_err(|error| error.with_frames([Frame::host(MODULE, name, None)]))?;
            alarms
        } else {
            let alarms = need.wake(&control)?;
            wait::on_thread(store).map_err(|error| error.with_frames([Frame::host(MODULE, name, None)]))?;
            alarms
        };
        drop(alarms);
        store.data_mut().wasi(name)?.begin_again();
        match run(store, name, memory, work) {
            Err(left) if left.is_suspension() => {}
            outcome => return outcome,
        }
    }
}
