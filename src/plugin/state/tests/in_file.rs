//! Additional properties of a file: it persists, it belongs to one registry, and it may be damaged.
#![forbid(unsafe_code)]

use super::*;
use crate::files::Trusted;
use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

/// A folder that is deleted when this is dropped.
pub struct Scratch(PathBuf);

impl Scratch {
    pub fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("libvm-state-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let folder = std::env::temp_dir().canonicalize().unwrap().join(name);
        fs::create_dir(&folder).unwrap();
        Self(folder)
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).unwrap();
    }
}

fn opened(path: &Path) -> States {
    let states = States::default();
    states.set_file(path, &Trusted::default()).unwrap();
    states
}

/// Asserts that the file cannot be used, and why.
#[track_caller]
fn refused(path: &Path, status: Status, part: &str) {
    let error = States::default().set_file(path, &Trusted::default()).unwrap_err();
    assert_eq!((error.status(), error.path()), (status, Some(path)), "{}", error.message());
    assert!(error.message().contains(part) && error.message().contains(path.to_str().unwrap()), "{}", error.message());
}

#[test]
fn what_was_kept_is_there_again() {
    let scratch = Scratch::new();
    let states = opened(&scratch.path("state.db"));
    states.of("p", Some("s")).increment("n", 41).unwrap();
    states.of("p", Some("s")).put("v", b"value").unwrap();
    states.of("p", None).put("v", b"gone").unwrap();
    drop(states);
    let state = opened(&scratch.path("state.db")).of("p", Some("s"));
    assert_eq!((state.increment("n", 1), &*state.get("v").unwrap()), (Ok(42), &b"value"[..]));
    assert_eq!(state.keys("").unwrap(), ["n", "v"]);
}

#[test]
fn both_places_do_the_same() {
    let scratch = Scratch::new();
    let (here, there) = (States::default().of("p", Some("s")), opened(&scratch.path("state.db")).of("p", Some("s")));
    let mut random = 1_u32;
    for _ in 0..3000 {
        random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let (key, number) = (format!("{}", random >> 28), i64::from(random) - (1 << 31));
        match random >> 16 & 7 {
            0 | 1 => assert_eq!(here.put(&key, &random.to_le_bytes()), there.put(&key, &random.to_le_bytes())),
            2 => assert_eq!(here.get(&key), there.get(&key)),
            3 => assert_eq!(here.remove(&key), there.remove(&key)),
            4 => assert_eq!(here.counter(&key), there.counter(&key)),
            5 => assert_eq!(here.keys(&key), there.keys(&key)),
            _ => assert_eq!(here.increment(&key, number << 30), there.increment(&key, number << 30)),
        }
    }
    assert_eq!(here.keys(""), there.keys(""));
}

#[test]
fn a_file_belongs_to_one_registry_until_its_last_plugin_goes() {
    let scratch = Scratch::new();
    let path = scratch.path("state.db");
    let states = opened(&path);
    let state = states.of("p", Some("s"));
    refused(&path, abi::STATUS_BUSY, "is in use by another registry of this process");
    drop(states);
    state.increment("n", 1).unwrap();
    refused(&path, abi::STATUS_BUSY, "is in use by another registry of this process");
    drop(state);
    assert_eq!(opened(&path).of("p", Some("s")).counter("n"), Ok(1));
}

#[test]
fn another_program_that_has_the_database_open_is_told_of() {
    let scratch = Scratch::new();
    let path = scratch.path("state.db");
    drop(opened(&path));
    // SQLite knows the locks of its own process: this is the same copy of it.
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("PRAGMA locking_mode = EXCLUSIVE; BEGIN IMMEDIATE; COMMIT").unwrap();
    refused(&path, abi::STATUS_BUSY, "is in use by another program");
    drop(other);
    drop(opened(&path));
    let states = opened(&path);
    states.of("p", Some("s")).increment("n", 1).unwrap();
    let other = rusqlite::Connection::open(&path).unwrap();
    other.busy_timeout(std::time::Duration::ZERO).unwrap();
    assert!(other.query_row("SELECT number FROM counter", [], |row| row.get::<_, i64>(0)).is_err());
}

