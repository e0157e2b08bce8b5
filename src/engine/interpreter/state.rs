//! The interpreter as an engine: what its stores contain.
#![forbid(unsafe_code)]

use super::callee::Callee;
use super::code::Code;
use super::suspended::{Held, Pile};
use super::trace::Trace;
use crate::engine::backend::Backend;
use crate::engine::{entity, state};
use crate::tight;

/// The interpreter.
#[derive(Clone, Copy)]
pub struct Interpreter;

/// The data of an interpreted store.
pub type State = state::State<Interpreter>;

// What few contexts need is behind pointers: a context costs about 1.5 KiB of libvm's own, of which this is the larger part.
#[cfg(target_pointer_width = "64")]
const _: () = assert!(size_of::<State>() <= 640);

/// The root table of an interpreted context.
pub type Handles = entity::Handles<Interpreter>;

/// What the state contains for the interpreter only.
#[derive(Default)]
pub struct Own {
    /// The call that was suspended, on its way through wasmi: one, in room that is kept for the next.
    suspended: Vec<Held<Interpreter>>,
    /// What backtraces are read from, if the engine has them.
    pub trace: Option<Trace>,
}

impl Own {
    /// Keeps a call that was suspended until it is taken.
    pub fn suspend(&mut self, call: Held<Interpreter>) {
        self.suspended.clear();
        tight::push(&mut self.suspended, call);
    }

    /// Takes the call that was suspended.
    pub fn take_suspended(&mut self) -> Option<Held<Interpreter>> {
        self.suspended.pop()
    }
}

impl Backend for Interpreter {
    type Func = Callee;
    type Memory = wasmi::Memory;
    type Table = wasmi::Table;
    type Global = wasmi::Global;
    type Object = wasmi::ExternRef;
    type Instance = wasmi::Instance;
    type Code = Code;
    type Unfinished = Pile<Interpreter>;
    type Own = Own;

    // wasmi's functions cannot be compared, but they are shown with their number in the store.
    fn identity(func: Callee) -> String {
        format!("{:?}", func.func())
    }
}
