//! The configuration of a WASI environment: what a guest can access outside of its sandbox.
#![forbid(unsafe_code)]

pub use crate::engine::wasi::{Clock, ReadCallback, Rights, TimeCallback, WriteCallback};

use crate::engine::wasi::{Capture, Input, Output, Preopen, Setup, StreamIndex, copy};
use crate::files;
use crate::limits::{MAX_CAPTURED_OUTPUT, MAX_WASI_DIRECTORIES, MAX_WASI_STRINGS};
use crate::status::{Error, Result, counted};
use libvm_abi as abi;
use std::collections::HashSet;
use std::fs::{self, File, OpenOptions};
use std::mem;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Checks that this library was built with WASI.
///
/// # Errors
/// `STATUS_UNSUPPORTED` if it was built without.
pub fn available() -> Result<()> {
    if cfg!(feature = "wasi") {
        return Ok(());
    }
    let message = "this libvm was built without WASI; build it with the cargo feature `wasi`, which is on by default";
    Err(Error::new(abi::STATUS_UNSUPPORTED, message))
}

/// One of the two output streams of a guest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// Standard output.
    Output,
    /// Standard error.
    Errors,
}

/// What a guest can access: arguments, environment, directories, standard streams, clocks, randomness. Initially it has no
/// arguments, variables, directories and input; its output streams are those of the process.
///
/// Thread-safe. Every context in which it is registered uses the settings of that time and opens files for itself; captured
/// output and output to files and callbacks comes from all of them, in the order of writing.
#[derive(Default)]
pub struct Wasi {
    setup: Mutex<Setup>,
    output: Arc<Capture>,
    errors: Arc<Capture>,
}

impl Wasi {
    /// Creates an empty configuration.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the arguments, beginning with the program's name.
    ///
    /// # Errors
    /// `STATUS_INVALID_ARGUMENT` if one contains a NUL byte, `STATUS_LIMIT` if there are too many; then nothing is changed.
    pub fn set_arguments<S: AsRef<str>>(&self, arguments: &[S]) -> Result<()> {
        check_count("arguments", arguments.len(), MAX_WASI_STRINGS)?;
        for (index, argument) in arguments.iter().enumerate() {
            check_no_nul(&format!("argument {index}"), argument.as_ref())?;
        }
        self.setup().arguments = arguments.iter().map(|argument| argument.as_ref().to_owned()).collect();
        Ok(())
    }

    /// Sets all environment variables, each a name and a value; of two with the same name the later one applies.
    ///
    /// # Errors
    /// `STATUS_INVALID_ARGUMENT` for an empty name, a name with `=`, and a NUL byte, `STATUS_LIMIT` if there are too many; then
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

    /// Sets an environment variable.
    ///
    /// # Errors
    /// `STATUS_INVALID_ARGUMENT` for an empty name, a name with `=`, and a NUL byte; `STATUS_LIMIT` if there are too many.
    pub fn add_environment(&self, name: &str, value: &str) -> Result<()> {
        check_variable(name, value)?;
        put_variable(&mut self.setup().environment, name, value)
    }

    /// Adds the current environment variables of the process, except those that are already set and those that are not
    /// valid UTF-8, which WASI cannot express.
    ///
    /// # Errors
    /// `STATUS_LIMIT` if there are too many; then nothing is changed.
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

