//! Standard input, standard output and standard error.
#![forbid(unsafe_code)]

use super::common::{self, Errno, Error as WasiError, FdFlags, FileType, WasiFile, async_trait, stdio};
use super::errno;
use super::notify::{Notice, Notifier, StreamIndex};
use super::setup::{Capture, Input, Output, ReadCallback, WriteCallback};
use super::stream::HostStream;
use super::wait::{Need, Waits};
use crate::files;
use crate::stack;
use crate::status::{Error, Result};
use cap_std::fs::File;
use libvm_abi as abi;
use std::any::Any;
use std::fmt;
use std::io::{IoSlice, IoSliceMut, SeekFrom};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Creates the guest's standard input.
pub(super) fn reader(input: &Input, port: Port) -> Result<Box<dyn WasiFile>> {
    Ok(match input {
        Input::Nothing => Box::new(Source::Bytes { bytes: Arc::default(), position: AtomicUsize::new(0) }),
        Input::Inherited => Box::new(HostStream::input(Box::new(stdio::stdin()), &port.waits)),
        Input::Bytes(bytes) => Box::new(Source::Bytes { bytes: bytes.clone(), position: AtomicUsize::new(0) }),
        Input::File(path) => {
            // It may have become one since it was set.
            files::refuse_named_pipe(path, "open the input file", "read it in a callback (VM_WasiSetInputCallback)")?;
            let opened = std::fs::File::open(path).map_err(|e| Error::io("open the input file", path, &e))?;
            Box::new(HostStream::input(Box::new(common::File::from_cap_std(File::from_std(opened))), &port.waits))
        }
        Input::Callback(callback) => Box::new(Source::Callback(callback.clone(), port)),
    })
}

/// Creates an output stream of the guest; `inherited` creates the process's own.
pub(super) fn writer(output: &Output, port: Port, inherited: impl FnOnce() -> Box<dyn WasiFile>) -> Result<Box<dyn WasiFile>> {
    Ok(match output {
        Output::Inherited => Box::new(HostStream::output(inherited(), &port.waits)),
        Output::Discarded => Box::new(Sink::Nowhere),
        Output::Captured(capture) => Box::new(Sink::Capture(capture.clone())),
        Output::File { path, file } => {
            let own = file.try_clone().map_err(|e| Error::io("share the output file", path, &e))?;
            Box::new(HostStream::output(Box::new(common::File::from_cap_std(File::from_std(own))), &port.waits))
        }
        Output::Callback(callback) => Box::new(Sink::Callback(callback.clone(), port)),
    })
}

/// What the host says of a stream with a callback.
pub(super) struct Port {
    waits: Arc<Waits>,
    notifier: Arc<Notifier>,
    index: StreamIndex,
    /// The notice for which the callback waits.
    awaited: Mutex<Option<Notice>>,
}

impl Port {
    pub(super) fn new(waits: &Arc<Waits>, notifier: &Arc<Notifier>, index: StreamIndex) -> Self {
        Self { waits: Arc::clone(waits), notifier: Arc::clone(notifier), index, awaited: Mutex::default() }
    }

    fn awaited(&self) -> MutexGuard<'_, Option<Notice>> {
        self.awaited.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins a call of the callback: a notice that comes from now on is not missed.
    fn begin(&self) -> Notice {
        *self.awaited() = None;
        Notice { notifier: Arc::clone(&self.notifier), index: self.index, seen: self.notifier.notices(self.index) }
    }

    /// Leaves the function, since the callback has said "not yet".
    fn wait(&self, notice: Notice) -> WasiError {
        if !self.waits.may_suspend() {
            let message = "the callback answered VM_STATUS_PENDING, but the guest may not be suspended; permit it with \
                           VM_WasiSetMaySuspend";
            return failed(Error::new(abi::STATUS_BAD_ANSWER, message));
        }
        *self.awaited() = Some(notice.clone());
        self.waits.leave(Need { notices: vec![notice], ..Need::default() })
    }

    /// Returns the notice for which the callback waits, if it has not come.
    fn notice(&self) -> Option<Notice> {
        self.awaited().clone().filter(|notice| !notice.has_come())
    }
}

/// Returns the notice for which a file waits, if it is a stream with a callback that has said "not yet".
pub(super) fn notice(file: &dyn WasiFile) -> Option<Notice> {
    let any = file.as_any();
    let source = any.downcast_ref().and_then(|source| match source {
        Source::Callback(_, port) => Some(port),
        Source::Bytes { .. } => None,
    });
    let sink = any.downcast_ref().and_then(|sink| match sink {
        Sink::Callback(_, port) => Some(port),
        _ => None,
    });
    source.or(sink)?.notice()
}

/// Input that is not a system file.
enum Source {
    Bytes { bytes: Arc<Vec<u8>>, position: AtomicUsize },
    Callback(ReadCallback, Port),
}