#[test]
fn a_registry_keeps_state_in_one_place() {
    let scratch = Scratch::new();
    let states = opened(&scratch.path("state.db"));
    states.set_file(&scratch.path("state.db"), &Trusted::default()).unwrap();
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(scratch.path("state.db"), scratch.path("link.db")).unwrap();
        states.set_file(&scratch.path("link.db"), &Trusted::default()).unwrap();
        refused(&scratch.path("state.db"), abi::STATUS_BUSY, "another registry of this process");
    }
    let error = states.set_file(&scratch.path("other.db"), &Trusted::default()).unwrap_err();
    assert_eq!((error.status(), error.path()), (abi::STATUS_SEALED, Some(&*scratch.path("other.db"))));
    assert!(error.message().contains("keeps it in"), "{}", error.message());
    assert!(!scratch.path("other.db").exists());

    let states = States::default();
    states.of("p", None).increment("n", 1).unwrap();
    let state = states.of("greeter", Some("desk"));
    let error = states.set_file(&scratch.path("other.db"), &Trusted::default()).unwrap_err();
    assert_eq!(error.status(), abi::STATUS_SEALED);
    assert!(error.message().contains("plug-in `greeter` in the context `desk` is already in memory"), "{}", error.message());
    assert_eq!(state.increment("n", 1), Ok(1));
    assert!(!scratch.path("other.db").exists());
}

#[test]
fn what_is_no_file_is_refused() {
    let scratch = Scratch::new();
    refused(&scratch.path(""), abi::STATUS_INVALID_ARGUMENT, "it is a directory; set the path of a file in it");
    refused(&scratch.path("no/state.db"), abi::STATUS_FILE_NOT_FOUND, "does not exist; create it first");
    assert_eq!(
        States::default().set_file(Path::new(".."), &Trusted::default()).unwrap_err().status(),
        abi::STATUS_INVALID_ARGUMENT
    );
    assert_eq!(
        States::default().set_file(Path::new(""), &Trusted::default()).unwrap_err().status(),
        abi::STATUS_INVALID_ARGUMENT
    );
    #[cfg(unix)]
    refused(Path::new("/dev/null"), abi::STATUS_INVALID_ARGUMENT, "it is a device, and only regular files are opened");
}

/// Asserts that the file is refused, and nothing in its folder changes.
#[track_caller]
fn refused_and_left(scratch: &Scratch, name: &str, part: &str) {
    let all = || {
        let files = fs::read_dir(&scratch.0).unwrap().map(|entry| entry.unwrap().path());
        let mut all: Vec<_> = files.map(|path| (fs::read(&path).unwrap(), path)).collect();
        all.sort();
        all
    };
    let before = all();
    refused(&scratch.path(name), abi::STATUS_BAD_STATE_FILE, part);
    assert!(all() == before, "{name} was changed");
}

#[test]
fn a_file_of_another_program_stays_as_it_is() {
    let scratch = Scratch::new();
    fs::write(scratch.path("mine.txt"), "very important").unwrap();
    refused_and_left(&scratch, "mine.txt", "it is not a state file");
    fs::write(scratch.path("large.bin"), [7; 100_000]).unwrap();
    refused_and_left(&scratch, "large.bin", "it is not a state file");
    // A database whose program was killed: opening it would move its log into it.
    let other = rusqlite::Connection::open(scratch.path("other.db")).unwrap();
    other.execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE counter (a); INSERT INTO counter VALUES (1)").unwrap();
    for name in ["other.db", "other.db-wal"] {
        fs::copy(scratch.path(name), scratch.path(&name.replace("other", "copy"))).unwrap();
    }
    drop(other);
    refused_and_left(&scratch, "copy.db", "it is a database of another program");
}

#[test]
fn a_newer_format_is_left_to_a_newer_libvm() {
    let scratch = Scratch::new();
    let path = scratch.path("state.db");
    drop(opened(&path));
    let newer = rusqlite::Connection::open(&path).unwrap();
    newer.execute_batch("PRAGMA user_version = 2").unwrap();
    // The header says 1, and the log 2.
    for name in ["state.db", "state.db-wal"] {
        fs::copy(scratch.path(name), scratch.path(&name.replace("state", "killed"))).unwrap();
    }
    drop(newer);
    refused_and_left(&scratch, "state.db", " supports 1; use the libvm that wrote it, or another file");
    refused_and_left(&scratch, "killed.db", "its format has version 2");
}

