//! What the system knows about this process.

use std::mem::MaybeUninit;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

/// Returns the file that contains this code, as the system names it: for the executable that may be a name without a path.
#[cfg(unix)]
pub fn module_path() -> Option<PathBuf> {
    use std::ffi::{CStr, OsStr};
    use std::os::unix::ffi::OsStrExt;
    let here = module_path as fn() -> Option<PathBuf>;
    let mut info = MaybeUninit::<libc::Dl_info>::zeroed();
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

/// Returns the absolute path of the file with this code, and whether it is the executable.
pub fn own_file() -> (Option<PathBuf>, bool) {
    let executable = std::env::current_exe().ok();
    let real = |path: &Path| path.canonicalize().ok();
    // The system returns the executable's path as it was started, which may be relative or only a name.
    let library = module_path()
        .filter(|path| real(path).is_some_and(|found| Some(found) != executable.as_deref().and_then(real)))
        .and_then(|path| std::path::absolute(path).ok());
    match library {
        Some(path) => (Some(path), false),
        None => (executable, true),
    }
}

/// How often a file is sealed that the kernel finds busy, before that is an error; it waits for a tenth of a second or so each time.
#[cfg(any(target_os = "linux", target_os = "android"))]
const SEALING_TRIES: usize = 8;

/// Makes it impossible to change a file in memory, for this process too.
///
/// # Errors
/// Those of the system.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub fn seal(file: &std::fs::File) -> std::io::Result<()> {
    use rustix::fs::{SealFlags, fcntl_add_seals};
    use rustix::io::Errno;
    let seals = SealFlags::SEAL | SealFlags::SHRINK | SealFlags::GROW | SealFlags::WRITE;
    // Pages that the kernel looks at or moves just then look as if somebody could write to them.
    let mut tries = (0..SEALING_TRIES).map(|_| fcntl_add_seals(file, seals));
    let result = tries.find(|result| *result != Err(Errno::BUSY)).unwrap_or(Err(Errno::BUSY));
    result.map_err(Into::into)
}

/// Keeps this library mapped until the process ends, also when it is unloaded: a thread of it may still be running.
pub fn stay_loaded() {
    static STAYS: AtomicBool = AtomicBool::new(false);
    if !STAYS.swap(true, Ordering::Relaxed) {
        pin();
    }
}

/// Does nothing where the library is part of the executable.
#[cfg(unix)]
fn pin() {
    use std::os::unix::ffi::OsStrExt;
    let path = module_path().and_then(|path| std::ffi::CString::new(path.as_os_str().as_bytes()).ok());
    if let Some(path) = path {
        // SAFETY: the path is NUL-terminated, and with `RTLD_NOLOAD` no code runs.
        unsafe { libc::dlopen(path.as_ptr(), libc::RTLD_LAZY | libc::RTLD_NOLOAD | libc::RTLD_NODELETE) };
    }
}

#[cfg(windows)]
fn pin() {
    // Where it fails, only a program that unloads the library while threads of it run is affected.
    drop(libloading::os::windows::Library::this().and_then(|library| library.pin()));
}

/// Does nothing: there are no libraries to unload.
#[cfg(not(any(unix, windows)))]
fn pin() {}

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

/// Gives this thread, and no other, another effective user, for tests of what that user may do.
#[cfg(test)]
pub fn become_user(user: u32) {
    #[cfg(target_os = "linux")]
    // SAFETY: without the wrapper of the C library it changes the calling thread alone.
    assert_eq!(unsafe { libc::syscall(libc::SYS_setresuid, -1, user, -1) }, 0);
    assert_eq!(effective_user(), user);
}

/// Lets other threads run before this one, where the system can do that for one thread.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub fn lower_priority_of_thread() {
    // SAFETY: it changes the calling thread alone, since 0 means that on this system. If it fails, the thread runs as others do.
    unsafe { libc::setpriority(libc::PRIO_PROCESS, 0, 19) };
}

/// Lets other threads run before this one: this system would do that for the whole process.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub fn lower_priority_of_thread() {}

