//! One load call: examines all candidates, chooses among the versions of a plug-in, and starts the remaining ones in order.
#![forbid(unsafe_code)]

use crate::log;
use crate::plugin::file::fields;
use crate::plugin::file::hash::hash;
use crate::plugin::file::manifest::Manifest;
use crate::plugin::file::object_file::{FileId, PluginFile};
use crate::plugin::file::version::{FileName, Version};
use crate::plugin::native::frozen::Frozen;
use crate::plugin::native::library::Code;
use crate::plugin::package::Installed;
use crate::plugin::plugin::{LoadedFile, Plugin};
use crate::plugin::registry::PluginRegistry;
use crate::plugin::registry::report::Report;
use crate::plugin::registry::{order, search, update};
use crate::status::{Error, Result, counted};
use libvm_abi as abi;
use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What to do with a higher version of a loaded plug-in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::plugin) enum Mode {
    /// Refuse it.
    Load,
    /// Replace the old one.
    Update,
    /// Refuse it, and start nothing: the report says what [`Mode::Load`] would do, as far as the files tell.
    Examine,
}

/// A file that may be loaded, as far as can be determined without running its code.
struct Candidate {
    line: usize,
    path: PathBuf,
    id: FileId,
    manifest: Manifest,
    package: Option<Installed>,
    frozen: Option<Frozen>,
}

impl Candidate {
    fn place(&self) -> String {
        format!("in {}", self.path.display())
    }

    /// Returns whether its manifest is not what is expected of its file.
    fn is_other_than(&self, expected: &Expected) -> bool {
        expected.get(&self.path).is_some_and(|expected| **expected != *fields::write(&self.manifest))
    }

    fn surprise(&self, expected: &str) -> Error {
        let (name, version) = (fields::name(expected), fields::version(expected));
        let message = format!(
            "{} contains {}, and the plug-in index says `{name}` {version} or other modules or dependencies: it is not loaded as that, \
             and the index is made anew",
            self.path.display(),
            self.manifest.title(),
        );
        Error::new(abi::STATUS_PLUGIN_NOT_FOUND, message).at_path(&self.path).of_plugin(&self.manifest.name)
    }
}

/// What files must contain to be what was chosen: the fields of their manifests.
pub(in crate::plugin) type Expected = HashMap<PathBuf, Arc<str>>;

/// Loads files, which are absolute paths in load order; each gets a line in the report, and the lines are in this order.
pub(in crate::plugin) fn load(registry: &PluginRegistry, files: &[PathBuf], mode: Mode, report: &mut Report) {
    load_expected(registry, files, mode, &Expected::new(), report);
}

/// Like `load`, but loads none of the files if something else is expected of one of them: they were chosen for a wrong reason. Then the
/// report has a line for each of those only, and the result is true.
pub(in crate::plugin) fn load_expected(
    registry: &PluginRegistry,
    files: &[PathBuf],
    mode: Mode,
    expected: &Expected,
    report: &mut Report,
) -> bool {
    let mut surprises = Vec::new();
    let first = report.lines().len();
    let mut seen: HashMap<FileId, usize> = HashMap::new();
    let mut twins = Vec::new();
    let mut candidates = Vec::new();
    for path in files {
        let line = report.begin(path);
        let file = match PluginFile::open(path) {
            Ok(file) => file,
            Err(error) => {
                report.fail(line, error);
                continue;
            }
        };
        if let Some(other) = seen.get(file.id()) {
            twins.push((line, *other));
            continue;
        }
        seen.insert(file.id().clone(), line);
        match loaded_already(registry, &file) {
            Ok(Some(plugin)) => {
                report.identify(line, plugin.name(), plugin.version().as_str());
                report.loaded(line, "already loaded");
                continue;
            }
            Ok(None) => {}
            Err(error) => {
                report.fail(line, error);
                continue;
            }
        }
        match examine(registry, file, line, report) {
            Ok(Ok(candidate)) if candidate.is_other_than(expected) => {
                surprises.push((path, candidate.surprise(&expected[path])));
            }
            Ok(Ok(candidate)) => candidates.push(candidate),
            Ok(Err(denial)) => report.decline(line, denial),
            Err(error) => report.fail(line, error),
        }
    }
    if !surprises.is_empty() {
        report.truncate(first);
        for (path, error) in surprises {
            log::log(abi::LOG_WARNING, None, error.message());
            let line = report.begin(path);
            report.decline(line, error);
        }
        return true;
    }
    let mut chosen = choose(registry, candidates, mode, report);
    if let Some(lock) = registry.lock() {
        chosen.sort_by_key(|candidate| lock.rank(&candidate.manifest.name));
    }
    let chosen = in_order(chosen, &registry.order(), report);
    if mode == Mode::Examine {
        foresee(registry, &chosen, report)
    } else {
        start_all(registry, chosen, report)
    }
    for (line, other) in twins {
        report.repeat(line, other);
    }
    for line in &report.lines()[first..] {
        let level = if line.is_failure() { abi::LOG_WARNING } else { abi::LOG_DEBUG };
        if log::wants(level) {
            log::log(level, None, &format!("plug-in {}: {}", line.path().display(), line.message()));
        }
    }
    false
}

