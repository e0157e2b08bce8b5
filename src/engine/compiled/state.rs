//! What compiled stores contain.
#![forbid(unsafe_code)]

use super::callee::{Callee, Types};
use super::code::Code;
use super::limiter::Unlimited;
use super::suspended::{Calls, Fibers};
use super::ticker::{Ticker, Ticking};
use crate::engine::backend::Backend;
use std::collections::HashMap;
use std::sync::Arc;

/// The compiled engine, as code that both engines share knows it.
#[derive(Clone, Copy)]
pub struct Compiled;

impl Backend for Compiled {
    type Func = Callee;
    type Memory = wasmtime::Memory;
    type Table = wasmtime::Table;
    type Global = wasmtime::Global;
    type Object = Object;
    type Instance = wasmtime::Instance;
    type Code = Code;
    type Unfinished = Box<Calls>;
    type Own = Own;

    fn identity(func: Callee) -> String {
        format!("{:?}", func.func)
    }
}

/// The data of a store besides wasm's own; host functions access it through their caller.
pub type State = crate::engine::state::State<Compiled>;

// What few contexts need is behind pointers: a context costs about 1.5 KiB of libvm's own, of which this is the larger part.
#[cfg(target_pointer_width = "64")]
const _: () = assert!(size_of::<State>() <= 640);

/// The index of each object of the host.
pub type Objects = HashMap<Object, usize>;

/// What is only in the state of compiled stores.
#[derive(Default)]
pub struct Own {
    /// The size of the stack that guests have, on the thread that calls them.
    pub stack: usize,
    pub fibers: Fibers,
    /// Number of running calls of guests that suspended host functions have started.
    pub started: usize,
    /// Makes guests look at their limits; `None` if they cannot be interrupted.
    pub ticker: Option<Arc<Ticker>>,
    /// Lets the ticker tick for the execution that runs.
    pub ticking: Option<Ticking>,
    /// The types of functions.
    pub types: Types,
    pub objects: Option<Box<Objects>>,
    /// Whether an object is being created: the memory for it is not the guest's.
    pub creates_object: bool,
    pub unlimited: Unlimited,
}

/// An object of the host, as wasmtime's raw `externref`: its place in a heap from which nothing is freed, and in which nothing moves,
/// before the store is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Object(pub u32);
