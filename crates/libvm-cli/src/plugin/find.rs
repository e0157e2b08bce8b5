//! The plug-in that a command is about: a file, a package, or the name of a plug-in that is installed.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::plugin::places::{Places, with_nearest};
use crate::text;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use vm::{Plugin, PluginRegistry, PluginReport};

/// A plug-in, by file or by name.
#[derive(clap::Args)]
pub struct Target {
    /// Name of an installed plug-in, as in `calc` or `calc@1.2.0`; or the path of a plug-in or package
    #[arg(value_name = "PLUGIN")]
    pub target: PathBuf,
    #[command(flatten)]
    pub places: Places,
}

/// What was found.
pub enum Subject {
    /// The file of a plug-in.
    File(PathBuf),
    /// A package that is not installed.
    Archive(PathBuf),
}

/// Returns whether a file has the ending of a library.
pub fn is_library(path: &Path) -> bool {
    path.extension().and_then(OsStr::to_str).is_some_and(|ending| ["so", "dylib", "dll"].contains(&ending))
}

/// Returns whether an argument is a file: it has a directory, or the ending of a library. Otherwise it is the name of a plug-in.
pub fn is_file(argument: &Path) -> bool {
    is_library(argument) || argument.components().count() != 1 || argument.has_root()
}

impl Target {
    /// Finds the plug-in.
    ///
    /// # Errors
    /// There is none, with the nearest name.
    pub fn find(&self) -> Result<Subject, Failure> {
        let path = &self.target;
        if path.extension() == Some(OsStr::new("zip")) {
            return Ok(Subject::Archive(path.clone()));
        }
        if is_file(path) {
            return Ok(Subject::File(path.clone()));
        }
        let name = path.to_str().ok_or_else(|| {
            Failure::new(Exit::USAGE, format!("{} is not the name of a plug-in; names are UTF-8", text::path(path)))
        })?;
        match name.split_once('@') {
            Some((name, version)) => self.find_version(name, version),
            None => self.find_name(name),
        }
    }

    fn find_name(&self, name: &str) -> Result<Subject, Failure> {
        let registry = self.places.registry()?;
        let (report, _) = registry.examine_default_paths();
        let mut lines = report.lines.iter().filter(|line| line.name.as_deref() == Some(name)).collect::<Vec<_>>();
        lines.sort_by_key(|line| !line.loaded);
        if let Some(line) = lines.first() {
            return Ok(Subject::File(line.path.clone()));
        }
        let failure = not_found(name, &report);
        Err(if Path::new(name).exists() {
            failure.hint(format!("there is a file of that name: ./{}", text::name(name)))
        } else {
            failure
        })
    }

    fn find_version(&self, name: &str, version: &str) -> Result<Subject, Failure> {
        let registry = self.places.registry()?;
        let packages = self.places.packages(&registry)?;
        let installed = packages.list()?;
        let of_name: Vec<_> = installed.iter().filter(|installed| installed.name == name).collect();
        if let Some(found) = of_name.iter().find(|installed| installed.version == version) {
            let (report, outcome) = registry.examine_path(&found.path);
            return match report.lines.into_iter().find(|line| line.name.is_some()) {
                Some(line) => Ok(Subject::File(line.path)),
                None => Err(outcome.err().map_or_else(|| not_found(name, &PluginReport::default()), Failure::from)),
            };
        }
        let message = format!(
            "version {} of the plug-in `{}` is not installed in {}",
            text::name(version),
            text::name(name),
            text::path(packages.path())
        );
        let failure = Failure::new(Exit::NOT_FOUND, message);
        Err(match of_name.as_slice() {
            [] => with_nearest(failure, name, installed.iter().map(|installed| &*installed.name)),
            found => {
                let versions: Vec<_> = found.iter().map(|installed| text::name(&installed.version)).collect();
                failure.hint(format!("installed are {}", versions.join(", ")))
            }
        })
    }

    /// Loads the plug-in and those that it needs, and no other: their code runs.
    ///
    /// # Errors
    /// It is a package, or cannot be loaded.
    pub fn load(&self, file: &Path) -> Result<(PluginRegistry, Plugin), Failure> {
        let registry = self.places.registry()?;
        let found = Plugin::inspect_file(file)?;
        if let Some(refusal) = found.refusal {
            return Err(refusal.into());
        }
        let Some(manifest) = found.manifest else {
            return Err(Failure::new(Exit::NOT_RUNNABLE, format!("{} is not a plug-in", text::path(file))));
        };
        let (report, _) = registry.examine_default_paths();
        let manifests = report.lines.iter().filter(|line| line.loaded);
        let manifests = manifests.filter_map(|line| Plugin::inspect_file(&line.path).ok()?.manifest);
        let needs: BTreeMap<String, Vec<(String, String)>> =
            manifests.map(|manifest| (manifest.name, manifest.dependencies)).collect();
        let mut allowed = BTreeSet::new();
        let mut open = manifest.dependencies;
        while let Some((name, _)) = open.pop() {
            if allowed.insert(name.clone()) {
                open.extend(needs.get(&name).cloned().unwrap_or_default());
            }
        }
        allowed.remove(&manifest.name);
        registry.allow_only(allowed.clone());
        if !allowed.is_empty() {
            // What cannot be loaded is a failure only if the plug-in needs it, which is found out next.
            let _ = registry.load_with_default_paths();
        }
        allowed.insert(manifest.name.clone());
        registry.allow_only(allowed);
        registry.load_from_path(&found.path)?;
        let plugin = registry.find(&manifest.name)?;
        Ok((registry, plugin))
    }
}

/// Returns the failure of a name that no plug-in has.
pub fn not_found(name: &str, report: &PluginReport) -> Failure {
    let known: BTreeSet<&str> = report.lines.iter().filter_map(|line| line.name.as_deref()).collect();
    let shown = vm::similar::listed(name, known.iter().copied());
    let message = format!("no plug-in `{}` is installed; there are {shown}", text::name(name));
    Failure::new(Exit::NOT_FOUND, text::lines(&message))
        .hint("`libvm plugin list --directories` shows where plug-ins are looked for; --plugin-dir adds a directory")
}
