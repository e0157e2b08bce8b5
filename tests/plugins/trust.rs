//! Trust in files: locks and signatures of many plug-ins, all conditions combined, possibilities and limits of sealed copies.
use crate::fixture::{Dir, has_run, line, names, ok, registry, times_run};
use ed25519_dalek::{Signer, SigningKey};
use libvm_abi as abi;
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use vm::plugin::{PluginRegistry, Policy};
use vm::status::Error;

fn locked(path: &Path) -> Arc<PluginRegistry> {
    let registry = registry();
    registry.set_lock(path).unwrap();
    registry
}

fn marked(dir: &Dir, name: &str, file: &str) -> std::path::PathBuf {
    dir.compile("named", &[&format!("NAME=\"{name}\""), "VERSION=\"1.0.0\""], file)
}

fn sign(key: &SigningKey, path: &Path) {
    let signature = key.sign(&fs::read(path).unwrap());
    fs::write(format!("{}.sig", path.display()), signature.to_bytes()).unwrap();
}

#[track_caller]
fn assert_refused(registry: &PluginRegistry, path: &Path, status: abi::Status, part: &str) -> Error {
    let error = registry.load_from_path(path).1.unwrap_err();
    assert_eq!(error.status(), status, "{error}");
    assert!(error.message().contains(part), "no \"{part}\" in: {error}");
    error
}

#[test]
fn a_lock_keeps_the_order_of_many() {
    let dir = Dir::new();
    let expected: Vec<String> = (0..40).map(|number| format!("p{}", (number * 17 + 5) % 40)).collect();
    for (number, name) in expected.iter().enumerate() {
        dir.plugin(&format!("all/{number}-{name}.so"), name, "1.0.0", "");
    }
    let first = registry();
    ok(first.load_from_path(&dir.join("all/x").with_file_name("")));
    let lock = dir.join("libvm.lock");
    first.write_lock(&lock).unwrap();
    for (number, name) in expected.iter().enumerate() {
        fs::rename(dir.join(&format!("all/{number}-{name}.so")), dir.join(&format!("all/{}.so", 100 - number))).unwrap();
    }
    let second = locked(&lock);
    ok(second.load_from_path(&dir.path().join("all")));
    assert_eq!(names(&second), expected);
}

#[test]
fn dependencies_come_before_the_order_of_a_lock() {
    let dir = Dir::new();
    dir.plugin("all/a.so", "a", "1.0.0", "b");
    dir.plugin("all/b.so", "b", "1.0.0", "");
    dir.plugin("all/c.so", "c", "1.0.0", "");
    let first = registry();
    ok(first.load_from_path(&dir.path().join("all")));
    let lock = dir.join("libvm.lock");
    first.write_lock(&lock).unwrap();
    let text = fs::read_to_string(&lock).unwrap();
    let (head, mut entries) = {
        let mut parts = text.split("[[plugin]]");
        (parts.next().unwrap().to_owned(), parts.map(str::to_owned).collect::<Vec<_>>())
    };
    entries.sort();
    entries.reverse();
    fs::write(&lock, [&[head], &*entries].concat().join("[[plugin]]")).unwrap();
    let second = locked(&lock);
    ok(second.load_from_path(&dir.path().join("all")));
    assert_eq!(names(&second), ["c", "b", "a"]);
}

