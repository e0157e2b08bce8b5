//! `libvm plugin use` and `libvm plugin remove`.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;
use crate::plugin::places::{Packages, failure_of, with_nearest};
use crate::text;
use serde_json::json;
use vm::{InstalledPackage, PackageDirectory, Status};

/// Make an installed version of a plug-in active, higher or lower
#[derive(clap::Args)]
pub struct Use {
    /// Name of the plug-in
    name: String,
    /// Version that becomes active
    version: String,
    #[command(flatten)]
    packages: Packages,
}

/// Remove an installed version of a plug-in, or all versions
///
/// Data of the plug-in is kept. A program that has loaded it keeps it until it ends.
#[derive(clap::Args)]
pub struct Remove {
    /// Name of the plug-in
    name: String,
    /// Version to remove; can be omitted if one is installed
    #[arg(conflicts_with = "all")]
    version: Option<String>,
    /// Remove all versions
    #[arg(long)]
    all: bool,
    /// Version that becomes active if the active one is removed; without this, none
    #[arg(long, value_name = "VERSION", conflicts_with = "all")]
    next: Option<String>,
    #[command(flatten)]
    packages: Packages,
}

pub fn make_active(arguments: &Use, output: &Output) -> Result<Exit, Failure> {
    let packages = arguments.packages.directory(&arguments.packages.registry()?)?;
    let (name, version) = (&arguments.name, &arguments.version);
    let previous = active(&versions_of(&packages, name));
    packages.use_version(name, version).map_err(|error| failure(&error, name, &packages))?;
    let before = previous.as_ref().filter(|previous| *previous != version);
    let before = before.map(|version| format!(" (before: {})", text::name(version))).unwrap_or_default();
    let text = format!("{} {} is active{before}\n", text::name(name), text::name(version));
    output.answer(&json!({ "name": name, "version": version, "previous": previous }), text)?;
    Ok(Exit::SUCCESS)
}

pub fn remove(arguments: &Remove, output: &Output) -> Result<Exit, Failure> {
    let packages = arguments.packages.directory(&arguments.packages.registry()?)?;
    let name = &arguments.name;
    let before = versions_of(&packages, name);
    let version = match (&arguments.version, before.as_slice()) {
        (Some(version), _) => Some(version.clone()),
        (None, [only]) => Some(only.version.clone()),
        (None, [_, _, ..]) if !arguments.all => {
            let message = format!("the plug-in `{}` has several versions: {}", text::name(name), listed(&before));
            return Err(Failure::new(Exit::USAGE, message).hint("name the version to remove, or pass --all"));
        }
        (None, _) => None,
    };
    let next = arguments.next.as_deref();
    packages.remove(name, version.as_deref(), next).map_err(|error| failure(&error, name, &packages))?;
    let after = versions_of(&packages, name);
    let removed: Vec<_> = before.iter().filter(|old| after.iter().all(|new| new.version != old.version)).collect();
    let removed: Vec<_> = removed.into_iter().map(|installed| installed.version.clone()).collect();
    let now = active(&after);
    let mut text = String::new();
    for version in &removed {
        text += &format!("removed {} {}\n", text::name(name), text::name(version));
    }
    match (&now, after.as_slice()) {
        (Some(version), _) => text += &format!("{} {} is active\n", text::name(name), text::name(version)),
        (None, []) => {}
        (None, [first, ..]) => {
            let (name, first) = (text::name(name), text::name(&first.version));
            text += &format!("no version of {name} is active; installed are {}\n", listed(&after));
            text += &format!("`libvm plugin use {name} {first}` makes one active\n");
        }
    }
    let installed: Vec<_> = after.iter().map(|installed| &installed.version).collect();
    output.answer(&json!({ "name": name, "removed": removed, "active": now, "installed": installed }), text)?;
    Ok(Exit::SUCCESS)
}

/// Returns the installed versions of a package; none if the directory cannot be read, which the change reports.
fn versions_of(packages: &PackageDirectory, name: &str) -> Vec<InstalledPackage> {
    packages.list().unwrap_or_default().into_iter().filter(|installed| installed.name == name).collect()
}

fn active(versions: &[InstalledPackage]) -> Option<String> {
    versions.iter().find(|installed| installed.active).map(|installed| installed.version.clone())
}

fn listed(versions: &[InstalledPackage]) -> String {
    let shown: Vec<_> = versions
        .iter()
        .map(|installed| format!("{}{}", text::name(&installed.version), if installed.active { " (active)" } else { "" }))
        .collect();
    shown.join(", ")
}

/// Returns the failure of a change of a package with this name.
pub fn failure(error: &vm::Error, name: &str, packages: &PackageDirectory) -> Failure {
    let failure = failure_of(error);
    if error.status() != Status::PACKAGE_NOT_FOUND {
        return failure;
    }
    let installed = packages.list().unwrap_or_default();
    with_nearest(failure, name, installed.iter().map(|installed| &*installed.name))
}
