//! `test`: everything that CI runs, and more or less.
use crate::cmake::{self, Build};
use crate::readme;
use crate::report::Report;
use crate::{Result, XTASK, cffi, check, command, compiled, compiler, dist, go, guide, packages, python, toolchains};
use std::process::Command;

/// Which tests to run.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Extent {
    /// Without the release build, valgrind and the consumers.
    Quick,
    /// What CI runs.
    Usual,
    /// Also what takes long and rarely fails.
    Thorough,
}

/// Returns the command that builds and runs the tests of all packages.
fn cargo_test() -> Command {
    let mut cargo = Command::new("cargo");
    // The compiled engine is tested too, by what needs no build of its own then.
    let features = "libvm/compiled,libvm-fuzz-targets/compiled,libvm-programs/compiled,libvm-spec/compiled";
    cargo.args(["test", "--locked", "--workspace", "--no-fail-fast", "--features", features]);
    cargo
}

/// Runs the tests.
pub fn run(extent: Extent) -> Result {
    let mut report = Report::default();
    let ready = report.step("tools", || {
        packages::ensure(packages::TEST)?;
        packages::ensure_component("rustfmt", "fmt")?;
        packages::ensure_component("clippy", "clippy")?;
        packages::ensure_target("wasm32-unknown-unknown")?;
        packages::ensure_target("wasm32-wasip1")?;
        Ok(String::new())
    });
    if ready {
        // What cargo and CMake build finds the compiler beside itself. Its link-time optimization keeps one core busy for a minute.
        report.step("compiler, tests: build", || {
            std::thread::scope(|scope| {
                let compiler = scope.spawn(compiler::build);
                let tests = command::capture(cargo_test().arg("--no-run"));
                compiler.join().map_err(|_| "the thread of the compiler panicked")??;
                tests.map(|_| String::new())
            })
        });
        report.step("cargo test", || {
            let output = command::capture(&mut cargo_test())?;
            Ok(lines_with(&output, &["Running", "Doc-tests", "test result:", "SKIPPED"]))
        });
        if extent >= Extent::Usual {
            // Before the checks, which build the default library in the place of the last one.
            report.step("feature combinations", feature_combinations);
        }
        if extent >= Extent::Thorough {
            report.step("cache: 1,000 kills", kills);
            report.step("engines: 10,000 modules", modules);
            report.step("compiler: tests", || compiler::test().map(|output| lines_with(&output, &["test result:"])));
        }
        check::steps(&mut report, &[]);
        // Link-time optimization keeps one core busy for minutes: the C tests run meanwhile. The demo reports its result.
        let early = (extent >= Extent::Usual).then(|| std::thread::spawn(cmake::build_release));
        c_tests(&mut report, extent);
        if let Some(early) = early {
            let _ = early.join();
        }
        if extent >= Extent::Usual {
            report.step("cffi", cffi::test);
            report.step("Go", || go::test(extent == Extent::Thorough).map(|output| lines_with(&output, &["ok", "SKIPPED"])));
            report.step("CMake with make", || with_make(extent));
            report.step("demo", || {
                let output = command::capture(Command::new(&*XTASK).arg("demo"))?;
                Ok(lines_with(&output, &["== ", "guest says", "sum is"]))
            });
            // With the library that the demo has built.
            report.step("Python", || python::test(extent));
            report.step("packages", || {
                dist::check_protections()?;
                dist::test(extent)
            });
            report.step("README", readme::test);
            report.step("guide", || guide::test(extent, &[]));
            report.step("C tests: release build", release);
            if extent >= Extent::Thorough {
                report.step("guide: rendering", guide::render);
                report.step("reproducible", dist::reproduce);
            }
        }
    }
    report.finish()
}

/// Runs the tests in C and the examples on the compiled engine alone.
pub fn run_compiled() -> Result {
    let mut report = Report::default();
    report.step("compiler", || compiler::build().map(|_| String::new()));
    if let Some(build) = build_c_tests(&mut report) {
        report.step("C tests: compiled engine", || Ok(lines_with(&compiled::test(&build)?, &["tests passed"])));
    }
    report.finish()
}

/// Builds the tests in C, the examples and the consumers, with the library of the dev profile.
fn build_c_tests(report: &mut Report) -> Option<Build> {
    let build = Build::new("dev");
    let mut toolchains = Vec::new();
    report.step("toolchains", || {
        let (found, skipped) = toolchains::settings();
        toolchains = found;
        Ok(skipped)
    });
    let mut settings = vec![
        ("CMAKE_BUILD_TYPE", "Debug"),
        ("LIBVM_BUILD_TESTS", "ON"),
        ("LIBVM_BUILD_EXAMPLES", "ON"),
        ("LIBVM_WARNINGS_AS_ERRORS", "ON"),
        ("LIBVM_COMPILER", "ON"),
        // The linker installed for wasm takes a quarter of the default one's time. Consumers are linked with the default one.
        ("CMAKE_EXE_LINKER_FLAGS", if command::exists("ld.lld") { "-fuse-ld=lld" } else { "" }),
    ];
    settings.extend(toolchains.iter().map(|(name, program)| (*name, program.as_str())));
    let built = report.step("C tests: build", || {
        let output = cmake::all([build.configure(".", cmake::generator(), &settings), build.build(&[])])?;
        Ok(lines_with(&output, &["warning"]))
    });
    built.then_some(build)
}

