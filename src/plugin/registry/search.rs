//! Where plug-ins are searched, and which files are candidates.
#![forbid(unsafe_code)]

use crate::limits;
use crate::log;
use crate::plugin::file::platform::ENDINGS;
use crate::plugin::package::{self, Installed};
use crate::plugin::registry::multiarch;
use crate::plugin::registry::order;
use crate::plugin::registry::report::Report;
use crate::status::{Error, Result, counted};
use crate::system;
use libvm_abi as abi;
use std::collections::HashSet;
use std::env;
use std::ffi::{OsStr, OsString};
use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};

/// The environment variable with additional directories.
pub const PATH_VARIABLE: &str = "LIBVM_PLUGIN_PATH";

/// The information about the process that determines directories.
#[derive(Debug, Default)]
pub struct Surroundings {
    /// Whether it has more privileges than the user who started it, so that the user's settings are not trusted.
    pub privileged: bool,
    /// The value of `LIBVM_PLUGIN_PATH`.
    pub plugin_path: Option<OsString>,
    /// The shared library that contains libvm, or the executable if libvm is linked statically.
    pub module: Option<PathBuf>,
    /// Whether `module` is the executable.
    pub is_static: bool,
    /// The executable.
    pub executable: Option<PathBuf>,
    /// The user's data directory, without `libvm`.
    pub user_data: Option<PathBuf>,
}

impl Surroundings {
    /// Returns the current information about this process.
    pub fn of_process() -> Self {
        let (module, is_static) = system::own_file();
        let user_data = system::user_data();
        let plugin_path = env::var_os(PATH_VARIABLE);
        let executable = env::current_exe().ok();
        Self { privileged: system::is_privileged(), plugin_path, module, is_static, executable, user_data }
    }

    /// Returns the directories after the registry's own, in the order in which they are searched, each with a description for
    /// the report. `packages` replaces the package directory of the user.
    ///
    /// A privileged process (setuid) gets none that its user controls: neither `LIBVM_PLUGIN_PATH` nor the user's own directory,
    /// nor that of an executable to which the user may have created a link elsewhere.
    pub fn directories(&self, packages: Option<PathBuf>) -> Vec<(PathBuf, &'static str)> {
        let mut made = Vec::new();
        if let Some(list) = self.plugin_path.as_ref().filter(|_| !self.privileged) {
            let listed = env::split_paths(list).filter(|path| !path.as_os_str().is_empty());
            made.extend(listed.map(|path| (path, "of LIBVM_PLUGIN_PATH")));
        }
        if let Some(beside) = self.module.as_deref().and_then(Path::parent) {
            let parent = beside.parent().unwrap_or(beside);
            let what = if self.is_static { "of the executable" } else { "of the library" };
            let own = format!("libvm/{}.{}", abi::ABI_MAJOR, abi::ABI_MINOR);
            made.extend([parent.join("plugin"), beside.join(&own)].map(|path| (path, what)));
            if self.is_static {
                // The plug-in directory of a shared library with the same prefix.
                let multiarch = format!("lib/{}", multiarch::name());
                let places = ["lib", "lib64"].into_iter().chain(cfg!(target_os = "linux").then_some(&*multiarch));
                made.extend(places.map(|place| (parent.join(place).join(&own), what)));
            } else if let Some(program) = self.executable.as_deref().and_then(Path::parent).filter(|_| !self.privileged)
                && program != beside
            {
                made.push((program.join(&own), "of the executable"));
            }
        }
        if let Some(data) = self.user_data.as_ref().filter(|_| !self.privileged) {
            made.push((data.join("libvm").join("plugins"), "of the user"));
        }
        let of_user = || self.packages().map(|path| (path, "packages of the user"));
        made.extend(packages.map(|path| (path, "packages of the registry")).or_else(of_user));
        made
    }

    /// Returns the package directory of the user; a privileged process has none.
    pub fn packages(&self) -> Option<PathBuf> {
        self.user_data.as_ref().filter(|_| !self.privileged).map(|data| data.join("libvm").join("packages"))
    }
}

