//! What a context can offer to guests, and from which provider.
#![forbid(unsafe_code)]

use super::Context;
use super::providers::Source;
use crate::plugin::Plugin;
use crate::value::ExternType;
use std::sync::Arc;

/// An item that guests of a context can import.
pub struct Offer {
    /// The module name that imports use.
    pub module: Arc<str>,
    /// The name of the item.
    pub name: String,
    /// Its type; of a function that takes guest memory, for guests with 32-bit addresses.
    pub ty: ExternType,
    /// Its provider.
    pub origin: Origin,
}

/// The kind of a provider.
#[derive(Clone)]
pub enum Origin {
    /// A host module.
    Host,
    /// A plug-in.
    Plugin(Arc<Plugin>),
    /// An instance of a wasm module.
    Instance,
    /// WASI preview 1.
    #[cfg(feature = "wasi")]
    Wasi,
}

impl Context {
    /// Returns the kind of a provider.
    pub(super) fn origin(&self, source: &Source) -> Origin {
        match source {
            Source::Host { plugin: Some(index), .. } => Origin::Plugin(Arc::clone(&self.plugins.ordered[*index].plugin)),
            Source::Host { plugin: None, .. } => Origin::Host,
            Source::Instance { .. } => Origin::Instance,
            #[cfg(feature = "wasi")]
            Source::Wasi => Origin::Wasi,
        }
    }

    /// Returns all items that guests can import, in order of registration.
    pub fn offers(&self) -> Vec<Offer> {
        let mut offers = Vec::new();
        for (_, provider) in self.providers.iter() {
            let mut add = |name: &str, ty: ExternType, origin: &Origin| {
                let (module, name, origin) = (Arc::clone(&provider.name), name.to_owned(), origin.clone());
                offers.push(Offer { module, name, ty, origin });
            };
            let origin = self.origin(&provider.source);
            match &provider.source {
                Source::Host { module, .. } => {
                    module.items().for_each(|(name, item)| add(name, item.extern_type(), &origin));
                }
                Source::Instance { module, .. } => {
                    module.exports().iter().for_each(|export| add(&export.name, export.ty.clone(), &origin));
                }
                #[cfg(feature = "wasi")]
                Source::Wasi => {
                    let types =
                        crate::engine::wasi::names().filter_map(|name| Some((name, crate::engine::wasi::function_type(name)?)));
                    types.for_each(|(name, ty)| add(name, ExternType::Func(ty.clone()), &origin));
                }
            }
        }
        offers
    }
}
