//! Loading the plug-ins that a module needs.
#![forbid(unsafe_code)]

use crate::engine::{Import, Module};
use crate::limits::MAX_CHOICES;
use crate::plugin::needs::answered::{Answered, Asked};
use crate::plugin::needs::candidates::{Candidate, Candidates};
use crate::plugin::needs::imports::Imports;
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
    /// What plug-ins have answered about the module.
    pub answers: Vec<Answered>,
}

impl PluginRegistry {
    /// Loads the plug-ins that a module needs, as far as the registry's flags allow modules to bring plug-ins. `provided` returns whether
    /// an import has a provider already; `asked` are the plug-ins that are shown the module, besides those that it needs. The report has
    /// a line for each plug-in, which says why it was chosen.
    ///
    /// # Errors
    /// `STATUS_BAD_PARAMETER`; `STATUS_PLUGIN_NOT_FOUND`, `STATUS_PLUGIN_NOT_ALLOWED`, `STATUS_PLUGIN_DEPENDENCY` if another version is
    /// loaded: then nothing was loaded. The errors of loading a plug-in; `STATUS_REENTRANT` from inside a plug-in that is being loaded.
    pub fn load_for_module(
        &self,
        module: &Arc<Module>,
        provided: &dyn Fn(&Import) -> bool,
        asked: &[Arc<Plugin>],
    ) -> (Report, Result<Needed>) {
        let mut loading = Loading::new(self, Candidates::new(self));
        let needed = if self.module_plugins() == 0 {
            Ok(Needed::default())
        } else {
            self.take_turn().and_then(|_turn| loading.run(module, provided, asked))
        };
        let mut report = loading.finish();
        report.finish(&needed.as_ref().map(|_| ()).map_err(Error::clone));
        (report, needed)
    }
}

/// A load call for a module.
pub(super) struct Loading<'a> {
    pub(super) registry: &'a PluginRegistry,
    pub(super) candidates: Candidates<'a>,
    pub(super) report: Report,
    pub(super) asked: Asked,
    /// The names of the plug-ins that it needs.
    names: BTreeSet<String>,
}

impl<'a> Loading<'a> {
    /// Begins a load call.
    pub(super) fn new(registry: &'a PluginRegistry, candidates: Candidates<'a>) -> Self {
        Self { registry, candidates, report: Report::default(), names: BTreeSet::new(), asked: Asked::default() }
    }

    fn run(&mut self, module: &Arc<Module>, provided: &dyn Fn(&Import) -> bool, asked: &[Arc<Plugin>]) -> Result<Needed> {
        let flags = self.registry.module_plugins();
        let mut declared = Vec::new();
        if flags & MODULE_PLUGINS_DECLARED != 0 {
            for item in section::declared(module).inspect_err(|error| self.refuse(module.path(), error))? {
                let want = places::want(&item, module, &self.candidates);
                declared.push(want.inspect_err(|error| self.refuse(error.path(), error))?);
            }
        }
        self.require(&declared)?;
        // A function for the module alone is a provider too.
        self.ask(module, asked)?;
        let answers = self.asked.answers.clone();
        let is_answered = |import: &Import| answers.iter().any(|by| by.answer.find(&import.module, &import.name).is_some());
        let is_provided = |import: &Import| flags & MODULE_PLUGINS_IMPORTS == 0 || is_answered(import) || provided(import);
        let mut imports = Imports::of(module, &is_provided);
        let mut chosen = imports.choose(self.registry, &self.candidates);
        for _ in 0..MAX_CHOICES {
            let (lines, surprised) = self.load(&chosen, false)?;
            for want in &chosen {
                let _ = self.require_loaded(want, lines).inspect_err(|error| imports.refuse(&want.name, error));
            }
            chosen = imports.choose(self.registry, &self.candidates);
            let is_doubtful = surprised || (chosen.is_empty() && imports.lacks_any(self.registry));
            if is_doubtful && self.candidates.distrust() {
                imports.restart(self.registry);
                chosen = imports.choose(self.registry, &self.candidates);
            }
            if chosen.is_empty() {
                break;
            }
        }
        self.names.extend(imports.chosen().cloned());
        imports.finish(module, self.registry, &mut self.report)?;
        self.ask(module, &[])?;
        Ok(Needed { plugins: self.plugins(), answers: std::mem::take(&mut self.asked.answers) })
    }

    /// Saves what was learned of the candidates, and returns the report.
    pub(super) fn finish(mut self) -> Report {
        self.candidates.finish(&mut self.report);
        self.report
    }

