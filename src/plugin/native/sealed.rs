//! Copies of plug-ins in memory that nobody can change: anonymous sealed files, from which the loader maps.
//!
//! The loader identifies libraries by name, and returns the library that it has for a name without looking at the file. A copy's
//! name is that of its file descriptor, which stays open as long as the copy is mapped: nothing else in the process has that
//! number then, not even another libvm. A library that was opened with that name before is detected by looking it up first.

use crate::plugin::file::hash::Hash;
use crate::plugin::file::object_file::FileId;
use crate::plugin::native::open::{Library, is_mapped, open_library, reason};
use std::collections::BTreeMap;
use std::ffi::CString;
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::{AsRawFd, FromRawFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

/// The identity of a copy: the same bytes, of one file or, without that, of any.
pub type Key = (Option<FileId>, Hash);

/// Number of bytes of a file's name in the name of a copy, and the maximum in the name of a file descriptor.
const MAX_NAME: usize = 200;

/// A copy of a plug-in's bytes.
pub struct Copy {
    key: Key,
    file: File,
    /// The name of the library in the loader.
    name: PathBuf,
    /// The process that chose that name.
    process: u32,
}

/// The copies in use.
static COPIES: Mutex<BTreeMap<Key, Weak<Copy>>> = Mutex::new(BTreeMap::new());

pub fn copies() -> MutexGuard<'static, BTreeMap<Key, Weak<Copy>>> {
    COPIES.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Copy {
    /// Returns the copy of these bytes: the existing one, or a new one, which tools show with the file name of `path`.
    ///
    /// # Errors
    /// Those of the system.
    pub fn of(bytes: &[u8], key: Key, path: &Path) -> io::Result<Arc<Self>> {
        let find = || copies().get(&key).and_then(Weak::upgrade);
        if let Some(copy) = find() {
            return Ok(copy);
        }
        // Outside of the lock: a thread in the loader, which this waits for, may be about to enter this function too.
        let file = sealed(bytes, path)?;
        let made = Arc::new(Self { name: free_name(&file), key, file, process: std::process::id() });
        let mut copies = copies();
        let kept = copies.get(&made.key).and_then(Weak::upgrade).unwrap_or_else(|| Arc::clone(&made));
        copies.insert(kept.key.clone(), Arc::downgrade(&kept));
        drop(copies);
        Ok(kept)
    }

    /// Returns the copy as a file of its own, which shares its position with the others.
    ///
    /// # Errors
    /// Those of the system.
    pub fn file(&self) -> io::Result<File> {
        self.file.try_clone()
    }

    /// Opens the library, or returns the one that is mapped from this copy.
    pub fn open(&self) -> Result<Library, String> {
        // After a fork the name is that of the parent's descriptor. For a name that it does not have, the loader reads the file.
        let own = Path::new("/proc/self/fd").join(self.file.as_raw_fd().to_string());
        let name = if self.process == std::process::id() { &self.name } else { &own };
        open_library(name).map_err(reason)
    }
}

/// Returns a name of a descriptor under which the loader has no library. It contains the process ID of `/proc`, so that a
/// debugger, which is another process, finds the file too.
fn free_name(file: &File) -> PathBuf {
    let process = std::fs::read_link("/proc/self").unwrap_or_else(|_| "self".into());
    let directory = Path::new("/proc").join(process).join("fd");
    let mut name = directory.join(file.as_raw_fd().to_string());
    let mut dots = String::new();
    while is_mapped(&name) && dots.len() < MAX_NAME {
        dots += "./";
        name = PathBuf::from(format!("{}/{dots}{}", directory.display(), file.as_raw_fd()));
    }
    name
}

impl Drop for Copy {
    fn drop(&mut self) {
        let mut copies = copies();
        // Another one may have replaced it.
        if copies.get(&self.key).is_some_and(|copy| copy.strong_count() == 0) {
            copies.remove(&self.key);
        }
    }
}

/// Creates a file in memory with these bytes, which nobody can change any more.
fn sealed(bytes: &[u8], path: &Path) -> io::Result<File> {
    let name = path.file_name().unwrap_or_default().as_bytes();
    let name = CString::new(&name[..name.len().min(MAX_NAME)])?;
    let flags = libc::MFD_CLOEXEC | libc::MFD_ALLOW_SEALING;
    // SAFETY: the name is a C string. The file can be mapped, but not executed as a program.
    let mut descriptor = unsafe { libc::memfd_create(name.as_ptr(), flags | libc::MFD_NOEXEC_SEAL) };
    if descriptor < 0 && io::Error::last_os_error().raw_os_error() == Some(libc::EINVAL) {
        // SAFETY: as above; Linux before 6.3 does not know that flag.
        descriptor = unsafe { libc::memfd_create(name.as_ptr(), flags) };
    }
    if descriptor < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: it was created here, and has no other owner.
    let mut file = unsafe { File::from_raw_fd(descriptor) };
    // The limit for the size of files holds for those in memory too, and exceeding it ends the process.
    if bytes.len() as u64 > crate::system::file_size_limit() {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "it is larger than a file may become (ulimit -f)"));
    }
    file.write_all(bytes)?;
    crate::system::seal(&file)?;
    Ok(file)
}

/// Rewrites the system's reason why a copy cannot be opened, so that it names the file that the user knows.
pub fn explain(reason: &str, path: &Path) -> String {
    let mut words = reason.split(": ");
    let copy = words.next().filter(|first| first.starts_with("/proc/"));
    match copy {
        Some(copy) if !Path::new("/proc/self/fd").exists() => format!(
            "{} (under a lock or keys a sealed copy is opened through /proc, which does not exist)",
            reason.replace(copy, &path.display().to_string())
        ),
        Some(copy) => reason.replace(copy, &path.display().to_string()),
        None if reason.contains("cannot open shared object file") => format!(
            "{reason} (under a lock or keys a sealed copy is opened, and libraries beside the file, which are not checked, are \
             not found; link what it needs into it, or install that where the system looks)"
        ),
        None => reason.to_owned(),
    }
}
