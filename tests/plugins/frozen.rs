//! The bytes that were read are the ones that are opened: overwritten files, bytes that many threads load, libraries that require
//! others beside them.
use crate::fixture::{Dir, ok, registry, rewritten, times_run};
use ed25519_dalek::{Signer, SigningKey};
use libvm_abi as abi;
use std::fs;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Barrier;

/// Compiles a plug-in that finds libraries in its own directory, if the system's loader supports that.
fn beside_itself(dir: &Dir, version: &str, file: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let made = dir.join(file);
    let mut command = Command::new(std::env::var_os("CC").unwrap_or_else(|| "cc".into()));
    command.args(["-shared", "-fPIC", "-fvisibility=hidden", "-Wl,-rpath,$ORIGIN", "-DNAME=\"beside\""]);
    command.arg(format!("-DVERSION=\"{version}\"")).arg("-I").arg(root.join("include"));
    assert!(command.arg(root.join("capi-tests/plugins/named.c")).arg("-o").arg(&made).status().unwrap().success());
    made
}

/// Such a library is opened in place: one that was overwritten while it is mapped is refused, and one that was replaced is not.
#[test]
#[cfg(target_os = "linux")]
fn a_mapped_file_that_was_written_over_is_not_half_run() {
    let dir = Dir::new();
    let path = beside_itself(&dir, "1.0.0", "a.so");
    let new = fs::read(beside_itself(&dir, "2.0.0", "new")).unwrap();
    let registry = registry();
    ok(registry.load_from_path(&path));
    let runs = times_run("beside");
    // Without truncating it, and restored at the end: its code must still end with the process.
    let mapped = fs::File::options().read(true).write(true).open(&path).unwrap();
    let old = fs::read(&path).unwrap();
    assert_eq!(old.len(), new.len());
    mapped.write_all_at(&new, 0).unwrap();
    for again in [&registry, &crate::fixture::registry()] {
        let error = again.update_from_path(&path).1.unwrap_err();
        assert_eq!(
            (error.status(), error.path(), error.plugin()),
            (abi::STATUS_PLUGIN_LOAD, Some(&*path), Some("beside")),
            "{error}"
        );
        assert!(error.message().contains("it was overwritten in place while its code is in use"), "{error}");
        assert!(error.message().contains("by renaming them over the old file"), "{error}");
    }
    assert_eq!((times_run("beside"), registry.find("beside").unwrap().version().as_str()), (runs, "1.0.0"));
    fs::rename(dir.join("new"), &path).unwrap();
    ok(registry.update_from_path(&path));
    assert_eq!((times_run("beside"), registry.find("beside").unwrap().version().as_str()), (runs + 1, "2.0.0"));
    mapped.write_all_at(&old, 0).unwrap();
}

/// Threads that load the same signed bytes at the same moment map them once.
#[test]
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn threads_open_the_same_bytes_once() {
    let dir = Dir::new();
    let key = SigningKey::from_bytes(&[11; 32]);
    for round in 0..30 {
        let name = format!("sealed-race-{round}");
        let path = dir.compile("named", &[&format!("NAME=\"{name}\""), "VERSION=\"1.0.0\""], &format!("{name}.so"));
        fs::write(format!("{}.sig", path.display()), key.sign(&fs::read(&path).unwrap()).to_bytes()).unwrap();
        let barrier = Barrier::new(8);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    let registry = registry();
                    registry.add_key(key.verifying_key().as_bytes()).unwrap();
                    barrier.wait();
                    ok(registry.load_from_path(&path));
                });
            }
        });
        assert_eq!(times_run(&name), 1, "round {round}");
    }
}

/// One file with always different bytes, each registry deleted before the next: none runs in place of another.
#[test]
#[cfg(target_os = "linux")]
fn copies_do_not_take_the_name_of_others() {
    let dir = Dir::new();
    let template = fs::read(dir.compile("named", &["NAME=\"name-of-others\"", "VERSION=\"1.0.0\""], "template")).unwrap();
    let path = dir.join("a.so");
    for round in 1..=20 {
        let version = format!("1.0.{round}");
        fs::write(&path, rewritten(&template, "name-of-others", &version, "")).unwrap();
        let registry = registry();
        ok(registry.load_from_path(&path));
        assert_eq!(registry.find("name-of-others").unwrap().version().as_str(), version);
        assert_eq!(times_run("name-of-others"), round);
    }
}
