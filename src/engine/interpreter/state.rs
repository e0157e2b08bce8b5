//! The interpreter as an engine: what its stores contain.
#![forbid(unsafe_code)]

use super::callee::Callee;
use super::code::Code;
use super::suspended::{Held, Pile};
use super::trace::Trace;
use crate::engine::backend::Backend;
use crate::engine::{entity, state};

/// The interpreter.
#[derive(Clone, Copy)]
pub struct Interpreter;

/// The data of an interpreted store.
pub type State = state::State<Interpreter>;

/// The root table of an interpreted context.
pub type Handles = entity::Handles<Interpreter>;

/// What the state contains for the interpreter only.
#[derive(Default)]
pub struct Own {
    /// The call that was suspended, on its way through wasmi.
    pub suspended: Option<Held<Interpreter>>,
    /// What backtraces are read from, if the engine has them.
    pub trace: Option<Trace>,
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