#[test]
fn all_conditions_must_hold() {
    let dir = Dir::new();
    let names = ["all-good", "all-unnamed", "all-unlocked", "all-unsigned", "all-open"];
    let [good, unnamed, unlocked, unsigned, open] = names.map(|name| marked(&dir, name, &format!("{name}/{name}.so")));
    let key = SigningKey::from_bytes(&[7; 32]);
    for path in [&good, &unnamed, &unlocked, &open] {
        sign(&key, path);
    }
    // Loading it for the lock would leave its mark: the lock is written by hand.
    let lock = dir.join("libvm.lock");
    let mut text = "version = 1\n".to_owned();
    for (name, path) in names.iter().zip([&good, &unnamed, &unlocked, &unsigned, &open]) {
        if path != &unlocked {
            let hash = vm::plugin::file::hash::hex(&vm::plugin::file::hash::hash(&fs::read(path).unwrap()));
            text += &format!("[[plugin]]\nname = '{name}'\nversion = '1.0.0'\npath = '{name}/{name}.so'\nsha256 = '{hash}'\n");
        }
    }
    fs::write(&lock, text).unwrap();
    fs::set_permissions(open.parent().unwrap(), fs::Permissions::from_mode(0o777)).unwrap();

    let allowed = names.iter().filter(|name| **name != "all-unnamed").map(|name| (*name).to_owned());
    let registry = PluginRegistry::new(Policy::Named(allowed.collect::<BTreeSet<_>>()), Vec::new());
    registry.set_lock(&lock).unwrap();
    registry.add_key(key.verifying_key().as_bytes()).unwrap();
    let (report, result) = registry.load_from_path(dir.path());
    assert_eq!(
        result.unwrap_err().message().split(" did not load").next(),
        Some(&*format!("4 of 5 plug-ins in {}", dir.path().display()))
    );
    let expected = [
        (&unnamed, abi::STATUS_PLUGIN_NOT_ALLOWED, "the registry allows "),
        (&unlocked, abi::STATUS_PLUGIN_NOT_ALLOWED, "is not in the lock file "),
        (&unsigned, abi::STATUS_PLUGIN_SIGNATURE, "is not signed"),
        (&open, abi::STATUS_UNTRUSTED_PATH, "chmod go-w "),
    ];
    for (path, status, part) in expected {
        let line = line(&report, path);
        assert_eq!((line.status(), line.loaded()), (status, false));
        assert!(line.message().contains(part), "{}", line.message());
    }
    assert_eq!(names.map(has_run), [true, false, false, false, false]);
    assert!(line(&report, &good).loaded());
}

#[test]
fn a_bad_higher_version_does_not_keep_a_good_one_away() {
    let dir = Dir::new();
    let low = dir.plugin("one/a.so", "a", "1.0.0", "");
    let first = registry();
    ok(first.load_from_path(&low));
    let lock = dir.join("libvm.lock");
    first.write_lock(&lock).unwrap();
    let high = dir.plugin("two/a.so", "a", "2.0.0", "");
    let second = locked(&lock);
    let (report, result) = second.load_from_path(dir.path());
    assert_eq!(result.unwrap_err().status(), abi::STATUS_PLUGIN_HASH);
    assert!(line(&report, &low).loaded());
    assert_eq!(line(&report, &high).status(), abi::STATUS_PLUGIN_HASH);
    assert_eq!(second.find("a").unwrap().version().as_str(), "1.0.0");
}

/// Several registries and threads have the same bytes mapped once; other bytes of that path are mapped separately.
#[test]
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn the_same_bytes_are_opened_once() {
    let dir = Dir::new();
    let path = marked(&dir, "sealed-once", "a.so");
    let key = SigningKey::from_bytes(&[8; 32]);
    sign(&key, &path);
    let load = || {
        let registry = registry();
        registry.add_key(key.verifying_key().as_bytes()).unwrap();
        ok(registry.load_from_path(&path));
        assert_eq!(registry.find("sealed-once").unwrap().path(), Some(&*path));
        registry
    };
    let kept = load();
    for _ in 0..100 {
        load();
    }
    assert_eq!(times_run("sealed-once"), 1);
    // A copy elsewhere is another file for a registry, but the same code for the process.
    let copy = dir.join("b/a.so");
    fs::copy(&path, &copy).unwrap();
    sign(&key, &copy);
    assert_refused(&kept, &copy, abi::STATUS_PLUGIN_DUPLICATE, "is a duplicate");
    let other = registry();
    other.add_key(key.verifying_key().as_bytes()).unwrap();
    ok(other.load_from_path(&copy));
    assert_eq!(times_run("sealed-once"), 1);
    let newer = marked(&dir, "sealed-twice", "new.so");
    fs::rename(&newer, &path).unwrap();
    sign(&key, &path);
    ok(kept.load_from_path(&path));
    assert_eq!((times_run("sealed-twice"), names(&kept).len()), (1, 2));
}

