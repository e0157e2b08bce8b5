//! The compilers of a plug-in, and what they have made: once for each module.
#![forbid(unsafe_code)]

use crate::plugin::compiled::{Compiled, Item, Origin};
use crate::plugin::native::compiler::Compiler;
use crate::plugin::threading::turn::Turn;
use crate::status::{Error, Result};
use libvm_abi as abi;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

/// The compilers of a plug-in, and what they have made.
pub struct Compilers {
    all: Vec<Compiler>,
    /// By the number of the module.
    modules: Mutex<HashMap<u64, Arc<Slot>>>,
    /// For modules that have no parameters of the plug-in.
    nothing: Arc<Compiled>,
    origin: Arc<Origin>,
}

/// What was compiled for a module, once it was.
#[derive(Default)]
struct Slot {
    turn: Turn,
    compiled: OnceLock<Arc<Compiled>>,
}

impl Compilers {
    /// Creates it from what a plug-in has.
    pub fn new(all: Vec<Compiler>, origin: Origin) -> Self {
        let origin = Arc::new(origin);
        let nothing = Arc::new(Compiled::new(kinds(&all), Vec::new(), &origin));
        Self { all, modules: Mutex::default(), nothing, origin }
    }

    /// Returns the compilers, in the plug-in's order.
    pub fn all(&self) -> &[Compiler] {
        &self.all
    }

    fn modules(&self) -> MutexGuard<'_, HashMap<u64, Arc<Slot>>> {
        self.modules.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns what was compiled for a module.
    pub fn of(&self, module: u64) -> Arc<Compiled> {
        let modules = self.modules();
        let compiled = modules.get(&module).and_then(|slot| slot.compiled.get());
        Arc::clone(compiled.unwrap_or(&self.nothing))
    }

    /// Compiles for a module, unless that was done. `begin` is called if the module is new here: `end` must follow. `make` compiles,
    /// and may do so again after a failure.
    ///
    /// # Errors
    /// `STATUS_BUSY`, `STATUS_REENTRANT`, and those of `make`.
    pub fn once(&self, module: u64, begin: impl FnOnce(), make: impl FnOnce() -> Result<Vec<Item>>) -> Result<()> {
        let slot = match self.modules().entry(module) {
            Entry::Occupied(slot) => Arc::clone(slot.get()),
            Entry::Vacant(slot) => {
                begin();
                Arc::clone(slot.insert(Arc::default()))
            }
        };
        if slot.compiled.get().is_some() {
            return Ok(());
        }
        let refused = |status, why: &str| {
            let message = format!("the parameters of the module are being compiled by plug-in `{}` {why}", self.origin.name);
            Error::new(status, message)
        };
        let turn = slot.turn.take();
        let turn = turn.ok_or_else(|| refused(abi::STATUS_BUSY, "on a thread that waits for this one; try again"))?;
        if turn.is_nested() {
            return Err(refused(abi::STATUS_REENTRANT, "on this thread: its compile function cannot instantiate the module"));
        }
        if slot.compiled.get().is_none() {
            let compiled = Arc::new(Compiled::new(kinds(&self.all), make()?, &self.origin));
            slot.compiled.get_or_init(|| compiled);
        }
        Ok(())
    }

    /// Drops what was compiled for a module that is gone.
    pub fn end(&self, module: u64) {
        let slot = self.modules().remove(&module);
        // Runs the plug-in's code, which may use this.
        drop(slot);
    }
}

fn kinds(compilers: &[Compiler]) -> impl Iterator<Item = Arc<str>> {
    compilers.iter().map(|compiler| Arc::clone(compiler.kind()))
}
