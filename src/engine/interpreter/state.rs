//! The data of a store besides wasm's own.
#![forbid(unsafe_code)]

use super::engine::Engine;
use super::entity::Handles;
use super::module::Module;
use super::reachable::Reachable;
use super::suspended::{Held, Pile, Request};
use super::trace::Trace;
use crate::engine::bound::Frames;
use crate::engine::budget::Budgets;
use crate::engine::guest::Guest;
use crate::engine::handles::Handle;
use crate::engine::kind::Kind;
use crate::engine::limit::StoreLimits;
use crate::engine::run::Run;
use crate::engine::stage::Stage;
use crate::engine::watch::Watch;
use crate::status::Result;
use crate::timer::Timer;
use crate::user_data::UserData;
use libvm_abi as abi;
use std::collections::HashMap;
use std::sync::Arc;

/// An instance in its store. wasmi frees no part of it before the store is dropped, also when it is removed.
pub struct Instance {
    pub inner: wasmi::Instance,
    /// The memory that host functions see.
    pub memory: Option<wasmi::Memory>,
    pub module: Arc<Module>,
    pub guest: Arc<Guest>,
    pub handle: Handle,
    /// Handles of exports that were looked up: they live as long as the instance.
    pub found: HashMap<Box<str>, (Kind, Handle)>,
}

/// The data of a store besides wasm's own; host functions access it through their caller.
pub struct State {
    // First: what is suspended is cancelled before anything else is dropped.
    /// The calls of the unfinished execution that was started, while it does not run.
    pub pile: Option<Pile<Self>>,
    /// The calls that running callbacks want to have suspended, innermost last.
    pub requests: Vec<Request>,
    /// The call that was suspended, on its way through the engine.
    pub suspended: Option<Held<Self>>,
    /// The function that the execution was started with.
    pub started: Option<Handle>,
    /// Wakes the execution at its deadline while it is suspended.
    pub timer: Option<Timer>,
    pub run: Run,
    /// Whether calls use the driver: they can be interrupted, or suspended by a host function.
    pub driven: bool,
    /// What backtraces are read from, if the engine has them.
    pub trace: Option<Trace>,
    pub engine: Engine,
    pub handles: Handles,
    pub frames: Frames,
    pub instances: Vec<Instance>,
    pub user_data: Option<UserData>,
    pub budgets: Budgets,
    /// Number of calls of guests that ended with a trap.
    pub traps: u64,
    pub watch: Option<Box<Watch>>,
    pub reachable: Reachable,
    /// The events of the running stage of a stream.
    pub stage: Option<Box<Stage>>,
    #[cfg(feature = "wasi")]
    pub wasi: Option<crate::engine::wasi::WasiState>,
}

impl State {
    /// Looks whether the execution may go on, after a host function: many of them may use little fuel and much time.
    ///
    /// # Errors
    /// `STATUS_CANCELLED`, `STATUS_TIMEOUT`.
    pub fn look<R>(&mut self, outcome: R) -> Result<R> {
        if self.engine.config().interruptible() { self.run.check().map(|_| outcome) } else { Ok(outcome) }
    }

    /// Creates the data of an empty store.
    pub fn new(engine: &Engine, handles: Handles, limits: StoreLimits, run: Run, table: &'static abi::CallerTable) -> Self {
        Self {
            pile: None,
            requests: Vec::new(),
            suspended: None,
            started: None,
            timer: None,
            run,
            driven: engine.config().is_metered(),
            trace: None,
            engine: engine.clone(),
            handles,
            frames: Frames::new(table),
            instances: Vec::new(),
            user_data: None,
            budgets: Budgets::new(limits),
            traps: 0,
            watch: None,
            reachable: Reachable::default(),
            stage: None,
            #[cfg(feature = "wasi")]
            wasi: None,
        }
    }
}
