//! The Python package: it is installed as its users do it, and its tests run against what is installed.
use crate::test::Extent;
use crate::{Result, command, packages, root, target};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const REQUIREMENTS: &str = "bindings/python/requirements-test.txt";

/// Runs the tests, with the library of the release build; in a thorough run from a clone.
pub fn test(extent: Extent) -> Result<String> {
    let python = match environment(&target().join("python"), Some(REQUIREMENTS))? {
        Ok(python) => python,
        Err(why) => return Ok(format!("SKIPPED: Python: {why}")),
    };
    let sources = if extent >= Extent::Thorough { clone()? } else { root().to_owned() };
    install(&python, &sources)?;
    let mut pytest = Command::new(&python);
    pytest.args(["-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider"]).current_dir(root().join("bindings/python"));
    pytest.env_remove("LD_LIBRARY_PATH");
    let output = command::capture(&mut pytest)?;
    Ok(output
        .lines()
        .filter(|line| line.contains("passed") || line.starts_with("SKIPPED"))
        .map(|line| format!("{line}\n"))
        .collect())
}

/// Returns the Python of a virtual environment, with packages from PyPI if a list is named, or why it cannot be had.
pub fn environment(folder: &Path, requirements: Option<&str>) -> Result<Result<PathBuf>> {
    packages::ensure(packages::PYTHON_EXTENSION)?;
    let version = command::capture(Command::new("python3").args(["-c", "import sys; print(sys.version_info >= (3, 10))"]))?;
    if version.trim() != "True" {
        return Ok(Err("the package needs Python 3.10 or newer".to_owned()));
    }
    let python = folder.join("bin/python");
    let wanted = requirements.map_or_else(|| Ok(String::new()), crate::read)?;
    let mark = folder.join("requirements.txt");
    if fs::read_to_string(&mark).is_ok_and(|have| have == wanted) && python.exists() {
        return Ok(Ok(python));
    }
    command::capture(Command::new("python3").args(["-m", "venv", "--clear"]).arg(folder))?;
    if let Some(requirements) = requirements {
        let mut install = Command::new(&python);
        install.args(["-m", "pip", "install", "--quiet", "-r"]).arg(root().join(requirements));
        if let Err(why) = command::capture(&mut install) {
            return Ok(Err(format!("the packages of {requirements} cannot be installed from PyPI: {}", why.trim())));
        }
    }
    crate::write(&mark, &wanted)?;
    Ok(Ok(python))
}

/// Runs `pip install ./bindings/python`: cargo finds the library that was built before.
pub fn install(python: &Path, sources: &Path) -> Result {
    let mut pip = Command::new(python);
    pip.args(["-m", "pip", "install", "--quiet", "./bindings/python"]).current_dir(sources);
    pip.env("CARGO_TARGET_DIR", target()).env_remove("LD_LIBRARY_PATH");
    command::capture(&mut pip).map(drop)
}

/// Clones the repository, with what is committed.
fn clone() -> Result<PathBuf> {
    let folder = target().join("python-clone");
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(|error| format!("cannot remove {}: {error}", folder.display()))?;
    }
    command::capture(Command::new("git").args(["clone", "--quiet"]).arg(root()).arg(&folder))?;
    Ok(folder)
}
