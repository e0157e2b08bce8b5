//! What was hashed is what is opened.
//!
//! A file can be replaced, and its bytes overwritten, between the moment in which it is hashed and that in which the system's
//! loader maps it, and pages that are mapped but not yet touched change with the file. So on Linux the bytes that were hashed
//! are written to a file in memory, which is sealed against all changes, and that is opened. It has no directory: libraries
//! beside the plug-in, which nobody has checked, are not found through `$ORIGIN`.
//!
//! Elsewhere the file is opened by its path, which must lead to the same file before and after.

use crate::plugin::file::hash::Hash;
use crate::plugin::file::object_file::PluginFile;
use crate::status::Result;
use std::path::Path;

/// A plug-in's bytes as they were checked.
pub struct Frozen {
    original: PluginFile,
    hash: Hash,
    #[cfg(any(target_os = "linux", target_os = "android"))]
    copy: PluginFile,
}

#[cfg(any(target_os = "linux", target_os = "android"))]
impl Frozen {
    /// Keeps the bytes of a file, and its hash.
    ///
    /// # Errors
    /// `STATUS_IO`, `STATUS_OUT_OF_MEMORY` and its like when there can be no copy.
    pub fn new(original: PluginFile, bytes: &[u8], hash: Hash) -> Result<Self> {
        let copy =
            sealed::copy(bytes).map_err(|error| crate::status::Error::io("make a copy in memory of", original.path(), &error))?;
        Ok(Self { copy: original.with_file(copy), original, hash })
    }

    /// The file that is opened.
    pub fn file(&self) -> &PluginFile {
        &self.copy
    }

