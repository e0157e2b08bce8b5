//! Opening a library by its path.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

#[cfg(unix)]
pub(super) type Library = libloading::os::unix::Library;
#[cfg(windows)]
pub(super) type Library = libloading::os::windows::Library;

/// Opens a library.
#[cfg(unix)]
pub(super) fn open_library(path: &Path) -> Result<Library, libloading::Error> {
    use libloading::os::unix::{RTLD_LOCAL, RTLD_NOW};
    // SAFETY: it runs the library's constructors. That this is wanted, the registry's policy says; that the file is a whole
    // library with a manifest was checked.
    unsafe { Library::open(Some(path), RTLD_NOW | RTLD_LOCAL) }
}

/// Opens a library; it finds the libraries that it needs beside itself.
#[cfg(windows)]
pub(super) fn open_library(path: &Path) -> Result<Library, libloading::Error> {
    use libloading::os::windows::LOAD_WITH_ALTERED_SEARCH_PATH;
    // SAFETY: as on Unix.
    unsafe { Library::load_with_flags(path, LOAD_WITH_ALTERED_SEARCH_PATH) }
}

/// What may stand behind a `/` in a path and means nothing, never the same in this process: a number, of which `./` and `/` are
/// the digits.
pub(super) fn spelling() -> String {
    static NEXT: AtomicUsize = AtomicUsize::new(1);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    (0..=number.ilog2()).map(|digit| if number >> digit & 1 == 1 { "./" } else { "/" }).collect()
}

/// Why the system did not do it.
pub(super) fn reason(error: libloading::Error) -> String {
    match std::error::Error::source(&error) {
        Some(source) => source.to_string(),
        None => error.to_string(),
    }
}
