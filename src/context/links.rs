//! What the imports of modules are resolved to in contexts that were prepared alike: found once for all of them.
#![forbid(unsafe_code)]

use super::providers::{ProviderId, Providers, Source};
use crate::engine::Module;
use crate::host::HostModule;
use std::collections::HashMap;
use std::sync::{Arc, OnceLock, PoisonError, RwLock, Weak};

/// What an import of a module is resolved to in each context.
#[derive(Clone, Copy)]
pub(super) enum Link {
    /// A function of a host module.
    Function(ProviderId, usize),
    /// A WASI function.
    #[cfg(feature = "wasi")]
    Wasi,
    /// Something of each store: looked up again.
    Own,
}

/// The links of modules, shared by contexts with the same providers.
#[derive(Default)]
pub struct Links {
    origins: OnceLock<Vec<Origin>>,
    /// By the address of the module, which the weak reference keeps from being used again.
    modules: RwLock<HashMap<usize, Linked>>,
}

/// A module and its links.
type Linked = (Weak<Module>, Arc<[Link]>);

/// A provider, comparable between contexts.
struct Origin {
    id: ProviderId,
    name: Arc<str>,
    from: From,
}

enum From {
    Host(Weak<HostModule>),
    Instance(Weak<Module>),
    #[cfg(feature = "wasi")]
    Wasi,
}

impl From {
    fn new(source: &Source) -> Self {
        match source {
            Source::Host { module, .. } => Self::Host(Arc::downgrade(module)),
            Source::Instance { module, .. } => Self::Instance(Arc::downgrade(module)),
            #[cfg(feature = "wasi")]
            Source::Wasi => Self::Wasi,
        }
    }

    fn is(&self, source: &Source) -> bool {
        match (self, source) {
            (Self::Host(known), Source::Host { module, .. }) => known.as_ptr() == Arc::as_ptr(module),
            (Self::Instance(known), Source::Instance { module, .. }) => known.as_ptr() == Arc::as_ptr(module),
            #[cfg(feature = "wasi")]
            (Self::Wasi, Source::Wasi) => true,
            _ => false,
        }
    }
}

impl Links {
    /// Returns whether a context has the same providers as the first one that asked.
    pub(super) fn fit(&self, providers: &Providers) -> bool {
        let origin = |(id, provider): (_, &super::providers::Provider)| {
            let from = From::new(&provider.source);
            Origin { id, name: Arc::clone(&provider.name), from }
        };
        let known = self.origins.get_or_init(|| providers.iter().map(origin).collect());
        let mut pairs = known.iter().zip(providers.iter());
        known.len() == providers.iter().count()
            && pairs.all(|(known, (id, found))| known.id == id && known.name == found.name && known.from.is(&found.source))
    }

    /// Returns what is known of a module.
    pub(super) fn of(&self, module: &Arc<Module>) -> Option<Arc<[Link]>> {
        let modules = self.modules.read().unwrap_or_else(PoisonError::into_inner);
        modules.get(&(Arc::as_ptr(module) as usize)).map(|(_, links)| Arc::clone(links))
    }

    /// Keeps what is known of a module.
    pub(super) fn keep(&self, module: &Arc<Module>, links: Arc<[Link]>) {
        let mut modules = self.modules.write().unwrap_or_else(PoisonError::into_inner);
        modules.retain(|_, (module, _)| module.strong_count() > 0);
        modules.insert(Arc::as_ptr(module) as usize, (Arc::downgrade(module), links));
    }
}
