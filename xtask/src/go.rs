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
    command::capture(&mut go("examples/go/host", &["vet", "./..."]))?;
    let (calc, guest) = (plugins.join("calc.so").display().to_string(), guest.display().to_string());
    for (arguments, expected) in [
        (&["run", ".", &calc, &guest][..], "guest says 42\nsum is 42\n"),
        (&["run", "./stream"], "a\nwide\nsea\nno\nwords\n"),
        (&["run", "./hook"], "ada@example.org is accepted\nmallory@example.org is refused: not wanted\n"),
    ] {
        let printed = command::capture(&mut go("examples/go/host", arguments))?;
        if printed != expected {
            return Err(format!("go {} in examples/go/host printed\n{printed}", arguments.join(" ")));
        }
    }
    // In a workspace, as the guide shows it, the program needs no `replace`.
    let workspace = format!("go 1.21\n\nuse (\n\t{}\n\t./host\n)\n", root().join(package).display());
    let folder = prefix.join("workspace");
    let copied = std::fs::create_dir_all(folder.join("host")).and_then(|()| {
        std::fs::copy(root().join("examples/go/host/hook/main.go"), folder.join("host/main.go"))?;
        std::fs::write(folder.join("host/go.mod"), "module host\n\ngo 1.21\n")?;
        std::fs::write(folder.join("go.work"), workspace)
    });
    copied.map_err(|error| format!("cannot write {}: {error}", folder.display()))?;
    command::capture(go(&folder.join("host").display().to_string(), &["run", "."]).env("GOFLAGS", ""))?;
    Ok(tested)
}
