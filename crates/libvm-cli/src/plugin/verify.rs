//! `libvm plugin verify`.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;
use crate::plugin::interrupt::Interrupt;
use crate::plugin::places::{Packages, failure_of};
use crate::plugin::versions::failure;
use crate::progress::Progress;
use crate::{text, words};
use serde::Serialize;
use serde_json::json;
use std::path::{Path, PathBuf};
use vm::{Package, PackageProgress, Status};

/// Compare installed plug-ins with what was installed, or check a package completely
///
/// Verifies all installed versions, those of one plug-in, or one version of it; or a package that is not installed. Prints a line for each,
/// and exits with 1 if one of them is damaged or does not meet the conditions.
#[derive(clap::Args)]
pub struct Verify {
    /// Name of an installed plug-in, or a package; without it, everything that is installed
    #[arg(value_name = "NAME|FILE.zip")]
    target: Option<PathBuf>,
    /// Version of the plug-in; without it, all versions
    version: Option<String>,
    #[command(flatten)]
    packages: Packages,
}

#[derive(Serialize)]
struct Verdict {
    name: Option<String>,
    version: Option<String>,
    path: String,
    ok: bool,
    status: Option<&'static str>,
    /// What is wrong: a line for each fault.
    message: Option<String>,
}

pub fn run(arguments: &Verify, output: &Output) -> Result<Exit, Failure> {
    let (registry, interrupt) = (arguments.packages.registry()?, Interrupt::watch());
    let is_file = |path: &&PathBuf| path.extension().is_some_and(|ending| ending == "zip") || path.components().count() > 1;
    let verdicts = match arguments.target.as_ref().filter(is_file) {
        Some(file) if arguments.version.is_some() => {
            let message = format!("{} is a file, which has one version", text::path(file));
            return Err(Failure::new(Exit::USAGE, message).hint("leave out the version"));
        }
        Some(file) => {
            let progress = output.progress(format!("verifying {}", text::path(file)));
            let verified = Package::verify_file(file, Some(&registry), |read| set(&progress, &read, &interrupt));
            let info = Package::inspect_file(file).ok();
            let name = info.as_ref().map(|info| info.name.clone());
            vec![verdict(name, info.map(|info| info.version), file, verified)?]
        }
        None => installed(arguments, &registry, &interrupt, output)?,
    };
    let mut text = String::new();
    for verdict in &verdicts {
        let title = match (&verdict.name, &verdict.version) {
            (Some(name), Some(version)) => format!("{} {}", text::name(name), text::name(version)),
            _ => text::path(Path::new(&verdict.path)),
        };
        let said = verdict.message.as_deref().unwrap_or("ok");
        text += &format!("{title}: {said}\n");
    }
    if verdicts.is_empty() {
        text += "no package is installed\n";
    }
    output.answer(&json!({ "packages": verdicts }), text)?;
    Ok(if verdicts.iter().all(|verdict| verdict.ok) { Exit::SUCCESS } else { Exit::NO })
}

fn set(progress: &Progress, read: &PackageProgress<'_>, interrupt: &Interrupt) -> bool {
    progress.set(read.done, read.total);
    !interrupt.has_come()
}

fn installed(
    arguments: &Verify,
    registry: &vm::PluginRegistry,
    interrupt: &Interrupt,
    output: &Output,
) -> Result<Vec<Verdict>, Failure> {
    let packages = arguments.packages.directory(registry)?;
    let name = arguments.target.as_deref().map(|name| name.to_string_lossy().into_owned());
    let version = arguments.version.as_deref();
    let all = packages.list().map_err(|error| failure_of(&error))?;
    let is_chosen = |package: &&vm::InstalledPackage| {
        name.as_ref().is_none_or(|name| package.name == *name) && version.is_none_or(|version| package.version == version)
    };
    let chosen: Vec<_> = all.iter().filter(is_chosen).collect();
    if let (Some(name), true) = (&name, chosen.is_empty()) {
        // The library knows what there is instead.
        packages.verify(Some(name), version, |_| true).map_err(|error| failure(&error, name, &packages))?;
    }
    let mut verdicts = Vec::new();
    for package in chosen {
        let progress = output.progress(format!("verifying {} {}", text::name(&package.name), text::name(&package.version)));
        let verified = packages.verify(Some(&package.name), Some(&package.version), |read| set(&progress, &read, interrupt));
        drop(progress);
        verdicts.push(verdict(Some(package.name.clone()), Some(package.version.clone()), &package.path, verified)?);
    }
    Ok(verdicts)
}

/// Returns the verdict; what prevents one is a failure.
fn verdict(name: Option<String>, version: Option<String>, path: &Path, verified: vm::Result<()>) -> Result<Verdict, Failure> {
    let error = verified.err();
    if let Some(error) = error.as_ref().filter(|error| prevents(error.status())) {
        return Err(failure_of(error));
    }
    Ok(Verdict {
        name,
        version,
        path: path.to_string_lossy().into_owned(),
        ok: error.is_none(),
        status: error.as_ref().map(|error| error.status().name()),
        message: error.as_ref().map(words::message),
    })
}

fn prevents(status: Status) -> bool {
    [
        Status::FILE_NOT_FOUND,
        Status::PACKAGE_NOT_FOUND,
        Status::PERMISSION_DENIED,
        Status::IO,
        Status::CANCELLED,
        Status::OUT_OF_MEMORY,
        Status::INVALID_ARGUMENT,
        Status::UNSUPPORTED,
        Status::INTERNAL,
    ]
    .contains(&status)
}
