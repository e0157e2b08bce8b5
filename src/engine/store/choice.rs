//! The choice between the engines, for each context.
#![forbid(unsafe_code)]

use super::{Running, Store};
use crate::engine::compiled;
use crate::engine::interpreter;
use crate::engine::module::Module;
use crate::engine::tier::Tier;

impl Store {
    /// Decides how guests run, before the first module is linked, if its engine leaves that to each context: compiled if the code of
    /// this module is ready, and the engine has no module that can only be interpreted. Otherwise the module is compiled in the background,
    /// for later contexts.
    pub(super) fn choose_engine(&mut self, module: &Module) {
        let is_first = !std::mem::replace(&mut self.is_chosen, true);
        let (Tier::Auto, Some(engine)) = (self.engine.config().tier(), self.engine.compiled()) else { return };
        let is_compiled = module.is_compiled();
        if !is_compiled {
            module.is_used(is_first);
        }
        let Running::Interpreted(running) = &mut self.running else { return };
        if !is_compiled {
            module.compile_in_background();
        } else if is_first
            && !self.engine.has_interpreted()
            && let Some(state) = running.state_mut().hand_over(&self.limits, &self.watch, self.table)
        {
            self.running = Running::Compiled(compiled::Store::new(engine, state));
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
