//! The package for hosts in Go, with the library of the dev profile, installed as for a user.
use crate::cmake::Build;
use crate::{Result, XTASK, command, root, target, toolchains, wat};
use std::path::Path;
use std::process::Command;

/// Runs the tests of bindings/go and the host in examples/go/host. The C tests have built the plug-ins.
pub fn test(thorough: bool) -> Result<String> {
    let program = match toolchains::go() {
        Ok(program) => program,
        Err(skipped) => return Ok(skipped),
    };
    let (build, prefix) = (Build::new("dev"), target().join("go"));
    command::capture(&mut build.install(&prefix))?;
    let plugins = build.folder().join("capi-tests/plugins");
    let go = |folder: &str, arguments: &[&str]| {
        let mut go = Command::new(&program);
        go.arg("-C").arg(root().join(folder)).args(arguments);
        go.env("PKG_CONFIG_PATH", prefix.join("lib/pkgconfig"));
        go.env("CGO_LDFLAGS", format!("-Wl,-rpath,{}", prefix.join("lib").display()));
        go.env("LIBVM_XTASK", &*XTASK).env("LIBVM_TEST_PLUGINS", &plugins);
        // The Go that is installed, rather than one from the network.
        go.env("GOTOOLCHAIN", "local").env("GOFLAGS", "-mod=mod");
        go
    };
    let package = "bindings/go";
    // It is beside Go's program.
    let gofmt = Path::new(&program).with_file_name("gofmt");
    let unformatted = command::capture(Command::new(gofmt).args(["-l", package, "examples/go"]))?;
    if !unformatted.trim().is_empty() {
        return Err(format!("gofmt would change\n{unformatted}"));
    }
    command::capture(&mut go(package, &["vet", "./..."]))?;
    let mut tested = command::capture(&mut go(package, &["test", "-race", "./..."]))?;
    let linked = ["test", "-tags", "libvm_static", "-run", "TestCallsBothWays|TestPlugins", "."];
    tested += &command::capture(&mut go(package, &linked))?;
    if thorough {
        tested += &command::capture(go(package, &["test", "./..."]).env("LIBVM_TEST_FULL", "1"))?;
        tested += &command::capture(go(package, &["test", "./..."]).env("GOEXPERIMENT", "cgocheck2"))?;
    }
    let guest = prefix.join("app.wasm");
    wat::convert(&root().join("examples/c/app.wat"), &guest)?;
    let printed = command::capture(go("examples/go/host", &["run", "."]).arg(plugins.join("calc.so")).arg(guest))?;
    match printed.as_str() {
        "guest says 42\nsum is 42\n" => Ok(tested),
        _ => Err(format!("examples/go/host printed\n{printed}")),
    }
}
