//! Plug-ins for tests, compiled with the C compiler.

use super::{Ran, Scratch};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The environment variable with the file in which plug-ins of `named.c` and others leave a mark when their code runs.
pub const MARKS: &str = "LIBVM_TEST_MARK";

pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

impl Scratch {
    /// Compiles a plug-in, whose path in the repository is `source`, to a file in this directory.
    pub fn compile(&self, source: &str, flags: &[&str], file: &str) -> PathBuf {
        let made = self.path().join(file);
        std::fs::create_dir_all(made.parent().unwrap()).unwrap();
        let mut command = Command::new(std::env::var_os("CC").unwrap_or_else(|| "cc".into()));
        command.args(["-shared", "-fPIC", "-fvisibility=hidden", "-pthread", "-I"]).arg(root().join("include"));
        let output = command.args(flags).arg(root().join(source)).arg("-o").arg(&made).output().expect("a C compiler is needed");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        made
    }

    /// Compiles a plug-in with this name, version and dependencies.
    pub fn plugin(&self, file: &str, name: &str, version: &str, depends: &str) -> PathBuf {
        let mut flags = vec![format!("-DNAME=\"{name}\""), format!("-DVERSION=\"{version}\"")];
        if !depends.is_empty() {
            flags.push(format!("-DVM_PLUGIN_DEPENDS=\"{depends}\""));
        }
        let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
        self.compile("capi-tests/plugins/named.c", &flags, file)
    }

    /// Makes a package of a plug-in with this name and version, and returns the name of its file.
    pub fn package(&self, name: &str, version: &str) -> String {
        let file = self.plugin(&format!("made/{name}-{version}/{name}.so"), name, version, "");
        let archive = format!("{name}-{version}.zip");
        let ran = self.run(&["plugin", "pack", file.to_str().unwrap(), "--output", &archive]);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        archive
    }

    /// Runs the command with these arguments; the second is whether code of plug-ins ran.
    pub fn run_marked(&self, arguments: &[&str]) -> (Ran, bool) {
        let marks = self.path().join("marks");
        let _ = std::fs::remove_file(&marks);
        let ran = self.command(arguments).env(MARKS, &marks).output().expect("the command starts").into();
        (ran, marks.exists())
    }

    /// Runs the command, which must succeed, and returns the text on standard output.
    #[track_caller]
    pub fn ok(&self, arguments: &[&str]) -> String {
        let ran = self.run(arguments);
        assert_eq!((ran.code, &*ran.err), (Some(0), ""), "{arguments:?}: {ran:?}");
        ran.out
    }

    /// Runs the command, which must fail with this exit code and these parts of the text on standard error.
    #[track_caller]
    pub fn fails(&self, arguments: &[&str], code: i32, parts: &[&str]) {
        let ran = self.run(arguments);
        assert_eq!(ran.code, Some(code), "{arguments:?}: {ran:?}");
        for part in parts {
            assert!(ran.err.contains(part), "{part:?} is not in {ran:?}");
        }
    }
}
