//! Opening a library by its path.

use crate::plugin::file::hash::Hash;
use crate::plugin::file::object_file::FileId;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

#[cfg(unix)]
pub(super) type Library = libloading::os::unix::Library;
#[cfg(windows)]
pub(super) type Library = libloading::os::windows::Library;

/// Opens a library.
#[cfg(unix)]
pub(super) fn open_library(path: &Path) -> Result<Library, libloading::Error> {
    use libloading::os::unix::{RTLD_LOCAL, RTLD_NOW};
    // SAFETY: it runs the library's constructors. The registry's policy permits that; the file was checked to be a complete
    // library with a manifest.
    unsafe { Library::open(Some(path), RTLD_NOW | RTLD_LOCAL) }
}

/// Opens a library; libraries that it requires are also searched in its directory.
#[cfg(windows)]
pub(super) fn open_library(path: &Path) -> Result<Library, libloading::Error> {
    use libloading::os::windows::LOAD_WITH_ALTERED_SEARCH_PATH;
    // SAFETY: as on Unix.
    unsafe { Library::load_with_flags(path, LOAD_WITH_ALTERED_SEARCH_PATH) }
}

/// Returns what may follow a `/` in a path without changing its meaning, different each time in this process: a number whose
/// digits are `./` and `/`.
fn spelling() -> String {
    static NEXT: AtomicUsize = AtomicUsize::new(1);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    (0..=number.ilog2()).map(|digit| if number >> digit & 1 == 1 { "./" } else { "/" }).collect()
}

/// Returns an equivalent path in a spelling that was not used before in this process: `/a/./b` for `/a/b`.
pub(super) fn respelt(path: &Path) -> PathBuf {
    let mut made = OsString::from(path.parent().unwrap_or(Path::new("/")));
    made.push(std::path::MAIN_SEPARATOR_STR);
    made.push(spelling());
    made.push(path.file_name().unwrap_or_default());
    PathBuf::from(made)
}

/// The file that was first opened at each path, and the contents of the files that were opened by their path.
type Opened = (BTreeMap<PathBuf, FileId>, BTreeMap<FileId, Hash>);

static OPENED: Mutex<Opened> = Mutex::new((BTreeMap::new(), BTreeMap::new()));

pub(super) fn opened_files() -> MutexGuard<'static, Opened> {
    OPENED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Opens the file at a path, which has this hash. The loader identifies libraries by path, and returns the library that it has
/// even if the file was replaced: with a new spelling of the path it opens the file again. If a file was overwritten in place,
/// it returns the existing mapping, whose code is no longer consistent: that is refused.
pub(super) fn open_file(path: &Path, id: &FileId, hash: &Hash) -> Result<Library, String> {
    let text = path.to_string_lossy();
    if cfg!(unix) && ["$ORIGIN", "${ORIGIN}", "$LIB", "${LIB}", "$PLATFORM", "${PLATFORM}"].iter().any(|name| text.contains(name))
    {
        return Err("the system's loader treats the `$` in it as a variable, and would open another file; rename it".to_owned());
    }
    let mut opened = opened_files();
    let is_first = opened.0.entry(path.to_owned()).or_insert_with(|| id.clone()) == id;
    let name = if is_first { path.to_owned() } else { respelt(path) };
    let before = *opened.1.entry(id.clone()).or_insert(*hash);
    drop(opened);
    if before != *hash && is_mapped(path) {
        return Err("it was overwritten in place while its code is in use, and is not opened again; restart the program, and \
                    install new versions by renaming them over the old file"
            .to_owned());
    }
    if before != *hash {
        opened_files().1.insert(id.clone(), *hash);
    }
    open_library(&name).map_err(reason)
}

/// Returns whether the loader has a library with this name, or of the file that it refers to.
#[cfg(unix)]
pub(super) fn is_mapped(name: &Path) -> bool {
    use libloading::os::unix::{RTLD_LOCAL, RTLD_NOW};
    // SAFETY: nothing is opened, so that no code runs.
    unsafe { Library::open(Some(name), libc::RTLD_NOLOAD | RTLD_NOW | RTLD_LOCAL) }.is_ok()
}

/// Returns whether the loader has a library with this name: on this system a mapped file cannot be written to.
#[cfg(not(unix))]
pub(super) fn is_mapped(_: &Path) -> bool {
    false
}

/// Returns the system's reason.
pub(super) fn reason(error: libloading::Error) -> String {
    match std::error::Error::source(&error) {
        Some(source) => source.to_string(),
        None => error.to_string(),
    }
}
