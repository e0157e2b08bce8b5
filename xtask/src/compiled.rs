//! The C tests and the examples on the compiled engine: with the same programs and the same library as on the interpreter.
use crate::cmake::{self, Build};
use crate::{Result, command, target};

/// What is run of the tests of CMake, and what is not: the shared library alone, nothing that prints a usage.
const TESTS: &str = r"^t_.*\.shared$|^example\.|^taste\.|^cpp\..*\.shared$";
const LEFT_OUT: &str = r"[._]static$|\.usage$";

/// Runs them, in a build folder whose library has the compiled engine and the compiler beside it; returns what ctest prints.
pub fn test(build: &Build) -> Result<String> {
    let cache = target().join("xtask").join("cache");
    // Nothing compiled by an earlier run. What is left of it does no harm.
    let _ = std::fs::remove_dir_all(&cache);
    let mut ctest = build.ctest();
    ctest.args(["--parallel", &cmake::jobs(), "--tests-regex", TESTS, "--exclude-regex", LEFT_OUT]);
    ctest.env("LIBVM_TIER", "compiled").env("XDG_CACHE_HOME", &cache);
    command::capture(&mut ctest)
}