/// The tests in C, the examples and the consumers.
fn c_tests(report: &mut Report, extent: Extent) {
    if let Some(build) = build_c_tests(report) {
        report.step("C tests: run", || {
            let mut ctest = build.ctest();
            ctest.args(["--parallel", &cmake::jobs()]);
            match extent {
                Extent::Quick => ctest.args(["--label-exclude", "valgrind|consumer|checker|thorough"]),
                Extent::Usual => ctest.args(["--label-exclude", "thorough"]),
                Extent::Thorough => ctest.env("LIBVM_TEST_FULL", "1"),
            };
            Ok(lines_with(&command::capture(&mut ctest)?, &["Test #", "tests passed"]))
        });
        report.step("C tests: compiled engine", || Ok(lines_with(&compiled::test(&build)?, &["tests passed"])));
        if extent >= Extent::Thorough {
            report.step("C tests: both engines", || Ok(lines_with(&compiled::test_auto(&build)?, &["tests passed"])));
        }
        if extent >= Extent::Usual {
            report
                .step("valgrind: compiled engine", || Ok(lines_with(&compiled::valgrind(&build)?, &["tests passed", "SKIPPED"])));
        }
    }
}

/// The library without its optional parts, and with all of them.
fn feature_combinations() -> Result<String> {
    for features in ["--no-default-features", "--all-features"] {
        let mut clippy = Command::new("cargo");
        clippy.args(["clippy", "--locked", "--package", "libvm", "--lib", features, "--", "-D", "warnings"]);
        // If a feature is off, `cfg!` is a constant, and the code around it looks too long to clippy.
        clippy.args(["-A", "clippy::style"]);
        command::capture(&mut clippy)?;
    }
    check::symbols_without_features()
}

/// Processes that are killed while they write into the cache of compiled code.
fn kills() -> Result<String> {
    let mut cargo = Command::new("cargo");
    cargo.args([
        "test",
        "--locked",
        "--package",
        "libvm",
        "--lib",
        "--features",
        "compiled",
        "--",
        "engine::cache::tests::processes",
    ]);
    Ok(lines_with(&command::capture(cargo.env("LIBVM_TEST_KILLS", "1000"))?, &["test result:"]))
}

/// Generated modules, which have to do the same on both engines.
fn modules() -> Result<String> {
    let mut cargo = Command::new("cargo");
    cargo.args(["test", "--locked", "--package", "libvm-fuzz-targets", "--features", "compiled", "--", "engines"]);
    Ok(lines_with(&command::capture(cargo.env("LIBVM_TEST_MODULES", "10000"))?, &["test result:", "SKIPPED"]))
}

/// The tests, plug-ins and examples compiled with optimization, with the library that the demo has built.
fn release() -> Result<String> {
    let build = Build::new("release");
    let settings = [
        ("CMAKE_BUILD_TYPE", "Release"),
        ("LIBVM_BUILD_TESTS", "ON"),
        ("LIBVM_BUILD_EXAMPLES", "ON"),
        ("LIBVM_WARNINGS_AS_ERRORS", "ON"),
    ];
    let mut ctest = build.ctest();
    ctest.args(["--parallel", &cmake::jobs(), "--tests-regex", r"^t_.*\.shared$|^consumer\.shipped$"]);
    let targets = ["shared_tests", "test_plugins", "test_guests", "probe_helper", "libvm_plugins", "consumer_guests"];
    let output = cmake::all([build.configure(".", cmake::generator(), &settings), build.build(&targets), ctest])?;
    Ok(lines_with(&output, &["Test #", "tests passed"]))
}

/// The same CMake files with the other generator: an example and its plug-in, or all examples.
fn with_make(extent: Extent) -> Result<String> {
    let build = Build::new("make");
    let settings = [("CMAKE_BUILD_TYPE", "Debug"), ("LIBVM_BUILD_EXAMPLES", "ON"), ("LIBVM_WARNINGS_AS_ERRORS", "ON")];
    let (targets, tests): (&[&str], _) = match extent {
        Extent::Thorough => (&[], "."),
        _ => (&["plugin_host", "plugin_host_static", "calc", "example_guests"], "^example.plugin_host"),
    };
    let mut ctest = build.ctest();
    ctest.args(["--tests-regex", tests]);
    let output = cmake::all([build.configure(".", "Unix Makefiles", &settings), build.build(targets), ctest])?;
    Ok(lines_with(&output, &["tests passed"]))
}

fn lines_with(text: &str, parts: &[&str]) -> String {
    let wanted = text.lines().filter(|line| parts.iter().any(|part| line.contains(part)));
    wanted.map(|line| format!("{line}\n")).collect()
}