#[test]
fn a_damaged_file_is_told_of() {
    let scratch = Scratch::new();
    let path = scratch.path("state.db");
    let state = opened(&path).of("p", Some("s"));
    for key in 0..2000 {
        state.put(&format!("key {key}"), &[1; 100]).unwrap();
    }
    drop(state);
    let whole = fs::read(&path).unwrap();
    for (name, end) in [("short.db", 50), ("half.db", whole.len() / 2), ("page.db", 4096), ("odd.db", whole.len() - 1000)] {
        fs::write(scratch.path(name), &whole[..end]).unwrap();
        let part = if end < 100 { "its beginning was lost" } else { "the file is damaged: set a backup copy" };
        refused_and_left(&scratch, name, part);
    }
    let mut damaged = whole.clone();
    damaged[120..4096].fill(0xff);
    fs::write(scratch.path("schema.db"), &damaged).unwrap();
    refused_and_left(&scratch, "schema.db", "the file is damaged: set a backup copy");

    // Damage in the middle is detected when it is read: the plug-in gets an error, the host the reason, once.
    let mut damaged = whole.clone();
    damaged[8192..].fill(0xff);
    fs::write(scratch.path("middle.db"), &damaged).unwrap();
    let state = opened(&scratch.path("middle.db")).of("p", Some("s"));
    let failure = state.get("key 77").unwrap_err();
    assert_eq!(failure.status, abi::STATUS_IO);
    let reason = failure.reason.unwrap();
    assert!(reason.contains("/middle.db: ") && reason.contains("malformed; the file is damaged"), "{reason}");
    assert_eq!(state.get("key 77"), Err(abi::STATUS_IO.into()));
    assert_eq!(status(state.keys("")), abi::STATUS_IO);
}

#[test]
fn an_empty_file_becomes_a_state_file() {
    let scratch = Scratch::new();
    fs::write(scratch.path("state.db"), "").unwrap();
    opened(&scratch.path("state.db")).of("p", Some("s")).increment("n", 1).unwrap();
    assert!(fs::read(scratch.path("state.db")).unwrap().starts_with(b"SQLite format 3\0"));
}

/// Nothing beside the file is followed, waited for or overwritten.
#[test]
#[cfg(unix)]
fn what_stands_in_the_place_of_a_file_beside_it_is_left() {
    let scratch = Scratch::new();
    let stranger = scratch.path("stranger.txt");
    fs::write(&stranger, "very important").unwrap();
    drop(opened(&scratch.path("state.db")));
    fs::remove_file(scratch.path("state.db-lock")).unwrap();
    for name in ["state.db", "new.db"] {
        let beside = |ending| scratch.path(&format!("{name}{ending}"));
        for ending in ["-lock", "-wal", "-journal"] {
            std::os::unix::fs::symlink(&stranger, beside(ending)).unwrap();
            refused_and_left(&scratch, name, "is a symbolic link; it was not changed: remove it");
            fs::remove_file(beside(ending)).unwrap();
        }
        fs::hard_link(&stranger, beside("-lock")).unwrap();
        refused_and_left(&scratch, name, "is a file with several names; it was not changed");
        fs::remove_file(beside("-lock")).unwrap();
        fs::write(beside("-lock"), "12345\nmore").unwrap();
        refused_and_left(&scratch, name, "is a file of another program; it was not changed");
        fs::remove_file(beside("-lock")).unwrap();
        fs::create_dir(beside("-lock")).unwrap();
        refused(&scratch.path(name), abi::STATUS_BAD_STATE_FILE, "is a directory");
        fs::remove_dir(beside("-lock")).unwrap();
        assert!(std::process::Command::new("mkfifo").arg(beside("-lock")).status().unwrap().success());
        refused(&scratch.path(name), abi::STATUS_BAD_STATE_FILE, "is a named pipe");
        fs::remove_file(beside("-lock")).unwrap();
    }
    // The lock file beside a foreign file is foreign too.
    fs::write(scratch.path("stranger.txt-lock"), "17\n").unwrap();
    refused_and_left(&scratch, "stranger.txt", "it is not a state file");
    drop(opened(&scratch.path("state.db")));
    assert_eq!(fs::read_to_string(scratch.path("state.db-lock")).unwrap(), format!("{}\n", std::process::id()));
}
