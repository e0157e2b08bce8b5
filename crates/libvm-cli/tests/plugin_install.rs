//! `libvm plugin install`, `update`, `use`, `remove` and `verify`.
#![cfg(target_os = "linux")]

mod common;
use common::Scratch;
use serde_json::{Value, json};
use std::fs;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

/// Returns the active version of a package, and all installed ones.
fn versions(scratch: &Scratch, name: &str) -> (Option<String>, Vec<String>) {
    let packages = vm::PackageDirectory::new(scratch.path().join("data/libvm/packages"), None).unwrap();
    let all: Vec<_> = packages.list().unwrap().into_iter().filter(|installed| installed.name == name).collect();
    let active = all.iter().find(|installed| installed.active).map(|installed| installed.version.clone());
    (active, all.into_iter().map(|installed| installed.version).collect())
}

#[test]
fn versions_are_installed_used_and_removed() {
    let scratch = Scratch::new();
    let [old, new, next] = ["1.0.0", "1.1.0", "2.0.0"].map(|version| scratch.package("calc", version));
    let at = scratch.path().join("data/libvm/packages/calc").display().to_string();
    scratch.fails(&["plugin", "update", &old], 127, &["nothing to update, install it with `libvm plugin install`"]);
    assert_eq!(scratch.ok(&["plugin", "install", &old]), format!("installed calc 1.0.0 in {at}/1.0.0 (active)\n"));
    let text = scratch.ok(&["plugin", "update", &new]);
    assert_eq!(text, format!("installed calc 1.1.0 in {at}/1.1.0 (active, before it 1.0.0)\n"));
    scratch.fails(
        &["plugin", "install", &old],
        125,
        &["is lower than the active version 1.1.0", "pass --downgrade or --inactive"],
    );
    let text = scratch.ok(&["plugin", "install", "--inactive", &next]);
    assert!(text.contains("(not active; `libvm plugin use calc 2.0.0` makes it active)"), "{text}");
    assert_eq!(scratch.ok(&["plugin", "use", "calc", "1.0.0"]), "calc 1.0.0 is active (before: 1.1.0)\n");
    let done = scratch.run(&["plugin", "use", "calc", "2.0.0", "--json"]).json();
    assert_eq!(done, json!({ "name": "calc", "version": "2.0.0", "previous": "1.0.0" }));
    let done = scratch.run(&["plugin", "install", "--downgrade", "--json", &old]).json();
    assert_eq!((&done["active"], &done["previous"], &done["signature_checked"]), (&true.into(), &"2.0.0".into(), &false.into()));
    assert_eq!(versions(&scratch, "calc").0.as_deref(), Some("1.0.0"));

    scratch.fails(
        &["plugin", "remove", "calc"],
        2,
        &["has several versions: 1.0.0 (active), 1.1.0, 2.0.0", "hint: name the version"],
    );
    let text = scratch.ok(&["plugin", "remove", "calc", "1.0.0"]);
    let left = "removed calc 1.0.0\nno version of calc is active; installed are 1.1.0, 2.0.0\n`libvm plugin use calc 1.1.0` makes one active\n";
    assert_eq!(text, left);
    scratch.ok(&["plugin", "use", "calc", "1.1.0"]);
    let text = scratch.ok(&["plugin", "remove", "calc", "1.1.0", "--next", "2.0.0"]);
    assert_eq!(text, "removed calc 1.1.0\ncalc 2.0.0 is active\n");
    scratch.ok(&["plugin", "install", "--inactive", &new]);
    let done = scratch.run(&["plugin", "remove", "calc", "--all", "--json"]).json();
    assert_eq!(done, json!({ "name": "calc", "removed": ["1.1.0", "2.0.0"], "active": null, "installed": [] }));
    scratch.fails(&["plugin", "remove", "calc", "--all"], 127, &["the package `calc` is not installed"]);
}