/// Lets the system begin to write a file to the disk, where it offers that; `sync_data` waits until it is there.
#[cfg(target_os = "linux")]
pub fn begin_writeback(file: &std::fs::File) {
    use std::os::fd::AsRawFd;
    // SAFETY: the descriptor is open; the call reads and writes no memory of this process. If it fails, waiting takes longer.
    unsafe { libc::sync_file_range(file.as_raw_fd(), 0, 0, libc::SYNC_FILE_RANGE_WRITE) };
}

/// Lets the system begin to write a file to the disk: this system does so when it is waited for.
#[cfg(not(target_os = "linux"))]
pub fn begin_writeback(_: &std::fs::File) {}

/// Asks for large pages for memory that is about to be written as a whole, which takes a hundredth of the page faults. It is advice, and for
/// less than some of these pages none is given.
#[cfg(target_os = "linux")]
pub fn prefer_large_pages(room: &mut [MaybeUninit<u8>]) {
    const ENOUGH: usize = 4 << 20;
    if room.len() < ENOUGH {
        return;
    }
    // SAFETY: it has no preconditions.
    let page = usize::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).unwrap_or(ENOUGH);
    let before = room.as_ptr().align_offset(page);
    if before < room.len() {
        let whole = (room.len() - before) / page * page;
        // SAFETY: these pages are part of the room, and the advice leaves what is in them as it is.
        unsafe { libc::madvise(room[before..].as_mut_ptr().cast(), whole, libc::MADV_HUGEPAGE) };
    }
}

/// Does nothing where there is no such advice.
#[cfg(not(target_os = "linux"))]
pub fn prefer_large_pages(_: &mut [MaybeUninit<u8>]) {}

/// Returns how large a file may become: what writes beyond it ends the process (`SIGXFSZ`), unless that ignores the signal.
#[cfg(unix)]
pub fn file_size_limit() -> u64 {
    let mut limit = libc::rlimit { rlim_cur: libc::RLIM_INFINITY, rlim_max: libc::RLIM_INFINITY };
    // SAFETY: `limit` can be written; if it is not, there is no limit.
    unsafe { libc::getrlimit(libc::RLIMIT_FSIZE, &mut limit) };
    // Its type differs between systems.
    u64::try_from(limit.rlim_cur as i128).unwrap_or(u64::MAX)
}

/// Returns how large a file may become: this system limits that by the space on its disks only.
#[cfg(not(unix))]
pub fn file_size_limit() -> u64 {
    u64::MAX
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

/// Returns the private group of the effective user: the primary group, if `/etc/passwd` and `/etc/group` list no other member of it.
/// Systems that give each user such a group often set the umask to 002, so that all files of a user are group-writable.
#[cfg(unix)]
pub fn private_group() -> Option<u32> {
    let read = |path| Some(String::from_utf8_lossy(&std::fs::read(path).ok()?).into_owned());
    private_group_in(&read("/etc/passwd")?, &read("/etc/group")?, effective_user())
}

#[cfg(unix)]
fn private_group_in(accounts: &str, groups: &str, user: u32) -> Option<u32> {
    // name:password:user:group:…
    let accounts: Vec<(&str, u32, u32)> = accounts
        .lines()
        .filter_map(|line| {
            let mut fields = line.split(':');
            let name = fields.next()?;
            Some((name, fields.nth(1)?.parse().ok()?, fields.next()?.parse().ok()?))
        })
        .collect();
    let (.., group) = *accounts.iter().find(|account| account.1 == user)?;
    let is_own = |name: &str| accounts.iter().any(|account| account.0 == name && account.1 == user);
    // name:password:group:member,member,…
    let mut members = groups
        .lines()
        .filter_map(|line| {
            let mut fields = line.split(':').skip(2);
            (fields.next()?.parse() == Ok(group)).then(|| fields.next().unwrap_or_default())
        })
        .peekable();
    let is_known = members.peek().is_some();
    let is_private = accounts.iter().all(|account| account.2 != group || account.1 == user)
        && members.flat_map(|line| line.split(',')).all(|name| name.is_empty() || is_own(name));
    (is_known && is_private).then_some(group)
}

fn of_variable(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute())
}