#[test]
fn threads_load_the_same_signed_plugin() {
    let dir = Dir::new();
    let path = dir.plugin("a.so", "a", "1.0.0", "");
    let key = SigningKey::from_bytes(&[9; 32]);
    sign(&key, &path);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..20 {
                    let registry = registry();
                    registry.add_key(key.verifying_key().as_bytes()).unwrap();
                    ok(registry.load_from_path(&path));
                }
            });
        }
    });
}

/// Unchecked code beside a plug-in does not run: it is found by default, and not under a lock or keys.
#[test]
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn a_library_beside_a_sealed_plugin_is_not_found() {
    let dir = Dir::new();
    let needed = dir.join("libneeded.so");
    let compiler = std::env::var_os("CC").unwrap_or_else(|| "cc".into());
    let source = dir.write("needed.c", b"int libvm_test_needed(void); int libvm_test_needed(void) { return 1; }");
    let made = Command::new(&compiler)
        .args(["-shared", "-fPIC", "-Wl,-soname,libneeded.so", "-o"])
        .arg(&needed)
        .arg(&source)
        .status()
        .unwrap();
    assert!(made.success());
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let path = dir.join("needs.so");
    let mut command = Command::new(&compiler);
    command.args(["-shared", "-fPIC", "-fvisibility=hidden", "-DNAME=\"needs\"", "-DVERSION=\"1.0.0\"", "-I"]);
    command.arg(root.join("include")).arg(root.join("capi-tests/plugins/named.c")).arg("-Wl,--no-as-needed").arg(&needed);
    assert!(command.arg("-Wl,-rpath,$ORIGIN").arg("-o").arg(&path).status().unwrap().success());
    let key = SigningKey::from_bytes(&[10; 32]);
    sign(&key, &path);
    let strict = registry();
    strict.add_key(key.verifying_key().as_bytes()).unwrap();
    let error = assert_refused(&strict, &path, abi::STATUS_PLUGIN_LOAD, "libneeded.so: cannot open shared object file");
    assert!(error.message().contains("link what it needs into it"), "{error}");
    assert!(!error.message().contains("/proc/"), "{error}");
    assert!(!has_run("needs"));
    ok(registry().load_from_path(&path));
}

