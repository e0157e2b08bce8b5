//! Starting a process, with what `std::process::Command` does not offer without `fork`: a session of its own, and closed descriptors.
use rustix::fd::{AsRawFd, OwnedFd};
use rustix::io::Errno;
use rustix::process::Pid;
use std::ffi::{CStr, CString, c_char, c_int};
use std::mem::MaybeUninit;
use std::ptr;
use std::sync::OnceLock;

/// The first descriptor that is not a standard stream.
const FIRST: c_int = 3;

type AddCloseFrom = unsafe extern "C" fn(*mut libc::posix_spawn_file_actions_t, c_int) -> c_int;

/// What a new process does before it runs its program: it becomes the leader of a session, without the terminal of the host; handles signals in
/// the default way, as the host may not; and has no descriptors but its standard streams.
struct Setup {
    attributes: libc::posix_spawnattr_t,
    actions: libc::posix_spawn_file_actions_t,
}

fn checked(result: c_int) -> Result<(), Errno> {
    if result == 0 { Ok(()) } else { Err(Errno::from_raw_os_error(result)) }
}

fn signals(fill: unsafe extern "C" fn(*mut libc::sigset_t) -> c_int) -> libc::sigset_t {
    let mut set = MaybeUninit::uninit();
    // SAFETY: it initializes the set.
    unsafe {
        fill(set.as_mut_ptr());
        set.assume_init()
    }
}

/// Blocks all signals of this thread: those of the host are for its own threads, and writing to a closed pipe must not end it.
pub fn block_signals() {
    // SAFETY: a set, and no place for the old one.
    unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &signals(libc::sigfillset), ptr::null_mut()) };
}

/// Returns the function that has all descriptors closed, which glibc has since 2.34.
fn add_close_from() -> Option<AddCloseFrom> {
    static FOUND: OnceLock<Option<AddCloseFrom>> = OnceLock::new();
    *FOUND.get_or_init(|| {
        // SAFETY: a string; the function has this type.
        unsafe {
            let found = libc::dlsym(libc::RTLD_DEFAULT, c"posix_spawn_file_actions_addclosefrom_np".as_ptr());
            std::mem::transmute::<*mut libc::c_void, Option<AddCloseFrom>>(found)
        }
    })
}

impl Setup {
    fn new(streams: &[OwnedFd; 3], add_close_from: Option<AddCloseFrom>) -> Result<Self, Errno> {
        let (mut attributes, mut actions) = (MaybeUninit::uninit(), MaybeUninit::uninit());
        // SAFETY: they initialize both, which live until `drop`; if the second fails, the first has nothing to free in glibc and musl.
        let mut setup = unsafe {
            checked(libc::posix_spawnattr_init(attributes.as_mut_ptr()))?;
            checked(libc::posix_spawn_file_actions_init(actions.as_mut_ptr()))?;
            Self { attributes: attributes.assume_init(), actions: actions.assume_init() }
        };
        let flags = libc::POSIX_SPAWN_SETSID | libc::POSIX_SPAWN_SETSIGMASK as i16 | libc::POSIX_SPAWN_SETSIGDEF as i16;
        // SAFETY: both are initialized, and the sets are copied.
        unsafe {
            checked(libc::posix_spawnattr_setflags(&mut setup.attributes, flags))?;
            checked(libc::posix_spawnattr_setsigmask(&mut setup.attributes, &signals(libc::sigemptyset)))?;
            checked(libc::posix_spawnattr_setsigdefault(&mut setup.attributes, &signals(libc::sigfillset)))?;
            for (stream, number) in streams.iter().zip(0..) {
                checked(libc::posix_spawn_file_actions_adddup2(&mut setup.actions, stream.as_raw_fd(), number))?;
            }
            match add_close_from {
                Some(add) => checked(add(&mut setup.actions, FIRST))?,
                // What another thread opens meanwhile is closed only if it is opened with O_CLOEXEC.
                None => {
                    for number in open_descriptors() {
                        checked(libc::posix_spawn_file_actions_addclose(&mut setup.actions, number))?;
                    }
                }
            }
        }
        Ok(setup)
    }
}

impl Drop for Setup {
    fn drop(&mut self) {
        // SAFETY: both are initialized.
        unsafe {
            libc::posix_spawn_file_actions_destroy(&mut self.actions);
            libc::posix_spawnattr_destroy(&mut self.attributes);
        }
    }
}

/// Returns the descriptors of this process that are not standard streams.
fn open_descriptors() -> Vec<c_int> {
    let entries = std::fs::read_dir("/proc/self/fd").into_iter().flatten().flatten();
    let numbers = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    numbers.filter(|number| *number >= FIRST).collect()
}

/// Starts a program with these streams, the first of which are its standard input, output and error. They must not be standard streams here.
pub fn spawn(file: &CStr, arguments: &[CString], variables: &[CString], streams: &[OwnedFd; 3]) -> Result<Pid, Errno> {
    spawn_with(file, arguments, variables, streams, add_close_from())
}

fn spawn_with(
    file: &CStr,
    arguments: &[CString],
    variables: &[CString],
    streams: &[OwnedFd; 3],
    add_close_from: Option<AddCloseFrom>,
) -> Result<Pid, Errno> {
    let pointers = |texts: &[CString]| -> Vec<*mut c_char> {
        texts.iter().map(|text| text.as_ptr().cast_mut()).chain([ptr::null_mut()]).collect()
    };
    let setup = Setup::new(streams, add_close_from)?;
    let (arguments, variables, mut pid) = (pointers(arguments), pointers(variables), 0);
    // SAFETY: strings, and arrays of strings that end with a null pointer, none of which is written to.
    let result = unsafe {
        libc::posix_spawn(&mut pid, file.as_ptr(), &setup.actions, &setup.attributes, arguments.as_ptr(), variables.as_ptr())
    };
    checked(result)?;
    Pid::from_raw(pid).ok_or(Errno::SRCH)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::io::{dup, read};
    use rustix::pipe::pipe;
    use rustix::process::{WaitOptions, waitpid};

    /// Returns the descriptors that a program has. Its first three are the end of a pipe that is also inherited under its own number.
    fn descriptors(add_close_from: Option<AddCloseFrom>) -> String {
        let (reading, writing) = pipe().expect("a pipe");
        let streams = [dup(&writing), dup(&writing), dup(&writing)].map(|stream| stream.expect("a descriptor"));
        let arguments = [c"ls", c"-1", c"/proc/self/fd"].map(CStr::to_owned);
        let pid = spawn_with(c"/bin/ls", &arguments, &[], &streams, add_close_from).expect("it starts");
        drop((writing, streams));
        let (mut text, mut part) = (Vec::new(), [0; 100]);
        while let count @ 1.. = read(&reading, &mut part).expect("a pipe can be read") {
            text.extend(&part[..count]);
        }
        let (_, status) = waitpid(Some(pid), WaitOptions::empty()).expect("it ends").expect("it has ended");
        assert_eq!(status.exit_status(), Some(0));
        String::from_utf8(text).expect("numbers are text")
    }

    #[test]
    fn descriptors_are_closed_with_and_without_the_function_of_glibc() {
        // The program opens the directory as the fourth.
        assert_eq!(descriptors(None), "0\n1\n2\n3\n");
        if let Some(function) = add_close_from() {
            assert_eq!(descriptors(Some(function)), "0\n1\n2\n3\n");
        }
    }
}
