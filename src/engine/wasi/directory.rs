//! Directories of the host as the guest sees them: nothing outside of them, and nothing against its rights.
#![forbid(unsafe_code)]

use super::file::{OpenFile, Slot, Slots};
use super::setup::Rights;
use std::any::Any;
use std::path::PathBuf;
use wasi_common::dir::{OpenResult, ReaddirCursor, ReaddirEntity};
use wasi_common::file::{FdFlags, Filestat, OFlags};
use wasi_common::snapshots::preview_1::error::Errno;
use wasi_common::sync::dir::{Dir, OpenResult as Opened};
use wasi_common::{Error, SystemTimeSpec, WasiDir};
use wiggle::async_trait;

/// A directory with its rights, which what is opened in it has too.
pub(super) struct Directory {
    dir: Dir,
    rights: Rights,
    slots: Slots,
    _slot: Option<Slot>,
}

impl Directory {
    /// A directory that the guest starts with.
    pub(super) fn preopened(dir: wasi_common::sync::Dir, rights: Rights, slots: Slots) -> Self {
        Self { dir: Dir::from_cap_std(dir), rights, slots, _slot: None }
    }

    fn check_read(&self) -> Result<(), Error> {
        if self.rights.can_read() { Ok(()) } else { Err(Errno::Acces.into()) }
    }

    fn check_write(&self) -> Result<(), Error> {
        if self.rights.can_write() { Ok(()) } else { Err(Errno::Rofs.into()) }
    }

    async fn has(&self, path: &str) -> bool {
        self.dir.get_path_filestat(path, false).await.is_ok()
    }

    // A read-only file system of Linux says of what exists that it exists: `mkdir -p` goes by that.
    async fn check_creation(&self, path: &str) -> Result<(), Error> {
        match self.check_write() {
            Err(_) if self.has(path).await => Err(Errno::Exist.into()),
            answer => answer,
        }
    }

    /// The other directory of renaming and linking, where a file may move to it: it must not gain or lose rights by that.
    fn same_rights<'a>(&self, other: &'a dyn WasiDir) -> Result<&'a Dir, Error> {
        let other = other.as_any().downcast_ref::<Self>().ok_or(Errno::Badf)?;
        self.check_write()?;
        other.check_write()?;
        if self.rights == other.rights { Ok(&other.dir) } else { Err(Errno::Xdev.into()) }
    }
}

#[async_trait]
impl WasiDir for Directory {
    fn as_any(&self) -> &dyn Any {
        self
    }

    async fn open_file(
        &self,
        symlink_follow: bool,
        path: &str,
        mut oflags: OFlags,
        read: bool,
        write: bool,
        fdflags: FdFlags,
    ) -> Result<OpenResult, Error> {
        if !self.rights.can_write() {
            let exists = oflags.contains(OFlags::CREATE) && self.has(path).await;
            if exists && oflags.contains(OFlags::EXCLUSIVE) {
                return Err(Errno::Exist.into());
            }
            let changes = write || oflags.contains(OFlags::TRUNCATE) || fdflags.contains(FdFlags::APPEND);
            if changes || (oflags.contains(OFlags::CREATE) && !exists) {
                return Err(Errno::Rofs.into());
            }
            oflags.remove(OFlags::CREATE);
        }
        // What is made or emptied is a file: refuse to read it before that happens.
        if read && oflags.intersects(OFlags::CREATE | OFlags::TRUNCATE) {
            self.check_read()?;
        }
        let slot = self.slots.take()?;
        match self.dir.open_file_(symlink_follow, path, oflags, read, write, fdflags)? {
            Opened::File(file) => {
                if read {
                    self.check_read()?;
                }
                Ok(OpenResult::File(Box::new(OpenFile::new(file, self.rights.can_write(), slot))))
            }
            Opened::Dir(dir) => {
                let inner = Self { dir, rights: self.rights, slots: self.slots.clone(), _slot: Some(slot) };
                Ok(OpenResult::Dir(Box::new(inner)))
            }
        }
    }

    async fn create_dir(&self, path: &str) -> Result<(), Error> {
        self.check_creation(path).await?;
        self.dir.create_dir(path).await
    }

    async fn readdir(
        &self,
        cursor: ReaddirCursor,
    ) -> Result<Box<dyn Iterator<Item = Result<ReaddirEntity, Error>> + Send>, Error> {
        self.check_read()?;
        self.dir.readdir(cursor).await
    }

    async fn symlink(&self, target: &str, path: &str) -> Result<(), Error> {
        self.check_creation(path).await?;
        self.dir.symlink(target, path).await
    }

    async fn remove_dir(&self, path: &str) -> Result<(), Error> {
        self.check_write()?;
        self.dir.remove_dir(path).await
    }

    async fn unlink_file(&self, path: &str) -> Result<(), Error> {
        self.check_write()?;
        self.dir.unlink_file(path).await
    }

    async fn read_link(&self, path: &str) -> Result<PathBuf, Error> {
        self.check_read()?;
        self.dir.read_link(path).await
    }

    async fn get_filestat(&self) -> Result<Filestat, Error> {
        self.dir.get_filestat().await
    }

    async fn get_path_filestat(&self, path: &str, follow_symlinks: bool) -> Result<Filestat, Error> {
        self.dir.get_path_filestat(path, follow_symlinks).await
    }

    async fn rename(&self, path: &str, to: &dyn WasiDir, to_path: &str) -> Result<(), Error> {
        self.dir.rename_(path, self.same_rights(to)?, to_path)
    }

    async fn hard_link(&self, path: &str, to: &dyn WasiDir, to_path: &str) -> Result<(), Error> {
        self.dir.hard_link_(path, self.same_rights(to)?, to_path)
    }

    async fn set_times(
        &self,
        path: &str,
        atime: Option<SystemTimeSpec>,
        mtime: Option<SystemTimeSpec>,
        follow_symlinks: bool,
    ) -> Result<(), Error> {
        self.check_write()?;
        self.dir.set_times(path, atime, mtime, follow_symlinks).await
    }
}