/// Returns the absolute path without `..`, in the form in which it is shown and looked up.
///
/// # Errors
/// An empty path, or an unknown current directory.
pub fn absolute(path: &Path) -> std::io::Result<PathBuf> {
    let whole = std::path::absolute(path)?;
    if !whole.components().any(|part| part == Component::ParentDir) {
        return Ok(whole);
    }
    // Only the system knows where `..` leads after a link. If the file itself is a link, it keeps its name.
    let found = match (whole.parent(), whole.file_name()) {
        (Some(folder), Some(name)) => folder.canonicalize().map(|folder| folder.join(name)),
        _ => whole.canonicalize(),
    };
    Ok(found.unwrap_or(whole))
}

/// Finds the file of a path passed to a load call: the path itself, or the shared library with that name.
///
/// # Errors
/// `STATUS_INVALID_ARGUMENT` for an empty path, `STATUS_PLUGIN_NOT_FOUND` naming the paths that were tried.
pub fn resolve(path: &Path) -> Result<PathBuf> {
    let whole = absolute(path).map_err(|error| {
        Error::new(abi::STATUS_INVALID_ARGUMENT, format!("\"{}\" is not a valid path of a plug-in: {error}", path.display()))
    })?;
    let mut tried = vec![whole.clone()];
    if let Some(name) = whole.file_name().filter(|_| !has_ending(&whole)) {
        for ending in ENDINGS {
            for prefix in ["", "lib"] {
                let mut file = OsString::from(prefix);
                file.push(name);
                file.push(".");
                file.push(ending);
                tried.push(whole.with_file_name(file));
            }
        }
    }
    // A broken link exists, and opening it reports what is wrong.
    if let Some(found) = tried.iter().find(|candidate| candidate.symlink_metadata().is_ok()) {
        return Ok(found.clone());
    }
    let tried = tried.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ");
    let message = format!("plug-in {} not found; tried {tried}", path.display());
    Err(Error::new(abi::STATUS_PLUGIN_NOT_FOUND, message).at_path(&whole))
}

/// Returns a file's name without the extension of a shared library.
pub fn stem(path: &Path) -> &OsStr {
    let name = if has_ending(path) { path.file_stem() } else { path.file_name() };
    name.unwrap_or_default()
}

fn has_ending(path: &Path) -> bool {
    let Some(found) = path.extension() else { return false };
    ENDINGS.iter().any(|ending| if cfg!(windows) { found.eq_ignore_ascii_case(ending) } else { found == *ending })
}

/// Collects the candidates of directories.
#[derive(Default)]
pub struct Search {
    /// The candidates in the order in which they are loaded.
    pub files: Vec<PathBuf>,
    visited: HashSet<PathBuf>,
    full: bool,
}

impl Search {
    /// Adds the candidates of a directory: files with the extension of a shared library, by number and name, then those of its
    /// subdirectories. Names that begin with a dot are ignored. A directory that cannot be searched gets a line in the report.
    ///
    /// Of a package (a directory with versions and the link `active`) only the library of the active version is a candidate; of the
    /// directory of an installed version only its library, whether it is active or not.
    pub fn add(&mut self, directory: &Path, report: &mut Report) {
        if !package::is_installed(directory) {
            return self.walk(directory, 0, report);
        }
        // Without links, so that the plug-in keeps its files when another version becomes active.
        let real = directory.canonicalize().unwrap_or_else(|_| directory.to_owned());
        if let Err(error) = self.add_package(&real) {
            report.add_failure(&real, error);
        }
    }

    /// Adds the library of the active version of a package, if one is active. A version that is removed meanwhile is no failure:
    /// another one, or none, is active then.
    fn add_active(&mut self, package: &Path, report: &mut Report) {
        while let Some(directory) = package::active(package) {
            let Err(error) = self.add_package(&directory) else { return };
            if package::active(package).as_ref() == Some(&directory) {
                return report.add_failure(&directory, error);
            }
        }
    }

    /// Adds the library of an installed version.
    fn add_package(&mut self, directory: &Path) -> Result<()> {
        let real = directory.canonicalize().unwrap_or_else(|_| directory.to_owned());
        if self.visited.insert(real) {
            let found = Installed::in_directory(directory)?;
            self.files.extend(found.map(|package| package.library()).transpose()?);
        }
        Ok(())
    }

    /// Returns whether a directory was added, by this path or another.
    fn has_searched(&self, directory: &Path) -> bool {
        directory.canonicalize().is_ok_and(|real| self.visited.contains(&real))
    }

