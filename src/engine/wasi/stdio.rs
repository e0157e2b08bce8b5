//! Standard input, standard output and standard error.
#![forbid(unsafe_code)]

use super::errno;
use super::setup::{Capture, Input, Output, ReadCallback, WriteCallback};
use super::stream::HostStream;
use crate::files;
use crate::status::{Error, Result};
use cap_std::fs::File;
use std::any::Any;
use std::fmt;
use std::io::{IoSlice, IoSliceMut, SeekFrom};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use wasi_common::file::{FdFlags, FileType};
use wasi_common::snapshots::preview_1::error::Errno;
use wasi_common::sync::{file, stdio};
use wasi_common::{Error as WasiError, WasiFile};
use wiggle::async_trait;

/// Creates the guest's standard input.
pub(super) fn reader(input: &Input) -> Result<Box<dyn WasiFile>> {
    Ok(match input {
        Input::Nothing => Box::new(Source::Bytes { bytes: Arc::default(), position: AtomicUsize::new(0) }),
        Input::Inherited => Box::new(HostStream::input(Box::new(stdio::stdin()))),
        Input::Bytes(bytes) => Box::new(Source::Bytes { bytes: bytes.clone(), position: AtomicUsize::new(0) }),
        Input::File(path) => {
            // It may have become one since it was set.
            files::refuse_named_pipe(path, "open the input file", "read it in a callback (VM_WasiSetInputCallback)")?;
            let opened = std::fs::File::open(path).map_err(|e| Error::io("open the input file", path, &e))?;
            Box::new(HostStream::input(Box::new(file::File::from_cap_std(File::from_std(opened)))))
        }
        Input::Callback(callback) => Box::new(Source::Callback(callback.clone())),
    })
}

/// Creates an output stream of the guest; `inherited` creates the process's own.
pub(super) fn writer(output: &Output, inherited: impl FnOnce() -> Box<dyn WasiFile>) -> Result<Box<dyn WasiFile>> {
    Ok(match output {
        Output::Inherited => Box::new(HostStream::output(inherited())),
        Output::Discarded => Box::new(Sink::Nowhere),
        Output::Captured(capture) => Box::new(Sink::Capture(capture.clone())),
        Output::File { path, file } => {
            let own = file.try_clone().map_err(|e| Error::io("share the output file", path, &e))?;
            Box::new(HostStream::output(Box::new(file::File::from_cap_std(File::from_std(own)))))
        }
        Output::Callback(callback) => Box::new(Sink::Callback(callback.clone())),
    })
}

/// Input that is not a system file.
enum Source {
    Bytes { bytes: Arc<Vec<u8>>, position: AtomicUsize },
    Callback(ReadCallback),
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
            Self::Callback(callback) => {
                let given = buffer.len();
                Ok(BadCount::check("read", callback(buffer).map_err(failed)?, given)? as u64)
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
            Self::Callback(_) => 0,
        })
    }
}

/// Output that is not a system file.
enum Sink {
    Nowhere,
    Capture(Arc<Capture>),
    Callback(WriteCallback),
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
            Self::Callback(callback) => write_by(callback, buffers),
        }
    }

    async fn seek(&self, _position: SeekFrom) -> Result<u64, WasiError> {
        Err(Errno::Spipe.into())
    }

    async fn write_vectored_at<'a>(&self, _buffers: &[IoSlice<'a>], _offset: u64) -> Result<u64, WasiError> {
        Err(Errno::Spipe.into())
    }
}

fn write_by(callback: &WriteCallback, buffers: &[IoSlice<'_>]) -> Result<u64, WasiError> {
    let mut written = 0;
    for buffer in buffers.iter().filter(|buffer| !buffer.is_empty()) {
        let taken = match callback(buffer) {
            Ok(taken) => BadCount::check("wrote", taken, buffer.len())?,
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
