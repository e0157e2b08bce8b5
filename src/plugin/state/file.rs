//! State in a file: a SQLite database.
//!
//! Its write-ahead log (`-wal` beside the file) is written by one system call for each change, before the change returns: a
//! process that is killed loses nothing. The log is synced only when it is moved into the file, so that a power failure may
//! lose the latest changes, but not more than those.
#![forbid(unsafe_code)]

use super::lock::{self, Lock, beside};
use super::outcome::{Failure, Outcome};
use crate::files::{self, Provenance, Trusted};
use crate::status::{Error, Result};
use libvm_abi as abi;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, TransactionBehavior, params};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// The application ID in the header of a database: "lvms".
const APPLICATION: i32 = 0x6c76_6d73;
/// The version of the tables below.
const VERSION: i32 = 1;

const DAMAGED: &str = "the file is damaged: set a backup copy, or another file";

const TABLES: &str = "
    CREATE TABLE value (plugin TEXT NOT NULL, scope TEXT NOT NULL, key TEXT NOT NULL, data BLOB NOT NULL,
                        UNIQUE (plugin, scope, key)) STRICT;
    CREATE TABLE counter (plugin TEXT NOT NULL, scope TEXT NOT NULL, key TEXT NOT NULL, number INTEGER NOT NULL,
                          PRIMARY KEY (plugin, scope, key)) STRICT, WITHOUT ROWID;";
const PUT: &str = "INSERT INTO value VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE SET data = excluded.data";
const GET: &str = "SELECT data FROM value WHERE plugin = ?1 AND scope = ?2 AND key = ?3";
const REMOVE_VALUE: &str = "DELETE FROM value WHERE plugin = ?1 AND scope = ?2 AND key = ?3";
const REMOVE_COUNTER: &str = "DELETE FROM counter WHERE plugin = ?1 AND scope = ?2 AND key = ?3";
// Integers that overflow would become floats.
const INCREMENT: &str = "INSERT INTO counter VALUES (?1, ?2, ?3, ?4)
    ON CONFLICT DO UPDATE SET number = number + ?4 WHERE number BETWEEN ?5 AND ?6 RETURNING number";
const COUNTER: &str = "SELECT number FROM counter WHERE plugin = ?1 AND scope = ?2 AND key = ?3";
const KEYS: [&str; 2] = [
    "SELECT key FROM value WHERE plugin = ?1 AND scope = ?2 AND key >= ?3 ORDER BY key",
    "SELECT key FROM counter WHERE plugin = ?1 AND scope = ?2 AND key >= ?3 ORDER BY key",
];

/// The scope of state in a file that several share.
#[derive(Clone)]
pub struct Scope {
    plugin: Arc<str>,
    name: Arc<str>,
}

impl Scope {
    /// Returns the scope of a plug-in in the contexts with a name.
    pub fn new(plugin: &str, name: &str) -> Self {
        Self { plugin: plugin.into(), name: name.into() }
    }
}

/// A state file that only this process uses. Dropping it closes the file.
pub struct StateFile {
    // The fields are dropped in this order: the file is closed before others can open it.
    connection: Mutex<Connection>,
    path: PathBuf,
    last_failure: AtomicI32,
    _lock: Lock,
}

impl StateFile {
    /// Opens a state file, or creates it.
    pub fn open(path: &Path, trusted: &Trusted) -> Result<Self> {
        let path = resolve(path, trusted)?;
        let mut lock = Lock::take(&path)?;
        let opened = check_header(&path).and_then(|is_new| {
            check_beside(&path)?;
            lock.sign(&path)?;
            open_checked(&path, is_new)
        });
        match opened {
            Ok(connection) => Ok(Self { connection: Mutex::new(connection), path, last_failure: AtomicI32::new(0), _lock: lock }),
            Err(error) => {
                lock.undo();
                Err(error)
            }
        }
    }

    /// Returns its path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns whether the path refers to it.
    pub fn is_at(&self, path: &Path) -> bool {
        Provenance::of_path(path).is_ok_and(|found| found.real() == self.path)
    }

    pub fn put(&self, scope: &Scope, key: &str, value: &[u8]) -> Outcome<()> {
        self.run(|connection| connection.prepare_cached(PUT)?.execute(params![scope.plugin, scope.name, key, value]).map(drop))
    }

    pub fn get(&self, scope: &Scope, key: &str) -> Outcome<Option<Arc<[u8]>>> {
        self.run(|connection| {
            let mut get = connection.prepare_cached(GET)?;
            let found = get.query_row(params![scope.plugin, scope.name, key], |row| Ok(row.get_ref(0)?.as_blob()?.into()));
            found.optional()
        })
    }

    /// Returns whether there was a value or a counter.
    pub fn remove(&self, scope: &Scope, key: &str) -> Outcome<bool> {
        self.run(|connection| {
            let both = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let mut removed = 0;
            for statement in [REMOVE_VALUE, REMOVE_COUNTER] {
                removed += both.prepare_cached(statement)?.execute(params![scope.plugin, scope.name, key])?;
            }
            both.commit()?;
            Ok(removed > 0)
        })
    }

