//! Plug-ins that must not load: status, message, and whether any of their code ran.
use crate::fixture::{Dir, has_run, ok, refused, registry};
use libvm_abi::{self as abi, Status};
use std::fs;
use std::os::unix::fs::FileExt;
use std::path::Path;
use vm::plugin::file::object_file::PluginFile;

/// A good plug-in as bytes; `mark` is what it leaves when it is opened.
fn good(dir: &Dir, mark: &str) -> Vec<u8> {
    let name = format!("NAME=\"{mark}\"");
    fs::read(dir.compile("named", &[&name, "VERSION=\"1.0.0\""], "good.so.in")).unwrap()
}

#[track_caller]
fn assert_refused(path: &Path, status: Status, parts: &[&str]) {
    let error = refused(path);
    assert_eq!(error.status(), status, "{}", error.message());
    for part in parts {
        assert!(error.message().contains(part), "no \"{part}\" in: {}", error.message());
    }
}

#[test]
fn what_the_manifest_tells_is_refused_before_any_code_runs() {
    let cases: &[(&str, Status, &[&str])] = &[
        ("no_manifest", abi::STATUS_PLUGIN_NO_MANIFEST, &["not a plug-in of libvm", "libvm_plugin_manifest"]),
        ("no_entry", abi::STATUS_PLUGIN_BAD_DESCRIPTOR, &["plug-in `no_entry` 1.0.0", "libvm_plugin_entry"]),
        ("data_entry", abi::STATUS_PLUGIN_BAD_DESCRIPTOR, &["libvm_plugin_entry", "not as a function"]),
        ("zero_manifest", abi::STATUS_PLUGIN_BAD_MANIFEST, &["cannot be read"]),
        ("wrong_magic", abi::STATUS_PLUGIN_BAD_MANIFEST, &["notvmpl", "libvmpl"]),
        ("bad_name", abi::STATUS_PLUGIN_BAD_MANIFEST, &["`name` is \"../bad_name\""]),
        (
            "other_major",
            abi::STATUS_PLUGIN_INCOMPATIBLE,
            &["plug-in `other_major` 2.0.0", "was built with ABI 2.", "offers 0.2; rebuild the plug-in"],
        ),
        ("host_version", abi::STATUS_PLUGIN_INCOMPATIBLE, &["needs libvm >=900", env!("CARGO_PKG_VERSION")]),
        ("high_flag", abi::STATUS_PLUGIN_INCOMPATIBLE, &["0x40000000"]),
    ];
    let dir = Dir::new();
    for (source, status, parts) in cases {
        assert_refused(&dir.compile(source, &[], &format!("{source}.so")), *status, parts);
        assert!(!has_run(source), "{source} ran");
    }
}

#[test]
fn what_only_running_tells_is_refused_then() {
    let cases: &[(&str, Status, &[&str])] = &[
        ("null_descriptor", abi::STATUS_PLUGIN_BAD_DESCRIPTOR, &["plug-in `null_descriptor` 1.0.0", "returned NULL"]),
        ("small_descriptor", abi::STATUS_PLUGIN_BAD_DESCRIPTOR, &["the size of its VM_PluginDescriptor is 8 bytes"]),
        ("bad_signature", abi::STATUS_BAD_SIGNATURE, &["`bad_signature`", "`same`", "(ix)i", "character 3"]),
        ("bad_module_name", abi::STATUS_PLUGIN_BAD_DESCRIPTOR, &["does not name `surprise`", "VM_PLUGIN_MODULES \"surprise\""]),
        ("failing_initialize", abi::STATUS_PLUGIN_INITIALIZE, &["plug-in `failing_initialize` 1.0.0", "the moon is not full"]),
    ];
    let dir = Dir::new();
    for (source, status, parts) in cases {
        assert_refused(&dir.compile(source, &[], &format!("{source}.so")), *status, parts);
        assert!(has_run(source), "marks are not left, or {source} did not run");
    }
    let path = dir.compile("missing_library", &[], "missing_library.so");
    assert_refused(&path, abi::STATUS_PLUGIN_LOAD, &["libvm_test_function_that_is_nowhere"]);
}