/// Returns the plug-in that was loaded from this file, if the file still has the same bytes: another file may have its inode
/// number by now, and it may have been overwritten.
fn loaded_already(registry: &PluginRegistry, file: &PluginFile) -> Result<Option<Arc<Plugin>>> {
    let Some(plugin) = registry.find_by_id(file.id()) else { return Ok(None) };
    let same = plugin.file().map_or(Ok(false), |loaded| loaded.has_bytes_of(file));
    Ok(same?.then_some(plugin))
}

/// Reads the manifest, and checks everything that does not require running the plug-in; or returns why the plug-in is not wanted.
fn examine(registry: &PluginRegistry, file: PluginFile, line: usize, report: &mut Report) -> Result<Result<Candidate>> {
    let (path, id) = (&file.path().to_owned(), file.id().clone());
    let place = format!("in {}", path.display());
    let manifest = file.read_manifest()?;
    report.identify(line, &manifest.name, manifest.version.as_str());
    if let Some(denial) = registry.denial(&manifest, &place) {
        return Ok(Err(denial.at_path(path)));
    }
    // A directory may contain plug-ins for another libvm, which are ignored by this one.
    if let Err(error) = manifest.check_abi(&place) {
        return Ok(Err(error.at_path(path)));
    }
    manifest.check(&place).map_err(|error| error.at_path(path))?;
    check_file_name(path, &manifest)?;
    let package = Installed::of_library(path)?;
    package.as_ref().map_or(Ok(()), |package| package.require(&manifest, &place)).map_err(|error| error.at_path(path))?;
    registry.require_allowed(&manifest, &place).map_err(|error| error.at_path(path))?;
    let frozen = registry.require_trusted(file, &manifest).map_err(|error| error.at_path(path).of_plugin(&manifest.name))?;
    Ok(Ok(Candidate { line, path: path.clone(), id, manifest, package, frozen }))
}

impl PluginRegistry {
    /// Refuses a file that a load call would refuse without running its code.
    ///
    /// # Errors
    /// The status with which it would be refused.
    pub fn require_loadable(&self, path: &Path) -> Result<()> {
        let mut report = Report::default();
        let line = report.begin(path);
        examine(self, PluginFile::open(path)?, line, &mut report)?.map(drop)
    }
}

/// Checks a file as a load call does before it runs its code.
///
/// # Errors
/// Why it would not be loaded.
pub(in crate::plugin) fn check(registry: &PluginRegistry, file: PluginFile) -> Result<()> {
    let mut report = Report::default();
    let line = report.begin(file.path());
    examine(registry, file, line, &mut report)?.map(drop)
}