#[test]
fn wrong_names_have_a_suggestion() {
    let scratch = Scratch::new();
    let archive = scratch.package("calc", "1.0.0");
    scratch.ok(&["plugin", "install", &archive]);
    for command in [&["use", "clac", "1.0.0"][..], &["remove", "clac"], &["verify", "clac"]] {
        let arguments = [&["plugin"], command].concat();
        scratch.fails(&arguments, 127, &["the package `clac` is not installed", "hint: did you mean `calc`?"]);
    }
    scratch.fails(&["plugin", "use", "calc", "9"], 127, &["version 9 of the package `calc`", "installed are 1.0.0"]);
    scratch.fails(&["plugin", "use", "../calc", "1"], 125, &["not the name of a package"]);
    scratch.fails(&["plugin", "install", "none.zip"], 127, &["none.zip"]);
    scratch.file("text.zip", "not a package");
    scratch.fails(&["plugin", "install", "text.zip"], 125, &["the package text.zip"]);
    let library = scratch.plugin("calc.so", "calc", "1.0.0", "");
    scratch.fails(
        &["plugin", "install", library.to_str().unwrap()],
        125,
        &["hint: a package is a zip archive; `libvm plugin pack`"],
    );
    let error = scratch.run(&["plugin", "use", "clac", "1.0.0", "--json"]).json_error();
    assert_eq!((&error["status"], &error["exit_code"]), (&"VM_STATUS_PACKAGE_NOT_FOUND".into(), &127.into()));
}

#[test]
fn what_a_plugin_asks_for_is_shown() {
    let scratch = Scratch::new();
    scratch.compile(
        "capi-tests/plugins/permissions.c",
        &["-DNAME=\"permissions\"", "-DVM_PLUGIN_DEPENDS=\"calc >=2\""],
        "permissions.so",
    );
    scratch.ok(&["plugin", "pack", "permissions.so"]);
    let text = scratch.ok(&["plugin", "install", "permissions-1.0.0.zip"]);
    assert_eq!(text.matches("  it asks for the permission ").count(), 3, "{text}");
    assert!(text.contains("  it needs the plug-in calc >=2, which is not installed as a package\n"), "{text}");
}

#[test]
fn other_files_of_the_same_version_are_refused() {
    let scratch = Scratch::new();
    let archive = scratch.package("calc", "1.0.0");
    scratch.ok(&["plugin", "install", &archive]);
    scratch.ok(&["plugin", "install", &archive]);
    scratch.file("made/calc-1.0.0/more.txt", "more");
    scratch.ok(&["plugin", "pack", "made/calc-1.0.0", "-o", "other.zip"]);
    scratch.fails(&["plugin", "install", "other.zip"], 125, &["with other files", "pass --replace to replace"]);
    scratch.ok(&["plugin", "install", "--replace", "other.zip"]);
    let installed = scratch.run(&["plugin", "list", "--json", "calc"]).json();
    let library = installed["plugins"][0]["path"].as_str().unwrap().to_owned();
    assert!(Path::new(&library).with_file_name("more.txt").exists(), "{library}");
}

#[test]
fn what_is_installed_is_verified() {
    let scratch = Scratch::new();
    assert_eq!(scratch.ok(&["plugin", "verify"]), "no package is installed\n");
    for (name, version) in [("calc", "1.0.0"), ("calc", "1.1.0"), ("other", "1.0.0")] {
        let archive = scratch.package(name, version);
        scratch.ok(&["plugin", "install", &archive]);
    }
    assert_eq!(scratch.ok(&["plugin", "verify"]), "calc 1.0.0: ok\ncalc 1.1.0: ok\nother 1.0.0: ok\n");
    fs::write(scratch.path().join("data/libvm/packages/calc/1.1.0/added.txt"), "").unwrap();
    let ran = scratch.run(&["plugin", "verify"]);
    assert_eq!((ran.code, &*ran.err), (Some(1), ""), "{ran:?}");
    assert!(ran.out.starts_with("calc 1.0.0: ok\ncalc 1.1.0: ") && ran.out.contains("`added.txt` was added"), "{ran:?}");
    assert!(ran.out.ends_with("other 1.0.0: ok\n"), "{ran:?}");
    scratch.ok(&["plugin", "verify", "calc", "1.0.0"]);
    let document = scratch.run(&["plugin", "verify", "calc", "--json"]).json();
    let oks: Vec<&Value> = document["packages"].as_array().unwrap().iter().map(|package| &package["ok"]).collect();
    assert_eq!(oks, [true, false]);
    assert_eq!(document["packages"][1]["status"], "VM_STATUS_BAD_PACKAGE");
    // A package that is not installed.
    let mut bytes = fs::read(scratch.path().join("calc-1.0.0.zip")).unwrap();
    assert_eq!(scratch.ok(&["plugin", "verify", "calc-1.0.0.zip"]), "calc 1.0.0: ok\n");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    scratch.file("damaged.zip", bytes);
    let ran = scratch.run(&["plugin", "verify", "damaged.zip"]);
    assert!(ran.code == Some(1) && ran.out.starts_with("damaged.zip: the package damaged.zip"), "{ran:?}");
    scratch.fails(&["plugin", "verify", "none.zip"], 127, &["none.zip"]);
    scratch.fails(&["plugin", "verify", "calc-1.0.0.zip", "1.0.0"], 2, &["hint: leave out the version"]);
}

