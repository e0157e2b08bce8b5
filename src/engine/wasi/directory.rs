//! Directories of the host as the guest sees them: nothing outside of them, and nothing beyond their rights.
#![forbid(unsafe_code)]

use super::common::{
    Dir, Errno, Error, FdFlags, File, Filestat, OFlags, OpenResult, ReaddirCursor, ReaddirEntity, SystemTimeSpec, WasiDir,
    WasiFile, async_trait,
};
use super::file::{OpenFile, Slot, Slots};
use super::setup::Rights;
use cap_fs_ext::{FollowSymlinks, OpenOptionsFollowExt, OpenOptionsMaybeDirExt};
use cap_std::fs::OpenOptions;
#[cfg(unix)]
use cap_std::fs::OpenOptionsExt;
use std::any::Any;
use std::io;
use std::path::PathBuf;

/// A directory with its rights, which also apply to what is opened in it.
pub(super) struct Directory {
    dir: Dir,
    /// Opens likewise.
    opener: cap_std::fs::Dir,
    rights: Rights,
    slots: Slots,
    _slot: Option<Slot>,
}

impl Directory {
    /// A directory that is open when the guest starts.
    pub(super) fn preopened(opened: cap_std::fs::Dir, rights: Rights, slots: Slots) -> io::Result<Self> {
        Self::new(opened, rights, slots, None)
    }

    fn new(opener: cap_std::fs::Dir, rights: Rights, slots: Slots, slot: Option<Slot>) -> io::Result<Self> {
        Ok(Self { dir: Dir::from_cap_std(opener.try_clone()?), opener, rights, slots, _slot: slot })
    }

    // As wasi-common does, but with `O_NONBLOCK`: opening a FIFO would wait for the other end, which may never come.
    fn open(
        &self,
        follow: bool,
        path: &str,
        how: OFlags,
        read: bool,
        write: bool,
        flags: FdFlags,
    ) -> Result<cap_std::fs::File, Error> {
        if flags.intersects(FdFlags::DSYNC | FdFlags::SYNC | FdFlags::RSYNC) {
            return Err(Errno::Notsup.into());
        }
        if how.contains(OFlags::DIRECTORY) && how.intersects(OFlags::CREATE | OFlags::EXCLUSIVE | OFlags::TRUNCATE) {
            return Err(Errno::Inval.into());
        }
        let creates = how.contains(OFlags::CREATE);
        let mut options = OpenOptions::new();
        options
            .maybe_dir(true)
            .follow(if follow { FollowSymlinks::Yes } else { FollowSymlinks::No })
            .create_new(creates && how.contains(OFlags::EXCLUSIVE))
            .create(creates)
            .truncate(how.contains(OFlags::TRUNCATE))
            .append(flags.contains(FdFlags::APPEND))
            .write(write || creates)
            // The system requires one of them.
            .read(read || !write);
        #[cfg(unix)]
        options.custom_flags(libc::O_NONBLOCK);
        Ok(self.opener.open_with(path, &options)?)
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

    // A read-only file system of Linux reports for existing names that they exist: `mkdir -p` relies on it.
    async fn check_creation(&self, path: &str) -> Result<(), Error> {
        match self.check_write() {
            Err(_) if self.has(path).await => Err(Errno::Exist.into()),
            answer => answer,
        }
    }

    /// Returns the other directory of renaming and linking, if a file may move to it: it must not gain or lose rights.
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
        // Creating or truncating applies to a file: refuse to read it before that happens.
        if read && oflags.intersects(OFlags::CREATE | OFlags::TRUNCATE) {
            self.check_read()?;
        }
        let slot = self.slots.take()?;
        let opened = self.open(symlink_follow, path, oflags, read, write, fdflags)?;
        if opened.metadata()?.is_dir() {
            let opened = cap_std::fs::Dir::from_std_file(opened.into_std());
            let inner = Self::new(opened, self.rights, self.slots.clone(), Some(slot))?;
            return Ok(OpenResult::Dir(Box::new(inner)));
        }
        if oflags.contains(OFlags::DIRECTORY) {
            return Err(Errno::Notdir.into());
        }
        if read {
            self.check_read()?;
        }
        let mut file = File::from_cap_std(opened);
        file.set_fdflags(fdflags).await?;
        Ok(OpenResult::File(Box::new(OpenFile::new(file, self.rights.can_write(), slot))))
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
