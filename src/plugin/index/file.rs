//! The file of an index: found, read and replaced. Nothing that is wrong with it is fatal.
#![forbid(unsafe_code)]

use crate::files::{self, Opened, Provenance, Stamp, Trusted};
use crate::limits::MAX_INDEX_FILE;
use crate::plugin::directories;
use crate::plugin::index::contents::{Contents, Unread};
use crate::status::{Error, Result};
use crate::system;
use libvm_abi as abi;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// Returns the file of the user: none in a privileged process, whose user must not decide what it reads and where it writes, and
/// without a home directory.
pub fn default_path() -> Option<PathBuf> {
    let cache = system::user_cache().filter(|_| !system::is_privileged())?;
    let name = format!("plugins-{}.{}.index", abi::ABI_MAJOR, abi::ABI_MINOR);
    Some(cache.join("libvm").join(name))
}

/// How often an index is opened again that other processes replace meanwhile.
const MAX_ATTEMPTS: usize = 10;

/// Returns the stamp of a file, if it exists.
pub fn stamp(path: &Path) -> Option<Stamp> {
    fs::metadata(path).ok().map(|metadata| Stamp::of(&metadata))
}

/// Reads an index, which only trusted users can have put in its place; `None` if there is no file, or one of another version of
/// libvm.
///
/// # Errors
/// `STATUS_UNTRUSTED_PATH`; `STATUS_LIMIT`, `STATUS_IO` and similar for a file that cannot be read, is no index, or is damaged. A
/// damaged one is an index that can be replaced: the flag says so.
pub fn read(path: &Path, trusted: &Trusted) -> Result<Option<Contents>, (Error, bool)> {
    let refused = |status, why: String| Error::new(status, format!("the plug-in index {} {why}", path.display())).at_path(path);
    let what = format!("the plug-in index {}", path.display());
    let mut attempts = 0;
    let file = loop {
        let Opened { file, metadata } = match files::open(path, "read the plug-in index", abi::STATUS_IO) {
            Ok(opened) => opened,
            Err(error) if error.status() == abi::STATUS_FILE_NOT_FOUND => return Ok(None),
            Err(error) => return Err((error, false)),
        };
        match trusted.require(path, &metadata, &what) {
            Ok(_) => break file,
            // Another process has replaced it since it was opened.
            Err(_) if attempts < MAX_ATTEMPTS && !files::is_at(&metadata, path).unwrap_or(false) => attempts += 1,
            Err(error) => return Err((error, false)),
        }
    };
    let mut bytes = Vec::new();
    let read = file.take(MAX_INDEX_FILE + 1).read_to_end(&mut bytes);
    read.map_err(|error| (Error::io("read the plug-in index", path, &error), false))?;
    if bytes.len() as u64 > MAX_INDEX_FILE {
        let why = format!("has more than {MAX_INDEX_FILE} bytes, and is not used; remove it");
        return Err((refused(abi::STATUS_LIMIT, why), false));
    }
    let text = String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
    match Contents::from_text(&text) {
        Ok(contents) => Ok(Some(contents)),
        Err(Unread::OtherVersion) => Ok(None),
        Err(Unread::Damaged(line)) => Err((refused(abi::STATUS_IO, format!("is damaged in line {line}; it is made anew")), true)),
        Err(Unread::Foreign) => {
            let why = "is a file of another program; it is not changed: remove it, or set another file".to_owned();
            Err((refused(abi::STATUS_IO, why), false))
        }
    }
}

/// Replaces an index by one with more contents, unless another process does so at this moment; returns whether it was replaced.
/// Readers find the old file or the new one, complete, also if this process is killed.
///
/// # Errors
/// `STATUS_UNTRUSTED_PATH` if others could change it, `STATUS_LIMIT` if it would be too large, `STATUS_PERMISSION_DENIED`,
/// `STATUS_IO` and similar. Then the old file is unchanged.
pub fn replace(path: &Path, contents: &mut Contents, trusted: &Trusted) -> Result<bool> {
    let failed = |error: io::Error| Error::io("write the plug-in index", path, &error);
    if let Some(directory) = path.parent() {
        directories::make(directory)?;
    }
    let what = format!("the plug-in index {}", path.display());
    let way = Provenance::of_path(path)?;
    way.require(trusted, &what).map_err(|error| error.at_path(path))?;
    match path.symlink_metadata() {
        Ok(found) if !found.is_file() => return Err(failed(io::Error::other(format!("it is {}", files::kind(&found))))),
        _ => {}
    }
    let Some(new) = Replacement::begin(path).map_err(failed)? else { return Ok(false) };
    // What others have written since it was read is kept.
    if let Ok(Some(other)) = read(path, trusted) {
        contents.merge(other);
    }
    contents.prune(|path| fs::symlink_metadata(path).is_ok());
    let text = contents.to_text();
    if text.len() as u64 > MAX_INDEX_FILE {
        let message =
            format!("the plug-in index {} would have more than {MAX_INDEX_FILE} bytes, and is not written", path.display());
        return Err(Error::new(abi::STATUS_LIMIT, message).at_path(path));
    }
    new.finish(text.as_bytes(), path).map_err(failed)?;
    Ok(true)
}

/// The file that replaces an index: it always has the same name, so that those of killed processes do not pile up, and is locked
/// by the process that writes it.
struct Replacement {
    file: File,
    path: PathBuf,
}

impl Replacement {
    /// Creates it; returns `None` if another process, or another thread, writes it.
    fn begin(index: &Path) -> io::Result<Option<Self>> {
        let mut name = std::ffi::OsString::from(".");
        name.push(index.file_name().unwrap_or_default());
        name.push("-new");
        let path = index.with_file_name(name);
        let file = files::open_own(&path)?;
        let metadata = file.metadata()?;
        if !metadata.is_file() || files::has_other_names(&metadata) {
            return Err(io::Error::other(format!("{} is not a file of libvm; remove it", path.display())));
        }
        // Its writer may have renamed it since it was opened: then it is the index.
        let locked = lock(&file)? && files::is_at(&metadata, &path).unwrap_or(false);
        Ok(locked.then_some(Self { file, path }))
    }

    /// Writes the contents, and gives it the name of the index.
    fn finish(mut self, contents: &[u8], index: &Path) -> io::Result<()> {
        let written = self.file.set_len(0).and_then(|()| self.file.write_all(contents));
        let result = written.and_then(|()| fs::rename(&self.path, index));
        if result.is_err() {
            let _ = fs::remove_file(&self.path);
        }
        result
    }
}

#[cfg(unix)]
fn lock(file: &File) -> io::Result<bool> {
    use rustix::fs::{FlockOperation, flock};
    match flock(file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(true),
        Err(error) if error == rustix::io::Errno::WOULDBLOCK => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Two writers can only damage the index, which is noticed when it is read.
#[cfg(not(unix))]
fn lock(_: &File) -> io::Result<bool> {
    Ok(true)
}