    fn walk(&mut self, directory: &Path, depth: usize, report: &mut Report) {
        // Links may lead to a directory again, also to one of its parents.
        let real = directory.canonicalize().unwrap_or_else(|_| directory.to_owned());
        if self.full || !self.visited.insert(real) {
            return;
        }
        let most = limits::MAX_PLUGIN_DEPTH;
        if depth > most {
            let message = format!("{} is nested more than {most} directories deep, and is not searched", directory.display());
            return report.add_failure(directory, Error::new(abi::STATUS_LIMIT, message).at_path(directory));
        }
        let entries = std::fs::read_dir(directory).and_then(|entries| entries.collect::<std::io::Result<Vec<_>>>());
        let mut entries = match entries {
            Ok(entries) => entries,
            Err(error) => return report.add_failure(directory, Error::io("search the directory", directory, &error)),
        };
        entries.retain(|entry| !entry.file_name().as_encoded_bytes().starts_with(b"."));
        if package::active(directory).is_some() {
            self.add_active(directory, report);
            entries.retain(|entry| entry.file_name() != package::ACTIVE);
        }
        let mut entries: Vec<_> = entries.into_iter().map(|entry| (entry.file_name(), entry)).collect();
        entries.sort_unstable_by(|(a, _), (b, _)| order::by_name(a, b));
        // A version whose record was deleted is none: it could be newer than the active one.
        let in_package = package::target_of_active(directory).is_some()
            || entries.iter().any(|(name, _)| package::is_installed(&directory.join(name)));
        let mut directories = Vec::new();
        for (path, kind) in entries.into_iter().map(|(_, entry)| (entry.path(), entry.file_type())) {
            // For a link the system only reports that it is one.
            if !kind.is_ok_and(|kind| kind.is_file()) && path.is_dir() {
                directories.push(path);
            } else if has_ending(&path) && in_package {
                report.note(&path, "in the directory of a package, and not in an installed version; it is ignored".to_owned());
            } else if has_ending(&path) {
                self.files.push(path);
            }
            let most = limits::MAX_PLUGIN_CANDIDATES;
            if self.files.len() + self.visited.len() + directories.len() > most {
                self.full = true;
                let message =
                    format!("more than {most} plug-ins and directories; the rest of {} is ignored", directory.display());
                return report.add_failure(directory, Error::new(abi::STATUS_LIMIT, message).at_path(directory));
            }
        }
        for path in directories {
            if !package::is_installed(&path) && in_package {
                report.note(&path, "in the directory of a package, and not an installed version; it is ignored".to_owned());
            } else if !package::is_installed(&path) {
                self.walk(&path, depth + 1, report);
            } else if !self.has_searched(&path) {
                let message = if path.parent().and_then(package::active).is_some() {
                    "installed, and not the active version of its package"
                } else {
                    "installed, but no version of its package is active; make one active with VM_PackageDirectoryUse"
                };
                report.note(&path, message.to_owned());
            }
        }
    }
}

/// A search of the default directories.
pub struct DefaultSearch {
    search: Search,
    searched: Vec<String>,
    roots: Vec<PathBuf>,
}

