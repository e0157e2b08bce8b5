//! Tests of the cache.
#![forbid(unsafe_code)]

mod faults;
mod places;
mod processes;
mod shipped;

use super::*;
use std::fs;
use std::io::{Read, Seek};
use std::path::PathBuf;
use std::sync::atomic::AtomicU32;
use std::time::{Duration, SystemTime};

const ID: &str = "libvm 0 for tests";

/// A folder that is removed with it.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("libvm-cache-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().canonicalize().unwrap().join(name);
        fs::create_dir(&path).unwrap();
        Self(path)
    }

    /// The directory of a cache in it.
    fn path(&self) -> PathBuf {
        self.0.join("code")
    }

    fn open(&self, size: u64) -> Cache {
        Cache::open(&self.path(), size).unwrap()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn key(number: u64) -> Key {
    Key::of(&[&number.to_le_bytes()])
}

/// Bytes that belong to a key.
fn code_of(key: &Key, size: usize) -> Vec<u8> {
    key.as_bytes().iter().copied().cycle().enumerate().map(|(at, byte)| byte ^ (at >> 5) as u8).take(size).collect()
}

fn bytes(code: Code) -> Vec<u8> {
    match code {
        Code::Sealed(mut file) => {
            let mut all = Vec::new();
            file.rewind().unwrap();
            file.read_to_end(&mut all).unwrap();
            all
        }
        Code::Bytes(bytes) => bytes,
    }
}

fn store(cache: &Cache, number: u64, size: usize) {
    cache.store(&key(number), ID, &code_of(&key(number), size));
}

fn load(cache: &Cache, number: u64) -> Option<Vec<u8>> {
    cache.load(&key(number), Ok).map(bytes)
}

/// The names of what is in a cache besides its secret.
fn names(path: &Path) -> Vec<String> {
    let all = fs::read_dir(path).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    all.filter(|name| name != "secret").collect()
}

fn used(path: &Path, seconds_ago: u64) {
    let when = SystemTime::now() - Duration::from_secs(seconds_ago);
    fs::File::open(path).unwrap().set_modified(when).unwrap();
}

#[test]
fn code_of_every_size_comes_back() {
    let scratch = Scratch::new();
    let cache = scratch.open(1 << 30);
    let sizes = [0, 1, 95, 96, 1024, (256 << 10) - 1, 256 << 10, (256 << 10) + 1, 3 << 20];
    for (number, size) in sizes.into_iter().enumerate() {
        let number = number as u64;
        assert_eq!(load(&cache, number), None);
        store(&cache, number, size);
        assert_eq!(load(&cache, number).unwrap(), code_of(&key(number), size));
        // Another process, as it were.
        assert_eq!(load(&scratch.open(1 << 30), number).unwrap().len(), size);
    }
    let sum = sizes.iter().map(|size| (size + 96 + ID.len()) as u64).sum();
    let expected = CacheStatistics { hits: 9, misses: 9, refused: 0, stored: 9, not_stored: 0, bytes: sum };
    assert_eq!(cache.statistics(), expected);
    // The same again replaces the file.
    store(&cache, 3, 96);
    assert_eq!((cache.statistics().bytes, names(&scratch.path()).len()), (sum, 9));
}

#[test]
fn keys_tell_parts_apart() {
    let keys = [
        Key::of(&[]),
        Key::of(&[b""]),
        Key::of(&[b"", b""]),
        Key::of(&[b"ab", b"c"]),
        Key::of(&[b"a", b"bc"]),
        Key::of(&[b"abc"]),
        Key::of(&[b"abc", b""]),
        Key::of(&[b"\x03\0\0\0\0\0\0\0abc"]),
    ];
    for (at, one) in keys.iter().enumerate() {
        assert!(keys[..at].iter().all(|other| other != one), "{at}");
        assert_eq!(one.to_string().len(), 64);
    }
    assert_eq!(Key::of(&[b"ab", b"c"]), keys[3]);
}

/// What was authenticated cannot be changed any more, by this process either.
#[test]
#[cfg(target_os = "linux")]
fn code_is_sealed() {
    use std::io::Write;
    let scratch = Scratch::new();
    let cache = scratch.open(1 << 30);
    store(&cache, 1, 5000);
    let Some(Code::Sealed(mut file)) = cache.load(&key(1), Ok) else { panic!("not sealed") };
    file.rewind().unwrap();
    assert_eq!(file.write(b"x").unwrap_err().raw_os_error(), Some(libc::EPERM));
    assert!(file.set_len(10).is_err() && file.set_len(10_000).is_err());
    let path = format!("/proc/self/fd/{}", std::os::fd::AsRawFd::as_raw_fd(&file));
    let mut other = fs::OpenOptions::new().write(true).open(path).unwrap();
    assert_eq!(other.write(b"x").unwrap_err().raw_os_error(), Some(libc::EPERM));
    assert_eq!(bytes(Code::Sealed(file)), code_of(&key(1), 5000));
}

#[test]
fn the_least_recently_used_goes_first() {
    let scratch = Scratch::new();
    let size = 1000;
    let one = (size + 96 + ID.len()) as u64;
    let cache = scratch.open(4 * one);
    for number in 0..4 {
        store(&cache, number, size);
        used(&cache.directory.path_of(&key(number)), 1000 - number);
    }
    assert_eq!(cache.statistics().bytes, 4 * one);
    // Using the oldest makes it the newest.
    assert!(load(&cache, 0).is_some());
    store(&cache, 4, size);
    assert_eq!((load(&cache, 1), cache.statistics().bytes), (None, 4 * one));
    for number in [0, 2, 3, 4] {
        assert!(load(&cache, number).is_some(), "{number}");
    }
    // A large one takes the place of several; one that is larger than everything takes the place of none.
    store(&cache, 5, 3 * size);
    assert_eq!(names(&scratch.path()).len(), 2);
    store(&cache, 6, 5 * size);
    assert_eq!((load(&cache, 6), load(&cache, 5).unwrap().len()), (None, 3 * size));
    assert_eq!(cache.statistics().not_stored, 1);
    // A smaller bound holds from the next file on.
    let smaller = scratch.open(one);
    store(&smaller, 7, size);
    assert_eq!((names(&scratch.path()).len(), smaller.statistics().bytes), (1, one));
    // To it a larger file is not there; others use it.
    store(&scratch.open(10 * one), 5, 3 * size);
    assert_eq!((load(&smaller, 5), smaller.statistics().refused, smaller.statistics().misses), (None, 0, 1));
    assert!(load(&cache, 5).is_some());
    // No room at all.
    let none = scratch.open(0);
    store(&none, 8, 0);
    assert_eq!((load(&none, 8), none.statistics().not_stored), (None, 1));
}
