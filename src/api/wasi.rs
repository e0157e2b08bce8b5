//! WASI preview 1.
#![forbid(unsafe_code)]

use super::context::Context;
use super::error::{Error, Result, guard};
use super::module::Module;
use crate::wasi::{self, Clock, Rights, Stream};
use crate::{panics, status};
use libvm_abi as abi;
use std::path::Path;
use std::sync::Arc;

pub use crate::wasi::{Rights as WasiRights, Stream as WasiStream};

/// What a guest can access through WASI: arguments, variables, directories and streams. Initially it has no arguments, variables,
/// directories and input; its output streams are those of the process.
///
/// It can be registered in several contexts: each receives the settings at that time; captured output comes from all of them.
///
/// ```
/// # fn main() -> vm::Result<()> {
/// # let hello = wat::parse_str(r#"(module
/// #     (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
/// #     (memory (export "memory") 1) (data (i32.const 16) "hello\n") (data (i32.const 0) "\10\00\00\00\06\00\00\00")
/// #     (func (export "_start") (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))"#).unwrap();
/// let engine = vm::Engine::new()?;
/// let wasi = vm::Wasi::new()?;
/// wasi.set_arguments(&["hello", "--loud"])?.capture_output();
/// let mut context = vm::Context::new(&engine)?;
/// context.register_wasi(&wasi)?;
/// let code = context.run_wasi(&vm::Module::from_buffer(&engine, hello)?)?;
/// assert_eq!((code, wasi.output().as_slice()), (0, b"hello\n".as_slice()));
/// # Ok(())
/// # }
/// ```
pub struct Wasi(wasi::Wasi);

fn ended(what: &str) -> status::Error {
    status::Error::new(abi::STATUS_TRAP, format!("{what} panicked"))
}

impl Wasi {
    /// Creates an environment.
    ///
    /// # Errors
    /// [`UNSUPPORTED`](crate::Status::UNSUPPORTED) in a build without WASI.
    pub fn new() -> Result<Self> {
        wasi::available()?;
        Ok(Self(wasi::Wasi::new()))
    }

    fn set(&self, work: impl FnOnce(&wasi::Wasi) -> status::Result<()>) -> Result<&Self> {
        guard(|| work(&self.0))?;
        Ok(self)
    }

    /// Sets the arguments, beginning with the name of the program.
    ///
    /// # Errors
    /// [`INVALID_ARGUMENT`](crate::Status::INVALID_ARGUMENT) for a NUL, [`LIMIT`](crate::Status::LIMIT).
    pub fn set_arguments<S: AsRef<str>>(&self, arguments: &[S]) -> Result<&Self> {
        self.set(|wasi| wasi.set_arguments(arguments))
    }

    /// Sets an environment variable.
    ///
    /// # Errors
    /// [`INVALID_ARGUMENT`](crate::Status::INVALID_ARGUMENT), [`LIMIT`](crate::Status::LIMIT).
    pub fn add_environment(&self, name: &str, value: &str) -> Result<&Self> {
        self.set(|wasi| wasi.add_environment(name, value))
    }

    /// Adds the environment variables of the process, except those that are already set.
    ///
    /// # Errors
    /// [`LIMIT`](crate::Status::LIMIT).
    pub fn inherit_environment(&self) -> Result<&Self> {
        self.set(wasi::Wasi::inherit_environment)
    }

    /// Makes a directory of the host available to the guest.
    ///
    /// # Errors
    /// [`FILE_NOT_FOUND`](crate::Status::FILE_NOT_FOUND) and others of the file system,
    /// [`INVALID_ARGUMENT`](crate::Status::INVALID_ARGUMENT), [`ALREADY_EXISTS`](crate::Status::ALREADY_EXISTS),
    /// [`LIMIT`](crate::Status::LIMIT).
    pub fn add_directory(&self, host: impl AsRef<Path>, guest: &str, rights: Rights) -> Result<&Self> {
        self.set(|wasi| wasi.add_directory(host.as_ref(), guest, rights))
    }

    /// Sets clocks that begin at a time and advance at each reading, in nanoseconds.
    pub fn set_clock(&self, start: u64, step: u64) -> &Self {
        self.0.set_realtime_clock(Some(Clock::Steps { start, step }));
        self.0.set_monotonic_clock(Some(Clock::Steps { start, step }));
        self
    }

    /// Sets the seed of random numbers, which are then the same in each run.
    pub fn set_random_seed(&self, seed: u64) -> &Self {
        self.0.set_random_seed(Some(seed));
        self
    }

    /// Sets whether functions that would wait suspend the guest instead.
    pub fn set_may_suspend(&self, may_suspend: bool) -> &Self {
        self.0.set_may_suspend(may_suspend);
        self
    }

    /// Passes the input of the process to the guest.
    pub fn inherit_input(&self) -> &Self {
        self.0.inherit_input();
        self
    }

    /// Sets the input.
    ///
    /// # Errors
    /// [`LIMIT`](crate::Status::LIMIT).
    pub fn set_input(&self, data: impl AsRef<[u8]>) -> Result<&Self> {
        self.set(|wasi| wasi.set_input(data.as_ref()))
    }

