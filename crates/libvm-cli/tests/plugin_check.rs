//! Each kind of bad plug-in has its verdict, and good ones have none. The plug-ins are compiled with the C and C++ compilers.
#![cfg(target_os = "linux")]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

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
    let mut command = Command::new(env!("CARGO_BIN_EXE_libvm"));
    let output = command.args(["plugin", "check"]).args(options).arg(file).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    (output.status.code().unwrap_or(-1), text)
}

fn has_fault(name: &str, flags: &[&str], options: &[&str], expected: &[&str]) {
    let file = compile(name, "crates/libvm-cli/tests/bad.c", flags);
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
fn a_file_that_is_linked_with_libvm_is_a_fault() {
    // A library with this name, of which nothing is needed.
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let name = format!("libvm.so.{}.{}", env!("CARGO_PKG_VERSION_MAJOR"), env!("CARGO_PKG_VERSION_MINOR"));
    let library = folder.join(&name);
    std::fs::write(folder.join("none.c"), "int linked_function(void) { return 0; }\n").unwrap();
    let mut command = Command::new("cc");
    command.args(["-shared", "-fPIC", &format!("-Wl,-soname,{name}")]).arg(folder.join("none.c")).arg("-o").arg(&library);
    assert!(command.status().unwrap().success());
    let path = format!("-Wl,-rpath,{}", folder.display());
    let flags = ["-DFAULT=NONE", "-Wl,--no-as-needed", library.to_str().unwrap(), &path];
    let expected = [
        &format!("fault    libvm: it is linked with `{name}`"),
        "warning  runpath: it looks for libraries in `/",
        "1 fault, 1 warning\n",
    ];
    has_fault("linked", &flags, &[], &expected);
}

#[test]
fn a_search_path_is_a_warning_unless_it_is_beside_the_file() {
    let check_with = |name: &str, path: &str| {
        let flags = ["-DFAULT=NONE", &format!("-Wl,-rpath,{path}")];
        check(&compile(name, "crates/libvm-cli/tests/bad.c", &flags), &["--calls", "10"])
    };
    let (code, text) = check_with("runpath", "/opt/of/all");
    assert!(code == 0 && text.contains("runpath: it looks for libraries in `/opt/of/all`"), "{text}");
    assert!(text.contains("0 faults, 1 warning\n"), "{text}");
    let (code, text) = check_with("runpath_origin", "$ORIGIN/lib");
    assert!(code == 0 && text.contains("0 faults, 0 warnings\n"), "{text}");
}

#[test]
fn code_that_is_changed_when_it_is_loaded_is_a_fault() {
    let flags = ["-DFAULT=NONE", "-DRELOCATES", "-Wl,-z,notext"];
    has_fault("textrel", &flags, &["--calls", "10"], &["textrel: its code is changed when it is loaded"]);
}

#[test]
fn what_keeps_an_unloadable_plugin_is_a_fault() {
    let unloadable = "-DVM_PLUGIN_FLAGS=VM_PLUGIN_UNLOADABLE";
    let options = ["--calls", "10"];
    let kept = "unload: it is marked as unloadable (VM_PLUGIN_UNLOADABLE), and the system keeps it";
    has_fault("nodelete", &["-DFAULT=NONE", unloadable, "-Wl,-z,nodelete"], &options, &[kept]);
    let unique = "unique: it has unique symbols (STB_GNU_UNIQUE), with which the system never unloads a library: `bad_unique`";
    has_fault("unique_kept", &["-DFAULT=NONE", unloadable, "-DUNIQUE"], &options, &[&format!("fault    {unique}")]);
    has_fault("unique", &["-DFAULT=NONE", "-DUNIQUE"], &options, &[&format!("warning  {unique}")]);
    let (code, text) = check(&compile("unloadable", "crates/libvm-cli/tests/bad.c", &["-DFAULT=NONE", unloadable]), &options);
    assert!(code == 0 && text.contains("0 faults, 0 warnings\n"), "{text}");
}

#[test]
fn a_function_that_needs_a_permission_is_called_if_it_is_granted() {
    let file = compile("secret", "crates/libvm-cli/tests/bad.c", &["-DFAULT=SECRET"]);
    let (code, text) = check(&file, &["--calls", "10"]);
    assert!(
        code == 0
            && text.contains("permission: functions that need a permission were not called: `bad.secret` needs `bad:secret`"),
        "{text}"
    );
    for granted in ["bad:secret", "bad:*"] {
        let (code, text) = check(&file, &["--calls", "10", "--grant", granted]);
        assert!(code == 1 && text.contains("crash: `bad.secret()`: it ended the process by SIGABRT"), "{text}");
        assert!(!text.contains("were not called"), "{text}");
    }
}

#[test]
fn dependencies_and_options_are_given() {
    let depends = compile("depends", "crates/libvm-cli/tests/bad.c", &["-DFAULT=NONE", "-DVM_PLUGIN_DEPENDS=\"calc >=1\""]);
    let calc = compile("calc", "examples/c/plugin_smallest.c", &[]);
    let (code, text) = check(&depends, &["--calls", "10"]);
    assert!(code == 1 && text.contains("load: it cannot be loaded") && text.contains("needs the plug-in `calc` >=1"), "{text}");
    let (code, text) = check(&depends, &["--calls", "10", "--with", calc.to_str().unwrap()]);
    assert!(code == 0 && text.contains("hostile arguments: 11 calls"), "{text}");

    let choosy = compile("choosy", "crates/libvm-cli/tests/bad.c", &["-DFAULT=CHOOSY"]);
    let (code, text) = check(&choosy, &["--calls", "10"]);
    assert!(code == 0 && text.contains("create: no instance can be created") && text.contains("the text is not right"), "{text}");
    let (code, text) = check(&choosy, &["--calls", "10", "--option", "text=right"]);
    assert!(code == 0 && text.contains("hostile arguments: 11 calls") && text.contains("0 warnings\n"), "{text}");
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
    let (code, text) = check(&compile("good", "crates/libvm-cli/tests/bad.c", &["-DFAULT=NONE"]), &["--json"]);
    assert!(code == 0 && text.contains("\"faults\": 0"), "{text}");
}

/// Returns the command lines of all processes that contain a text.
fn processes_with(text: &str) -> usize {
    let lines =
        std::fs::read_dir("/proc").unwrap().flatten().filter_map(|entry| std::fs::read(entry.path().join("cmdline")).ok());
    lines.filter(|line| String::from_utf8_lossy(line).contains(text)).count()
}

#[test]
fn a_check_that_is_ended_leaves_nothing_behind() {
    let file = compile("endless", "crates/libvm-cli/tests/bad.c", &["-DFAULT=HANG"]);
    for (signal, code) in [("INT", Some(130)), ("TERM", Some(143)), ("HUP", Some(129)), ("KILL", None)] {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("ended-{signal}"));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir(&folder).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_libvm"));
        command.args(["plugin", "check", "--timeout", "100"]).arg(&file).env("TMPDIR", &folder);
        let child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let is_running = || std::fs::read_dir(&folder).unwrap().next().is_some() && processes_with(folder.to_str().unwrap()) > 0;
        let deadline = Instant::now() + Duration::from_secs(60);
        while !is_running() && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(10));
        }
        let kill = format!("kill -{signal} {}", child.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
        let output = child.wait_with_output().unwrap();
        let text = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), code, "{text}");
        while processes_with(folder.to_str().unwrap()) > 0 && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(10));
        }
        assert_eq!(processes_with(folder.to_str().unwrap()), 0);
        if code.is_some() {
            assert!(text.contains("error: interrupted"), "{text}");
            assert!(std::fs::read_dir(&folder).unwrap().next().is_none(), "{text}");
        }
    }
}

#[test]
fn what_cannot_be_checked_is_told_apart() {
    let (code, text) = check(Path::new("/nowhere/x.so"), &[]);
    assert!(code == 127 && text.contains("/nowhere/x.so"), "{text}");
    let text_file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("text.so");
    std::fs::write(&text_file, "not a library").unwrap();
    let (code, text) = check(&text_file, &[]);
    assert!(code == 1 && text.contains("not a plug-in"), "{text}");
    for wrong in [&["--unknown"][..], &["--option", "x"], &["--timeout", "0"], &["--memory", "0"]] {
        assert_eq!(check(Path::new("x"), wrong).0, 2);
    }
}
