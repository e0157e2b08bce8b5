//! Files that must not be loaded, whoever has made them so.
#![forbid(unsafe_code)]

use super::*;
use std::os::unix::fs::{PermissionsExt, symlink};

const SIZE: usize = 300;

/// A cache with one file, and the file.
fn prepared(scratch: &Scratch) -> (Cache, PathBuf) {
    let cache = scratch.open(1 << 20);
    store(&cache, 1, SIZE);
    let path = cache.directory.path_of(&key(1));
    (cache, path)
}

/// The file is refused, counted and removed, and the next one is good.
fn refuses(cache: &Cache, path: &Path, what: &str) {
    let before = cache.statistics();
    assert_eq!(load(cache, 1), None, "{what}");
    let after = cache.statistics();
    assert_eq!((after.refused, after.misses, after.hits), (before.refused + 1, before.misses + 1, before.hits), "{what}");
    assert!(path.symlink_metadata().is_err(), "{what}");
    store(cache, 1, SIZE);
    assert!(load(cache, 1).is_some(), "{what}");
}

#[test]
fn a_changed_file_is_never_loaded() {
    let scratch = Scratch::new();
    let (cache, path) = prepared(&scratch);
    let good = fs::read(&path).unwrap();
    for at in 0..good.len() {
        for flip in [1, 0x80] {
            let mut bad = good.clone();
            bad[at] ^= flip;
            fs::write(&path, bad).unwrap();
            refuses(&cache, &path, &format!("byte {at} changed"));
        }
    }
    for length in 0..good.len() {
        fs::write(&path, &good[..length]).unwrap();
        refuses(&cache, &path, &format!("{length} bytes"));
    }
    for more in [&b"\0"[..], &good] {
        fs::write(&path, [&good, more].concat()).unwrap();
        refuses(&cache, &path, "longer");
    }
    // Code that is cut or extended together with the size in the header.
    let mut bad = good.clone();
    bad.pop();
    bad[16..24].copy_from_slice(&(SIZE as u64 - 1).to_le_bytes());
    fs::write(&path, bad).unwrap();
    refuses(&cache, &path, "a shorter code");
}

#[test]
fn huge_sizes_take_no_memory() {
    let scratch = Scratch::new();
    let (cache, path) = prepared(&scratch);
    fs::File::create(&path).unwrap().set_len(1 << 40).unwrap();
    refuses(&scratch.open(1 << 50), &path, "a file of a TiB");
    fs::File::create(&path).unwrap().set_len(1 << 40).unwrap();
    assert_eq!((load(&cache, 1), cache.statistics().refused), (None, 0), "a file that is larger than the cache");
    store(&cache, 1, SIZE);
    let good = fs::read(&path).unwrap();
    for size in [u64::MAX, u64::MAX - 95, 1 << 40, 0] {
        let mut bad = good.clone();
        bad[16..24].copy_from_slice(&size.to_le_bytes());
        fs::write(&path, &bad).unwrap();
        refuses(&cache, &path, &format!("a code of {size} bytes"));
    }
    for length in [u32::MAX, 1025, 0] {
        let mut bad = good.clone();
        bad[24..28].copy_from_slice(&length.to_le_bytes());
        fs::write(&path, &bad).unwrap();
        refuses(&cache, &path, &format!("a name of {length} bytes"));
    }
}

#[test]
fn what_others_have_made_is_not_loaded() {
    let scratch = Scratch::new();
    let (cache, path) = prepared(&scratch);
    // Authentic, but of another module.
    store(&cache, 2, SIZE);
    fs::rename(cache.directory.path_of(&key(2)), &path).unwrap();
    refuses(&cache, &path, "another key");
    // Of another cache: the same file with another secret.
    let other = Scratch::new();
    let (_, foreign) = prepared(&other);
    fs::copy(&foreign, &path).unwrap();
    refuses(&cache, &path, "another secret");
    // Without a secret, as hosts ship it.
    write_shipped(&path, &key(1), ID, &code_of(&key(1), SIZE)).unwrap();
    refuses(&cache, &path, "shipped");
    // Of another version of the format, with a tag that is right.
    let mut bad = fs::read(&path).unwrap();
    bad[8] = 2;
    fs::write(&path, bad).unwrap();
    refuses(&cache, &path, "another version");
}