impl DefaultSearch {
    /// Searches a registry's own directories, those of the process, and the package directory, which is that of the user unless the
    /// registry has one; those that do not exist or have no plug-ins get a line in the report.
    pub fn run(own: Vec<(PathBuf, &'static str)>, packages: Option<PathBuf>, report: &mut Report) -> Self {
        let surroundings = Surroundings::of_process();
        if surroundings.privileged {
            let message = format!("the process has raised privileges: {PATH_VARIABLE} and the user's directory are ignored");
            log::log(abi::LOG_WARNING, None, &message);
        }
        let mut made = Self { search: Search::default(), searched: Vec::new(), roots: Vec::new() };
        for (path, what) in own.into_iter().chain(surroundings.directories(packages)) {
            let path = absolute(&path).unwrap_or(path);
            let found = made.look_into(&path, what, report);
            made.searched.push(format!("{} ({found})", path.display()));
            made.roots.push(path);
        }
        made
    }

    /// Searches a directory, and returns a description of what was found.
    fn look_into(&mut self, path: &Path, what: &str, report: &mut Report) -> String {
        let before = self.search.files.len();
        let nothing = match std::fs::metadata(path) {
            Ok(found) if found.is_dir() && self.search.has_searched(path) => "already searched",
            Ok(found) if found.is_dir() => {
                let lines = report.lines().len();
                self.search.add(path, report);
                match self.search.files.len() - before {
                    // The report already has a line about what could not be searched.
                    0 if report.lines().len() > lines => return "cannot be searched".to_owned(),
                    0 => "no plug-ins",
                    count => return counted(count, "file"),
                }
            }
            Ok(_) => "not a directory",
            // The executable itself may be named like the directory beside it.
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => "no such directory",
            Err(error) => {
                let error = Error::io("search the directory", path, &error);
                report.add_failure(path, error);
                return "cannot be searched".to_owned();
            }
        };
        report.note(path, format!("{nothing} ({what})"));
        nothing.to_owned()
    }

    /// Returns the candidates in the order in which they are loaded.
    pub fn files(&self) -> impl Iterator<Item = &PathBuf> {
        self.search.files.iter()
    }

    /// Returns the directories.
    pub fn roots(&self) -> &[PathBuf] {
        &self.roots
    }

    /// Returns the directories, each with what was found, as in `/usr/lib/libvm (no plug-ins)`.
    pub fn searched(&self) -> &[String] {
        &self.searched
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_lose_their_dots() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        for (given, shown) in [
            ("src/../docs/x.so", "docs/x.so"),
            ("src/plugin/../../x", "x"),
            ("src/./x.so", "src/x.so"),
            ("src/plugin/..", "src"),
            ("nowhere/../x.so", "nowhere/../x.so"),
        ] {
            assert_eq!(absolute(&root.join(given)).unwrap(), root.canonicalize().unwrap().join(shown), "{given}");
        }
        assert!(absolute(Path::new("")).is_err());
    }

    fn surroundings() -> Surroundings {
        Surroundings {
            privileged: false,
            plugin_path: env::join_paths(["/one", "", "/two"]).ok(),
            module: Some(PathBuf::from("/usr/lib/libvm.so")),
            is_static: false,
            executable: Some(PathBuf::from("/home/me/build/host")),
            user_data: Some(PathBuf::from("/home/me/.local/share")),
        }
    }

    fn own() -> String {
        format!("libvm/{}.{}", abi::ABI_MAJOR, abi::ABI_MINOR)
    }

    fn paths(surroundings: &Surroundings) -> Vec<String> {
        surroundings.directories(None).into_iter().map(|(path, _)| path.display().to_string()).collect()
    }

    #[test]
    fn default_directories_have_an_order() {
        let expected = [
            "/one",
            "/two",
            "/usr/plugin",
            &format!("/usr/lib/{}", own()),
            &format!("/home/me/build/{}", own()),
            "/home/me/.local/share/libvm/plugins",
            "/home/me/.local/share/libvm/packages",
        ];
        assert_eq!(paths(&surroundings()), expected);
        let own = surroundings().directories(Some("/srv/packages".into()));
        assert_eq!(own.last(), Some(&("/srv/packages".into(), "packages of the registry")));
        assert_eq!(own.len(), expected.len());
    }

    #[test]
    fn a_static_library_looks_from_the_executable() {
        let made = Surroundings {
            module: Some("/opt/bin/host".into()),
            is_static: true,
            executable: Some("/opt/bin/host".into()),
            plugin_path: None,
            user_data: None,
            privileged: false,
        };
        let found = paths(&made);
        let expected = ["/opt/bin/", "/opt/lib/", "/opt/lib64/"].map(|place| place.to_owned() + &own());
        assert_eq!((&*found[0], &found[1..4]), ("/opt/plugin", &expected[..]));
        assert_eq!(found.len(), if cfg!(target_os = "linux") { 5 } else { 4 });
    }

    #[test]
    fn a_privileged_process_trusts_nothing_that_its_user_sets() {
        let made = Surroundings { privileged: true, ..surroundings() };
        assert_eq!(paths(&made), ["/usr/plugin", &format!("/usr/lib/{}", own())]);
    }

    #[test]
    fn the_executable_of_the_tests_is_found() {
        let found = Surroundings::of_process();
        assert!(found.is_static && !found.privileged);
        assert_eq!(found.module, env::current_exe().ok());
    }
}