#[test]
fn what_initialize_answers_is_named() {
    let dir = Dir::new();
    let answers = [
        ("-608", "VM_STATUS_PLUGIN_SUPERSEDED without a reason"),
        ("1", "returned 1, which is not a valid status"),
        ("777", "returned 777, which is not a valid status"),
    ];
    for (answer, part) in answers {
        let path = dir.compile("failing_initialize", &[&format!("ANSWER={answer}")], &format!("answers{answer}.so"));
        assert_refused(&path, abi::STATUS_PLUGIN_INITIALIZE, &[part]);
    }
}

#[test]
fn the_required_minor_version_does_not_count_yet() {
    let dir = Dir::new();
    ok(registry().load_from_path(&dir.compile("minor_required", &[], "minor_required.so")));
}

/// Statuses of a plug-in's own are passed on unchanged.
#[test]
fn a_status_of_the_plugins_own_is_passed_on() {
    let dir = Dir::new();
    let path = dir.compile("failing_initialize", &["ANSWER=(VM_STATUS_USER-5)"], "own.so");
    assert_refused(&path, -10005, &["initialize of plug-in `failing_initialize`", "returned status -10005 without a reason"]);
}

#[test]
fn a_wrong_descriptor_is_explained() {
    let function = "module `bad_descriptor`: function `wrong`: ";
    let cases: &[(&str, &[&str])] = &[
        ("CALLBACK", &[function, "callback is NULL"]),
        ("NAME", &["module `bad_descriptor`: function 1: its name is NULL"]),
        ("UTF8", &["function 1: its name is not valid UTF-8"]),
        ("SIGNATURE", &[function, "signature is NULL"]),
        ("FLAGS", &[function, "its flags 0x100000 contain 0x100000"]),
        ("TWICE", &["function `same`: it occurs twice"]),
        ("MODULE_FLAGS", &["module `bad_descriptor`: its flags 0x20000 contain 0x20000"]),
        ("STRIDE", &["its array has a stride of 4 bytes"]),
        ("COUNT", &["1000000"]),
        ("NULL", &["its array of 1 VM_FunctionDescriptor is NULL"]),
        ("MODULE_TWICE", &["module `bad_descriptor` occurs twice"]),
        ("OPTION_TYPE", &["option 1: `wrong`: its type 77"]),
        ("OPTION_FLAGS", &["option 1: `wrong`: its flags 0x80000 contain 0x80000"]),
        ("OPTION_TWICE", &["option `good` occurs twice"]),
        ("OPTION_KEY", &["option 1: its key is NULL"]),
        ("DESCRIPTOR_FLAGS", &["its flags 0x800000 contain 0x800000"]),
    ];
    let dir = Dir::new();
    for (what, parts) in cases {
        let path = dir.compile("bad_descriptor", &[&format!("WRONG_{what}")], &format!("{what}.so"));
        assert_refused(&path, abi::STATUS_PLUGIN_BAD_DESCRIPTOR, &["plug-in `bad_descriptor` 1.0.0"]);
        assert_refused(&path, abi::STATUS_PLUGIN_BAD_DESCRIPTOR, parts);
    }
    ok(registry().load_from_path(&dir.compile("bad_descriptor", &[], "good.so")));
}

#[test]
#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
fn what_is_no_shared_library_is_a_bad_file() {
    let dir = Dir::new();
    let text = dir.write("text.so", b"#!/bin/sh\necho never\n");
    assert_refused(&text, abi::STATUS_PLUGIN_BAD_FILE, &["not a shared library", "#!/bin/sh"]);
    assert_refused(&dir.write("empty.so", b""), abi::STATUS_PLUGIN_BAD_FILE, &["truncated", "0 found"]);
    let mut bytes = good(&dir, "victim-kind");
    for (kind, part) in [(1, "an object file"), (2, "a program"), (4, "a core dump"), (99, "type 99")] {
        bytes[16] = kind;
        assert_refused(&dir.write("kind.so", &bytes), abi::STATUS_PLUGIN_BAD_FILE, &[part]);
    }
    let program = std::env::current_exe().unwrap();
    let name = dir.write("program.so", &std::fs::read(program).unwrap());
    assert_refused(&name, abi::STATUS_PLUGIN_BAD_FILE, &["program.so is not a shared library, but a program"]);
    let wasm = dir.write("wasm.so", b"\0asm\x01\0\0\0");
    assert_refused(&wasm, abi::STATUS_PLUGIN_BAD_FILE, &["it is a wasm module (VM_ModuleLoadFromFile)"]);
    assert!(!has_run("victim-kind"));
    // The loader needs no section headers.
    bytes[16] = 3;
    bytes[40..48].fill(0);
    ok(registry().load_from_path(&dir.write("stripped.so", &bytes)));
}

