//! Contexts of a pool: prepared once, and restored to that state after each use.
#![forbid(unsafe_code)]

use super::Context;
use super::link::Resolved;
use super::links::{Link, Links};
use super::prepared::Prepared;
use super::providers::{ProviderId, Source};
use crate::engine::Module;
use crate::host::Item;
use crate::status::{Error, Result};
use crate::user_data::UserData;
use libvm_abi as abi;
use std::sync::Arc;

impl Context {
    /// Sets the host's data, and returns the previous data.
    pub fn set_data(&mut self, data: UserData) -> Option<UserData> {
        self.changes.data += 1;
        self.store.set_user_data(data)
    }

    /// Makes the present state the one that `restore` returns to.
    ///
    /// # Errors
    /// `STATUS_INVALID_ARGUMENT` if a reset would not return to it.
    pub fn prepared(&mut self, links: &Arc<Links>) -> Result<()> {
        let renewed =
            |(_, provider): &(_, &super::providers::Provider)| matches!(provider.source, Source::Instance { renewed: true, .. });
        if self.instances.len() != self.providers.iter().filter(renewed).count() {
            let message = "the prepare function of the pool has created an instance that a reset would remove; register its module with \
                           VM_ContextRegisterWasm, or instantiate it after VM_ContextPoolTake";
            return Err(Error::new(abi::STATUS_INVALID_ARGUMENT, message));
        }
        self.prepared = Some(Box::new(Prepared {
            providers: self.provider_ids(),
            linked: links.fit(&self.providers).then(|| self.providers.changes()),
            links: Arc::clone(links),
            changes: self.changes,
            has_data: self.store.user_data().is_some(),
            limits: self.store.run_limits(),
            fuel: self.store.fuel().ok(),
            receiver: self.logger().receiver(),
        }));
        Ok(())
    }

    fn provider_ids(&self) -> Vec<ProviderId> {
        self.providers.iter().map(|(id, _)| id).collect()
    }

    /// Resets the context and restores what it was prepared to be. Returns whether that is its state now, and the data that its user
    /// has attached, to be freed when nobody is in the context.
    pub fn restore(&mut self) -> (bool, Option<UserData>) {
        let reset = self.reset();
        let providers = self.provider_ids();
        let Some(mut prepared) = self.prepared.take().filter(|prepared| reset.is_ok() && prepared.providers == providers) else {
            return (false, None);
        };
        let other_data = self.changes.data != prepared.changes.data;
        let fits = self.changes.settings == prepared.changes.settings && !(other_data && prepared.has_data);
        // An engine that has them had them before.
        let _ = self.store.set_run_limits(prepared.limits);
        let _ = prepared.fuel.map(|fuel| self.store.set_fuel(fuel));
        self.logger().restore(&prepared.receiver);
        let data = if other_data && fits { self.store.take_user_data() } else { None };
        prepared.changes.data = self.changes.data;
        prepared.linked = prepared.linked.map(|_| self.providers.changes());
        self.prepared = Some(prepared);
        (fits, data)
    }

    /// Returns the links of its pool, if they are valid for what is registered now.
    pub(super) fn links(&self) -> Option<&Links> {
        let prepared = self.prepared.as_ref()?;
        (prepared.linked? == self.providers.changes()).then_some(&*prepared.links)
    }

    /// Sets what is dropped with the context.
    pub fn drop_with(&mut self, companion: Box<dyn Send>) {
        self.rare().companion = Some(companion);
    }

    /// Resolves the imports of a module with what is known of it; `None` if nothing is, or something has changed.
    pub(super) fn resolve_known(&mut self, module: &Arc<Module>, is_64: Option<bool>) -> Option<Vec<Resolved>> {
        let known = self.links()?.of(module)?;
        let resolved = known.iter().zip(module.imports()).map(|(link, import)| match link {
            Link::Function(id, index) => Some(Resolved::Item(*id, *index)),
            #[cfg(feature = "wasi")]
            Link::Wasi => Some(Resolved::Wasi),
            Link::Own => self.resolve_one(import, is_64).ok(),
        });
        resolved.collect()
    }

    /// Keeps what the imports of a module were resolved to, for all contexts like this one.
    pub(super) fn keep_resolved(&self, module: &Arc<Module>, resolved: &[Resolved]) {
        let Some(links) = self.links() else { return };
        let is_function = |id: ProviderId, index| match self.providers.get(id) {
            Some(Source::Host { module, .. }) => matches!(module.item(index), Item::Function(_)),
            _ => false,
        };
        let link = |resolved: &Resolved| match resolved {
            Resolved::Item(id, index) if is_function(*id, *index) => Some(Link::Function(*id, *index)),
            #[cfg(feature = "wasi")]
            Resolved::Wasi => Some(Link::Wasi),
            Resolved::Made(_) | Resolved::Provided(..) => None,
            Resolved::Item(..) | Resolved::Existing(_) => Some(Link::Own),
        };
        if let Some(all) = resolved.iter().map(link).collect() {
            links.keep(module, all);
        }
    }
}