    /// Opens the library; a failure is the system's reason.
    pub(super) fn open(&self, path: &Path) -> Result<super::open::Library, String> {
        sealed::open(&self.hash, self.copy.file(), path)
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
impl Frozen {
    /// Keeps a file, and the hash of its bytes.
    ///
    /// # Errors
    /// None here.
    pub fn new(original: PluginFile, _: &[u8], hash: Hash) -> Result<Self> {
        Ok(Self { original, hash })
    }

    /// The file that is opened.
    pub fn file(&self) -> &PluginFile {
        &self.original
    }

    /// Opens the library; a failure is the system's reason.
    pub(super) fn open(&self, path: &Path) -> Result<super::open::Library, String> {
        open_in_place(&self.original, path)
    }
}

impl Frozen {
    /// The file as it was found, which stays open, so that no other one gets its number; and its hash.
    pub fn into_original(self) -> (PluginFile, Hash) {
        (self.original, self.hash)
    }
}

/// Opens a library by its path, which leads to this file before and after.
#[cfg(any(all(test, unix), not(any(target_os = "linux", target_os = "android"))))]
fn open_in_place(file: &PluginFile, path: &Path) -> Result<super::open::Library, String> {
    let require_same = || match PluginFile::open(path) {
        Ok(found) if found.id() == file.id() => Ok(()),
        _ => Err("another file was put in its place after it had been checked; load it again".to_owned()),
    };
    require_same()?;
    let library = super::open::open_library(path).map_err(super::open::reason)?;
    require_same()?;
    Ok(library)
}

#[cfg(any(target_os = "linux", target_os = "android"))]
pub(super) use sealed::names;

#[cfg(any(target_os = "linux", target_os = "android"))]
mod sealed {
    use crate::plugin::file::hash::Hash;
    use crate::plugin::native::open::{Library, open_library, reason, spelling};
    use std::collections::BTreeMap;
    use std::fs::File;
    use std::io::{self, Write};
    use std::os::fd::{AsRawFd, FromRawFd};
    use std::path::{Path, PathBuf};
    use std::sync::{Mutex, MutexGuard, PoisonError};

    /// A file in memory with these bytes, which nobody can change any more.
    pub fn copy(bytes: &[u8]) -> io::Result<File> {
        let name = c"libvm-plugin";
        let flags = libc::MFD_CLOEXEC | libc::MFD_ALLOW_SEALING;
        // SAFETY: the name is a C string. Its bytes can be mapped, but it cannot be started as a program.
        let mut descriptor = unsafe { libc::memfd_create(name.as_ptr(), flags | libc::MFD_NOEXEC_SEAL) };
        if descriptor < 0 && io::Error::last_os_error().raw_os_error() == Some(libc::EINVAL) {
            // SAFETY: as above; Linux before 6.3 does not know that flag.
            descriptor = unsafe { libc::memfd_create(name.as_ptr(), flags) };
        }
        if descriptor < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: it was made here, and nobody else has it.
        let mut file = unsafe { File::from_raw_fd(descriptor) };
        file.write_all(bytes)?;
        let seals = libc::F_SEAL_WRITE | libc::F_SEAL_SHRINK | libc::F_SEAL_GROW | libc::F_SEAL_SEAL;
        // SAFETY: it changes what may be done with an open file.
        if unsafe { libc::fcntl(file.as_raw_fd(), libc::F_ADD_SEALS, seals) } < 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(file)
    }

    /// Under which name the loader knows what has this hash, so that the same bytes are mapped once in the process.
    static NAMES: Mutex<BTreeMap<Hash, PathBuf>> = Mutex::new(BTreeMap::new());

    pub fn names() -> MutexGuard<'static, BTreeMap<Hash, PathBuf>> {
        NAMES.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Opens a sealed copy of what is at `path`, or gives the library that has the same bytes.
    pub fn open(hash: &Hash, copy: &File, path: &Path) -> Result<Library, String> {
        let known = names().get(hash).cloned();
        if let Some(library) = known.and_then(|name| mapped(&name)) {
            return Ok(library);
        }
        // A number of a descriptor comes back, and the loader knows libraries by name: no name comes twice.
        let name = PathBuf::from(format!("/proc/self/fd/{}{}", spelling(), copy.as_raw_fd()));
        let library = open_library(&name).map_err(|error| explain(&reason(error), &name, path))?;
        names().insert(*hash, name);
        Ok(library)
    }

    /// A library that is mapped under this name. Only glibc looks at the name before it looks at the file.
    fn mapped(name: &Path) -> Option<Library> {
        use libloading::os::unix::{RTLD_LOCAL, RTLD_NOW};
        if !cfg!(target_env = "gnu") {
            return None;
        }
        // SAFETY: nothing is opened, so that no code runs.
        unsafe { Library::open(Some(name), libc::RTLD_NOLOAD | RTLD_NOW | RTLD_LOCAL) }.ok()
    }

    /// The system's reason, about the file that the user knows.
    fn explain(reason: &str, name: &Path, path: &Path) -> String {
        let shown = name.display().to_string();
        let text = reason.replace(&shown, &path.display().to_string());
        if reason.contains(&shown) && !Path::new("/proc/self/fd").exists() {
            return format!("{text} (under a lock or keys a sealed copy is opened through /proc, which is not there)");
        }
        if !reason.contains(&shown) && reason.contains("cannot open shared object file") {
            return format!(
                "{text} (under a lock or keys a sealed copy is opened, and libraries beside the file, which are not checked, are \
                 not found; link what it needs into it, or install that where the system looks)"
            );
        }
        text
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::fs;
    use std::path::PathBuf;
    use std::process::Command;

    /// A library that renames a file when it is opened.
    fn library(directory: &Path, name: &str, (from, to): (&Path, &Path)) -> PathBuf {
        let source = directory.join("source.c");
        let constructor = "#include <stdio.h>\n__attribute__((constructor)) static void start(void) { rename(FROM, TO); }\n";
        fs::write(&source, constructor).unwrap();
        let made = directory.join(name);
        let mut command = Command::new(std::env::var_os("CC").unwrap_or_else(|| "cc".into()));
        command.args([format!("-DFROM={from:?}"), format!("-DTO={to:?}")]).args(["-shared", "-fPIC", "-o"]);
        assert!(command.arg(&made).arg(source).status().unwrap().success());
        made
    }

    /// Where there are no sealed copies, a path that leads elsewhere is noticed, before and after.
    #[test]
    fn a_path_must_lead_to_the_file_that_was_checked() {
        let directory = std::env::temp_dir().join(format!("libvm-frozen-{}", std::process::id()));
        fs::create_dir_all(&directory).unwrap();
        let nowhere = directory.join("nowhere");
        let good = library(&directory, "good.so", (&nowhere, &nowhere));
        let file = PluginFile::open(&good).unwrap();
        open_in_place(&file, &good).map(std::mem::forget).unwrap();

        let other = library(&directory, "other.so", (&nowhere, &nowhere));
        let why = open_in_place(&file, &other).err().unwrap();
        assert!(why.contains("another file was put in its place"), "{why}");

        let (target, spare) = (directory.join("target.so"), library(&directory, "spare.so", (&nowhere, &nowhere)));
        let sly = library(&directory, "target.so", (&spare, &target));
        let file = PluginFile::open(&sly).unwrap();
        assert!(open_in_place(&file, &sly).is_err(), "the file was replaced while it was opened");
        fs::remove_dir_all(directory).unwrap();
    }
}
