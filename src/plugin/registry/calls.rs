//! The load calls of a registry.
#![forbid(unsafe_code)]

use crate::log;
use crate::plugin::native::library::{BUILTIN_PLACE, Builtin};
use crate::plugin::plugin::Plugin;
use crate::plugin::registry::PluginRegistry;
use crate::plugin::registry::load::{self, Mode};
use crate::plugin::registry::report::Report;
use crate::plugin::registry::search::{self, DefaultSearch, Search};
use crate::status::Result;
use libvm_abi as abi;
use std::path::Path;
use std::slice;
use std::sync::Arc;

impl PluginRegistry {
    /// Loads a file, or all of a directory and its subdirectories. A path without the extension of a shared library is also
    /// looked up with it, and with the prefix `lib`. A plug-in that is already loaded is unchanged, which is not a failure.
    ///
    /// # Errors
    /// For a file: why it did not load. For a directory: the status of the first file that did not load, and how many did not
    /// (a file that is superseded by a higher version, built for another ABI, or denied by the configuration does not count);
    /// the others are loaded. A directory without plug-ins is not a failure. `STATUS_PLUGIN_NOT_FOUND`, naming the paths that
    /// were tried. `STATUS_REENTRANT` from inside a plug-in that is being loaded into this registry. The report has a line for
    /// each file, also on failure.
    pub fn load_from_path(&self, path: &Path) -> (Report, Result<()>) {
        self.load_path(path, Mode::Load)
    }

    /// Like [`PluginRegistry::load_from_path`], but a higher version of a loaded plug-in replaces it: contexts register
    /// the new one from now on, and those that have the old one keep it. The state of a singleton's instance is moved.
    ///
    /// # Errors
    /// Those of [`PluginRegistry::load_from_path`]; then the old version is kept.
    pub fn update_from_path(&self, path: &Path) -> (Report, Result<()>) {
        self.load_path(path, Mode::Update)
    }

    /// Reports what [`PluginRegistry::load_from_path`] would do, as far as the files tell, and runs no code of a plug-in. A line is
    /// *loaded* if it would be.
    ///
    /// # Errors
    /// Those of [`PluginRegistry::load_from_path`].
    pub fn examine_path(&self, path: &Path) -> (Report, Result<()>) {
        self.load_path(path, Mode::Examine)
    }

    fn load_path(&self, path: &Path, mode: Mode) -> (Report, Result<()>) {
        self.report(|report| {
            let found = search::resolve(path).inspect_err(|error| load::missing(path, error, report))?;
            if !found.is_dir() {
                load::load(self, slice::from_ref(&found), mode, report);
                return report.lines().iter().find_map(|line| line.error()).map_or(Ok(()), |error| Err(error.clone()));
            }
            let mut search = Search::default();
            search.add(&found, report);
            let what = found.display().to_string();
            if search.files.is_empty() {
                log::log(abi::LOG_INFO, None, &format!("no plug-ins in {what}"));
                // The report may already have a line about what could not be searched.
                if report.lines().is_empty() {
                    report.note(&found, "no plug-ins".to_owned());
                }
            }
            load::load(self, &search.files, mode, report);
            let missing = load::missing_of_lock(self, Some(&found), report);
            load::summary(report, search.files.len() + missing, &what)
        })
    }

    /// Loads the plug-ins in the default directories: the registry's own, those of `LIBVM_PLUGIN_PATH`, `../plugin/` and
    /// `./libvm/` beside the library, and the user's. The highest version of a plug-in in all of them is loaded. A directory
    /// that does not exist or has no plug-ins has a line with status OK in the report. A plug-in that the configuration names
    /// and that does not exist has a line that is not a failure.
    ///
    /// # Errors
    /// As for a directory passed to [`PluginRegistry::load_from_path`].
    pub fn load_with_default_paths(&self) -> (Report, Result<()>) {
        self.load_default(Mode::Load)
    }

    /// Reports what [`PluginRegistry::load_with_default_paths`] would do, as far as the files tell, and runs no code of a plug-in. A
    /// line is *loaded* if it would be.
    ///
    /// # Errors
    /// Those of [`PluginRegistry::load_with_default_paths`].
    pub fn examine_default_paths(&self) -> (Report, Result<()>) {
        self.load_default(Mode::Examine)
    }

    fn load_default(&self, mode: Mode) -> (Report, Result<()>) {
        self.report(|report| {
            let search = DefaultSearch::run(self.search_directories(), self.package_directory(), report);
            self.loaded.set_searched(search.searched().to_vec());
            let files: Vec<_> = search.files().cloned().collect();
            load::load(self, &files, mode, report);
            let missing = load::missing_of_lock(self, None, report);
            let result = load::summary(report, files.len() + missing, "the default directories");
            let found = report.lines().iter().filter_map(|line| line.name().map(str::to_owned)).collect();
            self.report_unknown(found, report);
            result
        })
    }

    /// Loads a plug-in that is linked into the program. If it is already loaded, returns the loaded one.
    ///
    /// # Errors
    /// `STATUS_PLUGIN_INCOMPATIBLE`, `STATUS_PLUGIN_NOT_ALLOWED`; `STATUS_PLUGIN_DUPLICATE`, `STATUS_PLUGIN_SUPERSEDED` or
    /// `STATUS_ALREADY_EXISTS` if its name is loaded with the same, a higher or a lower version; `STATUS_PLUGIN_DEPENDENCY`,
    /// `STATUS_PLUGIN_BAD_DESCRIPTOR`, `STATUS_BAD_SIGNATURE`, `STATUS_PLUGIN_INITIALIZE`, `STATUS_REENTRANT`.
    pub fn register_builtin(&self, builtin: &Builtin) -> Result<Arc<Plugin>> {
        let _turn = self.take_turn()?;
        if let Some(plugin) = self.find_by_id(&builtin.id) {
            return Ok(plugin);
        }
        let manifest = &builtin.manifest;
        if let Some(denial) = self.denial(manifest, BUILTIN_PLACE) {
            return Err(denial);
        }
        manifest.check(BUILTIN_PLACE)?;
        self.require_allowed(manifest, BUILTIN_PLACE)?;
        if let Some(plugin) = self.find(&manifest.name) {
            return Err(load::conflict(manifest, BUILTIN_PLACE, &plugin));
        }
        let needs = load::needs(self, manifest, BUILTIN_PLACE)?;
        let plugin = Plugin::start(builtin.code.clone(), manifest.clone(), None, builtin.id.clone(), (needs, &self.shared))?;
        self.add(plugin.clone());
        plugin.unknown_points().iter().for_each(|error| log::log(abi::LOG_WARNING, None, error.message()));
        Ok(plugin)
    }

    fn report(&self, load: impl FnOnce(&mut Report) -> Result<()>) -> (Report, Result<()>) {
        let mut report = Report::default();
        let result = self.take_turn().and_then(|_turn| load(&mut report));
        report.finish(&result);
        (report, result)
    }
}