#[test]
fn keys_are_conditions() {
    let scratch = Scratch::new();
    scratch.package("calc", "1.0.0");
    let openssl = |arguments: &[&str]| {
        let ran = Command::new("openssl").args(arguments).current_dir(scratch.path()).output().expect("openssl is installed");
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
        ran.stdout
    };
    for name in ["key", "other"] {
        openssl(&["genpkey", "-algorithm", "ed25519", "-out", &format!("{name}.pem")]);
        openssl(&["pkey", "-in", &format!("{name}.pem"), "-pubout", "-out", &format!("{name}.pub")]);
    }
    let install = ["plugin", "install", "--key", "key.pub"];
    scratch.fails(&[&install[..], &["calc-1.0.0.zip"]].concat(), 125, &["is not signed", "hint: nothing has changed"]);
    // The hashes are those of the package that was built without a signature.
    scratch.ok(&["plugin", "install", "calc-1.0.0.zip", "--package-dir", "unsigned"]);
    fs::copy(scratch.path().join("unsigned/calc/1.0.0/SHA256SUMS"), scratch.path().join("made/calc-1.0.0/SHA256SUMS")).unwrap();
    let signed = "made/calc-1.0.0/SHA256SUMS.sig";
    openssl(&["pkeyutl", "-sign", "-rawin", "-inkey", "key.pem", "-in", "made/calc-1.0.0/SHA256SUMS", "-out", signed]);
    scratch.ok(&["plugin", "pack", "made/calc-1.0.0", "-o", "signed.zip"]);
    assert!(scratch.ok(&["plugin", "describe", "signed.zip"]).contains("signature:    yes\n"));
    let text = scratch.ok(&[&install[..], &["signed.zip"]].concat());
    assert!(text.ends_with("  it is signed by a key that was given\n"), "{text}");
    scratch.ok(&["plugin", "verify", "calc", "--key", "key.pub"]);
    let other = scratch.run(&["plugin", "verify", "calc", "--key", "other.pub"]);
    assert!(other.code == Some(1) && other.out.contains("sign"), "{other:?}");
    let listed = scratch.run(&["plugin", "list", "--json", "--key", "other.pub"]).json();
    assert_eq!(listed["plugins"][0]["status"], "VM_STATUS_PLUGIN_SIGNATURE");
    let der = openssl(&["pkey", "-in", "key.pem", "-pubout", "-outform", "DER"]);
    let hex: String = der[der.len() - 32..].iter().map(|byte| format!("{byte:02x}")).collect();
    scratch.ok(&["plugin", "verify", "signed.zip", "--key", &hex]);
    scratch.fails(&["plugin", "list", "--key", "key.pem"], 2, &["key.pem: ", "hint: a public key is what"]);
    scratch.fails(&["plugin", "list", "--key", "none.pub"], 127, &["cannot read the key none.pub"]);
}

