//! Standard streams that are files, terminals or pipes of the host.
#![forbid(unsafe_code)]

use super::common::{Errno, Error, FdFlags, FileType, Filestat, SystemTimeSpec, WasiFile, async_trait};
use super::wait::Waits;
use std::any::Any;
use std::io::{IoSlice, IoSliceMut, SeekFrom};
use std::sync::Arc;

/// A stream that the host has opened, and may share with other contexts and with itself: the guest reads or writes, and changes
/// nothing else. Output is appended: without its `O_APPEND` a guest could overwrite the lines of others.
pub(super) struct HostStream {
    file: Box<dyn WasiFile>,
    is_output: bool,
    waits: Arc<Waits>,
}

impl HostStream {
    /// Standard input.
    pub(super) fn input(file: Box<dyn WasiFile>, waits: &Arc<Waits>) -> Self {
        Self { file, is_output: false, waits: Arc::clone(waits) }
    }

    /// Standard output or standard error.
    pub(super) fn output(file: Box<dyn WasiFile>, waits: &Arc<Waits>) -> Self {
        Self { file, is_output: true, waits: Arc::clone(waits) }
    }

    // On some systems `O_APPEND` does not apply to `pwrite`.
    fn check_position(&self) -> Result<(), Error> {
        if self.is_output { Err(Errno::Spipe.into()) } else { Ok(()) }
    }
}

#[async_trait]
impl WasiFile for HostStream {
    fn as_any(&self) -> &dyn Any {
        self
    }

    async fn get_filetype(&self) -> Result<FileType, Error> {
        self.file.get_filetype().await
    }

    #[cfg(unix)]
    fn pollable(&self) -> Option<std::os::fd::BorrowedFd<'_>> {
        self.file.pollable()
    }

    fn isatty(&self) -> bool {
        self.file.isatty()
    }

    async fn datasync(&self) -> Result<(), Error> {
        self.file.datasync().await
    }

    async fn sync(&self) -> Result<(), Error> {
        self.file.sync().await
    }

    async fn get_fdflags(&self) -> Result<FdFlags, Error> {
        self.file.get_fdflags().await
    }

    async fn set_fdflags(&mut self, flags: FdFlags) -> Result<(), Error> {
        if flags == self.file.get_fdflags().await? { Ok(()) } else { Err(Errno::Perm.into()) }
    }

    async fn get_filestat(&self) -> Result<Filestat, Error> {
        self.file.get_filestat().await
    }

    async fn set_filestat_size(&self, _size: u64) -> Result<(), Error> {
        Err(Errno::Perm.into())
    }

    async fn set_times(&self, _accessed: Option<SystemTimeSpec>, _modified: Option<SystemTimeSpec>) -> Result<(), Error> {
        Err(Errno::Perm.into())
    }

    async fn read_vectored<'a>(&self, buffers: &mut [IoSliceMut<'a>]) -> Result<u64, Error> {
        self.waits.for_reading(&*self.file)?;
        self.file.read_vectored(buffers).await
    }

    async fn read_vectored_at<'a>(&self, buffers: &mut [IoSliceMut<'a>], offset: u64) -> Result<u64, Error> {
        self.check_position()?;
        self.file.read_vectored_at(buffers, offset).await
    }

    async fn write_vectored<'a>(&self, buffers: &[IoSlice<'a>]) -> Result<u64, Error> {
        match self.waits.for_writing(&*self.file, buffers).await? {
            Some(part) => self.file.write_vectored(&[part]).await,
            None => self.file.write_vectored(buffers).await,
        }
    }

    async fn write_vectored_at<'a>(&self, _buffers: &[IoSlice<'a>], _offset: u64) -> Result<u64, Error> {
        Err(Errno::Spipe.into())
    }

    async fn seek(&self, position: SeekFrom) -> Result<u64, Error> {
        self.check_position()?;
        self.file.seek(position).await
    }

    async fn peek(&self, buffer: &mut [u8]) -> Result<u64, Error> {
        self.file.peek(buffer).await
    }

    fn num_ready_bytes(&self) -> Result<u64, Error> {
        self.file.num_ready_bytes()
    }
}
