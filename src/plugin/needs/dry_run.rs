//! The dry run: imports and declared plug-ins of a module, and what would be loaded for them.
#![forbid(unsafe_code)]

use crate::engine::{Import, Module};
use crate::plugin::file::object_file::PluginFile;
use crate::plugin::needs::candidates::Candidates;
use crate::plugin::needs::examine::{By, Examination, Found};
use crate::plugin::needs::load::Loading;
use crate::plugin::needs::places;
use crate::plugin::needs::section::{self, Declared};
use crate::plugin::registry::PluginRegistry;
use crate::plugin::registry::load;
use crate::plugin::registry::rules::MODULE_PLUGINS_DECLARED;
use crate::status::{Error, Result};
use libvm_abi as abi;
use std::sync::Arc;

/// What would be loaded for a plug-in that a module declares.
pub struct Named {
    /// The entry.
    pub declared: Declared,
    /// The plug-in that was found.
    pub by: Option<By>,
    /// Whether it is loaded.
    pub is_loaded: bool,
    /// Why it would not be loaded.
    pub refusal: Option<Error>,
}

/// The result of a dry run.
pub struct DryRun {
    /// What was found for the imports that were asked for, in their order.
    pub imports: Vec<Found>,
    /// The plug-ins that the module declares.
    pub plugins: Vec<Named>,
}

impl PluginRegistry {
    /// Finds what would provide imports of a module, and what it declares, without running any code.
    ///
    /// # Errors
    /// `STATUS_BAD_PARAMETER`, `STATUS_LIMIT` for what it declares; `STATUS_REENTRANT`, `STATUS_BUSY`.
    pub fn examine_module(&self, module: &Arc<Module>, imports: &[&Import]) -> Result<DryRun> {
        let declared = section::declared(module)?;
        let _turn = self.take_turn()?;
        let candidates = Candidates::new(self);
        let found = {
            let mut examination = Examination::new(self, module, &candidates);
            imports.iter().map(|import| examination.find(import)).collect()
        };
        let mut loading = Loading::new(self, candidates);
        let plugins = declared.into_iter().map(|declared| named(&mut loading, module, declared)).collect();
        loading.finish();
        Ok(DryRun { imports: found, plugins })
    }
}

fn named(loading: &mut Loading<'_>, module: &Module, declared: Declared) -> Named {
    let registry = loading.registry;
    if let Some(plugin) = registry.find(&declared.name) {
        let by = By::from(&*plugin);
        let fits = declared.range.as_ref().is_none_or(|range| plugin.version().is_in(range));
        let refusal = (!fits).then(|| {
            let message = format!("version {} of plug-in `{}` is loaded {}", plugin.version(), plugin.name(), plugin.place());
            Error::new(abi::STATUS_PLUGIN_DEPENDENCY, message).of_plugin(plugin.name())
        });
        return Named { declared, by: Some(by), is_loaded: true, refusal };
    }
    let (mut by, mut refusal) = (None, None);
    match places::want(&declared, module, &loading.candidates).and_then(|want| loading.find(&want)) {
        Ok(files) => {
            let file = loading.candidates.best_of(&files).map(ToOwned::to_owned);
            if let Some(file) = file {
                let manifest = loading.candidates.manifest_of(&file);
                by = manifest.map(|manifest| By {
                    name: manifest.name.clone(),
                    version: manifest.version.to_string(),
                    path: Some(file.clone()),
                });
                refusal = PluginFile::open(&file).and_then(|file| load::check(registry, file)).err();
            }
        }
        Err(error) => refusal = Some(error),
    }
    if refusal.is_none() && registry.module_plugins() & MODULE_PLUGINS_DECLARED == 0 {
        let message =
            "the registry does not load the plug-ins that modules declare; allow it with VM_PluginRegistrySetModulePlugins";
        refusal = Some(Error::new(abi::STATUS_PLUGIN_NOT_ALLOWED, message).of_plugin(&declared.name));
    }
    Named { declared, by, is_loaded: false, refusal }
}
