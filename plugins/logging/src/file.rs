//! The log file. Several instances may have the same one, in one process or in several: each line is appended with one write, and the file
//! that is being written is the one that has the name, also after another process has renamed the last one.
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, ErrorKind, Seek, Write};
use std::path::{Path, PathBuf};

/// The part of a file's name that the earlier file has too.
const EARLIER: &str = ".1";
const MAX_NAME: usize = 200;

/// Why a line was not written.
#[derive(Debug, PartialEq, Eq)]
pub enum Failure {
    /// The first one, with the reason.
    First(String),
    /// One after another.
    Again,
}

/// A log file.
pub struct LogFile {
    path: PathBuf,
    most: u64,
    file: File,
    /// How many lines were not written since the last one that was.
    lost: u64,
}

/// Checks the name of a log file.
///
/// # Errors
/// If it could lead out of a directory, or is the name of an earlier file.
pub fn check_name(name: &str) -> Result<(), String> {
    let usual = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if name.len() <= MAX_NAME && name.bytes().all(usual) && !name.starts_with('.') && !name.ends_with(EARLIER) {
        return Ok(());
    }
    let name: String = name.chars().take(MAX_NAME).collect();
    Err(format!(
        "option `file` is {name:?}, which is not the name of a file in the plug-in's data directory: up to {MAX_NAME} letters, digits, `-`, `_` \
         and `.`, without `.` at the beginning and without `{EARLIER}` at the end, which earlier files have"
    ))
}

/// Returns whether two files are the same.
#[cfg(unix)]
fn is_same(one: &Metadata, other: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

#[cfg(not(unix))]
fn is_same(_: &Metadata, _: &Metadata) -> bool {
    true
}

/// Returns the number of names of a file.
#[cfg(unix)]
fn links(metadata: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::nlink(metadata)
}

#[cfg(not(unix))]
fn links(_: &Metadata) -> u64 {
    1
}

/// Opens or creates a file for appending, for this user only. Links are not followed.
fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    {
        use rustix::fs::OFlags;
        use std::os::unix::fs::OpenOptionsExt;
        // The other end of a FIFO is not waited for.
        options.mode(0o600).custom_flags((OFlags::NOFOLLOW | OFlags::NONBLOCK).bits() as i32);
    }
    let check = |metadata: &Metadata| match metadata {
        metadata if metadata.is_symlink() => Err(io::Error::other("it is a symbolic link")),
        metadata if !metadata.is_file() => Err(io::Error::other("it is not a regular file")),
        _ => Ok(()),
    };
    // Opening reports what it is in other words, or has an effect on it.
    if let Ok(metadata) = fs::symlink_metadata(path) {
        check(&metadata)?;
    }
    let file = options.open(path)?;
    let metadata = file.metadata()?;
    check(&metadata)?;
    check_links(&metadata)?;
    Ok(file)
}

/// Checks that a file has no second name.
fn check_links(metadata: &Metadata) -> io::Result<()> {
    match links(metadata) {
        0 | 1 => Ok(()),
        names => Err(io::Error::other(format!("the file has {names} names (hard links)"))),
    }
}

/// Acquires the right to rename a file; returns whether it is free. It ends when the file is closed.
#[cfg(unix)]
fn lock(file: &File) -> bool {
    rustix::fs::flock(file, rustix::fs::FlockOperation::NonBlockingLockExclusive).is_ok()
}

#[cfg(not(unix))]
fn lock(_: &File) -> bool {
    true
}

impl LogFile {
    /// Opens or creates a log file, which may have so many bytes.
    ///
    /// # Errors
    /// If it cannot be opened, is not a regular file, or is a link.
    pub fn open(path: PathBuf, most: u64) -> Result<Self, String> {
        match open(&path) {
            Ok(file) => Ok(Self { path, most, file, lost: 0 }),
            Err(error) => Err(format!("cannot open the log file {}: {error}", path.display())),
        }
    }

    /// Appends a line, which ends with a newline. Returns how many lines were lost before it.
    ///
    /// # Errors
    /// If it was not written.
    pub fn append(&mut self, line: &str) -> Result<u64, Failure> {
        let written = self.try_append(line);
        let lost = self.lost;
        match written {
            Ok(()) => {
                self.lost = 0;
                Ok(lost)
            }
            Err(error) => {
                self.lost += 1;
                Err(if lost == 0 { Failure::First(format!("{}: {error}", self.path.display())) } else { Failure::Again })
            }
        }
    }

    fn try_append(&mut self, line: &str) -> io::Result<()> {
        let mut size = self.size()?;
        // The lock is that of the file that is renamed, so that only one instance does it.
        while size > 0 && size.saturating_add(line.len() as u64) > self.most && lock(&self.file) {
            if self.named()?.is_some() {
                // If the other name is that of the earlier file, renaming has no effect.
                check_links(&self.file.metadata()?)?;
                let mut earlier = self.path.clone().into_os_string();
                earlier.push(EARLIER);
                fs::rename(&self.path, earlier)?;
            }
            size = self.size()?;
        }
        self.write(line.as_bytes())
    }

    fn write(&mut self, line: &[u8]) -> io::Result<()> {
        let mut rest = line;
        while !rest.is_empty() {
            match self.file.write(rest) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(size) => rest = &rest[size..],
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => {
                    // The disk is full: a part of a line is not left, unless something follows it.
                    let (part, end) = ((line.len() - rest.len()) as u64, self.file.stream_position()?);
                    if part > 0 && self.file.metadata()?.len() == end {
                        self.file.set_len(end - part)?;
                    }
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    /// Returns the size of the file that has the name now, after opening it if it is another one.
    fn size(&mut self) -> io::Result<u64> {
        if let Some(size) = self.named()? {
            return Ok(size);
        }
        self.file = open(&self.path)?;
        Ok(self.file.metadata()?.len())
    }

    /// Returns the size of the open file if it has the name.
    fn named(&self) -> io::Result<Option<u64>> {
        match fs::symlink_metadata(&self.path) {
            Ok(found) if is_same(&found, &self.file.metadata()?) => Ok(Some(found.len())),
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
            _ => Ok(None),
        }
    }
}

#[cfg(all(test, unix))]
mod tests;
