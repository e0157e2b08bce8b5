//! Finds the sources of a crate.
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// Returns the folder of a crate that this package depends on for WASI, as cargo knows it; cargo downloads it if necessary.
pub fn of(name: &str) -> PathBuf {
    static METADATA: OnceLock<Value> = OnceLock::new();
    let metadata = METADATA.get_or_init(|| {
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.args(["metadata", "--locked", "--format-version", "1", "--filter-platform", "wasm32-wasip1", "--manifest-path"]);
        let output = cargo.arg(&manifest).output().expect("cargo runs, as it runs this");
        assert!(output.status.success(), "cargo metadata:\n{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).expect("cargo writes JSON")
    });
    let packages = metadata["packages"].as_array().expect("cargo lists packages");
    let package = packages.iter().find(|package| package["name"] == name);
    let package = package.unwrap_or_else(|| panic!("{name} is not a dependency of {} for WASI", env!("CARGO_PKG_NAME")));
    let manifest = package["manifest_path"].as_str().expect("a package has a manifest");
    Path::new(manifest).parent().expect("a manifest is in a folder").to_owned()
}
