//! What the system knows about this process.

use std::path::{Path, PathBuf};

/// Returns the file that contains this code, as the system names it: for the executable that may be a name without a path.
#[cfg(unix)]
pub fn module_path() -> Option<PathBuf> {
    use std::ffi::{CStr, OsStr};
    use std::os::unix::ffi::OsStrExt;
    let here = module_path as fn() -> Option<PathBuf>;
    let mut info = std::mem::MaybeUninit::<libc::Dl_info>::zeroed();
    // SAFETY: any address is permitted, and `info` is written on success; all zeros are a valid value of it.
    let (found, info) = unsafe { (libc::dladdr(here as *const _, info.as_mut_ptr()), info.assume_init()) };
    if found == 0 || info.dli_fname.is_null() {
        return None;
    }
    // SAFETY: on success it is a C string of the loader, which is valid while this code is mapped.
    let name = unsafe { CStr::from_ptr(info.dli_fname) };
    Some(PathBuf::from(OsStr::from_bytes(name.to_bytes())))
}

/// Returns the file that contains this code: unknown on this system, and assumed to be the executable.
#[cfg(not(unix))]
pub fn module_path() -> Option<PathBuf> {
    None
}

/// Returns whether the process has more privileges than the user who started it.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub fn is_privileged() -> bool {
    // SAFETY: it reads a number that the kernel passed to the process.
    unsafe { libc::getauxval(libc::AT_SECURE) != 0 }
}

/// Returns whether the process has more privileges than the user who started it.
#[cfg(all(unix, not(any(target_os = "linux", target_os = "android"))))]
pub fn is_privileged() -> bool {
    // SAFETY: these cannot fail and have no preconditions.
    unsafe { libc::geteuid() != libc::getuid() || libc::getegid() != libc::getgid() }
}

/// Returns whether the process has more privileges than the user who started it: not known on this system.
#[cfg(not(unix))]
pub fn is_privileged() -> bool {
    false
}

/// Returns the effective user ID of this process.
#[cfg(unix)]
pub fn effective_user() -> u32 {
    // SAFETY: it cannot fail and has no preconditions.
    unsafe { libc::geteuid() }
}

/// Returns the effective user ID of this process: this system has none.
#[cfg(not(unix))]
pub fn effective_user() -> u32 {
    0
}

/// Returns whether this process may write to an existing file or directory.
#[cfg(unix)]
pub fn is_writable(path: &Path) -> bool {
    use std::os::unix::ffi::OsStrExt;
    let Ok(path) = std::ffi::CString::new(path.as_os_str().as_bytes()) else { return false };
    // SAFETY: the path is NUL-terminated.
    unsafe { libc::faccessat(libc::AT_FDCWD, path.as_ptr(), libc::W_OK, libc::AT_EACCESS) == 0 }
}

/// Returns whether this process may write to an existing file or directory: on this system only an attempt to write shows it.
#[cfg(not(unix))]
pub fn is_writable(_: &Path) -> bool {
    true
}
