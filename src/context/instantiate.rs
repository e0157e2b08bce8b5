//! Instantiation: linking, and the functions that an instance begins with.
#![forbid(unsafe_code)]

use super::Context;
use crate::engine::{Guest, Handle, Kind, Module};
use crate::status::{Error, Result};
use crate::tight;
use libvm_abi as abi;
use std::collections::VecDeque;
use std::sync::Arc;

/// An instance that is complete when the functions that it begins with have been called: one that applies its segments, its start
/// function, and `_initialize` of a reactor.
pub struct NewInstance {
    handle: Handle,
    calls: VecDeque<(Handle, &'static str)>,
    /// What the message of a failed call begins with.
    failed: &'static str,
}

impl NewInstance {
    /// Returns the instance.
    pub fn handle(&self) -> Handle {
        self.handle
    }
}

impl Context {
    /// Instantiates a module, and initializes it if it is a reactor.
    ///
    /// # Errors
    /// Those of `link`, and every failure of a start function or `_initialize`.
    pub fn instantiate(&mut self, module: &Arc<Module>) -> Result<Handle> {
        let handle = self.link_and_instantiate(module)?;
        tight::push(&mut self.instances, handle);
        Ok(handle)
    }

    pub(super) fn link_and_instantiate(&mut self, module: &Arc<Module>) -> Result<Handle> {
        let mut instance = self.link(module)?;
        while let Some(func) = self.next_call(&mut instance) {
            let ran = self.store.call(func, &[], &mut []);
            ran.map_err(|error| self.drop_instance(&instance, error))?;
        }
        self.tell_instantiated(instance.handle)?;
        Ok(instance.handle)
    }

    /// Creates an instance of a module; the caller calls the functions that it begins with, and then adds or drops it.
    ///
    /// # Errors
    /// `STATUS_WRONG_CONTEXT` for a module of another engine, `STATUS_UNRESOLVED_IMPORT`, `STATUS_INCOMPATIBLE_IMPORT`,
    /// `STATUS_INSTANTIATION`, `STATUS_BAD_PARAMETER`; those of loading and registering the plug-ins that it brings.
    pub fn link(&mut self, module: &Arc<Module>) -> Result<NewInstance> {
        if !module.engine().is(self.store.engine()) {
            let message = "the module was loaded by another engine; load it with the engine of this context";
            return Err(Error::new(abi::STATUS_WRONG_CONTEXT, message));
        }
        self.store.choose(module);
        let brought = self.bring_plugins(module)?;
        let guest = Guest::new(module.memory());
        let resolved = self.resolve(module, guest.is_64(), &brought)?;
        self.store.check_room(module)?;
        self.compile_parameters(module)?;
        let imports = self.bind(module, &resolved, &guest)?;
        let handle = self.store.instantiate(module, &imports, &guest)?;
        let segments = module.segments().map(|segments| (segments, "a segment does not fit into its table or memory"));
        let start = module.start().map(|start| (start, "the start function failed"));
        let initialize = ("_initialize", "`_initialize`, which a reactor runs first, failed");
        let calls = segments.into_iter().chain(start).chain(module.is_reactor().then_some(initialize));
        let find = |(name, failed)| Ok((self.store.find(handle, Kind::Func, name)?, failed));
        Ok(NewInstance { handle, calls: calls.map(find).collect::<Result<_>>()?, failed: "" })
    }

    /// Takes the next function to call, which has neither parameters nor results. All calls are one execution.
    pub fn next_call(&mut self, instance: &mut NewInstance) -> Option<Handle> {
        let (func, failed) = instance.calls.pop_front()?;
        instance.failed = failed;
        if !instance.calls.is_empty() {
            self.store.continue_after_next();
        }
        Some(func)
    }

    /// Lists an instance whose calls have succeeded.
    pub fn keep_instance(&mut self, instance: &NewInstance) {
        tight::push(&mut self.instances, instance.handle);
    }

    /// Removes an instance one of whose calls has failed, and returns the error with what failed.
    pub fn drop_instance(&mut self, instance: &NewInstance, error: Error) -> Error {
        self.store.end_calls();
        // It was not removed before, because nobody else knows its handle.
        let _ = self.store.remove_instance(instance.handle);
        error.while_doing(instance.failed)
    }
}