/// Checks that a file with a version in its name contains that version.
///
/// # Errors
/// `STATUS_PLUGIN_BAD_MANIFEST`, naming both.
pub(in crate::plugin) fn check_file_name(path: &Path, manifest: &Manifest) -> Result<()> {
    let stem = search::stem(path).to_string_lossy();
    let named = FileName::parse(&stem);
    let Some(version) = named.version else { return Ok(()) };
    let names = [Some(named.name), named.name.strip_prefix("lib")];
    if version == manifest.version && names.contains(&Some(&*manifest.name)) {
        return Ok(());
    }
    let said = format!("{} is named `{}@{version}`, but contains {}", path.display(), named.name, manifest.title());
    let message = format!("{said}; rename it to `{}@{}`", manifest.name, manifest.version);
    Err(Error::new(abi::STATUS_PLUGIN_BAD_MANIFEST, message).at_path(path).of_plugin(&manifest.name))
}

/// Keeps one candidate of each name: the first one with the highest version.
fn choose(registry: &PluginRegistry, candidates: Vec<Candidate>, mode: Mode, report: &mut Report) -> Vec<Candidate> {
    let mut best: HashMap<String, usize> = HashMap::new();
    for (index, candidate) in candidates.iter().enumerate() {
        let chosen = best.entry(candidate.manifest.name.clone()).or_insert(index);
        if candidate.manifest.version > candidates[*chosen].manifest.version {
            *chosen = index;
        }
    }
    let refusals = candidates.iter().enumerate().map(|(index, candidate)| {
        let chosen = best[&candidate.manifest.name];
        let best = &candidates[chosen].manifest.version;
        let refused = match registry.find(&candidate.manifest.name) {
            Some(plugin) if mode != Mode::Update || best <= plugin.version() => {
                Some(conflict(&candidate.manifest, &candidate.place(), &plugin))
            }
            _ if chosen == index => None,
            _ => {
                let other = &candidates[chosen];
                Some(outdone(&candidate.manifest, &candidate.place(), &other.manifest, &other.place()))
            }
        };
        refused.map(|error| error.at_path(&candidate.path))
    });
    let refusals: Vec<_> = refusals.collect();
    let mut chosen = Vec::new();
    for (candidate, refused) in candidates.into_iter().zip(refusals) {
        match refused {
            Some(error) => report.fail(candidate.line, error),
            None => chosen.push(candidate),
        }
    }
    chosen
}

/// Returns the error of a plug-in whose name is already loaded.
pub(super) fn conflict(manifest: &Manifest, place: &str, loaded: &Plugin) -> Error {
    if manifest.version > *loaded.version() {
        let other = format!("{} {}", loaded.manifest().title(), loaded.place());
        let message = format!(
            "{} {place} comes too late: {other} is loaded; load the higher version first, or update to it",
            manifest.title()
        );
        return Error::new(abi::STATUS_ALREADY_EXISTS, message).of_plugin(&manifest.name);
    }
    outdone(manifest, place, loaded.manifest(), &loaded.place())
}

/// Returns the error of a plug-in to which another one is preferred, of the same version or a higher one.
fn outdone(manifest: &Manifest, place: &str, other: &Manifest, other_place: &str) -> Error {
    let title = manifest.title();
    let (status, why) = if manifest.version.cmp(&other.version) == Ordering::Equal && place == other_place {
        let why = "was changed since it was loaded, but its version was not, and the loaded code is kept; raise the version \
                   and call VM_PluginRegistryUpdateFromPath, or load it in a new registry";
        (abi::STATUS_PLUGIN_DUPLICATE, why.to_owned())
    } else if manifest.version.cmp(&other.version) == Ordering::Equal {
        (abi::STATUS_PLUGIN_DUPLICATE, format!("is a duplicate: the same name and version is {other_place}; remove one"))
    } else {
        (abi::STATUS_PLUGIN_SUPERSEDED, format!("is superseded by version {} {other_place}", other.version))
    };
    Error::new(status, format!("{title} {place} {why}")).of_plugin(&manifest.name)
}

