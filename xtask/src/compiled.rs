//! The C tests and the examples on the compiled engine: with the same programs and the same library as on the interpreter.
use crate::cmake::{self, Build};
use crate::{Result, command, target};
use std::path::PathBuf;
use std::process::Command;

/// What is run of the tests of CMake, and what is not: the shared library alone, nothing that prints a usage.
const TESTS: &str = r"^t_.*\.shared$|^example\.|^taste\.|^cpp\..*\.shared$";
const LEFT_OUT: &str = r"[._]static$|\.usage$";

/// What is not run on engines that choose between the interpreter and machine code (`VM_TIER_AUTO`): what counts fuel or records, for which they
/// cannot be created or refuse it; `t_execution_nested` and `t_out_of_memory`, which expect all their contexts to run in one way; and `t_failed`, which
/// measures the heap, that of the compiler in the background included.
const LEFT_OUT_AUTO: &str = concat!(
    r"^t_(backtrace|backtrace_host|caller_budget|fuel|fuel_slices|hostile|hostile_wasi|limits_metered|pool_settings|trace_suspended)\.",
    r"|^cpp\.limits\.|^example\.(timeout|statistics)\.",
    r"|^t_(null_recording|raw|record|record_bad|record_clocks|record_ends|record_executions|record_wasi)\.",
    r"|^cpp\.executions\.|^example\.record_and_replay\.|^t_(execution_nested|failed|out_of_memory)\.",
);

/// Runs them, in a build folder whose library has the compiled engine and the compiler beside it; returns what ctest prints.
pub fn test(build: &Build) -> Result<String> {
    let mut ctest = ctest(build);
    command::capture(ctest.args(["--tests-regex", TESTS, "--exclude-regex", LEFT_OUT]).env("LIBVM_TIER", "compiled"))
}

/// Runs them with `VM_TIER_AUTO`: with an empty cache, so that they begin in the interpreter, and then with what that run has compiled, which
/// takes the interpreter's place at once; returns what ctest prints.
pub fn test_auto(build: &Build) -> Result<String> {
    let left_out = format!("{LEFT_OUT}|{LEFT_OUT_AUTO}");
    let run = |mut ctest: Command| {
        command::capture(ctest.args(["--tests-regex", TESTS, "--exclude-regex", &left_out]).env("LIBVM_TIER", "auto"))
    };
    Ok(run(ctest(build))? + &run(ctest_again(build))?)
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
    // What is left of it does no harm.
    let _ = std::fs::remove_dir_all(cache());
    ctest_again(build)
}

/// Returns the same with the cache of the last run.
fn ctest_again(build: &Build) -> Command {
    let mut ctest = build.ctest();
    ctest.args(["--parallel", &cmake::jobs()]).env("XDG_CACHE_HOME", cache());
    ctest
}

fn cache() -> PathBuf {
    target().join("xtask").join("cache")
}
