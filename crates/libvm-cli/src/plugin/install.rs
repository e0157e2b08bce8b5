//! `libvm plugin install` and `libvm plugin update`.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;
use crate::plugin::interrupt::Interrupt;
use crate::plugin::places::{Packages, failure_of, with_nearest};
use crate::text;
use serde::Serialize;
use std::path::{Path, PathBuf};
use vm::{Package, PackageDirectory, PackageInfo, PackageInstall, Status};

/// Install a package, and make its version active
///
/// The package is checked completely, unpacked beside its place, and put there in one step: at any moment either the old or the new
/// version is active, also if the command is killed. Other versions stay installed.
#[derive(clap::Args)]
pub struct Install {
    /// Package, as `libvm plugin pack` writes it
    #[arg(value_name = "FILE.zip")]
    file: PathBuf,
    #[command(flatten)]
    how: How,
}

/// Install a package of which another version is installed
///
/// Like install, but fails if no version of the package is installed.
#[derive(clap::Args)]
pub struct Update {
    /// Package, as `libvm plugin pack` writes it
    #[arg(value_name = "FILE.zip")]
    file: PathBuf,
    #[command(flatten)]
    how: How,
}

#[derive(clap::Args)]
struct How {
    /// Make the version active even if a higher one is
    #[arg(long)]
    downgrade: bool,
    /// Replace an installed version that has other files
    #[arg(long)]
    replace: bool,
    /// Install the version without making it active
    #[arg(long, conflicts_with = "downgrade")]
    inactive: bool,
    #[command(flatten)]
    packages: Packages,
}

#[derive(Serialize)]
struct Done {
    name: String,
    version: String,
    active: bool,
    /// The version that was active before.
    previous: Option<String>,
    directory: String,
    /// What the plug-in asks for; nothing of it is granted by the installation.
    permissions: Vec<String>,
    dependencies: Vec<Dependency>,
    /// Whether a key of `--key` has signed it.
    signature_checked: bool,
}

#[derive(Serialize)]
struct Dependency {
    name: String,
    versions: String,
    /// Whether a version is active in the same directory.
    installed: bool,
}

pub fn install(arguments: &Install, output: &Output) -> Result<Exit, Failure> {
    put(&arguments.file, &arguments.how, false, output)
}

pub fn update(arguments: &Update, output: &Output) -> Result<Exit, Failure> {
    put(&arguments.file, &arguments.how, true, output)
}

fn put(file: &Path, how: &How, update: bool, output: &Output) -> Result<Exit, Failure> {
    let registry = how.packages.registry()?;
    let packages = how.packages.directory(&registry)?;
    let chosen = PackageInstall { update, downgrade: how.downgrade, replace: how.replace, inactive: how.inactive };
    let before = packages.list().unwrap_or_default();
    let info = {
        let interrupt = Interrupt::watch();
        let progress = output.progress(format!("installing {}", text::path(file)));
        let installed = packages.install(file, chosen, |read| {
            progress.set(read.done, read.total);
            !interrupt.has_come()
        });
        installed.map_err(|error| failure(&error, file, &packages))?;
        Package::inspect_file(file)?
    };
    let done = done(&info, &packages, &before, how)?;
    output.answer(&done, text_of(&done))?;
    Ok(Exit::SUCCESS)
}

fn failure(error: &vm::Error, file: &Path, packages: &PackageDirectory) -> Failure {
    let failure = failure_of(error);
    let name = error.plugin_name().unwrap_or_default();
    match error.status() {
        Status::BAD_PACKAGE if file.extension().is_some_and(|ending| ending != "zip") => {
            failure.hint("a package is a zip archive; `libvm plugin pack` makes one of a plug-in")
        }
        Status::PACKAGE_NOT_FOUND => {
            let installed = packages.list().unwrap_or_default();
            with_nearest(failure, name, installed.iter().map(|installed| &*installed.name))
        }
        Status::PLUGIN_SIGNATURE => failure.hint("nothing has changed; without --key a signature is not required"),
        _ => failure,
    }
}

fn done(info: &PackageInfo, packages: &PackageDirectory, before: &[vm::InstalledPackage], how: &How) -> Result<Done, Failure> {
    let after = packages.list().map_err(|error| failure_of(&error))?;
    let is_this = |installed: &&vm::InstalledPackage| installed.name == info.name && installed.version == info.version;
    let here = after.iter().find(is_this);
    let previous = before.iter().find(|installed| installed.name == info.name && installed.active);
    let dependency = |(name, versions): &(String, String)| Dependency {
        name: name.clone(),
        versions: versions.clone(),
        installed: after.iter().any(|installed| installed.name == *name && installed.active),
    };
    Ok(Done {
        name: info.name.clone(),
        version: info.version.clone(),
        active: here.is_some_and(|installed| installed.active),
        previous: previous.map(|installed| installed.version.clone()).filter(|version| *version != info.version),
        directory: here.map(|installed| installed.path.to_string_lossy().into_owned()).unwrap_or_default(),
        permissions: info.permissions.clone(),
        dependencies: info.dependencies.iter().map(dependency).collect(),
        signature_checked: how.packages.has_keys(),
    })
}

fn text_of(done: &Done) -> String {
    let (name, version) = (text::name(&done.name), text::name(&done.version));
    let state = match (done.active, &done.previous) {
        (true, None) => "active".to_owned(),
        (true, Some(previous)) => format!("active, before it {}", text::name(previous)),
        (false, _) => format!("not active; `libvm plugin use {name} {version}` makes it active"),
    };
    let mut made = format!("installed {name} {version} in {} ({state})\n", text::path(Path::new(&done.directory)));
    if done.signature_checked {
        made += "  it is signed by a key that was given\n";
    }
    for permission in &done.permissions {
        let permission = text::name(permission);
        made += &format!("  it asks for the permission {permission}, which is not granted: libvm run --grant {permission}\n");
    }
    for needed in done.dependencies.iter().filter(|needed| !needed.installed) {
        let what = format!("{} {}", text::name(&needed.name), text::name(&needed.versions));
        made += &format!("  it needs the plug-in {}, which is not installed as a package\n", what.trim_end());
    }
    made
}
