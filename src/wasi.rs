//! The description of a WASI environment: what a guest is given of the world outside.
#![forbid(unsafe_code)]

pub use crate::engine::wasi::{Clock, ReadCallback, Rights, TimeCallback, WriteCallback};

use crate::engine::wasi::{Capture, Input, Output, Preopen, Setup, copy};
use crate::limits::{MAX_CAPTURED_OUTPUT, MAX_WASI_DIRECTORIES, MAX_WASI_STRINGS};
use crate::status::{Error, Result, counted};
use libvm_abi as abi;
use std::collections::HashSet;
use std::fs::{self, File, OpenOptions};
use std::mem;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Whether this library has WASI.
///
/// # Errors
/// `STATUS_UNSUPPORTED` when it was built without.
pub fn available() -> Result<()> {
    if cfg!(feature = "wasi") {
        return Ok(());
    }
    let message = "this libvm was built without WASI; build it with the cargo feature `wasi`, which is on by default";
    Err(Error::new(abi::STATUS_UNSUPPORTED, message))
}

/// One of the two streams that a guest writes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// Standard output.
    Output,
    /// Standard errors.
    Errors,
}

/// What a guest is given: arguments, environment, directories, standard streams, clocks, randomness. At first it has no
/// argument, no variable, no directory and no input; its output and errors are the process's own.
///
/// Thread-safe. Every context in which it is registered is given what it says at that time and opens files for itself; what is
/// captured and written to files and callbacks comes from all of them, in the order of their writing.
#[derive(Default)]
pub struct Wasi {
    setup: Mutex<Setup>,
    output: Arc<Capture>,
    errors: Arc<Capture>,
}

impl Wasi {
    /// A description with nothing in it.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the arguments, the program's name first.
    ///
    /// # Errors
    /// `STATUS_INVALID_ARGUMENT` when one has a NUL byte, `STATUS_LIMIT` when there are too many; then nothing is changed.
    pub fn set_arguments<S: AsRef<str>>(&self, arguments: &[S]) -> Result<()> {
        check_count("arguments", arguments.len(), MAX_WASI_STRINGS)?;
        for (index, argument) in arguments.iter().enumerate() {
            check_no_nul(&format!("argument {index}"), argument.as_ref())?;
        }
        self.setup().arguments = arguments.iter().map(|argument| argument.as_ref().to_owned()).collect();
        Ok(())
    }

    /// Sets all environment variables, each a name and a value; of two with one name the later counts.
    ///
    /// # Errors
    /// `STATUS_INVALID_ARGUMENT` for an empty name, a name with `=`, and a NUL byte, `STATUS_LIMIT` when there are too many; then
    /// nothing is changed.
    pub fn set_environment<S: AsRef<str>>(&self, variables: &[(S, S)]) -> Result<()> {
        check_count("environment variables", variables.len(), MAX_WASI_STRINGS)?;
        let mut environment = Vec::new();
        for (name, value) in variables {
            check_variable(name.as_ref(), value.as_ref())?;
            put_variable(&mut environment, name.as_ref(), value.as_ref())?;
        }
        self.setup().environment = environment;
        Ok(())
    }

    /// Adds an environment variable, or gives it another value.
    ///
    /// # Errors
    /// `STATUS_INVALID_ARGUMENT` for an empty name, a name with `=`, and a NUL byte; `STATUS_LIMIT` when there are too many.
    pub fn add_environment(&self, name: &str, value: &str) -> Result<()> {
        check_variable(name, value)?;
        put_variable(&mut self.setup().environment, name, value)
    }

    /// Adds the process's environment variables as they are now, except those that are set already and those that are not
    /// UTF-8, which WASI cannot express.
    ///
    /// # Errors
    /// `STATUS_LIMIT` when they are too many; then nothing is changed.
    pub fn inherit_environment(&self) -> Result<()> {
        let inherited =
            std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        let environment = &mut self.setup().environment;
        let known: HashSet<&str> = environment.iter().map(|(name, _)| &**name).collect();
        // Windows keeps the current directory of each drive in variables such as `=C:`.
        let fits = |name: &str, value: &str| check_variable(name, value).is_ok() && !known.contains(name);
        let added: Vec<_> = inherited.filter(|(name, value)| fits(name, value)).collect();
        check_count("environment variables", environment.len() + added.len(), MAX_WASI_STRINGS)?;
        environment.extend(added);
        Ok(())
    }