#[test]
fn what_is_no_regular_file_is_not_opened() {
    let dir = Dir::new();
    let pipe = dir.join("pipe.so");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    // Opening it would wait for a writer forever.
    assert_refused(&pipe, abi::STATUS_PLUGIN_BAD_FILE, &["a named pipe", "only regular files are opened"]);
    let link = dir.join("link.so");
    std::os::unix::fs::symlink("nowhere.so", &link).unwrap();
    assert_refused(&link, abi::STATUS_FILE_NOT_FOUND, &[]);
}

/// The system's loader would open another file than the one that was checked, where it opens the file itself: one that may
/// require others beside it.
#[test]
fn a_path_with_a_variable_of_the_loader_is_not_opened() {
    let dir = Dir::new();
    let bytes = good(&dir, "victim-variable");
    // On Debian, the loader's `LIB` contains a name of the machine.
    let folders =
        fs::read_dir("/usr/lib").into_iter().flatten().flatten().filter_map(|entry| entry.file_name().into_string().ok());
    let multiarch = folders.filter(|name| name.contains("-linux-")).map(|name| format!("lib/{name}"));
    for decoy in ["lib", "lib64", "x86_64", "haswell"].map(str::to_owned).into_iter().chain(multiarch) {
        dir.write(&format!("{decoy}/a.so"), &bytes);
    }
    for name in ["$LIB", "${LIB}", "$PLATFORM", "$ORIGIN"] {
        let path = dir.plugin(&format!("{name}/a.so"), "victim-variable", "1.0.0", "");
        let beside_itself = [fs::read(&path).unwrap(), b"$ORIGIN".to_vec()].concat();
        fs::write(&path, beside_itself).unwrap();
        assert_refused(&path, abi::STATUS_PLUGIN_LOAD, &["treats the `$` in it as a variable", "rename"]);
        assert!(!has_run("victim-variable"), "of {name}");
    }
    ok(registry().load_from_path(&dir.plugin("$HOME/a$.so", "home", "1.0.0", "")));
}

#[test]
fn a_file_that_cannot_be_read_is_reported() {
    use std::os::unix::fs::PermissionsExt;
    let dir = Dir::new();
    let path = dir.plugin("secret.so", "secret", "1.0.0", "");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o0)).unwrap();
    if fs::File::open(&path).is_ok() {
        return; // The administrator reads everything.
    }
    assert_refused(&path, abi::STATUS_PERMISSION_DENIED, &[]);
}

#[test]
fn a_truncated_file_is_refused_wherever_it_ends() {
    let dir = Dir::new();
    let bytes = good(&dir, "victim-truncated");
    let whole = bytes.len();
    for end in [1, 4, 40, 64, 1000, whole / 2, whole - 700, whole - 1] {
        let path = dir.write("truncated.so", &bytes[..end]);
        assert_refused(&path, abi::STATUS_PLUGIN_BAD_FILE, &["truncated", &format!("{end} found")]);
    }
    for end in (0..whole).step_by(61) {
        let path = dir.write("truncated.so", &bytes[..end]);
        let error = PluginFile::open(&path).unwrap().read_manifest().unwrap_err();
        assert_eq!(error.status(), abi::STATUS_PLUGIN_BAD_FILE, "at {end}: {error}");
    }
    #[cfg(all(target_os = "linux", target_pointer_width = "64"))]
    {
        // Its headers are complete, but what they refer to is not.
        let mut made = bytes.clone();
        let headers = u64::from_ne_bytes(made[32..40].try_into().unwrap()) as usize;
        let size = headers + 32;
        made[size..size + 8].copy_from_slice(&(whole as u64 + 1).to_ne_bytes());
        let path = dir.write("segment.so", &made);
        assert_refused(
            &path,
            abi::STATUS_PLUGIN_BAD_FILE,
            &["truncated", &format!("{} bytes expected, {whole} found", whole + 1)],
        );
    }
    assert!(!has_run("victim-truncated"));
    ok(registry().load_from_path(&dir.write("whole.so", &bytes)));
    assert!(has_run("victim-truncated"));
}

