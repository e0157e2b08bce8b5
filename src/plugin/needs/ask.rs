//! Asking plug-ins about a module: `libvm.dependencies/1`.
#![forbid(unsafe_code)]

use crate::engine::Module;
use crate::limits::MAX_MODULE_PLUGINS;
use crate::plugin::needs::answered::Answered;
use crate::plugin::needs::load::Loading;
use crate::plugin::needs::want::Want;
use crate::plugin::plugin::Plugin;
use crate::plugin::registry::rules::MODULE_PLUGINS_DEPENDENCIES;
use crate::status::{Error, Result, counted};
use libvm_abi as abi;
use std::path::Path;
use std::sync::Arc;

impl Loading<'_> {
    /// Shows a module to plug-ins and to those that it needs, and loads what they require, until all were asked once.
    ///
    /// # Errors
    /// Those of showing it and of loading; `STATUS_LIMIT` for too many requirements.
    pub(super) fn ask(&mut self, module: &Arc<Module>, plugins: &[Arc<Plugin>]) -> Result<()> {
        if self.registry.module_plugins() & MODULE_PLUGINS_DEPENDENCIES == 0 {
            return Ok(());
        }
        let mut round = plugins.to_vec();
        loop {
            round.extend(self.plugins());
            let mut wants = Vec::new();
            for plugin in round.drain(..) {
                self.ask_one(module, plugin, &mut wants)?;
            }
            if wants.is_empty() {
                return Ok(());
            }
            self.require(&wants)?;
        }
    }

    /// Asks a plug-in, unless it or another version of it was asked before.
    fn ask_one(&mut self, module: &Arc<Module>, plugin: Arc<Plugin>, wants: &mut Vec<Want>) -> Result<()> {
        if self.asked.plugins.iter().any(|asked| asked.is_version_of(&plugin)) {
            return Ok(());
        }
        self.asked.plugins.push(Arc::clone(&plugin));
        let answer = plugin.examine(module).inspect_err(|error| self.refuse(plugin.path(), error))?;
        let Some(answer) = answer else { return Ok(()) };
        let requirements = &answer.requirements;
        self.asked.requirements += requirements.len();
        if self.asked.requirements > MAX_MODULE_PLUGINS {
            let message = format!("plug-ins require more than {MAX_MODULE_PLUGINS} plug-ins for one module");
            return Err(Error::new(abi::STATUS_LIMIT, message).of_plugin(plugin.name()));
        }
        if requirements.is_empty() && answer.function_count() == 0 {
            return Ok(());
        }
        let line = self.report.begin(plugin.path().unwrap_or(Path::new("")));
        self.report.identify(line, plugin.name(), plugin.version().as_str());
        let functions = counted(answer.function_count() as u64, "function");
        let required = counted(requirements.len() as u64, "plug-in");
        self.report.loaded(line, format!("provides {functions} and requires {required} for the module"));
        wants.extend(requirements.iter().map(|need| Want {
            name: need.name.clone(),
            range: need.range.clone(),
            file: None,
            why: format!("{} requires plug-in {need} for the module", plugin.manifest().title()),
        }));
        self.asked.answers.push(Answered { plugin, answer });
        Ok(())
    }
}
