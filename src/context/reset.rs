//! Resetting a context: what ran in it is dropped, what the host configured is kept.
#![forbid(unsafe_code)]

use super::Context;
use super::providers::{ProviderId, Source};
use crate::engine::Module;
use crate::status::{Error, Result};
use std::sync::Arc;

impl Context {
    /// Restores the state of the context before anything ran in it. All handles and references become stale; instances, their
    /// memories, references, WASI's open files and captured output, and the instances of plug-ins are dropped. Host modules,
    /// plug-ins, WASI and modules registered as wasm stay registered: the latter are instantiated again, in order of
    /// registration. Registered instances are dropped.
    ///
    /// # Errors
    /// The error of the first module registered as wasm that cannot be instantiated again. The context is reset nevertheless,
    /// and a guest that imports from that module is refused with the reason.
    pub fn reset(&mut self) -> Result<()> {
        // The store is dropped first: then nothing can call the plug-ins any more.
        self.store.reset();
        if let Some(rare) = &mut self.rare {
            rare.replayed = None;
            rare.providing.clear();
        }
        self.hooks.forget();
        self.plugins.end_instances();
        if let Some(rare) = &mut self.rare {
            rare.former.clear();
            rare.stages.clear();
        }
        self.instances.clear();
        #[cfg(feature = "wasi")]
        self.wasi.iter().for_each(|setup| setup.clear_captured());
        self.providers.remove(|provider| matches!(provider.source, Source::Instance { renewed: false, .. }));
        for source in self.providers.sources() {
            if let Source::Host { made, .. } = source {
                made.clear();
            }
        }
        let watched = self.watch_calls();
        self.renew_instances().and(watched)
    }

    fn renew_instances(&mut self) -> Result<()> {
        let renewed = |(id, provider): (ProviderId, &super::providers::Provider)| match &provider.source {
            Source::Instance { module, .. } => Some((id, Arc::clone(&provider.name), Arc::clone(module))),
            _ => None,
        };
        let all: Vec<(ProviderId, Arc<str>, Arc<Module>)> = self.providers.iter().filter_map(renewed).collect();
        // Nothing can be imported from any of them before it is instantiated.
        for (id, name, _) in &all {
            let message = format!("the module registered as `{name}` has not been instantiated again");
            self.set_instance(*id, Err(Error::new(libvm_abi::STATUS_STALE, message)));
        }
        let mut first = Ok(());
        for (id, name, module) in all {
            let made = self.link_and_instantiate(&module).map_err(|error| {
                error.while_doing(&format!("the module registered as `{name}` cannot be instantiated after the reset"))
            });
            match &made {
                Ok(instance) => self.instances.push(*instance),
                Err(error) if first.is_ok() => first = Err(error.clone()),
                Err(_) => {}
            }
            self.set_instance(id, made);
        }
        first
    }

    fn set_instance(&mut self, id: ProviderId, new: Result<crate::engine::Handle>) {
        if let Some(Source::Instance { instance, .. }) = self.providers.source(id) {
            *instance = new;
        }
    }
}
