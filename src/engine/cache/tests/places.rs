//! Directories and secrets.
#![forbid(unsafe_code)]

use super::*;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

fn mode(path: &Path) -> u32 {
    path.symlink_metadata().unwrap().mode() & 0o777
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// The directory is refused with this status and this text.
fn refused(path: &Path, status: abi::Status, text: &str) {
    let error = Cache::open(path, 1 << 20).err().unwrap();
    assert_eq!(error.status(), status, "{}", error.message());
    assert!(error.message().contains(text), "{}", error.message());
}

/// Runs `work` on a thread of another user; returns nothing where only root could do that.
fn as_user<R: Send>(user: u32, work: impl FnOnce() -> R + Send) -> Option<R> {
    if !cfg!(target_os = "linux") || crate::system::effective_user() != 0 {
        eprintln!("skipped: what happens to another user, which only root can become");
        return None;
    }
    let run = || {
        crate::system::become_user(user);
        work()
    };
    Some(std::thread::scope(|scope| scope.spawn(run).join().unwrap()))
}

#[test]
fn everything_is_private() {
    let scratch = Scratch::new();
    let deep = scratch.0.join("a/b/code");
    let cache = Cache::open(&deep, 1 << 20).unwrap();
    store(&cache, 1, 10);
    assert_eq!((mode(&deep), mode(&deep.join("secret")), mode(&cache.directory.path_of(&key(1)))), (0o700, 0o600, 0o600));
    assert_eq!(fs::read(deep.join("secret")).unwrap().len(), 32);
    let other = Scratch::new();
    drop(other.open(0));
    assert_ne!(fs::read(deep.join("secret")).unwrap(), fs::read(other.path().join("secret")).unwrap());
    // By a link of this user it is the same directory.
    symlink(&deep, scratch.0.join("link")).unwrap();
    assert!(load(&Cache::open(&scratch.0.join("link"), 1 << 20).unwrap(), 1).is_some());
}

#[test]
fn directories_that_others_can_use_are_refused() {
    let scratch = Scratch::new();
    let path = scratch.path();
    drop(scratch.open(1 << 20));
    for open in [0o750, 0o705, 0o701, 0o710] {
        set_mode(&path, open);
        let text = format!(
            "permits other users to use it (its mode is {open:03o}); use a directory of this user, and run `chmod 700` on it"
        );
        refused(&path, abi::STATUS_UNTRUSTED_PATH, &text);
    }
    set_mode(&path, 0o702);
    refused(&path, abi::STATUS_UNTRUSTED_PATH, "world-writable");
    set_mode(&path, 0o700);
    set_mode(&scratch.0, 0o777);
    refused(&path, abi::STATUS_UNTRUSTED_PATH, "world-writable");
    set_mode(&scratch.0, 0o755);
    drop(scratch.open(1 << 20));
    if crate::system::effective_user() == 0 {
        std::os::unix::fs::chown(&path, Some(54321), None).unwrap();
        refused(&path, abi::STATUS_UNTRUSTED_PATH, "54321");
    } else {
        eprintln!("skipped: a directory of another user, which only root can make");
    }
    fs::write(scratch.0.join("file"), "").unwrap();
    refused(&scratch.0.join("file"), abi::STATUS_IO, "cannot use the cache directory");
    refused(&scratch.0.join("file/code"), abi::STATUS_IO, "cannot use the cache directory");
    symlink("nowhere", scratch.0.join("dangling")).unwrap();
    assert!(Cache::open(&scratch.0.join("dangling"), 0).is_err());
}

/// A process of root in the home of another user, such as one that `sudo` has started, leaves nothing there.
#[test]
fn nothing_is_created_where_others_decide() {
    if crate::system::effective_user() != 0 {
        eprintln!("skipped: directories of another user, which only root can make");
        return;
    }
    let scratch = Scratch::new();
    let (home, other) = (scratch.0.join("home"), scratch.0.join("other"));
    fs::create_dir(&home).unwrap();
    fs::create_dir(&other).unwrap();
    set_mode(&other, 0o755);
    symlink(&other, home.join("link")).unwrap();
    for path in [&home, &home.join("link")] {
        std::os::unix::fs::lchown(path, Some(54321), None).unwrap();
    }
    for path in ["code", "new/libvm/code", "link/code", "link/libvm/code"] {
        refused(&home.join(path), abi::STATUS_UNTRUSTED_PATH, "54321");
    }
    assert_eq!((names(&home), names(&other), mode(&other)), (vec!["link".to_owned()], Vec::new(), 0o755));
}

/// In a directory such as `/tmp` a user's own directories are safe from others.
#[test]
fn it_is_created_in_a_directory_for_everyone() {
    let scratch = Scratch::new();
    set_mode(&scratch.0, 0o1777);
    for (path, above) in [("one", ""), ("two/libvm/code", "two")] {
        drop(Cache::open(&scratch.0.join(path), 0).unwrap());
        assert_eq!(mode(&scratch.0.join(path)), 0o700);
        assert_eq!(mode(&scratch.0.join(above)) & 0o722, if above.is_empty() { 0o722 } else { 0o700 });
    }
    set_mode(&scratch.0, 0o777);
    refused(&scratch.0.join("three"), abi::STATUS_UNTRUSTED_PATH, "world-writable");
    assert!(!scratch.0.join("three").exists());
}

/// A secret that others may have read, or that is damaged, is replaced: what it authenticated is not loaded any more.
#[test]
fn a_bad_secret_is_replaced() {
    let scratch = Scratch::new();
    let secret = scratch.path().join("secret");
    let damages: [(&str, &dyn Fn()); 7] = [
        ("empty", &|| fs::write(&secret, "").unwrap()),
        ("long", &|| fs::write(&secret, [1; 33]).unwrap()),
        ("readable by a group", &|| set_mode(&secret, 0o640)),
        ("readable by all", &|| set_mode(&secret, 0o604)),
        ("missing", &|| fs::remove_file(&secret).unwrap()),
        ("a link", &|| {
            fs::rename(&secret, scratch.0.join("moved")).unwrap();
            symlink(scratch.0.join("moved"), &secret).unwrap();
        }),
        ("another one", &|| fs::write(&secret, [7; 32]).unwrap()),
    ];
    for (what, damage) in damages {
        store(&scratch.open(1 << 20), 1, 10);
        assert!(load(&scratch.open(1 << 20), 1).is_some());
        damage();
        let cache = scratch.open(1 << 20);
        assert_eq!((load(&cache, 1), cache.statistics().refused), (None, 1), "{what}");
        assert_eq!((mode(&secret), fs::read(&secret).unwrap().len()), (0o600, 32), "{what}");
    }
    fs::remove_file(&secret).unwrap();
    fs::create_dir(&secret).unwrap();
    assert!(Cache::open(&scratch.path(), 0).is_err());
}

/// All of those that open a new directory at once have the same secret.
#[test]
fn a_secret_is_made_once() {
    for _ in 0..20 {
        let scratch = Scratch::new();
        let path = scratch.path();
        let all: Vec<Cache> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(|| Cache::open(&path, 1 << 20).unwrap())).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        store(&all[0], 1, 10);
        assert!(all.iter().all(|cache| load(cache, 1).is_some()));
        assert_eq!(names(&path).len(), 1);
    }
}