/// Moves those named in `first` before the others, and each candidate after those that it depends on; those in a cycle are
/// removed.
fn in_order(candidates: Vec<Candidate>, first: &[String], report: &mut Report) -> Vec<Candidate> {
    let index: HashMap<&str, usize> = candidates.iter().enumerate().map(|(index, item)| (&*item.manifest.name, index)).collect();
    let needs: Vec<Vec<usize>> = candidates
        .iter()
        .map(|item| item.manifest.depends.iter().filter_map(|need| index.get(&*need.name).copied()).collect())
        .collect();
    let first: Vec<usize> = first.iter().filter_map(|name| index.get(&**name).copied()).collect();
    let (ordered, stuck) = order::by_need(&needs, &first);
    for (item, cycle) in stuck {
        let why = cycle.describe(|item| &candidates[item].manifest.name);
        let Candidate { line, path, manifest, .. } = &candidates[item];
        let message = format!("{} in {} cannot be loaded: {why}", manifest.title(), path.display());
        report.fail(*line, Error::new(abi::STATUS_PLUGIN_DEPENDENCY, message).at_path(path).of_plugin(&manifest.name));
    }
    let mut candidates: Vec<Option<Candidate>> = candidates.into_iter().map(Some).collect();
    ordered.into_iter().filter_map(|item| candidates[item].take()).collect()
}

/// Returns the loaded plug-ins that a plug-in depends on.
pub(super) fn needs(registry: &PluginRegistry, manifest: &Manifest, place: &str) -> Result<Vec<Arc<Plugin>>> {
    let mut found = Vec::new();
    require_needs(manifest, place, |name| {
        let plugin = registry.find(name)?;
        let version = plugin.version().clone();
        found.push(plugin);
        Some(version)
    })?;
    Ok(found)
}

/// Checks that the plug-ins that a plug-in depends on are loaded; `find` returns the version of a loaded one.
fn require_needs(manifest: &Manifest, place: &str, mut find: impl FnMut(&str) -> Option<Version>) -> Result<()> {
    for need in &manifest.depends {
        let why = match find(&need.name) {
            Some(version) if need.range.as_ref().is_none_or(|range| version.is_in(range)) => continue,
            Some(version) => format!("version {version} is loaded"),
            None => "that is not loaded; install it beside this one or load it first".to_owned(),
        };
        let message = format!("{} {place} needs the plug-in {need}, but {why}", manifest.title());
        return Err(Error::new(abi::STATUS_PLUGIN_DEPENDENCY, message).of_plugin(&manifest.name));
    }
    Ok(())
}

/// Starts candidates in their order.
fn start_all(registry: &PluginRegistry, chosen: Vec<Candidate>, report: &mut Report) {
    let names: Vec<_> = chosen.iter().map(|candidate| candidate.manifest.name.clone()).collect();
    for candidate in chosen {
        let line = candidate.line;
        let name = candidate.manifest.name.clone();
        match start(registry, candidate, &names) {
            Ok(message) => report.loaded(line, message),
            Err(error) => {
                report.fail(line, error);
                continue;
            }
        }
        for error in registry.find(&name).iter().flat_map(|plugin| plugin.unknown_points()) {
            log::log(abi::LOG_WARNING, None, error.message());
            report.remark(line, error);
        }
    }
}

/// Reports which candidates would be started.
fn foresee(registry: &PluginRegistry, chosen: &[Candidate], report: &mut Report) {
    let mut ready: HashMap<String, Version> =
        registry.plugins().iter().map(|plugin| (plugin.name().to_owned(), plugin.version().clone())).collect();
    for Candidate { line, path, manifest, package, .. } in chosen {
        let needs = require_needs(manifest, &format!("in {}", path.display()), |name| ready.get(name).cloned());
        let options = || match package {
            Some(package) => package.options(&registry.trusted()).map(drop).map_err(|error| error.of_plugin(&manifest.name)),
            None => Ok(()),
        };
        match needs.map_err(|error| error.at_path(path)).and_then(|()| options()) {
            Ok(()) => {
                ready.insert(manifest.name.clone(), manifest.version.clone());
                let from = package.as_ref().map(|package| format!(" from {}", package.title())).unwrap_or_default();
                report.loaded(*line, format!("can be loaded{from}"));
            }
            Err(error) => report.fail(*line, error),
        }
    }
}

