//! What the instances of a plug-in in a registry share.
use crate::data::Data;
use crate::myself::Myself;
use crate::plugin::Plugin;
use crate::{Error, Result};
use std::sync::Arc;

/// Shares data between all instances of the plug-in in a registry, and its [compilers](crate::Compilers): word `shared` in
/// [`libvm_plugin!`](crate::libvm_plugin). It is made when the plug-in is loaded, and dropped after its last instance.
///
/// ```
/// # use libvm_plugin::{Create, Module, Myself, Plugin, Result, Shared};
/// # use std::sync::Arc;
/// # use std::sync::atomic::{AtomicU64, Ordering};
/// struct Numbers(Arc<AtomicU64>);
///
/// impl Shared for Numbers {
///     type Data = AtomicU64;
///
///     fn share() -> Result<AtomicU64> {
///         Ok(AtomicU64::new(1))
///     }
/// }
///
/// impl Create for Numbers {
///     type Options = ();
///
///     fn create(myself: Myself, (): ()) -> Result<Self> {
///         Ok(Self(myself.shared::<Self>()?))
///     }
/// }
///
/// impl Plugin for Numbers {
///     fn modules() -> Vec<Module<Self>> {
///         let next = |me: &Self| me.0.fetch_add(1, Ordering::Relaxed);
///         vec![Module::new("numbers").function("next", next).describe("A number that no other guest gets")]
///     }
/// }
/// # libvm_plugin::libvm_plugin!(Numbers: shared);
/// # fn main() {}
/// ```
pub trait Shared: Plugin {
    /// What is shared.
    type Data: Send + Sync + 'static;

    /// Creates it.
    ///
    /// # Errors
    /// The plug-in is then not loaded, and the host gets the text.
    fn share() -> Result<Self::Data>;
}

impl Myself {
    /// Returns what the instances of the plug-in in a registry share.
    ///
    /// # Errors
    /// If the plug-in does not have the word `shared`, or the instance was destroyed.
    pub fn shared<T: Shared>(&self) -> Result<Arc<T::Data>> {
        self.with(|services| {
            // SAFETY: the host is valid, and has the data of `initialize`.
            let shared = unsafe { Data::of(services.host) }.and_then(|data| data.shared.clone());
            let shared = shared.and_then(|shared| shared.downcast().ok());
            shared.ok_or_else(|| Error::new("the plug-in shares nothing: add the word `shared` to `libvm_plugin!`"))
        })
    }
}