    /// Returns the new value of the counter; `None` if it would overflow.
    pub fn increment(&self, scope: &Scope, key: &str, by: i64) -> Outcome<Option<i64>> {
        self.run(|connection| {
            let (least, most) = (i64::MIN - by.min(0), i64::MAX - by.max(0));
            let mut increment = connection.prepare_cached(INCREMENT)?;
            let mut rows = increment.query(params![scope.plugin, scope.name, key, by, least, most])?;
            let now = rows.next()?.map(|row| row.get(0)).transpose()?;
            // It is written when the statement has completed.
            rows.next()?;
            Ok(now)
        })
    }

    pub fn counter(&self, scope: &Scope, key: &str) -> Outcome<Option<i64>> {
        self.run(|connection| {
            let mut counter = connection.prepare_cached(COUNTER)?;
            counter.query_row(params![scope.plugin, scope.name, key], |row| row.get(0)).optional()
        })
    }

    /// Returns keys in no order; those of a value and a counter occur twice.
    pub fn keys(&self, scope: &Scope, prefix: &str) -> Outcome<Vec<String>> {
        self.run(|connection| {
            let mut keys = Vec::new();
            for statement in KEYS {
                let mut list = connection.prepare_cached(statement)?;
                let mut rows = list.query(params![scope.plugin, scope.name, prefix])?;
                while let Some(row) = rows.next()? {
                    let key: String = row.get(0)?;
                    if !key.starts_with(prefix) {
                        break;
                    }
                    keys.push(key);
                }
            }
            Ok(keys)
        })
    }

    fn run<T>(&self, work: impl FnOnce(&mut Connection) -> rusqlite::Result<T>) -> Outcome<T> {
        let mut connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        let outcome = work(&mut connection);
        let code = outcome.as_ref().err().map_or(0, code);
        // One line for many failures of one kind, until it works again.
        let is_news = self.last_failure.swap(code, Ordering::Relaxed) != code;
        outcome.map_err(|error| {
            let reason = is_news.then(|| format!("the state file {}: {}", self.path.display(), explain(&error)));
            Failure { status: abi::STATUS_IO, reason }
        })
    }
}

/// Returns the path without links, which is the same for all users of the file, and where only trusted users can put
/// another one. The file need not exist, but its directory must.
fn resolve(path: &Path, trusted: &Trusted) -> Result<PathBuf> {
    let cannot =
        |status, why: &str| Err(Error::new(status, format!("cannot keep state in {}: {why}", path.display())).at_path(path));
    match path.metadata() {
        Ok(found) if found.is_dir() => {
            return cannot(abi::STATUS_INVALID_ARGUMENT, "it is a directory; set the path of a file in it");
        }
        Ok(found) if !found.is_file() => {
            return cannot(
                abi::STATUS_INVALID_ARGUMENT,
                &format!("it is {}, and only regular files are opened", files::kind(&found)),
            );
        }
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            if path.file_name().is_none() {
                return cannot(abi::STATUS_INVALID_ARGUMENT, "it is not a valid path of a file");
            }
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
            if folder.symlink_metadata().is_err_and(|error| error.kind() == io::ErrorKind::NotFound) {
                return cannot(
                    abi::STATUS_FILE_NOT_FOUND,
                    &format!("the directory {} does not exist; create it first", folder.display()),
                );
            }
        }
        Err(error) => return Err(Error::io("keep state in", path, &error)),
    }
    let found = Provenance::of_path(path)?;
    found.require(trusted, &format!("the state file {}", path.display())).map_err(|error| error.at_path(path))?;
    Ok(found.real().to_owned())
}

fn bad(path: &Path, why: &str) -> Error {
    Error::new(abi::STATUS_BAD_STATE_FILE, format!("cannot keep state in {}: {why}", path.display())).at_path(path)
}

/// Ensures that a file of another program is not changed: even opening a database may change it. Returns whether the file is
/// empty, or does not exist.
fn check_header(path: &Path) -> Result<bool> {
    let mut header = Vec::new();
    let opened = match files::open(path, "keep state in", abi::STATUS_INVALID_ARGUMENT) {
        Err(error) if error.status() == abi::STATUS_FILE_NOT_FOUND => return Ok(true),
        opened => opened?,
    };
    let read = opened.file.take(100).read_to_end(&mut header);
    read.map_err(|error| Error::io("keep state: cannot read", path, &error))?;
    let number = |at: usize| header.get(at..at + 4).map(|bytes| i32::from_be_bytes(bytes.try_into().unwrap_or_default()));
    if header.is_empty() {
        return Ok(true);
    }
    if header.len() < 100 || !header.starts_with(b"SQLite format 3\0") {
        return Err(bad(path, "it is not a state file, or its beginning was lost; it was not changed: set another file"));
    }
    if number(68) != Some(APPLICATION) {
        return Err(bad(path, "it is a database of another program; it was not changed: set another file"));
    }
    check_version(path, number(60).unwrap_or(0))?;
    // SQLite reads the missing part of the last page as zeros. That is correct only if a log beside the file has the whole page.
    let page = u64::from(u16::from_be_bytes([header[16], header[17]]));
    let length = |path: &Path| path.metadata().map_or(0, |found| found.len());
    if length(path) % page.max(512) != 0 && ["-wal", "-journal"].iter().all(|log| length(&beside(path, log)) == 0) {
        return Err(bad(path, &format!("its end was lost; {DAMAGED}")));
    }
    Ok(false)
}