    /// Gives the guest a directory of the host under a name of its own.
    ///
    /// The directory is looked for now, a relative path from the current directory; it is opened in each context.
    ///
    /// # Errors
    /// `STATUS_FILE_NOT_FOUND` or another error of the file system when there is no such directory, `STATUS_INVALID_ARGUMENT`
    /// when it is no directory or the guest's name is empty or has a NUL byte, `STATUS_ALREADY_EXISTS` when the guest has one
    /// of that name; `STATUS_LIMIT` when there are too many.
    pub fn add_directory(&self, host: &Path, guest: &str, rights: Rights) -> Result<()> {
        check_no_nul("the guest's name of a directory", guest)?;
        if guest.is_empty() {
            let message = format!("the guest's name for {} is empty; give one such as \"/data\" or \".\"", host.display());
            return Err(Error::new(abi::STATUS_INVALID_ARGUMENT, message).at_path(host));
        }
        let found = fs::canonicalize(host).map_err(|e| Error::io("find the directory", host, &e))?;
        if !found.is_dir() {
            let message = format!("{} is no directory; give the guest the directory that it is in", host.display());
            return Err(Error::new(abi::STATUS_INVALID_ARGUMENT, message).at_path(host));
        }
        let directories = &mut self.setup().directories;
        if let Some(taken) = directories.iter().find(|known| trim(&known.guest) == trim(guest)) {
            let message = format!(
                "the guest has {} as \"{}\" already; give {} another name",
                taken.host.display(),
                taken.guest,
                host.display()
            );
            return Err(Error::new(abi::STATUS_ALREADY_EXISTS, message).at_path(host));
        }
        check_count("directories", directories.len() + 1, MAX_WASI_DIRECTORIES)?;
        directories.push(Preopen { host: found, guest: guest.to_owned(), rights });
        Ok(())
    }

    /// Gives the guest no input, as at first.
    pub fn discard_input(&self) {
        self.redirect_input(Input::Nothing);
    }

    /// Gives the guest the process's own standard input.
    pub fn inherit_input(&self) {
        self.redirect_input(Input::Inherited);
    }

    /// Gives the guest these bytes as input, in each context from the first.
    ///
    /// # Errors
    /// `STATUS_OUT_OF_MEMORY`.
    pub fn set_input(&self, bytes: &[u8]) -> Result<()> {
        let copied = copy(bytes).ok_or_else(|| {
            Error::new(
                abi::STATUS_OUT_OF_MEMORY,
                format!("the system has no memory for {} of input", counted(bytes.len(), "byte")),
            )
        });
        self.redirect_input(Input::Bytes(Arc::new(copied?)));
        Ok(())
    }

    /// Gives the guest a file as input, in each context from the start.
    ///
    /// # Errors
    /// `STATUS_FILE_NOT_FOUND` or another error of the file system when it cannot be read, `STATUS_INVALID_ARGUMENT` for a
    /// directory.
    pub fn set_input_file(&self, path: &Path) -> Result<()> {
        let found = fs::canonicalize(path).map_err(|e| Error::io("find the input file", path, &e))?;
        if found.is_dir() {
            let message = format!("{} is a directory; give a file for standard input", path.display());
            return Err(Error::new(abi::STATUS_INVALID_ARGUMENT, message).at_path(path));
        }
        self.redirect_input(Input::File(found));
        Ok(())
    }

    /// Asks a callback for the guest's input.
    pub fn set_input_callback(&self, callback: ReadCallback) {
        self.redirect_input(Input::Callback(callback));
    }

    /// Gives the guest the process's own stream, as at first. What the host itself has written must be flushed to come first.
    pub fn inherit(&self, stream: Stream) {
        self.redirect(stream, Output::Inherited);
    }

    /// Drops what the guest writes.
    pub fn discard(&self, stream: Stream) {
        self.redirect(stream, Output::Discarded);
    }

    /// Keeps what guests write, up to so many bytes in all, `MAX_CAPTURED_OUTPUT` by default. A guest that writes more is told
    /// that the device is full (`ENOSPC`), after as much as fits was taken.
    pub fn capture(&self, stream: Stream, capacity: Option<usize>) {
        let capture = self.captured(stream);
        capture.set_capacity(capacity.unwrap_or(MAX_CAPTURED_OUTPUT));
        self.redirect(stream, Output::Captured(capture.clone()));
    }