/// The engine refuses code for its own reasons, of which some are not faults of the code.
#[test]
fn what_cannot_be_loaded_is_removed_unless_the_system_is_at_fault() {
    let scratch = Scratch::new();
    let (cache, path) = prepared(&scratch);
    let fails = |status| cache.load(&key(1), |_| Err::<(), _>(Error::new(status, "a test"))).is_none();
    assert!(fails(abi::STATUS_OUT_OF_MEMORY) && path.exists());
    let done = cache.statistics();
    assert_eq!((done.hits, done.misses, done.refused), (0, 1, 0));
    assert!(fails(abi::STATUS_UNSUPPORTED) && !path.exists());
    let done = cache.statistics();
    assert_eq!((done.hits, done.misses, done.refused), (0, 2, 1));
}

#[test]
fn only_regular_files_of_this_user_are_read() {
    let scratch = Scratch::new();
    let (cache, path) = prepared(&scratch);
    let elsewhere = scratch.0.join("elsewhere");
    fs::rename(&path, &elsewhere).unwrap();
    symlink(&elsewhere, &path).unwrap();
    refuses(&cache, &path, "a symbolic link");
    assert!(elsewhere.exists());
    fs::remove_file(&path).unwrap();
    symlink(&path, &path).unwrap();
    refuses(&cache, &path, "a link to itself");
    fs::remove_file(&path).unwrap();
    rustix::fs::mknodat(rustix::fs::CWD, &path, rustix::fs::FileType::Fifo, rustix::fs::Mode::RWXU, 0).unwrap();
    refuses(&cache, &path, "a named pipe");
    fs::remove_file(&path).unwrap();
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    refuses(&cache, &path, "a socket");
    for mode in [0o620, 0o602] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        refuses(&cache, &path, "writable by others");
    }
    if crate::system::effective_user() == 0 {
        std::os::unix::fs::chown(&path, Some(54321), None).unwrap();
        refuses(&cache, &path, "another owner");
    } else {
        eprintln!("skipped: a file of another user, which only root can make");
    }
    // A directory cannot be removed, and is in the way: code is neither loaded nor stored.
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    assert_eq!(load(&cache, 1), None);
    store(&cache, 1, SIZE);
    assert_eq!((load(&cache, 1), cache.statistics().not_stored), (None, 1));
    assert_eq!(names(&scratch.path()).len(), 1, "nothing else is left");
}

/// A file is changed in place while it is read: the whole code comes out, or nothing.
#[test]
fn what_changes_meanwhile_is_whole_or_nothing() {
    let scratch = Scratch::new();
    let cache = scratch.open(1 << 30);
    let size = 600 << 10;
    store(&cache, 1, size);
    let path = cache.directory.path_of(&key(1));
    let good = fs::read(&path).unwrap();
    let stop = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut round = 0u64;
            while !stop.load(Ordering::Relaxed) {
                round += 1;
                let Ok(file) = fs::OpenOptions::new().write(true).open(&path) else { continue };
                let at = round * 7919 % good.len() as u64;
                let _ = match round % 3 {
                    0 => file.set_len(at),
                    1 => std::os::unix::fs::FileExt::write_all_at(&file, b"changed", at),
                    _ => fs::write(&path, &good),
                };
            }
        });
        let expected = code_of(&key(1), size);
        for _ in 0..50 {
            if let Some(found) = load(&cache, 1) {
                assert!(found == expected);
            }
            store(&cache, 1, size);
        }
        stop.store(true, Ordering::Relaxed);
    });
    store(&cache, 1, size);
    assert!(load(&cache, 1).is_some());
}
