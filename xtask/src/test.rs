//! `test`: everything that CI runs.
use crate::cmake::{self, Build};
use crate::report::Report;
use crate::{Result, XTASK, check, command, packages};
use std::process::Command;

/// Runs everything; quickly means without the release build, valgrind and the consumers.
pub fn run(quick: bool) -> Result {
    let mut report = Report::default();
    let ready = report.step("tools", || {
        packages::ensure(packages::TEST)?;
        packages::ensure_component("rustfmt", "fmt")?;
        packages::ensure_component("clippy", "clippy")?;
        Ok(String::new())
    });
    if ready {
        report.step("cargo test", || {
            let output = command::capture(Command::new("cargo").args(["test", "--locked", "--workspace"]))?;
            Ok(lines_with(&output, &["Running", "Doc-tests", "test result:"]))
        });
        check::steps(&mut report, &[]);
        c_tests(&mut report, quick);
        if !quick {
            report.step("feature combinations", feature_combinations);
            report.step("CMake with make", with_make);
            report.step("demo", || {
                let output = command::capture(Command::new(&*XTASK).arg("demo"))?;
                Ok(lines_with(&output, &["== ", "guest says", "sum is"]))
            });
        }
    }
    report.finish()
}

/// The tests in C, the examples and the consumers, with the library of the dev profile.
fn c_tests(report: &mut Report, quick: bool) {
    let build = Build::new("dev");
    let settings = [("CMAKE_BUILD_TYPE", "Debug"), ("LIBVM_BUILD_TESTS", "ON"), ("LIBVM_BUILD_EXAMPLES", "ON")];
    let built = report.step("C tests: build", || {
        let output = cmake::all([build.configure(".", cmake::generator(), &settings), build.build(&[])])?;
        Ok(lines_with(&output, &["warning"]))
    });
    if built {
        report.step("C tests: run", || {
            let mut ctest = build.ctest();
            ctest.args(["--parallel", &cmake::jobs()]);
            if quick {
                ctest.args(["--label-exclude", "valgrind|consumer"]);
            }
            Ok(lines_with(&command::capture(&mut ctest)?, &["Test #", "tests passed"]))
        });
    }
}

/// The library without its optional parts, and with all of them.
fn feature_combinations() -> Result<String> {
    for features in ["--no-default-features", "--all-features"] {
        let mut clippy = Command::new("cargo");
        clippy.args(["clippy", "--locked", "--package", "libvm", "--lib", features, "--", "-D", "warnings"]);
        // Where a feature is off, `cfg!` is a constant, and the code around it looks too long.
        clippy.args(["-A", "clippy::style"]);
        command::capture(&mut clippy)?;
    }
    Ok(String::new())
}

/// The same CMake files with the other generator.
fn with_make() -> Result<String> {
    let build = Build::new("make");
    let settings = [("CMAKE_BUILD_TYPE", "Debug"), ("LIBVM_BUILD_TESTS", "OFF"), ("LIBVM_BUILD_EXAMPLES", "ON")];
    let commands = [build.configure(".", "Unix Makefiles", &settings), build.build(&[]), build.ctest()];
    let output = cmake::all(commands)?;
    Ok(lines_with(&output, &["tests passed"]))
}

fn lines_with(text: &str, parts: &[&str]) -> String {
    let wanted = text.lines().filter(|line| parts.iter().any(|part| line.contains(part)));
    wanted.map(|line| format!("{line}\n")).collect()
}