#[async_trait]
impl WasiFile for Source {
    fn as_any(&self) -> &dyn Any {
        self
    }

    async fn get_filetype(&self) -> Result<FileType, WasiError> {
        Ok(FileType::Pipe)
    }

    async fn read_vectored<'a>(&self, buffers: &mut [IoSliceMut<'a>]) -> Result<u64, WasiError> {
        let Some(buffer) = buffers.iter_mut().find(|buffer| !buffer.is_empty()) else { return Ok(0) };
        match self {
            Self::Bytes { bytes, position } => {
                let left = &bytes[position.load(Ordering::Relaxed)..];
                let size = left.len().min(buffer.len());
                buffer[..size].copy_from_slice(&left[..size]);
                position.fetch_add(size, Ordering::Relaxed);
                Ok(size as u64)
            }
            Self::Callback(callback, port) => {
                let given = buffer.len();
                let seen = port.begin();
                match stack::on_thread(|| callback(buffer)).map_err(failed)? {
                    Some(count) => Ok(BadCount::check("read", count, given)? as u64),
                    None => Err(port.wait(seen)),
                }
            }
        }
    }

    async fn seek(&self, _position: SeekFrom) -> Result<u64, WasiError> {
        Err(Errno::Spipe.into())
    }

    async fn read_vectored_at<'a>(&self, _buffers: &mut [IoSliceMut<'a>], _offset: u64) -> Result<u64, WasiError> {
        Err(Errno::Spipe.into())
    }

    fn num_ready_bytes(&self) -> Result<u64, WasiError> {
        Ok(match self {
            Self::Bytes { bytes, position } => (bytes.len() - position.load(Ordering::Relaxed)) as u64,
            Self::Callback(..) => 0,
        })
    }
}

/// Output that is not a system file.
enum Sink {
    Nowhere,
    Capture(Arc<Capture>),
    Callback(WriteCallback, Port),
}

#[async_trait]
impl WasiFile for Sink {
    fn as_any(&self) -> &dyn Any {
        self
    }

    async fn get_filetype(&self) -> Result<FileType, WasiError> {
        Ok(FileType::Pipe)
    }

    async fn get_fdflags(&self) -> Result<FdFlags, WasiError> {
        Ok(FdFlags::APPEND)
    }

    async fn write_vectored<'a>(&self, buffers: &[IoSlice<'a>]) -> Result<u64, WasiError> {
        match self {
            Self::Nowhere => Ok(buffers.iter().map(|buffer| buffer.len() as u64).sum()),
            Self::Capture(capture) => Ok(capture.write(buffers)? as u64),
            Self::Callback(callback, port) => write_by(callback, port, buffers),
        }
    }

    async fn seek(&self, _position: SeekFrom) -> Result<u64, WasiError> {
        Err(Errno::Spipe.into())
    }

    async fn write_vectored_at<'a>(&self, _buffers: &[IoSlice<'a>], _offset: u64) -> Result<u64, WasiError> {
        Err(Errno::Spipe.into())
    }
}

fn write_by(callback: &WriteCallback, port: &Port, buffers: &[IoSlice<'_>]) -> Result<u64, WasiError> {
    let mut written = 0;
    for buffer in buffers.iter().filter(|buffer| !buffer.is_empty()) {
        let seen = port.begin();
        let taken = match stack::on_thread(|| callback(buffer)) {
            Ok(Some(taken)) => BadCount::check("wrote", taken, buffer.len())?,
            // The guest is suspended when it writes the rest.
            Ok(None) if written > 0 => break,
            Ok(None) => return Err(port.wait(seen)),
            // The guest gets the error when it writes the rest.
            Err(_) if written > 0 => break,
            Err(error) => return Err(failed(error)),
        };
        written += taken as u64;
        if taken < buffer.len() {
            break;
        }
    }
    Ok(written)
}

/// Returns the error number of a callback that failed, or the error that ends the guest's call.
fn failed(error: Error) -> WasiError {
    match errno::of_status(error.status()) {
        Some(number) => number.into(),
        None => WasiError::trap(error.into()),
    }
}

/// A callback claims more bytes than it was passed.
#[derive(Debug)]
struct BadCount {
    action: &'static str,
    claimed: usize,
    given: usize,
}

impl BadCount {
    fn check(action: &'static str, claimed: usize, given: usize) -> Result<usize, WasiError> {
        if claimed <= given { Ok(claimed) } else { Err(WasiError::trap(Self { action, claimed, given }.into())) }
    }
}

impl fmt::Display for BadCount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { action, claimed, given } = self;
        write!(f, "the callback claims that it {action} {claimed} bytes, but was passed {given}; it must return at most that")
    }
}

impl std::error::Error for BadCount {}