fn of_user(variable: &str, apple: &str, below_home: &str) -> Option<PathBuf> {
    if cfg!(windows) {
        of_variable("LOCALAPPDATA")
    } else if cfg!(target_vendor = "apple") {
        of_variable("HOME").map(|home| home.join(apple))
    } else {
        of_variable(variable).or_else(|| of_variable("HOME").map(|home| home.join(below_home)))
    }
}

/// Returns the user's directory for data.
pub fn user_data() -> Option<PathBuf> {
    of_user("XDG_DATA_HOME", "Library/Application Support", ".local/share")
}

/// Returns the user's directory for caches.
pub fn user_cache() -> Option<PathBuf> {
    of_user("XDG_CACHE_HOME", "Library/Caches", ".cache")
}

#[cfg(all(test, unix))]
mod tests {
    use super::private_group_in;

    #[test]
    fn a_group_is_private_if_it_has_no_other_member() {
        let accounts = "root:x:0:0::/root:/bin/sh\nann:x:1000:1000::/:/bin/sh\nalias:x:1000:1000::/:/bin/sh\nbob:x:1001:100::/:/bin/sh\nbroken\n";
        let private = |groups: &str, user| private_group_in(accounts, groups, user);
        assert_eq!(private("root:x:0:\nann:x:1000:\n", 1000), Some(1000));
        assert_eq!(private("ann:x:1000:ann,alias", 1000), Some(1000));
        assert_eq!(private("root:x:0:\n", 0), Some(0));
        // Another member, also in a second line of the same group.
        assert_eq!(private("ann:x:1000:ann,bob\n", 1000), None);
        assert_eq!(private("ann:x:1000:\nstaff:x:1000:bob\n", 1000), None);
        // It is the primary group of another user too.
        let shared = "ann:x:1000:100::/:/bin/sh\nbob:x:1001:100::/:/bin/sh\n";
        assert_eq!(private_group_in(shared, "users:x:100:\n", 1000), None);
        // Users and groups that the files do not list: their members are not known.
        assert_eq!(private("ann:x:1000:\n", 1002), None);
        assert_eq!(private("root:x:0:\n", 1000), None);
    }
}

#[cfg(all(test, target_os = "linux"))]
mod sealing_tests {
    use super::*;
    use std::fs::File;
    use std::io::{ErrorKind, Write};
    use std::os::fd::AsRawFd;

    /// A file in memory with a page that can be written through a mapping, as its address.
    fn mapped() -> (File, usize) {
        let flags = rustix::fs::MemfdFlags::CLOEXEC | rustix::fs::MemfdFlags::ALLOW_SEALING;
        let mut file = File::from(rustix::fs::memfd_create("a test", flags).unwrap());
        file.write_all(&[1; 4096]).unwrap();
        let access = libc::PROT_READ | libc::PROT_WRITE;
        // SAFETY: a new mapping, which nothing else uses.
        let page = unsafe { libc::mmap(std::ptr::null_mut(), 4096, access, libc::MAP_SHARED, file.as_raw_fd(), 0) };
        assert_ne!(page, libc::MAP_FAILED);
        (file, page as usize)
    }

    fn unmap(page: usize) {
        // SAFETY: `mapped` has made it, and nothing uses it.
        assert_eq!(unsafe { libc::munmap(page as *mut libc::c_void, 4096) }, 0);
    }

    #[test]
    fn what_is_sealed_cannot_be_written() {
        let (mut file, page) = mapped();
        unmap(page);
        seal(&file).unwrap();
        assert_eq!(file.write_all(b"more").unwrap_err().kind(), ErrorKind::PermissionDenied);
        assert_eq!(seal(&file).unwrap_err().kind(), ErrorKind::PermissionDenied, "it stays as it is");
    }

    #[test]
    fn what_stays_busy_is_not_sealed() {
        let (mut file, page) = mapped();
        assert_eq!(seal(&file).unwrap_err().raw_os_error(), Some(libc::EBUSY));
        file.write_all(b"more").unwrap();
        unmap(page);
    }
}
