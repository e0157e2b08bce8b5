//! Loading the plug-ins that a module needs.
#![forbid(unsafe_code)]

use crate::engine::{Import, Module};
use crate::plugin::needs::candidates::Candidates;
use crate::plugin::needs::imports;
use crate::plugin::needs::known;
use crate::plugin::needs::places::{self, with_searched};
use crate::plugin::needs::section;
use crate::plugin::needs::want::Want;
use crate::plugin::plugin::Plugin;
use crate::plugin::registry::PluginRegistry;
use crate::plugin::registry::load::{self, Mode};
use crate::plugin::registry::report::Report;
use crate::plugin::registry::rules::{MODULE_PLUGINS_DECLARED, MODULE_PLUGINS_IMPORTS};
use crate::similar;
use crate::status::{Error, Result};
use crate::text;
use libvm_abi as abi;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What a module needs, once it is loaded.
#[derive(Default)]
pub struct Needed {
    /// The plug-ins, with those that they depend on, in load order.
    pub plugins: Vec<Arc<Plugin>>,
}

impl PluginRegistry {
    /// Loads the plug-ins that a module needs, as far as the registry's flags allow modules to bring plug-ins. `provided` returns whether
    /// an import has a provider already. The report has a line for each plug-in, which says why it was chosen.
    ///
    /// # Errors
    /// `STATUS_BAD_PARAMETER`; `STATUS_PLUGIN_NOT_FOUND`, `STATUS_PLUGIN_NOT_ALLOWED`, `STATUS_PLUGIN_DEPENDENCY` if another version is
    /// loaded: then nothing was loaded. The errors of loading a plug-in; `STATUS_REENTRANT` from inside a plug-in that is being loaded.
    pub fn load_for_module(&self, module: &Arc<Module>, provided: &dyn Fn(&Import) -> bool) -> (Report, Result<Needed>) {
        let mut loading =
            Loading { registry: self, candidates: Candidates::new(self), report: Report::default(), names: BTreeSet::new() };
        let needed = if self.module_plugins() == 0 {
            Ok(Needed::default())
        } else {
            self.take_turn().and_then(|_turn| loading.run(module, provided))
        };
        let mut report = loading.report;
        report.finish(&needed.as_ref().map(|_| ()).map_err(Error::clone));
        (report, needed)
    }
}

/// A load call for a module.
struct Loading<'a> {
    registry: &'a PluginRegistry,
    candidates: Candidates<'a>,
    report: Report,
    /// The names of the plug-ins that it needs.
    names: BTreeSet<String>,
}