#[test]
fn commands_at_once_are_complete() {
    let scratch = Scratch::new();
    let archives: Vec<String> = (0..6).map(|number| scratch.package("calc", &format!("1.{number}.0"))).collect();
    let spawn = |arguments: &[&str]| {
        scratch.command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the command starts")
    };
    let mut running = Vec::new();
    for archive in &archives {
        running.push(spawn(&["plugin", "install", "--downgrade", archive]));
        running.push(spawn(&["plugin", "list", "--json"]));
    }
    for child in running {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let (active, all) = versions(&scratch, "calc");
    assert!(active.is_some() && all.len() == 6, "{active:?} {all:?}");
    assert_eq!(scratch.ok(&["plugin", "verify"]).matches(": ok").count(), 6);
}

#[test]
fn an_interrupted_installation_changes_nothing() {
    let scratch = Scratch::new();
    let archive = scratch.package("calc", "1.0.0");
    let packages = scratch.path().join("data/libvm/packages");
    fs::create_dir_all(&packages).unwrap();
    let mut holder = Command::new("sh");
    holder.args(["-c", "exec 9>.lock && flock 9 && echo && exec sleep 60"]).current_dir(&packages).stdout(Stdio::piped());
    let mut holder = holder.spawn().unwrap();
    // It has the lock when it writes.
    holder.stdout.take().unwrap().read_exact(&mut [0]).unwrap();
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let mut command = scratch.command(&["plugin", "install", &archive]);
        let child = command.stderr(Stdio::piped()).spawn().unwrap();
        let status = format!("/proc/{}/status", child.id());
        // Its handlers are there: bits 2 and 15 of the caught signals.
        let is_ready = || {
            let text = fs::read_to_string(&status).unwrap_or_default();
            let caught = text.lines().find_map(|line| line.strip_prefix("SigCgt:")).unwrap_or("0").trim().to_owned();
            u64::from_str_radix(&caught, 16).unwrap_or(0) & 0x4002 == 0x4002
        };
        while !is_ready() {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        let kill = format!("kill -{signal} {}", child.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
        let output = child.wait_with_output().unwrap();
        let text = String::from_utf8_lossy(&output.stderr);
        assert_eq!((output.status.code(), &*text), (Some(code), "error: interrupted; nothing has changed\n"));
    }
    let kill = format!("kill {}", holder.id());
    assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
    holder.wait().unwrap();
    assert_eq!(versions(&scratch, "calc"), (None, Vec::new()));
}

#[test]
fn a_directory_that_cannot_be_changed_is_a_clear_failure() {
    let scratch = Scratch::new();
    let archive = scratch.package("calc", "1.0.0");
    // Not even root can create a directory there.
    let hint = "hint: nothing has changed; choose another directory with --package-dir or LIBVM_PACKAGE_DIR";
    let ran = scratch.run(&["plugin", "install", &archive, "--package-dir", "/sys/libvm"]);
    assert!(matches!(ran.code, Some(125 | 126)) && ran.err.contains("/sys/libvm") && ran.err.contains(hint), "{ran:?}");
    // Others could put something in its place.
    let open = scratch.path().join("open");
    fs::create_dir(&open).unwrap();
    fs::set_permissions(&open, fs::Permissions::from_mode(0o777)).unwrap();
    let parts = ["may be changed by every user", "chmod", "hint: nothing has changed; or choose another directory"];
    scratch.fails(&["plugin", "install", &archive, "--package-dir", "open"], 125, &parts);
    // A file in the place of the directory.
    scratch.file("file", "");
    scratch.fails(&["plugin", "install", &archive, "--package-dir", "file"], 125, &["file"]);
    assert!(fs::read_dir(&open).unwrap().next().is_none());
}

#[test]
fn a_full_disk_changes_nothing() {
    let scratch = Scratch::new();
    let archive = scratch.package("calc", "1.0.0");
    let script = format!("ulimit -f 4; exec \"{}\" plugin install {archive}", env!("CARGO_BIN_EXE_libvm"));
    let mut command = scratch.command(&[]);
    let environment: Vec<_> = command.get_envs().map(|(name, value)| (name.to_owned(), value.map(ToOwned::to_owned))).collect();
    let mut shell = Command::new("sh");
    shell.args(["-c", &script]).current_dir(scratch.path()).env_clear();
    shell.envs(environment.into_iter().filter_map(|(name, value)| Some((name, value?))));
    let output = shell.output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(125), "{text}");
    assert!(
        text.contains("File too large") && text.contains("hint: nothing has changed; the size of files is limited"),
        "{text}"
    );
    assert_eq!(versions(&scratch, "calc"), (None, Vec::new()));
    command = scratch.command(&["plugin", "install", &archive]);
    assert!(command.status().unwrap().success());
    assert_eq!(versions(&scratch, "calc").1, ["1.0.0"]);
}

#[test]
fn an_installed_plugin_is_found_by_a_host() {
    let scratch = Scratch::new();
    scratch.compile("examples/c/plugin_smallest.c", &[], "calc.so");
    scratch.ok(&["plugin", "pack", "calc.so"]);
    scratch.ok(&["plugin", "install", "calc-1.0.0.zip", "--package-dir", "here"]);
    let plugins = vm::PluginRegistry::new();
    plugins.load_from_path(scratch.path().join("here")).unwrap();
    assert_eq!(plugins.find("calc").unwrap().version(), "1.0.0");
}