    /// Writes what guests write to a file, which is made or emptied now. Both streams may go to one file.
    ///
    /// # Errors
    /// `STATUS_PERMISSION_DENIED` or another error of the file system when it cannot be written.
    pub fn write_to_file(&self, stream: Stream, path: &Path) -> Result<()> {
        // Opened again to append, so that two streams in one file do not write over each other.
        let opened = File::create(path).and_then(|_| OpenOptions::new().append(true).open(path));
        let file = opened.map_err(|e| Error::io("write the output file", path, &e))?;
        self.redirect(stream, Output::File { path: path.to_owned(), file: Arc::new(file) });
        Ok(())
    }

    /// Gives what guests write to a callback.
    pub fn write_to_callback(&self, stream: Stream, callback: WriteCallback) {
        self.redirect(stream, Output::Callback(callback));
    }

    /// What was captured of standard output so far; nothing when the system has no memory for it. May be asked while guests run.
    pub fn output(&self) -> Vec<u8> {
        self.output.bytes()
    }

    /// What was captured of standard errors so far. May be asked while guests run.
    pub fn errors(&self) -> Vec<u8> {
        self.errors.bytes()
    }

    /// Whether a guest wanted to write more than is captured.
    pub fn is_truncated(&self, stream: Stream) -> bool {
        self.captured(stream).is_truncated()
    }

    /// Sets what the guest reads as the time since 1970, instead of the system's.
    pub fn set_realtime_clock(&self, clock: Option<Clock>) {
        self.change(clock, |setup| &mut setup.realtime);
    }

    /// Sets what the guest reads as the time that never goes back, instead of the system's. A guest that sleeps then does not
    /// block: the clocks that are set move ahead by that much instead.
    pub fn set_monotonic_clock(&self, clock: Option<Clock>) {
        self.change(clock, |setup| &mut setup.monotonic);
    }

    /// Makes the guest's random bytes the same in each context, instead of the system's. Not for secrets.
    pub fn set_random_seed(&self, seed: Option<u64>) {
        self.setup().seed = seed;
    }

    /// What the environments of contexts are made from, as it is now.
    pub fn snapshot(&self) -> Setup {
        self.setup().clone()
    }

    fn captured(&self, stream: Stream) -> &Arc<Capture> {
        match stream {
            Stream::Output => &self.output,
            Stream::Errors => &self.errors,
        }
    }

    fn redirect(&self, stream: Stream, output: Output) {
        self.change(output, |setup| match stream {
            Stream::Output => &mut setup.output,
            Stream::Errors => &mut setup.errors,
        });
    }

    fn redirect_input(&self, input: Input) {
        self.change(input, |setup| &mut setup.input);
    }

    // What was there before is freed after the lock: it may be a callback's data, and freeing that may call back.
    fn change<T>(&self, value: T, place: impl FnOnce(&mut Setup) -> &mut T) {
        let old = mem::replace(place(&mut self.setup()), value);
        drop(old);
    }

    // Each change under the lock is one assignment or push, so that a panic leaves nothing half done.
    fn setup(&self) -> MutexGuard<'_, Setup> {
        self.setup.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn trim(guest: &str) -> &str {
    match guest.trim_end_matches('/') {
        "" => "/",
        trimmed => trimmed,
    }
}

fn check_no_nul(what: &str, text: &str) -> Result<()> {
    match text.find('\0') {
        None => Ok(()),
        Some(position) => {
            let message = format!("{what}, {text:?}, has a NUL byte at {position}, which WASI cannot express; leave it out");
            Err(Error::new(abi::STATUS_INVALID_ARGUMENT, message))
        }
    }
}

fn check_variable(name: &str, value: &str) -> Result<()> {
    check_no_nul("the name of an environment variable", name)?;
    check_no_nul(&format!("the value of the environment variable {name}"), value)?;
    if name.is_empty() || name.contains('=') {
        let message = format!("{name:?} cannot be the name of an environment variable; it must not be empty or contain `=`");
        return Err(Error::new(abi::STATUS_INVALID_ARGUMENT, message));
    }
    Ok(())
}

fn put_variable(environment: &mut Vec<(String, String)>, name: &str, value: &str) -> Result<()> {
    if let Some((_, old)) = environment.iter_mut().find(|(known, _)| known == name) {
        value.clone_into(old);
        return Ok(());
    }
    check_count("environment variables", environment.len() + 1, MAX_WASI_STRINGS)?;
    environment.push((name.to_owned(), value.to_owned()));
    Ok(())
}

fn check_count(what: &str, count: usize, most: usize) -> Result<()> {
    if count <= most {
        return Ok(());
    }
    Err(Error::new(abi::STATUS_LIMIT, format!("{count} {what} are too many: a guest can be given {most}; give fewer, or a file")))
}