#[test]
fn odd_paths_are_written_and_read() {
    let dir = Dir::new();
    let first = registry();
    for (number, folder) in ["it's \"q\"", "back\\slash", "new\nline", "é", "a/../b"].into_iter().enumerate() {
        ok(first.load_from_path(&dir.plugin(&format!("{folder}/{number}.so"), &format!("odd{number}"), "1.0.0", "")));
    }
    let lock = dir.join("sub/libvm.lock");
    first.write_lock(&lock).unwrap();
    let text = fs::read_to_string(&lock).unwrap();
    assert!(text.contains(r#"path = "../new\u000aline/2.so""#), "{text}");
    fs::remove_dir_all(dir.path().join("b")).unwrap();
    let second = locked(&lock);
    let (report, result) = second.load_from_path(dir.path());
    assert_eq!(result.unwrap_err().status(), abi::STATUS_PLUGIN_NOT_FOUND);
    assert_eq!(second.plugins().len(), 4);
    let missing = dir.path().canonicalize().unwrap().join("b/4.so");
    assert_eq!(line(&report, &missing).name(), Some("odd4"));

    let odd: &std::ffi::OsStr = std::os::unix::ffi::OsStrExt::from_bytes(b"\xff.so");
    let path = dir.path().join(odd);
    fs::rename(dir.plugin("x", "odd", "1.0.0", ""), &path).unwrap();
    ok(first.load_from_path(&path));
    fs::create_dir_all(dir.path().join("b")).unwrap();
    let before = fs::read(&lock).unwrap();
    let error = registry_of(&path).write_lock(&lock).unwrap_err();
    assert_eq!(error.status(), abi::STATUS_BAD_UTF8, "{error}");
    assert_eq!(fs::read(&lock).unwrap(), before);
    assert_eq!(fs::read_dir(lock.parent().unwrap()).unwrap().count(), 1, "a temporary file is left");
}

fn registry_of(path: &Path) -> Arc<PluginRegistry> {
    let made = registry();
    ok(made.load_from_path(path));
    made
}

/// A lock is not written through a link, though it may be read through one; and nobody gets rights that they did not have.
#[test]
fn a_lock_is_never_written_through_a_link() {
    let dir = Dir::new();
    let registry = registry_of(&dir.plugin("a.so", "a", "1.0.0", ""));
    let (real, link) = (dir.join("real/libvm.lock"), dir.join("link.lock"));
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o7777;
    registry.write_lock(&real).unwrap();
    assert_eq!(mode(&real) & 0o022, 0);
    std::os::unix::fs::symlink(&real, &link).unwrap();
    ok(locked(&link).load_from_path(dir.path()));
    fs::write(&real, "old").unwrap();
    for (to, kind) in [(real.clone(), "real/libvm.lock, and is not followed"), (dir.join("nowhere"), "nowhere, and")] {
        fs::remove_file(&link).unwrap();
        std::os::unix::fs::symlink(&to, &link).unwrap();
        let error = registry.write_lock(&link).unwrap_err();
        assert_eq!((error.status(), error.path()), (abi::STATUS_INVALID_ARGUMENT, Some(&*link)), "{error}");
        assert!(error.message().contains("it is a symbolic link to ") && error.message().contains(kind), "{error}");
    }
    assert!(!dir.join("nowhere").exists() && fs::read_to_string(&real).unwrap() == "old");
    fs::remove_file(&link).unwrap();
    for (before, after) in [(0o600, 0o600), (0o640, 0o640), (0o644, 0o644), (0o400, 0o600), (0o755, 0o644)] {
        fs::set_permissions(&real, fs::Permissions::from_mode(before)).unwrap();
        registry.write_lock(&real).unwrap();
        assert_eq!(mode(&real), after, "of {before:o}");
        assert!(fs::read_to_string(&real).unwrap().contains("path = \"../a.so\""));
    }
    // It would not be read if others could have put it in its place.
    fs::set_permissions(real.parent().unwrap(), fs::Permissions::from_mode(0o777)).unwrap();
    let error = registry.write_lock(&real).unwrap_err();
    assert_eq!((error.status(), error.path()), (abi::STATUS_UNTRUSTED_PATH, Some(&*real)), "{error}");
    assert_eq!(fs::read_dir(real.parent().unwrap()).unwrap().count(), 1, "a temporary file is left");
}

#[test]
fn the_default_paths_miss_what_is_in_the_lock() {
    let dir = Dir::new();
    let path = dir.plugin("own/a.so", "gone", "1.0.0", "");
    let lock = dir.join("libvm.lock");
    registry_of(&path).write_lock(&lock).unwrap();
    fs::remove_file(&path).unwrap();
    let registry = PluginRegistry::new(Policy::Any, vec![dir.path().join("own")]);
    registry.set_lock(&lock).unwrap();
    let (report, result) = registry.load_with_default_paths();
    assert_eq!(result.unwrap_err().status(), abi::STATUS_PLUGIN_NOT_FOUND);
    let line = line(&report, &path.parent().unwrap().canonicalize().unwrap().join("a.so"));
    assert!(line.message().contains("plug-in `gone` 1.0.0 was not found") && line.version() == Some("1.0.0"));
}
