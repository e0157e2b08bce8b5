//! The files of a cache directory: `<key>.code`, and `new-…` while they are written.
#![forbid(unsafe_code)]

use super::super::super::key::Key;
use crate::files::try_lock;
use crate::system;
use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, openat, renameat, statat, unlinkat};
use rustix::io::Errno;
use std::fs::{File, Metadata};
use std::io::{Error, ErrorKind, Result};
use std::os::unix::fs::MetadataExt;
use std::sync::atomic::{AtomicU64, Ordering};

const CODE: &str = ".code";
const NEW: &str = "new-";

/// Returns the name of the file of a key.
pub fn name_of(key: &Key) -> String {
    format!("{key}{CODE}")
}

/// Opens a file without following a link and without waiting.
pub fn open(directory: &File, name: &str) -> rustix::io::Result<File> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    openat(directory, name, flags, Mode::empty()).map(File::from)
}

/// A file that is being written; dropping it removes it.
///
/// Its writer has locked it: what is not locked was left behind by a process that was killed.
pub struct New<'a> {
    directory: &'a File,
    file: File,
    name: String,
    is_temporary: bool,
}

impl<'a> New<'a> {
    /// Creates a file that only this user can read.
    ///
    /// # Errors
    /// Those of the system.
    pub fn create(directory: &'a File) -> Result<Self> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        loop {
            let name = format!("{NEW}{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
            let file = match openat(directory, &*name, flags, Mode::RUSR | Mode::WUSR) {
                // Left behind by a process that had the same number.
                Err(Errno::EXIST) => continue,
                file => File::from(file?),
            };
            // Another process may remove it before it is locked.
            if try_lock(&file)? && file.metadata()?.nlink() > 0 {
                return Ok(Self { directory, file, name, is_temporary: true });
            }
        }
    }

    /// Returns the file.
    pub fn file(&mut self) -> &mut File {
        &mut self.file
    }

    /// Returns its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Gives it its name, and replaces what has this name.
    ///
    /// # Errors
    /// Those of the system.
    pub fn rename(&mut self, name: &str) -> Result<()> {
        renameat(self.directory, &*self.name, self.directory, name)?;
        self.is_temporary = false;
        Ok(())
    }
}

impl Drop for New<'_> {
    fn drop(&mut self) {
        if self.is_temporary {
            let _ = unlinkat(self.directory, &*self.name, AtFlags::empty());
        }
    }
}

/// A file with code.
pub struct Found {
    name: String,
    /// Its size in bytes.
    pub size: u64,
    /// Its last use, in seconds and nanoseconds.
    used: (i128, i128),
}

/// Lists the files with code, and passes the names of those that are being written, or were left behind, to `new`.
///
/// # Errors
/// Those of the system.
pub fn list(directory: &File, new: impl Fn(&str)) -> Result<Vec<Found>> {
    let mut found = Vec::new();
    for entry in Dir::read_from(directory)? {
        let entry = entry?;
        let Ok(name) = entry.file_name().to_str() else { continue };
        if name.starts_with(NEW) {
            new(name);
        } else if let Some(key) = name.strip_suffix(CODE)
            && key.len() == 2 * Key::SIZE
            && let Ok(status) = statat(directory, name, AtFlags::SYMLINK_NOFOLLOW)
            && FileType::from_raw_mode(status.st_mode) == FileType::RegularFile
        {
            // Their types differ between systems.
            let used = (status.st_mtime as i128, status.st_mtime_nsec as i128);
            found.push(Found { name: name.to_owned(), size: status.st_size as u64, used });
        }
    }
    Ok(found)
}

fn remove_abandoned(directory: &File, name: &str) {
    // What cannot be opened is a symbolic link, and not of this library.
    let Ok(file) = open(directory, name) else { return };
    let is_abandoned = try_lock(&file).unwrap_or(false);
    // Another process may have removed it before it was locked, and a third one may have given its own file this name: processes of
    // different containers can have the same number.
    let has_name = |file: &File| -> Result<bool> {
        let (found, named) = (file.metadata()?, statat(directory, name, AtFlags::SYMLINK_NOFOLLOW)?);
        // Their types differ between systems.
        Ok((found.dev() as i128, found.ino() as i128) == (named.st_dev as i128, named.st_ino as i128))
    };
    if is_abandoned && has_name(&file).unwrap_or(false) {
        let _ = unlinkat(directory, name, AtFlags::empty());
    }
}

/// Removes what killed processes have left behind, and the files that were used least recently, until the rest has at most `most` bytes.
///
/// # Errors
/// Those of the system.
pub fn make_room(directory: &File, most: u64) -> Result<()> {
    let mut found = list(directory, |name| remove_abandoned(directory, name))?;
    let mut sum: u64 = found.iter().map(|file| file.size).sum();
    found.sort_unstable_by(|one, other| (one.used, &one.name).cmp(&(other.used, &other.name)));
    for file in found {
        if sum <= most {
            break;
        }
        match unlinkat(directory, &*file.name, AtFlags::empty()) {
            // Another process may have removed it.
            Ok(()) | Err(Errno::NOENT) => sum -= file.size,
            Err(_) => {}
        }
    }
    if sum <= most { Ok(()) } else { Err(Error::new(ErrorKind::StorageFull, "old files cannot be removed")) }
}

/// Refuses what belongs to another user, or permits others what is in `refused`.
///
/// # Errors
/// The reason.
pub fn require_private(found: &Metadata, refused: u32) -> std::result::Result<(), String> {
    let user = system::effective_user();
    if found.uid() != user {
        return Err(format!("belongs to the user {}, and not to the user {user} of this process", found.uid()));
    }
    match found.mode() & 0o777 {
        mode if mode & refused == 0 => Ok(()),
        mode => Err(format!("permits other users to use it (its mode is {mode:03o})")),
    }
}
