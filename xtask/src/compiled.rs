//! The C tests and the examples on the compiled engine: with the same programs and the same library as on the interpreter.
use crate::cmake::{self, Build};
use crate::{Result, command, target};
use std::process::Command;

/// What is run of the tests of CMake, and what is not: the shared library alone, nothing that prints a usage.
const TESTS: &str = r"^t_.*\.shared$|^example\.|^taste\.|^cpp\..*\.shared$";
const LEFT_OUT: &str = r"[._]static$|\.usage$";

/// Runs them, in a build folder whose library has the compiled engine and the compiler beside it; returns what ctest prints.
pub fn test(build: &Build) -> Result<String> {
    let mut ctest = ctest(build);
    command::capture(ctest.args(["--tests-regex", TESTS, "--exclude-regex", LEFT_OUT]).env("LIBVM_TIER", "compiled"))
}

/// Runs some of them under valgrind; returns what ctest prints.
pub fn valgrind(build: &Build) -> Result<String> {
    if !command::exists("valgrind") {
        return Ok("SKIPPED: valgrind is not installed\n".to_owned());
    }
    command::capture(ctest(build).args(["--build-config", "compiled", "--tests-regex", r"^compiled_valgrind[._]"]))
}

/// Returns the command that runs tests of a build folder, with a cache that has nothing compiled by an earlier run.
pub fn ctest(build: &Build) -> Command {
    let cache = target().join("xtask").join("cache");
    // What is left of it does no harm.
    let _ = std::fs::remove_dir_all(&cache);
    let mut ctest = build.ctest();
    ctest.args(["--parallel", &cmake::jobs()]).env("XDG_CACHE_HOME", &cache);
    ctest
}
