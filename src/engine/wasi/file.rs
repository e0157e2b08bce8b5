//! Files that are open in the guest.
#![forbid(unsafe_code)]

use super::common::{self, Advice, Errno, Error, FdFlags, FileType, Filestat, SystemTimeSpec, WasiFile, async_trait};
use super::wait::Waits;
use std::any::Any;
use std::io::{IoSlice, IoSliceMut, SeekFrom};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Counts the files that are open in one context, besides those that the guest started with.
#[derive(Clone)]
pub(super) struct Slots {
    taken: Arc<AtomicUsize>,
    most: usize,
    waits: Arc<Waits>,
}

/// One open file, until it is dropped.
pub(super) struct Slot {
    taken: Arc<AtomicUsize>,
    waits: Arc<Waits>,
}

impl Slots {
    /// Permits so many.
    pub(super) fn new(most: usize, waits: &Arc<Waits>) -> Self {
        Self { taken: Arc::default(), most, waits: Arc::clone(waits) }
    }

    /// Counts one more.
    ///
    /// # Errors
    /// `EMFILE` if there are already as many as are permitted.
    pub(super) fn take(&self) -> Result<Slot, Error> {
        let slot = Slot { taken: self.taken.clone(), waits: self.waits.clone() };
        if self.taken.fetch_add(1, Ordering::Relaxed) < self.most { Ok(slot) } else { Err(Errno::Mfile.into()) }
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.taken.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A file that was opened in one of the guest's directories.
pub(super) struct OpenFile {
    file: common::File,
    writable: bool,
    slot: Slot,
}

impl OpenFile {
    /// Creates a file in a directory that is writable for the guest, or not.
    pub(super) fn new(file: common::File, writable: bool, slot: Slot) -> Self {
        Self { file, writable, slot }
    }

    // The system lets the owner of a file change its times even if it is open for reading only.
    fn check_writable(&self) -> Result<(), Error> {
        if self.writable { Ok(()) } else { Err(Errno::Rofs.into()) }
    }
}

#[async_trait]
impl WasiFile for OpenFile {
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
        self.file.set_fdflags(flags).await
    }

    async fn get_filestat(&self) -> Result<Filestat, Error> {
        self.file.get_filestat().await
    }

    async fn set_filestat_size(&self, size: u64) -> Result<(), Error> {
        self.check_writable()?;
        self.file.set_filestat_size(size).await
    }

    async fn advise(&self, offset: u64, len: u64, advice: Advice) -> Result<(), Error> {
        self.file.advise(offset, len, advice).await
    }

    async fn set_times(&self, atime: Option<SystemTimeSpec>, mtime: Option<SystemTimeSpec>) -> Result<(), Error> {
        self.check_writable()?;
        self.file.set_times(atime, mtime).await
    }

    async fn read_vectored<'a>(&self, buffers: &mut [IoSliceMut<'a>]) -> Result<u64, Error> {
        self.slot.waits.for_reading(&self.file)?;
        self.file.read_vectored(buffers).await
    }

    async fn read_vectored_at<'a>(&self, buffers: &mut [IoSliceMut<'a>], offset: u64) -> Result<u64, Error> {
        self.file.read_vectored_at(buffers, offset).await
    }

    async fn write_vectored<'a>(&self, buffers: &[IoSlice<'a>]) -> Result<u64, Error> {
        match self.slot.waits.for_writing(&self.file, buffers).await? {
            Some(part) => self.file.write_vectored(&[part]).await,
            None => self.file.write_vectored(buffers).await,
        }
    }

    async fn write_vectored_at<'a>(&self, buffers: &[IoSlice<'a>], offset: u64) -> Result<u64, Error> {
        self.file.write_vectored_at(buffers, offset).await
    }

    async fn seek(&self, position: SeekFrom) -> Result<u64, Error> {
        self.file.seek(position).await
    }

    async fn peek(&self, buffer: &mut [u8]) -> Result<u64, Error> {
        self.file.peek(buffer).await
    }

    fn num_ready_bytes(&self) -> Result<u64, Error> {
        self.file.num_ready_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_come_back() {
        let slots = Slots::new(512, &Waits::new(false, false));
        let taken: Vec<_> = (0..512).map(|_| slots.take().unwrap()).collect();
        for _ in 0..2 {
            let error = slots.take().err().unwrap();
            assert_eq!(error.downcast_ref(), Some(&Errno::Mfile));
        }
        drop(taken);
        assert!(slots.take().is_ok());
    }
}
