//! What the system knows about this process.

use std::path::{Path, PathBuf};

/// The file that holds this code, as the system names it: for the executable that may be a name without a path.
#[cfg(unix)]
pub fn module_path() -> Option<PathBuf> {
    use std::ffi::{CStr, OsStr};
    use std::os::unix::ffi::OsStrExt;
    let here = module_path as fn() -> Option<PathBuf>;
    let mut info = std::mem::MaybeUninit::<libc::Dl_info>::zeroed();
    // SAFETY: any address may be asked about, and `info` is written on success; zeros are a value of it.
    let (found, info) = unsafe { (libc::dladdr(here as *const _, info.as_mut_ptr()), info.assume_init()) };
    if found == 0 || info.dli_fname.is_null() {
        return None;
    }
    // SAFETY: on success it is a C string of the loader, which stays while this code is mapped.
    let name = unsafe { CStr::from_ptr(info.dli_fname) };
    Some(PathBuf::from(OsStr::from_bytes(name.to_bytes())))
}

/// The file that holds this code: unknown here, and taken to be the executable.
#[cfg(not(unix))]
pub fn module_path() -> Option<PathBuf> {
    None
}

/// Whether the process has more rights than the user who started it.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub fn is_privileged() -> bool {
    // SAFETY: it reads a number that the kernel gave the process.
    unsafe { libc::getauxval(libc::AT_SECURE) != 0 }
}

/// Whether the process has more rights than the user who started it.
#[cfg(all(unix, not(any(target_os = "linux", target_os = "android"))))]
pub fn is_privileged() -> bool {
    // SAFETY: these cannot fail and have no conditions.
    unsafe { libc::geteuid() != libc::getuid() || libc::getegid() != libc::getgid() }
}

/// Whether the process has more rights than the user who started it: there is no such thing here.
#[cfg(not(unix))]
pub fn is_privileged() -> bool {
    false
}

/// The number of the user whose rights this process has.
#[cfg(unix)]
pub fn effective_user() -> u32 {
    // SAFETY: it cannot fail and has no conditions.
    unsafe { libc::geteuid() }
}

/// The number of the user whose rights this process has: users have none here.
#[cfg(not(unix))]
pub fn effective_user() -> u32 {
    0
}

/// Whether this process may write to a file or directory that is there.
#[cfg(unix)]
pub fn is_writable(path: &Path) -> bool {
    use std::os::unix::ffi::OsStrExt;
    let Ok(path) = std::ffi::CString::new(path.as_os_str().as_bytes()) else { return false };
    // SAFETY: it is a path that a NUL ends.
    unsafe { libc::faccessat(libc::AT_FDCWD, path.as_ptr(), libc::W_OK, libc::AT_EACCESS) == 0 }
}

/// Whether this process may write to a file or directory that is there: only writing tells here.
#[cfg(not(unix))]
pub fn is_writable(_: &Path) -> bool {
    true
}