#[test]
fn a_directory_that_cannot_be_written_is_still_read() {
    let scratch = Scratch::new();
    fs::set_permissions(&scratch.0, fs::Permissions::from_mode(0o755)).unwrap();
    let path = scratch.path();
    let made = || {
        store(&Cache::open(&path, 1 << 20).unwrap(), 1, 10);
        set_mode(&path, 0o500);
        let cache = Cache::open(&path, 1 << 20).unwrap();
        assert_eq!(load(&cache, 1).unwrap(), code_of(&key(1), 10));
        store(&cache, 2, 10);
        assert_eq!((load(&cache, 2), cache.statistics().not_stored), (None, 1));
        assert_eq!(names(&path).len(), 1);
        // A new one cannot be created either.
        set_mode(&path, 0o700);
        fs::write(path.join("in_the_way"), "").unwrap();
        set_mode(&path, 0o500);
        assert!(Cache::open(&path.join("new"), 0).is_err());
    };
    if crate::system::effective_user() == 0 {
        std::os::unix::fs::chown(&scratch.0, Some(54321), None).unwrap();
        as_user(54321, made);
    } else {
        made();
    }
}

/// After it was opened, the cache does not depend on its path.
#[test]
fn another_directory_in_its_place_is_not_used() {
    let scratch = Scratch::new();
    let cache = scratch.open(1 << 20);
    fs::rename(scratch.path(), scratch.0.join("moved")).unwrap();
    fs::create_dir(scratch.path()).unwrap();
    store(&cache, 1, 10);
    assert!(load(&cache, 1).is_some());
    assert!(names(&scratch.path()).is_empty());
    fs::remove_dir_all(scratch.0.join("moved")).unwrap();
    store(&cache, 2, 10);
    assert_eq!((load(&cache, 1), load(&cache, 2), cache.statistics().not_stored), (None, None, 1));
}