/// Checks the files that SQLite keeps beside a state file: it would follow a link.
fn check_beside(path: &Path) -> Result<()> {
    for ending in ["-wal", "-journal"] {
        let other = beside(path, ending);
        let Ok(found) = other.symlink_metadata() else { continue };
        if !found.is_file() {
            let (shown, kind) = (other.display(), files::kind(&found));
            return Err(bad(path, &format!("{shown}, which belongs to it, is {kind}; it was not changed: remove it")));
        }
    }
    Ok(())
}

/// Opens a file whose header was checked. If it is refused, the file and those beside it are unchanged.
fn open_checked(path: &Path, is_new: bool) -> Result<Connection> {
    let was_there = [path.to_owned(), beside(path, "-wal")].map(|path| (path.exists(), path));
    let failed = |error: rusqlite::Error| opening(path, &error);
    let mut connection = connect(path).map_err(failed)?;
    if let Err(error) = prepare(path, &mut connection, is_new) {
        // Otherwise the log would be moved into the file now.
        let _ = connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true);
        drop(connection);
        for (_, path) in was_there.iter().filter(|(was_there, path)| !was_there && path.metadata().is_ok_and(|f| f.len() == 0)) {
            let _ = std::fs::remove_file(path);
        }
        return Err(error);
    }
    Ok(connection)
}

fn check_version(path: &Path, version: i32) -> Result<()> {
    if version == VERSION {
        return Ok(());
    }
    let ours = env!("CARGO_PKG_VERSION");
    Err(bad(
        path,
        &format!(
            "its format has version {version}, and libvm {ours} supports {VERSION}; use the libvm that wrote it, or another file"
        ),
    ))
}

fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(Duration::ZERO)?;
    Ok(connection)
}

/// Locks the database for this process, and creates its tables. All checks come before anything is written.
fn prepare(path: &Path, connection: &mut Connection, is_new: bool) -> Result<()> {
    let failed = |error: rusqlite::Error| opening(path, &error);
    if connection.is_readonly(rusqlite::MAIN_DB).unwrap_or(true) {
        let message = format!("cannot keep state in {}: the file is read-only; let this user write to it", path.display());
        return Err(Error::new(abi::STATUS_PERMISSION_DENIED, message).at_path(path));
    }
    // Exclusive: then the log's index is in memory, not in a mapped file.
    let settings = "PRAGMA locking_mode = EXCLUSIVE; PRAGMA synchronous = NORMAL; PRAGMA trusted_schema = OFF;
         PRAGMA cell_size_check = ON; PRAGMA temp_store = MEMORY;";
    connection.execute_batch(settings).map_err(failed)?;
    if is_new {
        create_tables(connection).map_err(failed)?;
    }
    let version = connection.pragma_query_value(None, "user_version", |row| row.get(0)).map_err(failed)?;
    check_version(path, version)?;
    for statement in [PUT, GET, REMOVE_VALUE, REMOVE_COUNTER, INCREMENT, COUNTER, KEYS[0], KEYS[1]] {
        connection.prepare_cached(statement).map_err(failed)?;
    }
    let log = "PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 2000; PRAGMA journal_size_limit = 16777216;
         BEGIN IMMEDIATE; COMMIT";
    connection.execute_batch(log).map_err(failed)
}

fn create_tables(connection: &mut Connection) -> rusqlite::Result<()> {
    let make = connection.transaction_with_behavior(TransactionBehavior::Exclusive)?;
    make.pragma_update(None, "application_id", APPLICATION)?;
    make.pragma_update(None, "user_version", VERSION)?;
    make.execute_batch(TABLES)?;
    make.commit()
}

fn opening(path: &Path, error: &rusqlite::Error) -> Error {
    let why = explain(error);
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => lock::in_use(path, "another program"),
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase | ErrorCode::Unknown) => bad(path, &why),
        _ => Error::new(abi::STATUS_IO, format!("cannot keep state in {}: {why}", path.display())).at_path(path),
    }
}

fn code(error: &rusqlite::Error) -> i32 {
    error.sqlite_error().map_or(-1, |error| error.extended_code)
}

fn explain(error: &rusqlite::Error) -> String {
    let remedy = match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => "free some space; the state saved before is intact",
        Some(ErrorCode::SystemIoFailure) => "is the disk full, or was the file moved? The state saved before is intact",
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase | ErrorCode::Unknown) => DAMAGED,
        _ => return error.to_string(),
    };
    format!("{error}; {remedy}")
}