    /// Reads the input from a file.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn set_input_file(&self, path: impl AsRef<Path>) -> Result<&Self> {
        self.set(|wasi| wasi.set_input_file(path.as_ref()))
    }

    /// Reads the input from a function, which fills the buffer and returns the number of bytes; 0 at the end, `None` if there is none
    /// yet: then call [`notify`](Self::notify) when there is. An error of it ends the guest's call.
    pub fn set_input_callback(&self, read: impl Fn(&mut [u8]) -> Result<Option<usize>> + Send + Sync + 'static) -> &Self {
        self.0.set_input_callback(Arc::new(move |buffer: &mut [u8]| {
            let read = panics::catch(|| read(buffer)).map_err(|_| ended("the function that reads the input"))?;
            read.map_err(to_inner)
        }));
        self
    }

    /// Passes an output stream to that of the process, as initially.
    pub fn inherit_stream(&self, stream: Stream) -> &Self {
        self.0.inherit(stream);
        self
    }

    /// Discards an output stream.
    pub fn discard_stream(&self, stream: Stream) -> &Self {
        self.0.discard(stream);
        self
    }

    /// Captures an output stream, up to a number of bytes.
    pub fn capture_stream(&self, stream: Stream, capacity: Option<usize>) -> &Self {
        self.0.capture(stream, capacity);
        self
    }

    /// Captures standard output.
    pub fn capture_output(&self) -> &Self {
        self.capture_stream(Stream::Output, None)
    }

    /// Writes an output stream to a file.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn set_stream_file(&self, stream: Stream, path: impl AsRef<Path>) -> Result<&Self> {
        self.set(|wasi| wasi.write_to_file(stream, path.as_ref()))
    }

    /// Passes an output stream to a function, which returns how many bytes it has taken; `None` if it can take none yet: then
    /// call [`notify`](Self::notify) when it can. An error of it ends the guest's call.
    pub fn set_stream_callback(
        &self,
        stream: Stream,
        write: impl Fn(&[u8]) -> Result<Option<usize>> + Send + Sync + 'static,
    ) -> &Self {
        let forward = move |bytes: &[u8]| {
            let written = panics::catch(|| write(bytes)).map_err(|_| ended("the function that takes the output"))?;
            written.map_err(to_inner)
        };
        self.0.write_to_callback(stream, Arc::new(forward));
        self
    }

    /// Returns the captured standard output.
    pub fn output(&self) -> Vec<u8> {
        self.captured(Stream::Output)
    }

    /// Returns what was captured of an output stream.
    pub fn captured(&self, stream: Stream) -> Vec<u8> {
        match stream {
            Stream::Output => self.0.output(),
            Stream::Errors => self.0.errors(),
        }
    }

    /// Returns whether more was written to a captured stream than fits.
    pub fn is_truncated(&self, stream: Stream) -> bool {
        self.0.is_truncated(stream)
    }

    /// Notifies guests that wait: the input function has something again, if `stream` is `None`, or the function of a stream can take something.
    pub fn notify(&self, stream: Option<Stream>) {
        self.0.notify(match stream {
            None => 0,
            Some(Stream::Output) => 1,
            Some(Stream::Errors) => 2,
        });
    }
}

fn to_inner(error: Error) -> status::Error {
    error.into_inner().unwrap_or_else(|own| own)
}

impl Context {
    /// Registers a WASI environment: guests can import WASI.
    ///
    /// # Errors
    /// [`ALREADY_EXISTS`](crate::Status::ALREADY_EXISTS), those of opening its directories, [`BUSY`](crate::Status::BUSY),
    /// [`REENTRANT`](crate::Status::REENTRANT).
    pub fn register_wasi(&mut self, wasi: &Wasi) -> Result<()> {
        self.with(|context| register(context, &wasi.0))
    }

    /// Instantiates a WASI command and runs it; returns its exit code.
    ///
    /// # Errors
    /// [`NOT_FOUND`](crate::Status::NOT_FOUND) if it is not a command, and those of [`instantiate`](Self::instantiate) and
    /// [`execute`](Self::execute); exiting is no error.
    pub fn run_wasi(&mut self, module: &Module) -> Result<i32> {
        self.with(|context| {
            wasi::available()?;
            context.run_wasi(module.inner())
        })
    }

    /// Loads a WASI command from a file and runs it; returns its exit code.
    ///
    /// # Errors
    /// Those of [`Module::from_file`] and [`run_wasi`](Self::run_wasi).
    pub fn run_wasi_from_file(&mut self, path: impl AsRef<Path>) -> Result<i32> {
        self.with(|context| {
            wasi::available()?;
            let module = crate::engine::Module::from_file(context.store().engine(), path.as_ref())?;
            context.run_wasi(&Arc::new(module))
        })
    }

    /// Loads a WASI command from its bytes and runs it; returns its exit code.
    ///
    /// # Errors
    /// Those of [`Module::from_buffer`] and [`run_wasi`](Self::run_wasi).
    pub fn run_wasi_from_buffer(&mut self, data: impl AsRef<[u8]>) -> Result<i32> {
        self.with(|context| {
            wasi::available()?;
            let module = crate::engine::Module::new(context.store().engine(), data.as_ref())?;
            context.run_wasi(&Arc::new(module))
        })
    }
}

#[cfg(feature = "wasi")]
fn register(context: &mut crate::context::Context, wasi: &wasi::Wasi) -> status::Result<()> {
    context.register_wasi(wasi)
}

#[cfg(not(feature = "wasi"))]
fn register(_: &mut crate::context::Context, _: &wasi::Wasi) -> status::Result<()> {
    wasi::available()
}