/// Starts a candidate, replacing an older version if there is one; returns the text of the report. `names` are those of
/// all candidates.
fn start(registry: &PluginRegistry, candidate: Candidate, names: &[String]) -> Result<String> {
    let place = candidate.place();
    let Candidate { path, id, manifest, package, frozen, .. } = candidate;
    let needs = needs(registry, &manifest, &place).map_err(|error| error.at_path(&path))?;
    let old = registry.find(&manifest.name);
    let order = old.as_ref().map(|_| update::order(registry, &manifest, &place, names)).transpose();
    let order = order.map_err(|error| error.at_path(&path))?;
    let frozen = frozen.map_or_else(|| freeze(&path, &id, &manifest, &place), Ok)?;
    let code = Code::open(&path, &manifest, &frozen)?;
    let options = package.as_ref().map(|package| package.options(&registry.trusted())).transpose();
    let options = options.map_err(|error| error.of_plugin(&manifest.name))?.unwrap_or_default();
    let loaded = package.map_or_else(|| "loaded".to_owned(), |package| format!("loaded from {}", package.title()));
    let file = LoadedFile::new(path.clone(), &frozen, options);
    let new = Plugin::start(code, manifest, Some(file), id, (needs, registry.shared()))?;
    registry.index().learn(&path, frozen.stamp(), frozen.hash(), new.manifest(), new.module_infos());
    let (Some(old), Some(order)) = (old, order) else {
        registry.add(new);
        return Ok(loaded);
    };
    let left = new.inherit(&old)?;
    registry.replace(&old, &new, &order);
    let message = format!("{loaded}, replacing version {}", old.version());
    Ok(match left {
        Some(why) => format!("{message}; {why}"),
        None => message,
    })
}

/// Reads a file that was examined before, so that what is opened does not change any more.
fn freeze(path: &Path, id: &FileId, manifest: &Manifest, place: &str) -> Result<Frozen> {
    let what = format!("{} {place}", manifest.title());
    let read = || {
        let file = PluginFile::open(path)?;
        if file.id() != id {
            let message = format!("{what} was replaced while it was loaded; load it again");
            return Err(Error::new(abi::STATUS_PLUGIN_HASH, message));
        }
        let bytes = file.read_all()?;
        Frozen::unchecked(file, &bytes, hash(&bytes), manifest, &what)
    };
    read().map_err(|error| error.at_path(path).of_plugin(&manifest.name))
}

/// Adds a line for each plug-in of the lock file that is neither loaded nor found, of a directory or of all, and returns their
/// number.
pub(super) fn missing_of_lock(registry: &PluginRegistry, directory: Option<&Path>, report: &mut Report) -> usize {
    let Some(lock) = registry.lock() else { return 0 };
    let found: HashSet<String> = report.lines().iter().filter_map(|line| line.name().map(str::to_owned)).collect();
    let mut count = 0;
    let loaded = registry.names();
    for (entry, error) in lock.missing(directory, |name| found.contains(name) || loaded.contains(name)) {
        log::log(abi::LOG_WARNING, None, error.message());
        report.add_failure(&entry.path, error);
        report.identify(report.lines().len() - 1, &entry.name, &entry.version);
        count += 1;
    }
    count
}

/// Returns the result of a call that loaded the files found at `path`: the first failure, and the number of failures.
pub(super) fn summary(report: &Report, files: usize, what: &str) -> Result<()> {
    let failed = || report.lines().iter().filter(|line| line.is_failure());
    let Some((line, first)) = failed().find_map(|line| Some((line, line.error()?))) else { return Ok(()) };
    let rest = match failed().count() - 1 {
        0 => String::new(),
        rest => format!("; and {rest} more, see the report"),
    };
    let count = report.lines()[report.lines().len() - files..].iter().filter(|line| line.is_failure()).count();
    let message = match count {
        0 => format!("not all of {what} could be searched: {}{rest}", first.message()),
        count => {
            let files = counted(files, "plug-in");
            format!("{count} of {files} in {what} did not load: {}{rest}", first.message())
        }
    };
    let error = Error::new(first.status(), message).at_path(line.path());
    Err(match first.plugin() {
        Some(name) => error.of_plugin(name),
        None => error,
    })
}

/// Returns the line of a path that does not exist.
pub(super) fn missing(path: &Path, error: &Error, report: &mut Report) {
    report.add_failure(path, error.clone());
    log::log(abi::LOG_WARNING, None, error.message());
}