/// It is created as it was at first, with the same checks, and what is stored then is found.
#[test]
fn a_removed_directory_is_created_again() {
    let scratch = Scratch::new();
    let (cache, path) = (scratch.open(1 << 20), scratch.path());
    store(&cache, 1, 10);
    let former = fs::read(path.join("secret")).unwrap();
    fs::remove_dir_all(&path).unwrap();
    assert_eq!((load(&cache, 1), cache.statistics().bytes), (None, 0));
    assert!(!path.exists(), "who only looks creates nothing");
    store(&cache, 1, 10);
    assert_eq!(load(&cache, 1).unwrap(), code_of(&key(1), 10));
    assert_eq!((mode(&path), mode(&path.join("secret")), names(&path).len()), (0o700, 0o600, 1));
    assert_ne!(fs::read(path.join("secret")).unwrap(), former);
    assert!(load(&scratch.open(1 << 20), 1).is_some());
    let done = cache.statistics();
    assert_eq!((done.stored, done.not_stored, done.refused), (2, 0, 0));
    // With the directories above it.
    fs::remove_dir_all(&scratch.0).unwrap();
    store(&cache, 2, 10);
    assert!(load(&cache, 2).is_some() && mode(&path) == 0o700);
    // Others may decide meanwhile what is there.
    fs::remove_dir_all(&path).unwrap();
    set_mode(&scratch.0, 0o777);
    store(&cache, 3, 10);
    assert!(!path.exists());
    set_mode(&scratch.0, 0o755);
    fs::create_dir(&path).unwrap();
    set_mode(&path, 0o750);
    store(&cache, 3, 10);
    assert!(names(&path).is_empty());
    set_mode(&path, 0o700);
    store(&cache, 3, 10);
    assert!(load(&cache, 3).is_some());
    let done = cache.statistics();
    assert_eq!((done.stored, done.not_stored), (4, 2));
}

/// Those of which each finds it removed use the same one.
#[test]
fn a_removed_directory_is_created_once() {
    let scratch = Scratch::new();
    let caches: Vec<Cache> = (0..8).map(|_| scratch.open(1 << 20)).collect();
    for _ in 0..10 {
        fs::remove_dir_all(scratch.path()).unwrap();
        std::thread::scope(|scope| {
            caches.iter().enumerate().for_each(|(number, cache)| drop(scope.spawn(move || store(cache, number as u64, 10))));
        });
        assert_eq!(names(&scratch.path()).len(), caches.len());
        assert!((0..8).all(|number| caches.iter().all(|cache| load(cache, number).is_some())));
    }
}
