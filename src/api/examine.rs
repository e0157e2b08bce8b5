//! What would provide the imports of a module.
#![forbid(unsafe_code)]

use super::context::Context;
use super::error::Result;
use super::module::Module;
use crate::context::Origin;
use crate::plugin::By;
use crate::value::ExternType;
use std::path::PathBuf;

pub use crate::plugin::State as ImportState;

/// What provides an import.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provider {
    /// A host module.
    HostModule,
    /// A plug-in.
    Plugin,
    /// A registered instance.
    Instance,
    /// WASI.
    Wasi,
}

/// An import of a module, with what would provide it.
#[derive(Clone, Debug)]
pub struct ExaminedImport {
    /// The name of the module that is imported from.
    pub module: String,
    /// The name of the item.
    pub name: String,
    /// The type that the module imports.
    pub ty: ExternType,
    /// What was found.
    pub state: ImportState,
    /// What provides it; `None` if nothing does.
    pub provider: Option<Provider>,
    /// The name of the plug-in that provides it.
    pub plugin: Option<String>,
    /// The version of the plug-in.
    pub version: Option<String>,
    /// The file of the plug-in; `None` for a built-in one.
    pub path: Option<PathBuf>,
    /// The name that may have been meant.
    pub nearest: Option<String>,
    /// What was found in words.
    pub message: String,
}

impl Context {
    /// Returns what would provide each import of a module, without instantiating it.
    ///
    /// # Errors
    /// Those of the plug-ins that the module declares, [`BUSY`](crate::Status::BUSY), [`REENTRANT`](crate::Status::REENTRANT).
    pub fn examine_module(&mut self, module: &Module) -> Result<Vec<ExaminedImport>> {
        let (examined, _) = self.with(|context| context.examine(module.inner()))?;
        let shown = module.inner().imports().iter().zip(examined).map(|(import, examined)| {
            let found = examined.found;
            let (provider, by) = match examined.origin {
                Some(Origin::Host) => (Some(Provider::HostModule), None),
                Some(Origin::Plugin(plugin)) => (Some(Provider::Plugin), Some((&*plugin).into())),
                Some(Origin::Instance) => (Some(Provider::Instance), None),
                #[cfg(feature = "wasi")]
                Some(Origin::Wasi) => (Some(Provider::Wasi), None),
                None => (found.by.is_some().then_some(Provider::Plugin), found.by),
            };
            let (plugin, version, path) = match by {
                Some(By { name, version, path }) => (Some(name), Some(version), path),
                None => (None, None, None),
            };
            ExaminedImport {
                module: import.module.clone(),
                name: import.name.clone(),
                ty: import.ty.clone(),
                state: found.state,
                provider,
                plugin,
                version,
                path,
                nearest: found.nearest,
                message: found.message,
            }
        });
        Ok(shown.collect())
    }
}