impl Loading<'_> {
    fn run(&mut self, module: &Arc<Module>, provided: &dyn Fn(&Import) -> bool) -> Result<Needed> {
        let flags = self.registry.module_plugins();
        let mut wants = Vec::new();
        if flags & MODULE_PLUGINS_DECLARED != 0 {
            for declared in section::declared(module).inspect_err(|error| self.refuse(module.path(), error))? {
                let want = places::want(&declared, module, &self.candidates);
                wants.push(want.inspect_err(|error| self.refuse(error.path(), error))?);
            }
        }
        if flags & MODULE_PLUGINS_IMPORTS != 0 {
            wants.extend(imports::wants(self.registry, module, &self.candidates, provided));
        }
        self.load(&wants)?;
        Ok(Needed { plugins: self.plugins() })
    }

    /// Adds the line of what cannot be loaded.
    fn refuse(&mut self, path: Option<&Path>, error: &Error) {
        self.report.add_failure(path.unwrap_or(Path::new("")), error.clone());
    }

    /// Loads what is wanted and not loaded. Before anything is loaded, everything is found.
    fn load(&mut self, wants: &[Want]) -> Result<()> {
        let mut files = Vec::new();
        let mut reasons = BTreeMap::new();
        let mut first = Ok(());
        for want in wants {
            match self.find(want) {
                Ok(found) => {
                    files.extend(found);
                    reasons.entry(want.name.clone()).or_insert_with(|| want.why.clone());
                    self.names.insert(want.name.clone());
                }
                Err(error) => {
                    let error = error.while_doing(&want.why);
                    self.refuse(want.file.as_deref(), &error);
                    first = first.and(Err(error));
                }
            }
        }
        first?;
        self.add_dependencies(&mut files, &mut reasons);
        let lines = self.report.lines().len();
        if !files.is_empty() {
            load::load(self.registry, &files, Mode::Load, &mut self.report);
        }
        for line in lines..self.report.lines().len() {
            let why = self.report.lines()[line].name().and_then(|name| reasons.get(name));
            if let Some(why) = why {
                self.report.explain(line, why);
            }
        }
        wants.iter().try_for_each(|want| self.require_loaded(want, lines))
    }

    /// Returns the files of which one is to be loaded; none if it is loaded already.
    fn find(&mut self, want: &Want) -> Result<Vec<PathBuf>> {
        if let Some(plugin) = self.registry.find(&want.name) {
            self.require_version(want, &plugin)?;
            let line = self.report.begin(plugin.path().unwrap_or(Path::new("")));
            self.report.identify(line, plugin.name(), plugin.version().as_str());
            self.report.loaded(line, "already loaded");
            self.report.explain(line, &want.why);
            return Ok(Vec::new());
        }
        if let Some(file) = &want.file {
            return self.require_named(want, file).map(|()| vec![file.clone()]);
        }
        let fits = self.candidates.named(&want.name).filter(|candidate| want.accepts(&candidate.manifest.version));
        let files: Vec<_> = fits.map(|candidate| candidate.file.clone()).collect();
        if files.is_empty() { Err(self.missing(want)) } else { Ok(files) }
    }

    /// Checks that a file has the plug-in that a module names, as far as its manifest can be read.
    fn require_named(&self, want: &Want, file: &Path) -> Result<()> {
        let Some(manifest) = known::manifest(self.registry, file) else { return Ok(()) };
        if manifest.name == want.name && want.accepts(&manifest.version) {
            return Ok(());
        }
        let message = format!("{} contains {}", file.display(), manifest.title());
        Err(Error::new(abi::STATUS_PLUGIN_NOT_FOUND, message).of_plugin(&want.name).at_path(file))
    }

    fn require_version(&self, want: &Want, plugin: &Plugin) -> Result<()> {
        if want.accepts(plugin.version()) {
            return Ok(());
        }
        let message = format!("version {} is loaded {}", plugin.version(), plugin.place());
        Err(plugin.blame(Error::new(abi::STATUS_PLUGIN_DEPENDENCY, message)))
    }

    /// Returns why no file has a plug-in.
    fn missing(&self, want: &Want) -> Error {
        let name = &want.name;
        let others: Vec<_> = self.candidates.named(name).collect();
        let message = if let [other, ..] = others[..] {
            format!("version {} is in {}; install one in this range", other.manifest.version, other.file.display())
        } else {
            let names = self.candidates.all().iter().map(|candidate| candidate.manifest.name.as_str());
            let meant = similar::nearest(name, names).map_or_else(String::new, |meant| format!("; did you mean `{meant}`?"));
            format!("no plug-in `{}` is in the directories for plug-ins{meant}", text::name(name))
        };
        with_searched(Error::new(abi::STATUS_PLUGIN_NOT_FOUND, message).of_plugin(name), &self.candidates)
    }

    /// Adds the files that the plug-ins of others depend on; what is missing is found out when those are loaded.
    fn add_dependencies(&mut self, files: &mut Vec<PathBuf>, reasons: &mut BTreeMap<String, String>) {
        let mut at = 0;
        while let Some(file) = files.get(at) {
            at += 1;
            let Some(manifest) = known::manifest(self.registry, file) else { continue };
            for need in &manifest.depends {
                if reasons.contains_key(&need.name) || self.registry.find(&need.name).is_some() {
                    continue;
                }
                let accepts = |version: &crate::plugin::Version| need.range.as_ref().is_none_or(|range| version.is_in(range));
                let fits = self.candidates.named(&need.name).filter(|candidate| accepts(&candidate.manifest.version));
                files.extend(fits.map(|candidate| candidate.file.clone()));
                reasons.insert(need.name.clone(), format!("{} depends on it", manifest.title()));
            }
        }
    }

    /// Checks that a plug-in is loaded now; `lines` is where the report of this load begins.
    fn require_loaded(&mut self, want: &Want, lines: usize) -> Result<()> {
        if let Some(plugin) = self.registry.find(&want.name) {
            return self.require_version(want, &plugin).map_err(|error| error.while_doing(&want.why));
        }
        let of_it = |line: &&crate::plugin::Line| {
            line.name() == Some(&want.name) || want.file.as_deref().is_some_and(|file| file == line.path())
        };
        let line = self.report.lines()[lines..].iter().filter(|line| line.error().is_some()).find(of_it);
        let error = line.and_then(|line| line.error()).cloned();
        Err(error.unwrap_or_else(|| {
            let message = format!("the file with plug-in {} was replaced while it was loaded; load it again", want.title());
            Error::new(abi::STATUS_PLUGIN_NOT_FOUND, message).of_plugin(&want.name).while_doing(&want.why)
        }))
    }

    /// Returns the plug-ins that the module needs, with those that they depend on, in load order.
    fn plugins(&self) -> Vec<Arc<Plugin>> {
        let plugins = self.registry.plugins();
        let mut names = self.names.clone();
        // A plug-in comes after those that it depends on.
        for plugin in plugins.iter().rev() {
            if names.contains(plugin.name()) {
                names.extend(plugin.manifest().depends.iter().map(|need| need.name.clone()));
            }
        }
        plugins.into_iter().filter(|plugin| names.contains(plugin.name())).collect()
    }
}