#[test]
#[cfg(all(target_os = "linux", target_pointer_width = "64", target_endian = "little"))]
fn another_platform_is_named() {
    let here = if cfg!(target_arch = "x86_64") { "x86-64" } else { std::env::consts::ARCH };
    let (machine, other) = if here == "aarch64" { (62, "x86-64") } else { (183, "aarch64") };
    let this = format!("this is {here} Linux");
    let dir = Dir::new();
    let bytes = good(&dir, "victim-platform");
    let patched = |patches: &[(usize, u8)]| {
        let mut made = bytes.clone();
        patches.iter().for_each(|(offset, byte)| made[*offset] = *byte);
        dir.write("patched.so", &made)
    };
    let wrong = abi::STATUS_PLUGIN_WRONG_PLATFORM;
    assert_refused(&patched(&[(18, machine), (19, 0)]), wrong, &[&format!("built for {other} Linux, {this}")]);
    assert_refused(&patched(&[(18, 0x34), (19, 0x12)]), wrong, &["built for processor 4660 Linux"]);
    assert_refused(&patched(&[(7, 9)]), wrong, &[&format!("built for {here} FreeBSD, {this}")]);
    assert_refused(&patched(&[(4, 1)]), wrong, &["(32-bit, little-endian)", "(64-bit, little-endian)"]);
    assert_refused(&patched(&[(5, 2), (19, bytes[18]), (18, 0)]), wrong, &["(64-bit, big-endian)"]);

    let mut windows = vec![0; 0x100];
    windows[..2].copy_from_slice(b"MZ");
    windows[0x3c] = 0x80;
    windows[0x80..0x86].copy_from_slice(b"PE\0\0\x64\x86");
    assert_refused(&dir.write("windows.so", &windows), wrong, &["built for x86-64 Windows", &this]);
    let apple = [&[0xcf, 0xfa, 0xed, 0xfe, 0x0c, 0, 0, 1, 0, 0, 0, 0, 6, 0, 0, 0][..], &[0; 48]].concat();
    assert_refused(&dir.write("apple.so", &apple), wrong, &["built for aarch64 macOS", &this]);
    let fat = [&[0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 2, 1, 0, 0, 7][..], &[0; 16], &[1, 0, 0, 0x0c], &[0; 16]].concat();
    assert_refused(&dir.write("fat.so", &fat), wrong, &["built for x86-64 and aarch64 macOS"]);
    assert!(!has_run("victim-platform"));
}

/// Whatever the bytes, reading a file neither panics nor takes more memory than the file justifies.
#[test]
fn damaged_files_are_only_refused() {
    let dir = Dir::new();
    let bytes = good(&dir, "victim-damaged");
    let path = dir.write("damaged.so", &bytes);
    let file = fs::File::options().write(true).open(&path).unwrap();
    let tail = bytes.len() - 64 * 40;
    for offset in (0..1024).chain(tail..bytes.len()) {
        for value in [0x00, 0x7f, 0xff] {
            file.write_at(&[value], offset as u64).unwrap();
            let _ = PluginFile::open(&path).unwrap().read_manifest();
        }
        file.write_at(&[bytes[offset]], offset as u64).unwrap();
    }
    PluginFile::open(&path).unwrap().read_manifest().unwrap();
    let sparse = dir.write("sparse.so", &bytes);
    fs::File::options().write(true).open(&sparse).unwrap().set_len(vm::limits::MAX_PLUGIN_FILE + 1).unwrap();
    assert_refused(&sparse, abi::STATUS_PLUGIN_BAD_FILE, &["may have at most"]);
    assert!(!has_run("victim-damaged"));
}
