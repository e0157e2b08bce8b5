//! The settings for cargo-c, compared with what CMake installs: both have to make the same library.
use super::linked;
use crate::{Result, command};
use serde_json::Value;
use std::path::Path;
use std::process::Command;

/// Compares the names of header, pkg-config file and library, and the soname, with those in a prefix.
pub fn check(prefix: &Path) -> Result<String> {
    let mut metadata = Command::new("cargo");
    metadata.args(["metadata", "--locked", "--no-deps", "--format-version", "1"]);
    let metadata: Value =
        serde_json::from_str(&command::output(&mut metadata)?).map_err(|error| format!("cargo metadata: {error}"))?;
    let package = metadata["packages"].as_array().into_iter().flatten().find(|package| package["name"] == "libvm");
    let package = package.ok_or("cargo metadata does not list libvm")?;
    let (capi, version) = (&package["metadata"]["capi"], linked::version()?);
    let name = |value: &Value| value.as_str().unwrap_or("?").to_owned();
    let mut faults = Vec::new();
    let mut demand = |holds: bool, what: String| {
        if !holds {
            faults.push(what);
        }
    };
    // cargo-c builds the packages with this feature, with the version of the package.
    demand(package["features"]["capi"].is_array(), "there is no feature capi".to_owned());
    demand(capi["header"]["generation"] == false, "cargo-c would generate a header".to_owned());
    demand(capi["header"]["subdirectory"] == false, "headers would go to a folder of their own".to_owned());
    let asset = &capi["install"]["include"]["asset"][0];
    demand(asset["from"] == "include/**/*" && asset["to"] == "", format!("the headers are {asset}"));
    let header = format!("include/{}.h", name(&capi["header"]["name"]));
    demand(prefix.join(&header).is_file(), format!("CMake does not install {header}"));
    let pc = format!("lib/pkgconfig/{}.pc", name(&capi["pkg_config"]["filename"]));
    let text = crate::read(prefix.join(&pc))?;
    let line = format!("Name: {}\n", name(&capi["pkg_config"]["name"]));
    demand(text.contains(&line), format!("{pc} has no line {line}"));

    let components = capi["library"]["version_suffix_components"].as_u64().unwrap_or(0) as usize;
    let suffix: Vec<&str> = version.split('.').take(components).collect();
    let soname = format!("lib{}.so.{}", name(&capi["library"]["name"]), suffix.join("."));
    let library = prefix.join("lib").join(format!("lib{}.so.{version}", name(&capi["library"]["name"])));
    let dynamic = command::output(Command::new("readelf").env("LC_ALL", "C").arg("--dynamic").arg(&library))?;
    let line = format!("soname: [{soname}]");
    demand(dynamic.contains(&line), format!("{} has another soname than with cargo-c: {soname}", library.display()));
    if faults.is_empty() { Ok(format!("cargo-c would make {soname}")) } else { Err(format!("cargo-c: {}", faults.join("\n"))) }
}
