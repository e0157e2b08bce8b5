//! `libvm plugin test`.

mod common;

use common::{Ran, Scratch};
use std::path::Path;

/// A directory with a plug-in in C, as `libvm plugin new` makes it.
fn scaffold() -> Scratch {
    let scratch = Scratch::new();
    let ran = scratch.run(&["plugin", "new", "greet", "--lang", "c"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    scratch
}

fn test(scratch: &Scratch, arguments: &[&str]) -> Ran {
    scratch.run(&[&["plugin", "test"], arguments].concat())
}

fn replace(path: &Path, from: &str, to: &str) {
    let text = std::fs::read_to_string(path).unwrap();
    assert!(text.contains(from), "{from} in {text}");
    std::fs::write(path, text.replacen(from, to, 1)).unwrap();
}

#[test]
fn a_plugin_is_built_and_tested() {
    let scratch = scaffold();
    let ran = test(&scratch, &["greet"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let start = "built greet/build/greet.so with CMake\n  ok       sum(20, 22) in guest.wat\n  ok       guest.wat\n  \
                 ok       greet_into(11) in guest.wat\n";
    assert!(ran.out.starts_with(start) && ran.out.contains("3 passed, 0 failed\n"), "{}", ran.out);

    // In its directory, and again.
    let mut command = scratch.command(&["plugin", "test", "--json"]);
    let ran = Ran::from(command.current_dir(scratch.path().join("greet")).output().unwrap());
    let answer = ran.json();
    assert_eq!((ran.code, &answer["plugin"], &answer["built_with"]), (Some(0), &"build/greet.so".into(), &"CMake".into()));
    assert_eq!((&answer["passed"], &answer["failed"]), (&3.into(), &0.into()));
    let first = &answer["tests"][0];
    assert_eq!((&first["name"], &first["passed"]), (&"sum(20, 22) in guest.wat".into(), &true.into()));
    assert_eq!(first["command"], "libvm run --plugin build/greet.so --invoke sum tests/guest.wat 20 22");

    // Without building it.
    let ran = test(&scratch, &["greet", "--plugin", "greet/build/greet.so", "--json"]);
    assert_eq!((ran.code, &ran.json()["built_with"]), (Some(0), &serde_json::Value::Null));
    let ran = test(&scratch, &["greet", "--plugin", "missing.so"]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(127), "error: missing.so does not exist\nhint: build it first\n"));
}

#[test]
fn failures_are_told() {
    let scratch = scaffold();
    let tests = scratch.path().join("greet/tests/tests.toml");
    replace(&tests, "results = [42]", "results = [41]");
    replace(&tests, "Hello, world", "Hello");
    replace(&tests, "the buffer is too small", "the buffer is too large");
    let more = "\n[[test]]\nguest = \"guest.wat\"\ninvoke = \"greet_into\"\narguments = [12]\nfails = \"small\"\n\
                [[test]]\nguest = \"guest.wat\"\ninvoke = \"greet_into\"\narguments = [11]\nresults = [11]\n\
                [[test]]\nguest = \"guest.wat\"\nexit = 3\n[[test]]\nguest = \"missing.wat\"\n";
    std::fs::write(&tests, std::fs::read_to_string(&tests).unwrap() + more).unwrap();
    let ran = test(&scratch, &["greet"]);
    assert_eq!(ran.code, Some(1));
    for part in [
        "  FAILED   sum(20, 22) in guest.wat: the results are 42; expected 41\n           \
         repeat it with: libvm run --plugin greet/build/greet.so --invoke sum greet/tests/guest.wat 20 22\n",
        "  FAILED   guest.wat: the output is \"Hello, world\"; expected \"Hello\"\n",
        "  FAILED   greet_into(11) in guest.wat: its message does not contain \"the buffer is too large\"\n",
        "  FAILED   greet_into(12) in guest.wat: it has not failed; its message should contain \"small\"\n",
        "  FAILED   greet_into(11) in guest.wat: the exit code is 134; expected 0\n",
        "  FAILED   guest.wat: the exit code is 0; expected 3\n",
        "  FAILED   missing.wat: the exit code is 127; expected 0\n",
        "0 passed, 7 failed\n",
    ] {
        assert!(ran.out.contains(part), "{part} in {}", ran.out);
    }
}

#[test]
fn a_crash_is_a_verdict() {
    let scratch = scaffold();
    let source = scratch.path().join("greet/greet.c");
    replace(
        &source,
        "    results[0] = VM_ValueI32((int32_t)((",
        "    if (args[0].of.i32 == 20)\n        abort();\n    results[0] = VM_ValueI32((int32_t)((",
    );
    replace(&source, "#include <string.h>", "#include <stdlib.h>\n#include <string.h>");
    let ran = test(&scratch, &["greet"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.out.contains("sum(20, 22) in guest.wat: the process has crashed (signal: 6 (SIGABRT)"), "{}", ran.out);
    assert!(ran.out.contains("2 passed, 1 failed\n"), "{}", ran.out);
}

#[test]
fn what_cannot_be_built_is_told() {
    let scratch = scaffold();
    let source = scratch.path().join("greet/greet.c");
    replace(&source, "results[0] =", "result[0] =");
    let ran = test(&scratch, &["greet"]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(1), ""));
    assert!(ran.err.contains("error: 'result' undeclared") || ran.err.contains("use of undeclared identifier"), "{}", ran.err);
    assert!(
        ran.err.contains("\nerror: the plug-in cannot be built: ")
            && ran.err.contains("--build build --config Release has failed\n"),
        "{}",
        ran.err
    );

    let without_programs = |directory: &str| {
        let mut command = scratch.command(&["plugin", "test", directory]);
        Ran::from(command.env("PATH", scratch.path()).output().unwrap())
    };
    let ran = without_programs("greet");
    let message = "error: cmake was not found\nhint: install CMake 3.16 or later (Debian: apt install cmake), or build the plug-in without it";
    assert!(ran.code == Some(127) && ran.err.starts_with(message), "{ran:?}");
    assert_eq!(scratch.run(&["plugin", "new", "other", "--lang", "rust"]).code, Some(0));
    let ran = without_programs("other");
    let message = "error: cargo was not found\nhint: install Rust 1.86 or later from https://rustup.rs\n";
    assert_eq!((ran.code, ran.err.as_str()), (Some(127), message));
    // CMake without a compiler: the next attempt, with one, begins anew.
    std::fs::remove_dir_all(scratch.path().join("greet/build")).unwrap();
    let mut command = scratch.command(&["plugin", "test", "greet"]);
    let ran = Ran::from(command.env("CC", "/nowhere/cc").output().unwrap());
    assert!(
        ran.code == Some(1)
            && ran.err.contains("hint: install a C compiler (Debian: apt install build-essential), or set CC to one"),
        "{ran:?}"
    );
    replace(&source, "result[0] =", "results[0] =");
    assert_eq!(test(&scratch, &["greet"]).code, Some(0));
}

#[test]
fn what_is_no_plugin_is_told() {
    let scratch = Scratch::new();
    let ran = test(&scratch, &[]);
    assert!(ran.code == Some(127) && ran.err.contains("tests/tests.toml"), "{ran:?}");
    assert!(ran.err.contains("hint: docs/command-new.md describes the file; `libvm plugin new` makes one"), "{ran:?}");
    let tests = scratch.file("tests/tests.toml", "");
    let ran = test(&scratch, &[]);
    assert_eq!((ran.code, ran.err.contains("tests.toml: there is no `[[test]]`")), (Some(126), true), "{ran:?}");
    std::fs::write(tests, "[[test]]\nguest = \"a\"\n").unwrap();
    let ran = test(&scratch, &[]);
    assert!(
        ran.code == Some(127)
            && ran.err.contains(". contains no plug-in to build: neither Cargo.toml nor CMakeLists.txt\nhint: run this in"),
        "{ran:?}"
    );
}

/// The crates that the SDK uses are there: this test was built with them.
#[test]
fn a_plugin_in_rust_is_built_with_the_sources() {
    let scratch = Scratch::new();
    assert_eq!(scratch.run(&["plugin", "new", "my-plug", "--lang", "rust"]).code, Some(0));
    let lock = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../Cargo.lock");
    std::fs::copy(lock, scratch.path().join("my-plug/Cargo.lock")).unwrap();
    let mut command = scratch.command(&["plugin", "test", "my-plug"]);
    for name in ["CARGO_HOME", "RUSTUP_HOME", "RUSTUP_TOOLCHAIN", "HOME"] {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    let ran = Ran::from(command.env("CARGO_NET_OFFLINE", "true").env("CARGO_TARGET_DIR", "elsewhere").output().unwrap());
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.out.starts_with("built my-plug/target/release/libmy_plug.so with cargo\n"), "{}", ran.out);
    assert!(ran.out.contains("3 passed, 0 failed\n"), "{}", ran.out);
}

#[cfg(target_os = "linux")]
#[test]
fn an_interrupted_test_leaves_no_process() {
    use std::time::{Duration, Instant};
    let scratch = scaffold();
    let plugin = scratch.compile("crates/libvm-cli/tests/bad.c", &["-DFAULT=NONE"], "bad.so");
    scratch.file("greet/tests/endless.wat", r#"(module (func (export "_start") (loop (br 0))))"#);
    scratch.file("greet/tests/tests.toml", "[[test]]\nguest = \"endless.wat\"\n");
    let mut command = scratch.command(&["plugin", "test", "--no-check", "--plugin", plugin.to_str().unwrap(), "greet"]);
    let child = command.stderr(std::process::Stdio::piped()).spawn().unwrap();
    let runs = || {
        let lines =
            std::fs::read_dir("/proc").unwrap().flatten().filter_map(|entry| std::fs::read(entry.path().join("cmdline")).ok());
        lines.filter(|line| String::from_utf8_lossy(line).contains(&format!("run\0--plugin\0{}", plugin.display()))).count()
    };
    let deadline = Instant::now() + Duration::from_secs(60);
    while runs() == 0 && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(10));
    }
    rustix::process::kill_process(rustix::process::Pid::from_child(&child), rustix::process::Signal::TERM).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), &*String::from_utf8_lossy(&output.stderr)), (Some(143), "error: interrupted\n"));
    assert_eq!(runs(), 0);
}
