//! What would provide the imports of a module, and what a context offers.
#![forbid(unsafe_code)]

use super::context::Context;
use super::error::{Error, Result, guard};
use super::module::Module;
use super::plugin::{Plugin, PluginRegistry};
use crate::context::Origin;
use crate::plugin::{By, Found, Named};
use crate::value::ExternType;
use std::path::PathBuf;
use std::sync::Arc;

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
    /// The name that may have been meant: of an item of the module, or of another module.
    pub nearest: Option<String>,
    /// Whether the name that may have been meant is that of a module.
    pub nearest_is_module: bool,
    /// The plug-in that has the name that may have been meant, if it is known.
    pub nearest_plugin: Option<String>,
    /// What was found in words.
    pub message: String,
}

/// A plug-in that a module declares.
#[derive(Clone, Debug)]
pub struct DeclaredPlugin {
    /// The name that the module declares.
    pub name: String,
    /// The accepted versions; empty for any.
    pub range: String,
    /// Where the module says that it is, relative to its own file and without ending; empty if it does not say.
    pub path: String,
    /// The version of the plug-in that was found.
    pub version: Option<String>,
    /// The file of the plug-in that was found; `None` if none was, and for a built-in one.
    pub file: Option<PathBuf>,
    /// Whether it is loaded.
    pub loaded: bool,
    /// Why it would not be loaded.
    pub refusal: Option<Error>,
}

impl DeclaredPlugin {
    fn new(named: &Named) -> Self {
        let declared = &named.declared;
        Self {
            name: declared.name.clone(),
            range: declared.range.as_ref().map(ToString::to_string).unwrap_or_default(),
            path: declared.path.clone(),
            version: named.by.as_ref().map(|by| by.version.clone()),
            file: named.by.as_ref().and_then(|by| by.path.clone()),
            loaded: named.is_loaded,
            refusal: named.refusal.clone().map(Error::from),
        }
    }
}

/// What would provide the imports of a module, and the plug-ins that it declares.
#[derive(Clone, Debug)]
pub struct ExaminedModule {
    /// The imports, in the order of the module.
    pub imports: Vec<ExaminedImport>,
    /// The plug-ins that its custom section `libvm.plugins` names.
    pub plugins: Vec<DeclaredPlugin>,
}

/// An item that guests of a context can import.
#[derive(Clone, Debug)]
pub struct ImportOffer {
    /// The name of the module that imports use.
    pub module: String,
    /// The name of the item.
    pub name: String,
    /// Its type; of a function that takes guest memory, for guests with 32-bit addresses.
    pub ty: ExternType,
    /// What provides it.
    pub provider: Provider,
    /// The plug-in that provides it.
    pub plugin: Option<Plugin>,
}

fn provider(origin: &Origin) -> (Provider, Option<&Arc<crate::plugin::Plugin>>) {
    match origin {
        Origin::Host => (Provider::HostModule, None),
        Origin::Plugin(plugin) => (Provider::Plugin, Some(plugin)),
        Origin::Instance => (Provider::Instance, None),
        #[cfg(feature = "wasi")]
        Origin::Wasi => (Provider::Wasi, None),
    }
}

impl ExaminedImport {
    fn new(import: &crate::engine::Import, origin: Option<&Origin>, found: Found) -> Self {
        let (provider, by) = match origin.map(provider) {
            Some((provider, plugin)) => (Some(provider), plugin.map(|plugin| By::from(&**plugin))),
            None => (found.by.is_some().then_some(Provider::Plugin), found.by),
        };
        let (plugin, version, path) = match by {
            Some(By { name, version, path }) => (Some(name), Some(version), path),
            None => (None, None, None),
        };
        Self {
            module: import.module.clone(),
            name: import.name.clone(),
            ty: import.ty.clone(),
            state: found.state,
            provider,
            plugin,
            version,
            path,
            nearest_is_module: found.nearest.as_ref().is_some_and(|nearest| nearest.is_module),
            nearest_plugin: found.nearest.as_ref().and_then(|nearest| nearest.plugin.clone()),
            nearest: found.nearest.map(|nearest| nearest.name),
            message: found.message,
        }
    }
}

impl PluginRegistry {
    /// Finds what provides each import of a module, without loading a plug-in or running any code: a plug-in of the registry, or one in
    /// its directories that would be loaded. What a host registers in a context is not known here: see [`Context::examine_module`].
    ///
    /// # Errors
    /// [`BAD_PARAMETER`](crate::Status::BAD_PARAMETER) if the custom section `libvm.plugins` is not valid,
    /// [`LIMIT`](crate::Status::LIMIT), [`BUSY`](crate::Status::BUSY), [`REENTRANT`](crate::Status::REENTRANT) inside a plug-in that is
    /// being loaded.
    pub fn examine_module(&self, module: &Module) -> Result<ExaminedModule> {
        guard(|| {
            let imports: Vec<_> = module.inner().imports().iter().collect();
            let run = self.inner().examine_module(module.inner(), &imports)?;
            let shown = imports.into_iter().zip(run.imports).map(|(import, found)| ExaminedImport::new(import, None, found));
            Ok(ExaminedModule { imports: shown.collect(), plugins: run.plugins.iter().map(DeclaredPlugin::new).collect() })
        })
    }
}

impl Context {
    /// Finds what provides each import of a module, without running any code: what is registered in the context, and for other imports
    /// what [`PluginRegistry::examine_module`] finds in the registry of [`set_module_plugins`](Self::set_module_plugins).
    ///
    /// ```
    /// # fn main() -> vm::Result<()> {
    /// # let wasm = wat::parse_str(r#"(module (import "host" "prind" (func (param i32))))"#).unwrap();
    /// use vm::{Context, Engine, ImportState, Module};
    ///
    /// let engine = Engine::new()?;
    /// let mut context = Context::new(&engine)?;
    /// context.module("host")?.function("print", |n: i32| println!("{n}"))?;
    /// let found = context.examine_module(&Module::from_buffer(&engine, wasm)?)?;
    /// assert_eq!(found.imports[0].state, ImportState::Missing);
    /// assert_eq!(found.imports[0].nearest.as_deref(), Some("print"));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As for [`PluginRegistry::examine_module`].
    pub fn examine_module(&mut self, module: &Module) -> Result<ExaminedModule> {
        let (examined, plugins) = self.with(|context| context.examine(module.inner()))?;
        let shown = module.inner().imports().iter().zip(examined);
        let shown = shown.map(|(import, examined)| ExaminedImport::new(import, examined.origin.as_ref(), examined.found));
        Ok(ExaminedModule { imports: shown.collect(), plugins: plugins.iter().map(DeclaredPlugin::new).collect() })
    }

    /// Returns what guests of the context can import.
    ///
    /// # Errors
    /// [`BUSY`](crate::Status::BUSY), [`REENTRANT`](crate::Status::REENTRANT).
    pub fn list_imports(&mut self) -> Result<Vec<ImportOffer>> {
        self.with(|context| {
            let shown = context.offers().into_iter().map(|offer| {
                let (provider, plugin) = provider(&offer.origin);
                let plugin = plugin.map(|plugin| Plugin::new(Arc::clone(plugin)));
                ImportOffer { module: offer.module.to_string(), name: offer.name, ty: offer.ty, provider, plugin }
            });
            Ok(shown.collect())
        })
    }
}