    /// Makes a directory of the host available to the guest under a name of its own.
    ///
    /// A relative path is resolved now, from the current directory; the directory is opened in each context.
    ///
    /// # Errors
    /// `STATUS_FILE_NOT_FOUND` or another error of the file system if the directory does not exist, `STATUS_INVALID_ARGUMENT`
    /// if it is not a directory or the guest's name is empty or contains a NUL byte, `STATUS_ALREADY_EXISTS` if the guest has a
    /// directory with that name; `STATUS_LIMIT` if there are too many.
    pub fn add_directory(&self, host: &Path, guest: &str, rights: Rights) -> Result<()> {
        check_no_nul("the guest's name of a directory", guest)?;
        if guest.is_empty() {
            let message = format!("the guest's name for {} is empty; use a name such as \"/data\" or \".\"", host.display());
            return Err(Error::new(abi::STATUS_INVALID_ARGUMENT, message).at_path(host));
        }
        let found = fs::canonicalize(host).map_err(|e| Error::io("find the directory", host, &e))?;
        if !found.is_dir() {
            let message = format!("{} is not a directory; use the directory that contains it", host.display());
            return Err(Error::new(abi::STATUS_INVALID_ARGUMENT, message).at_path(host));
        }
        let directories = &mut self.setup().directories;
        if let Some(taken) = directories.iter().find(|known| trim(&known.guest) == trim(guest)) {
            let message = format!(
                "the guest already has {} as \"{}\"; use another name for {}",
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

    /// Sets empty input, the initial setting.
    pub fn discard_input(&self) {
        self.redirect_input(Input::Nothing);
    }

    /// Sets the process's standard input as input.
    pub fn inherit_input(&self) {
        self.redirect_input(Input::Inherited);
    }

    /// Sets these bytes as input; each context reads them from the beginning.
    ///
    /// # Errors
    /// `STATUS_OUT_OF_MEMORY`.
    pub fn set_input(&self, bytes: &[u8]) -> Result<()> {
        let copied = copy(bytes).ok_or_else(|| {
            Error::new(abi::STATUS_OUT_OF_MEMORY, format!("out of memory for {} of input", counted(bytes.len(), "byte")))
        });
        self.redirect_input(Input::Bytes(Arc::new(copied?)));
        Ok(())
    }

    /// Sets a file as input; each context reads it from the beginning.
    ///
    /// # Errors
    /// `STATUS_FILE_NOT_FOUND` or another error of the file system if it cannot be read, `STATUS_INVALID_ARGUMENT` for a
    /// directory or a named pipe.
    pub fn set_input_file(&self, path: &Path) -> Result<()> {
        let found = fs::canonicalize(path).map_err(|e| Error::io("find the input file", path, &e))?;
        if found.is_dir() {
            let message = format!("{} is a directory; standard input must be a file", path.display());
            return Err(Error::new(abi::STATUS_INVALID_ARGUMENT, message).at_path(path));
        }
        files::refuse_named_pipe(path, "open the input file", "read it in a callback (VM_WasiSetInputCallback)")?;
        self.redirect_input(Input::File(found));
        Ok(())
    }

    /// Sets a callback that provides input.
    pub fn set_input_callback(&self, callback: ReadCallback) {
        self.redirect_input(Input::Callback(callback));
    }

    /// Sets the process's own stream, the initial setting. The host must flush its own output for it to come first.
    pub fn inherit(&self, stream: Stream) {
        self.redirect(stream, Output::Inherited);
    }

    /// Discards output.
    pub fn discard(&self, stream: Stream) {
        self.redirect(stream, Output::Discarded);
    }

    /// Captures output, up to this many bytes in total, `MAX_CAPTURED_OUTPUT` by default. A guest that writes more gets the
    /// error that the device is full (`ENOSPC`), after as much as fits was written.
    pub fn capture(&self, stream: Stream, capacity: Option<usize>) {
        let capture = self.captured(stream);
        capture.set_capacity(capacity.unwrap_or(MAX_CAPTURED_OUTPUT));
        self.redirect(stream, Output::Captured(capture.clone()));
    }

    /// Writes output to a file, which is created or truncated now. Both streams may use the same file.
    ///
    /// # Errors
    /// `STATUS_PERMISSION_DENIED` or another error of the file system if it cannot be written, `STATUS_INVALID_ARGUMENT` for a named
    /// pipe.
    pub fn write_to_file(&self, stream: Stream, path: &Path) -> Result<()> {
        files::refuse_named_pipe(path, "write the output file", "write to it in a callback (VM_WasiSetStreamCallback)")?;
        // Opened again in append mode, so that two streams to one file do not overwrite each other.
        let opened = File::create(path).and_then(|_| OpenOptions::new().append(true).open(path));
        let file = opened.map_err(|e| Error::io("write the output file", path, &e))?;
        self.redirect(stream, Output::File { path: path.to_owned(), file: Arc::new(file) });
        Ok(())
    }

    /// Sets a callback that receives output.
    pub fn write_to_callback(&self, stream: Stream, callback: WriteCallback) {
        self.redirect(stream, Output::Callback(callback));
    }

    /// Returns the standard output captured so far; nothing if the system is out of memory. May be called while guests run.
    pub fn output(&self) -> Vec<u8> {
        self.output.bytes()
    }

    /// Returns the standard error captured so far. May be called while guests run.
    pub fn errors(&self) -> Vec<u8> {
        self.errors.bytes()
    }

    /// Returns whether a guest tried to write more than is captured.
    pub fn is_truncated(&self, stream: Stream) -> bool {
        self.captured(stream).is_truncated()
    }

    /// Sets the guest's time since 1970, in place of the system's.
    pub fn set_realtime_clock(&self, clock: Option<Clock>) {
        self.change(clock, |setup| &mut setup.realtime);
    }

    /// Sets the guest's monotonic time, in place of the system's. A guest that sleeps then does not
    /// block: the clocks that are set advance by that much instead.
    pub fn set_monotonic_clock(&self, clock: Option<Clock>) {
        self.change(clock, |setup| &mut setup.monotonic);
    }

    /// Makes the guest's random bytes the same in each context, in place of the system's. Not for secrets.
    pub fn set_random_seed(&self, seed: Option<u64>) {
        self.setup().seed = seed;
    }

    /// Sets whether functions that wait suspend the guest instead of holding its thread, and callbacks of streams may say "not yet".
    pub fn set_may_suspend(&self, may_suspend: bool) {
        self.setup().may_suspend = may_suspend;
    }

    /// Says that the callback of a stream can go on: guests that wait for it call it again.
    pub fn notify(&self, stream: StreamIndex) {
        let notifier = Arc::clone(&self.setup().notifier);
        notifier.notify(stream);
    }

    /// Returns a snapshot of the settings, from which the environments of contexts are created.
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

    // The previous value is freed after the lock is released: it may be a callback's data, and freeing that may call back.
    fn change<T>(&self, value: T, place: impl FnOnce(&mut Setup) -> &mut T) {
        let old = mem::replace(place(&mut self.setup()), value);
        drop(old);
    }

    // Each change under the lock is one assignment or push, so that a panic leaves no incomplete state.
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
            let message = format!("{what}, {text:?}, contains a NUL byte at {position}, which WASI cannot express; remove it");
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
    Err(Error::new(abi::STATUS_LIMIT, format!("{count} {what} are too many: a guest can have {most}; pass fewer, or a file")))
}