    /// Adds the line of what cannot be loaded.
    pub(super) fn refuse(&mut self, path: Option<&Path>, error: &Error) {
        self.report.add_failure(path.unwrap_or(Path::new("")), error.clone());
    }

    /// Loads what is required and not loaded. Before anything is loaded, everything is found.
    pub(super) fn require(&mut self, wants: &[Want]) -> Result<()> {
        let (mut lines, surprised) = self.load(wants, true)?;
        if surprised && self.candidates.distrust() {
            (lines, _) = self.load(wants, true)?;
        }
        wants.iter().try_for_each(|want| self.require_loaded(want, lines))
    }

    /// Loads what is wanted and not loaded. Before anything is loaded, everything is found, if it is required. Returns where the lines of
    /// the report begin, and whether nothing was loaded because a file has something else than the index says.
    fn load(&mut self, wants: &[Want], are_required: bool) -> Result<(usize, bool)> {
        let mut groups = Vec::new();
        let mut reasons = BTreeMap::new();
        let mut first = Ok(());
        let lines = self.report.lines().len();
        for want in wants {
            if reasons.contains_key(&want.name) {
                continue;
            }
            match self.find(want) {
                Ok(found) => {
                    groups.push(found);
                    reasons.insert(want.name.clone(), want.why.clone());
                    self.names.extend(are_required.then(|| want.name.clone()));
                }
                Err(error) => {
                    let error = error.while_doing(&want.why);
                    self.refuse(want.file.as_deref(), &error);
                    first = if are_required { first.and(Err(error)) } else { first };
                }
            }
        }
        first?;
        self.add_dependencies(&mut groups, &mut reasons);
        let mut files = groups.concat();
        let mut surprised = false;
        if !files.is_empty() {
            files.sort_by_key(|file| self.candidates.rank(file));
            let expected = self.candidates.expect(&files);
            let begin = self.report.lines().len();
            surprised = load::load_expected(self.registry, &files, Mode::Load, &expected, &mut self.report);
            for line in begin..self.report.lines().len() {
                let why = self.report.lines()[line].name().and_then(|name| reasons.get(name));
                if let Some(why) = why {
                    self.report.explain(line, why);
                }
            }
        }
        Ok((lines, surprised))
    }

    /// Returns the files of which one is to be loaded; none if it is loaded already.
    pub(super) fn find(&mut self, want: &Want) -> Result<Vec<PathBuf>> {
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
        loop {
            let fits = self.candidates.named(&want.name).filter(|candidate| want.accepts(candidate.version()));
            let files: Vec<_> = fits.map(|candidate| candidate.file.clone()).collect();
            if !files.is_empty() {
                return Ok(files);
            }
            // The index may be wrong.
            if !self.candidates.distrust() {
                return Err(self.missing(want));
            }
        }
    }

    /// Checks that a file has the plug-in that a module names, as far as its manifest can be read.
    fn require_named(&self, want: &Want, file: &Path) -> Result<()> {
        let Some(manifest) = self.candidates.manifest_of(file) else { return Ok(()) };
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
            format!("version {} is in {}; install one in this range", other.version(), other.file.display())
        } else {
            let names = self.candidates.all().iter().map(Candidate::name);
            let meant = similar::nearest(name, names).map_or_else(String::new, |meant| format!("; did you mean `{meant}`?"));
            format!("no plug-in `{}` is in the directories for plug-ins{meant}", text::name(name))
        };
        with_searched(Error::new(abi::STATUS_PLUGIN_NOT_FOUND, message).of_plugin(name), &self.candidates)
    }

    /// Adds the files that the plug-ins of others depend on, each with those of its other versions; what is missing is found out when those
    /// are loaded.
    fn add_dependencies(&mut self, groups: &mut Vec<Vec<PathBuf>>, reasons: &mut BTreeMap<String, String>) {
        let mut at = 0;
        while let Some(files) = groups.get(at) {
            at += 1;
            let Some(manifest) = self.candidates.best_of(files).and_then(|file| self.candidates.manifest_of(file)) else {
                continue;
            };
            for need in &manifest.depends {
                if reasons.contains_key(&need.name) || self.registry.find(&need.name).is_some() {
                    continue;
                }
                let accepts = |version: &crate::plugin::Version| need.range.as_ref().is_none_or(|range| version.is_in(range));
                let fits = self.candidates.named(&need.name).filter(|candidate| accepts(candidate.version()));
                groups.push(fits.map(|candidate| candidate.file.clone()).collect());
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
    pub(super) fn plugins(&self) -> Vec<Arc<Plugin>> {
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
