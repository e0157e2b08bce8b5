//! The choice between the engines, for each context.
#![forbid(unsafe_code)]

use super::{Running, Store};
use crate::engine::compiled;
use crate::engine::interpreter;
use crate::engine::module::Module;
use crate::engine::tier::Tier;

impl Store {
    /// Decides how guests run, before the first module is linked, if its engine leaves that to each context: compiled if the code of
    /// this module is ready, and the engine has no module that can only be interpreted.
    pub(super) fn choose_engine(&mut self, module: &Module) {
        let is_first = !std::mem::replace(&mut self.is_chosen, true);
        let (Tier::Auto, Some(engine)) = (self.engine.config().tier(), self.engine.compiled()) else { return };
        let is_compiled = module.is_compiled();
        if !is_compiled {
            module.is_used(is_first);
        }
        let Running::Interpreted(running) = &mut self.running else { return };
        if is_compiled
            && is_first
            && !self.engine.has_interpreted()
            && let Some(state) = running.state_mut().hand_over(&self.limits, &self.watch, self.table)
        {
            self.running = Running::Compiled(compiled::Store::new(engine, state));
        }
    }

    /// Has a module compiled in the background, for later contexts, if it was instantiated in the interpreter and the engine leaves the choice
    /// to each context. Not earlier: the two would compete for the memory of the process.
    pub(super) fn compile_for_later(&self, module: &Module) {
        let is_chosen = self.engine.config().tier() == Tier::Auto && self.engine.compiled().is_some();
        if is_chosen && matches!(self.running, Running::Interpreted(_)) && !module.is_compiled() {
            module.compile_in_background();
        }
    }

    /// Makes the store one in which nothing is decided, after a reset.
    pub(super) fn choose_anew(&mut self) {
        self.is_chosen = false;
        if let (Tier::Auto, Running::Compiled(running)) = (self.engine.config().tier(), &mut self.running)
            && let Some(state) = running.state_mut().hand_over(&self.limits, &self.watch, self.table)
        {
            self.running = Running::Interpreted(Box::new(interpreter::Store::new(self.engine.interpreter(), state)));
        }
    }
}
