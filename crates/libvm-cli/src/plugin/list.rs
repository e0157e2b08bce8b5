//! `libvm plugin list`.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;
use crate::plugin::find::not_found;
use crate::plugin::places::Places;
use crate::table::Table;
use crate::{text, words};
use serde::Serialize;
use serde_json::json;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use vm::{InstalledPackage, Plugin, PluginRegistry, PluginReport, PluginReportLine, Status};

/// List the plug-ins that are found, and why others cannot be loaded
///
/// Reads the files of all candidates as loading them would, but runs no code of them; with --load they are loaded.
#[derive(clap::Args)]
pub struct List {
    /// List only plug-ins with these names; exit with 1 if one of them cannot be loaded
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// Load the plug-ins, which runs their code: shows what can only be known then
    #[arg(long)]
    load: bool,
    /// Also list the directories in which plug-ins are looked for
    #[arg(long)]
    directories: bool,
    #[command(flatten)]
    places: Places,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum State {
    /// It can be loaded, as far as its file tells.
    Loadable,
    /// It was loaded.
    Loaded,
    /// It is another path of a plug-in in the list.
    Same,
    /// It is installed, and another version, or none, is active.
    Inactive,
    /// It cannot be loaded, or another version is preferred.
    Refused,
}

#[derive(Serialize)]
struct Row {
    name: Option<String>,
    version: Option<String>,
    description: String,
    /// The wasm modules of its manifest or package, which may leave out one with the name of the plug-in; all of them if it is loaded.
    modules: Vec<String>,
    path: String,
    state: State,
    /// The status with which it is refused.
    status: Option<&'static str>,
    message: String,
}

#[derive(Serialize)]
struct Directory {
    path: String,
    message: String,
}

pub fn run(arguments: &List, output: &Output) -> Result<Exit, Failure> {
    let registry = arguments.places.registry()?;
    // What has failed is in the report.
    let (report, outcome) =
        if arguments.load { registry.load_with_default_paths_with_report() } else { registry.examine_default_paths() };
    if let (Err(error), true) = (&outcome, report.lines.is_empty()) {
        return Err(Failure::library(error));
    }
    let (mut rows, directories) = rows(arguments, &registry, &report);
    let is_loadable = |row: &Row| matches!(row.state, State::Loadable | State::Loaded);
    let mut missing = None;
    for name in &arguments.names {
        if !rows.iter().any(|row| row.name.as_ref() == Some(name)) {
            missing = missing.or_else(|| Some(not_found(name, &report)));
        }
    }
    if !arguments.names.is_empty() {
        rows.retain(|row| row.name.as_ref().is_some_and(|name| arguments.names.contains(name)));
    }
    let all = arguments.names.iter().all(|name| rows.iter().any(|row| row.name.as_ref() == Some(name) && is_loadable(row)));
    let shows_directories = arguments.directories || (rows.is_empty() && arguments.names.is_empty());
    let document = json!({ "plugins": rows, "directories": directories });
    output.answer(&document, text_of(&rows, if shows_directories { &directories } else { &[] }))?;
    match missing {
        Some(failure) => Err(failure.with_exit(Exit::NO)),
        None => Ok(if all { Exit::SUCCESS } else { Exit::NO }),
    }
}

/// Returns a row for each candidate, and the lines about directories.
fn rows(arguments: &List, registry: &PluginRegistry, report: &PluginReport) -> (Vec<Row>, Vec<Directory>) {
    // A package directory that cannot be read has a line in the report.
    let packages = arguments.places.packages(registry).ok();
    let installed = packages.as_ref().and_then(|packages| packages.list().ok()).unwrap_or_default();
    let installed: HashMap<PathBuf, &InstalledPackage> =
        installed.iter().map(|package| (package.path.clone(), package)).collect();
    let (mut rows, mut directories) = (Vec::new(), Vec::new());
    for line in &report.lines {
        if let Some(package) = installed.get(&line.path) {
            rows.push(of_package(package, line));
        } else if line.name.is_some() || (line.path.symlink_metadata().is_ok() && !line.path.is_dir()) {
            let mut row = of_file(line, arguments.load.then_some(registry));
            let package = line.path.parent().and_then(|directory| installed.get(directory)).filter(|_| row.modules.is_empty());
            // Its description may say what its manifest does not.
            let described = packages.as_ref().zip(package);
            let described = described.and_then(|(packages, found)| packages.describe(&found.name, Some(&found.version)).ok());
            row.modules.extend(described.and_then(|info| info.modules).into_iter().flatten().map(|module| module.name));
            rows.push(row);
        } else {
            let message = text::lines(&words::of_command(&line.message));
            directories.push(Directory { path: line.path.to_string_lossy().into_owned(), message });
        }
    }
    (rows, directories)
}

fn of_package(package: &InstalledPackage, line: &PluginReportLine) -> Row {
    let modules = Plugin::inspect_file(package.path.join(&package.name)).ok().and_then(|found| found.manifest);
    Row {
        name: Some(package.name.clone()),
        version: Some(package.version.clone()),
        description: package.description.clone(),
        modules: modules.map(|manifest| manifest.modules).unwrap_or_default(),
        path: package.path.to_string_lossy().into_owned(),
        state: if line.status == Status::OK { State::Inactive } else { State::Refused },
        status: line.status.is_failure().then(|| line.status.name()),
        message: text::lines(&words::of_command(&line.message)),
    }
}

/// Returns the row of a candidate; `loaded` is the registry into which it may have been loaded.
fn of_file(line: &PluginReportLine, loaded: Option<&PluginRegistry>) -> Row {
    let manifest = Plugin::inspect_file(&line.path).ok().and_then(|found| found.manifest);
    let state = match line.status {
        Status::OK if line.same_as.is_some() => State::Same,
        Status::OK if line.loaded && loaded.is_some() => State::Loaded,
        Status::OK if line.loaded => State::Loadable,
        _ => State::Refused,
    };
    let (description, mut modules) = manifest.map(|manifest| (manifest.description, manifest.modules)).unwrap_or_default();
    let plugin = loaded.zip(line.name.as_deref()).and_then(|(registry, name)| registry.find(name).ok());
    if let Some(plugin) = plugin.filter(|_| line.loaded) {
        modules = plugin.modules().iter().map(|module| module.name.clone()).collect();
    }
    Row {
        name: line.name.clone(),
        version: line.version.clone(),
        description,
        modules,
        path: line.path.to_string_lossy().into_owned(),
        state,
        status: line.status.is_failure().then(|| line.status.name()),
        message: text::lines(&words::of_command(&line.message)),
    }
}

fn text_of(rows: &[Row], directories: &[Directory]) -> String {
    let mut table = Table::new(if rows.is_empty() { &[] } else { &["NAME", "VERSION", "MODULES", "FROM"] });
    for row in rows {
        let or_dash = |text: Option<&str>| text::name(text.filter(|text| !text.is_empty()).unwrap_or("–"));
        let path = text::path(Path::new(&row.path));
        let from = match row.state {
            State::Loadable | State::Loaded => path,
            State::Same | State::Inactive => format!("{path}: {}", row.message),
            State::Refused => format!("{path}: not loaded: {}", reason(row)),
        };
        let modules = row.modules.join(" ");
        table.row([or_dash(row.name.as_deref()), or_dash(row.version.as_deref()), or_dash(Some(&modules)), from]);
    }
    let mut made = table.to_string();
    if rows.is_empty() && !directories.is_empty() {
        made += "no plug-ins\n";
    }
    for directory in directories {
        made += &format!("{}: {}\n", text::path(Path::new(&directory.path)), directory.message);
    }
    made
}

/// Returns the message without the name and the path, which stand before it.
fn reason(row: &Row) -> String {
    let (name, version) = (row.name.as_deref().unwrap_or_default(), row.version.as_deref().unwrap_or_default());
    let begins = [format!("plug-in `{name}` {version} in {} ", row.path), format!("{} ", row.path)];
    match begins.iter().find_map(|begin| row.message.strip_prefix(&**begin)) {
        Some(rest) => format!("it {rest}"),
        None => row.message.clone(),
    }
}
