//! Each kind of bad plug-in has its verdict, and good ones have none. The plug-ins are compiled with the C and C++ compilers.
#![cfg(target_os = "linux")]

use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Compiles a plug-in, whose path in the repository is `source`, to a file of this name.
fn compile(name: &str, source: &str, flags: &[&str]) -> PathBuf {
    let made = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.so"));
    let compiler = if source.ends_with(".cpp") { "c++" } else { "cc" };
    let mut command = Command::new(compiler);
    command.args(["-shared", "-fPIC", "-fvisibility=hidden", "-I"]).arg(root().join("include")).arg(root().join(source));
    let output = command.args(flags).arg("-o").arg(&made).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    made
}

/// Checks a file; returns the exit code and what was written.
fn check(file: &Path, options: &[&str]) -> (i32, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_libvm-check"));
    let output = command.args(options).arg(file).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    (output.status.code().unwrap_or(-1), text)
}

fn has_fault(name: &str, flags: &[&str], options: &[&str], expected: &[&str]) {
    let file = compile(name, "crates/libvm-check/tests/bad.c", flags);
    let (code, text) = check(&file, options);
    assert_eq!(code, 1, "{text}");
    for part in expected {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
}

#[test]
fn a_file_that_exports_too_much_or_needs_libvm_is_a_fault() {
    has_fault("exports", &["-DFAULT=EXPORTS", "-DEXTRA"], &[], &["symbols: it exports more than its two symbols: `bad_helper`"]);
    let expected = ["libvm: it needs functions of libvm: `VM_VersionGetString`", "load: it cannot be loaded"];
    has_fault("needs", &["-DFAULT=LIBVM", "-DNEEDS"], &[], &expected);
    has_fault("stack", &["-DFAULT=NONE", "-Wl,-z,execstack"], &[], &["stack: it needs an executable stack"]);
}

#[test]
fn a_crash_names_the_function_and_its_arguments() {
    let expected = ["crash: `bad.work(an empty buffer, a buffer of 5 bytes, \"hello\")`: it ended the process by SIGSEGV"];
    has_fault("crash", &["-DFAULT=CRASH"], &[], &expected);
    has_fault("exit", &["-DFAULT=EXIT"], &[], &["exit: `bad.work(", "with exit code 0"]);
    has_fault("option", &["-DFAULT=OPTION"], &[], &["crash: creating an instance with option `text` = \"xxxx", "SIGABRT"]);
    has_fault(
        "destroy",
        &["-DFAULT=DESTROY"],
        &[],
        &["crash: destroying an instance (`destroy`): it ended the process by SIGABRT"],
    );
}

#[test]
fn a_hang_ends_in_time() {
    let expected = ["hang: `bad.work(a buffer of 1 byte, ", "it did not return within 2 seconds"];
    has_fault("hang", &["-DFAULT=HANG"], &["--timeout", "2"], &expected);
}

#[test]
fn leaks_are_found() {
    has_fault("memory", &["-DFAULT=MEMORY"], &[], &["leak: creating, calling and destroying an instance leaks about 11"]);
    has_fault("descriptor", &["-DFAULT=DESCRIPTOR"], &[], &["leaks 1 descriptor each time"]);
}

#[test]
fn wrong_writes_and_answers_are_found() {
    has_fault("changes", &["-DFAULT=CHANGES"], &[], &["buffer: `bad.work(", "changes a buffer that it may only read"]);
    has_fault("beyond", &["-DFAULT=BEYOND"], &[], &["buffer: `bad.work(", "writes beside its buffer"]);
    has_fault("result", &["-DFAULT=RESULT"], &[], &["answer: `bad.work(", "which must be i32"]);
    has_fault("answer", &["-DFAULT=ANSWER"], &[], &["answer: `bad.work(", "777"]);
}

#[test]
fn a_manifest_that_is_not_valid_is_a_fault() {
    for (name, expected) in [("wrong_magic", "manifest: "), ("no_entry", "symbols: it does not export `libvm_plugin_entry`")] {
        let file = compile(name, &format!("capi-tests/plugins/{name}.c"), &["-DNAME=\"x\"", "-DVERSION=\"1.0.0\""]);
        let (code, text) = check(&file, &[]);
        assert!(code == 1 && text.contains(expected), "{text}");
    }
}

#[test]
fn good_plugins_pass() {
    let c = ["smallest", "instances", "options", "timer", "reader", "tail", "writer", "template", "modules"];
    let c = c.map(|name| (format!("good_{name}"), format!("examples/c/plugin_{name}.c")));
    let cpp = ["smallest", "options"].map(|name| (format!("good_cpp_{name}"), format!("examples/cpp/plugin_{name}.cpp")));
    let exports = Path::new(env!("CARGO_TARGET_TMPDIR")).join("exports.map");
    std::fs::write(&exports, "{ global: libvm_plugin_*; local: *; };\n").unwrap();
    let exports = format!("-Wl,--version-script={}", exports.display());
    for (name, source) in c.iter().chain(&cpp) {
        let (code, text) = check(&compile(name, source, &["-pthread", &exports]), &["--timeout", "10"]);
        assert_eq!(code, 0, "{text}");
        assert!(text.contains("0 faults") && text.contains("no leaks of loading and unloading"), "{text}");
    }
    let (code, text) = check(&compile("good", "crates/libvm-check/tests/bad.c", &["-DFAULT=NONE"]), &["--json"]);
    assert!(code == 0 && text.contains("\"faults\": 0"), "{text}");
}

#[test]
fn what_cannot_be_checked_is_told_apart() {
    let (code, text) = check(Path::new("/nowhere/x.so"), &[]);
    assert!(code == 2 && text.contains("/nowhere/x.so"), "{text}");
    assert_eq!(check(Path::new("x"), &["--unknown"]).0, 2);
}
