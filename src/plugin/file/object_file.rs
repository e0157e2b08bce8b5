//! A plug-in's file, read before anything of it can run.
//!
//! The system's loader trusts what it opens: it maps a truncated library and dies with SIGBUS, and it runs constructors before
//! any symbol can be asked for. So the file is checked here, and its manifest taken from it, through one file descriptor.
#![forbid(unsafe_code)]

use crate::limits;
use crate::plugin::file::manifest::{KNOWN_SIZE, Manifest};
use crate::plugin::file::platform::{Format, Platform};
use crate::plugin::file::{elf, image};
use crate::status::{Error, Result};
use libvm_abi as abi;
use std::fs::{File, Metadata, OpenOptions};
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// How much of a file is read at once: most of a small plug-in.
const HEAD: u64 = 16 << 10;

/// Which file it is, whatever path led to it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum FileId {
    /// Device and inode.
    Inode(u64, u64),
    /// The path with all links resolved, where the system has no inodes.
    Path(PathBuf),
    /// The address of a built-in plug-in's manifest.
    Builtin(usize),
}

/// What a shared library exports of the two symbols of a plug-in.
pub(in crate::plugin) struct Exports {
    /// The manifest's bytes: as many as it says that it has, but not more than are known.
    pub manifest: Option<Vec<u8>>,
    /// The entry function.
    pub entry: Entry,
}

/// The state of the entry function.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::plugin) enum Entry {
    Missing,
    NotAFunction,
    Present,
}

/// An open file of known size, and how much of it may still be read.
pub(in crate::plugin) struct Source<'a> {
    pub path: &'a Path,
    pub file: &'a File,
    pub size: u64,
    /// How it begins; what lies in it is not read again.
    head: Vec<u8>,
    left: u64,
}

/// A plug-in's file.
#[derive(Debug)]
pub struct PluginFile {
    path: PathBuf,
    file: File,
    size: u64,
    modified: Option<SystemTime>,
    id: FileId,
}

impl PluginFile {
    /// Opens a file; `path` is absolute.
    ///
    /// # Errors
    /// `STATUS_FILE_NOT_FOUND`, `STATUS_PERMISSION_DENIED`, `STATUS_IO`; `STATUS_PLUGIN_BAD_FILE` when it is no regular file
    /// or too large.
    pub fn open(path: &Path) -> Result<Self> {
        let (file, metadata) = open_regular(path, "open the plug-in")?;
        let size = metadata.len();
        if size > limits::MAX_PLUGIN_FILE {
            let most = limits::MAX_PLUGIN_FILE;
            return Err(bad_file(path, format!("has {size} bytes, and a plug-in may have at most {most}")));
        }
        let id = file_id(&metadata, path).map_err(|error| Error::io("open the plug-in", path, &error))?;
        Ok(Self { path: path.to_owned(), file, size, modified: metadata.modified().ok(), id })
    }

    /// The same of another open file with the same bytes.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    pub(in crate::plugin) fn with_file(&self, file: File) -> Self {
        Self { path: self.path.clone(), file, size: self.size, modified: self.modified, id: self.id.clone() }
    }

    /// The open file.
    pub(in crate::plugin) fn file(&self) -> &File {
        &self.file
    }

    /// Its size, and when it was changed for the last time: for telling whether it was changed since.
    pub fn stamp(&self) -> (u64, Option<SystemTime>) {
        (self.size, self.modified)
    }

    /// Reads all of it.
    ///
    /// # Errors
    /// `STATUS_IO`; `STATUS_PLUGIN_BAD_FILE` when it grows or shrinks meanwhile.
    pub fn read_all(&self) -> Result<Vec<u8>> {
        let mut bytes = Vec::with_capacity(self.size as usize);
        let mut file = &self.file;
        let read = file.seek(SeekFrom::Start(0)).and_then(|_| file.take(self.size + 1).read_to_end(&mut bytes));
        read.map_err(|error| Error::io("read the plug-in", &self.path, &error))?;
        if bytes.len() as u64 != self.size {
            return Err(bad_file(&self.path, "was changed while it was read; load it again when it is whole"));
        }
        Ok(bytes)
    }

    /// Which file it is.
    pub fn id(&self) -> &FileId {
        &self.id
    }

    /// The path that it was opened with.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Checks that it is a whole shared library of this platform, and reads its manifest, which is still to be checked with
    /// [`Manifest::check`]: that tells also when there is no entry function.
    ///
    /// # Errors
    /// `STATUS_PLUGIN_BAD_FILE`, `STATUS_PLUGIN_WRONG_PLATFORM`, `STATUS_PLUGIN_NO_MANIFEST`, `STATUS_PLUGIN_BAD_MANIFEST`,
    /// `STATUS_IO`.
    pub fn read_manifest(&self) -> Result<Manifest> {
        self.read_manifest_if(|platform| match platform.mismatch() {
            None => Ok(()),
            Some(why) => {
                let message = format!("the plugin in {} was {why}; use its build for this platform", self.path.display());
                Err(Error::new(abi::STATUS_PLUGIN_WRONG_PLATFORM, message).at_path(&self.path))
            }
        })
    }

    /// Like [`PluginFile::read_manifest`], of a library of any platform: for who looks at plug-ins that are to run elsewhere.
    ///
    /// # Errors
    /// As [`PluginFile::read_manifest`], but for `STATUS_PLUGIN_WRONG_PLATFORM`; an ELF file of another width of pointers is
    /// `STATUS_PLUGIN_BAD_FILE`.
    pub fn read_manifest_of_any_platform(&self) -> Result<Manifest> {
        self.read_manifest_if(|_| Ok(()))
    }

    fn read_manifest_if(&self, require: impl FnOnce(&Platform) -> Result<()>) -> Result<Manifest> {
        let path = &self.path;
        let mut source = Source { path, file: &self.file, size: self.size, head: Vec::new(), left: limits::MAX_PLUGIN_SYMBOLS };
        let head = source.read(0, self.size.min(HEAD))?;
        source.head.clone_from(&head);
        let elf = head.starts_with(&object::elf::ELFMAG[..head.len().min(4)]);
        if elf && head.len() < elf::LEAST_SIZE {
            return Err(truncated(path, elf::LEAST_SIZE as u64, self.size));
        }
        let Some(platform) = Platform::of_file(&head) else {
            let beginning = String::from_utf8_lossy(&head[..head.len().min(16)]).into_owned();
            return Err(bad_file(path, format!("is not a shared library: it begins with {beginning:?}")));
        };
        require(&platform)?;
        let exports = match platform.format {
            Format::Elf => elf::read(&mut source, &head)?,
            Format::MachO | Format::MachOFat | Format::Pe => image::read(&mut source, platform.format)?,
        };
        let (manifest, entry) = (abi::MANIFEST_SYMBOL, abi::ENTRY_SYMBOL);
        let Some(bytes) = exports.manifest else {
            let message = format!(
                "{} is a shared library, but not a plug-in of libvm: it does not export `{manifest}`; \
                 its source needs VM_PLUGIN of <libvm/plugin.h>, and the symbol must stay visible",
                path.display()
            );
            return Err(Error::new(abi::STATUS_PLUGIN_NO_MANIFEST, message).at_path(path));
        };
        let place = format!("in {}", path.display());
        let mut made = Manifest::parse(&bytes, &place).map_err(|error| error.at_path(path))?;
        made.no_entry = match exports.entry {
            Entry::Present => None,
            Entry::Missing => Some(format!("does not export the function `{entry}`, which VM_PLUGIN writes")),
            Entry::NotAFunction => Some(format!("exports `{entry}`, but not as a function; VM_PLUGIN writes it")),
        };
        Ok(made)
    }
}

impl Source<'_> {
    /// Reads a part of the file.
    pub fn read(&mut self, offset: u64, size: u64) -> Result<Vec<u8>> {
        let end = offset.saturating_add(size);
        if end > self.size {
            return Err(truncated(self.path, end, self.size));
        }
        let most = limits::MAX_PLUGIN_SYMBOLS;
        let too_much = || bad_file(self.path, format!("has more than {most} bytes of headers and symbols"));
        self.left = self.left.checked_sub(size).ok_or_else(too_much)?;
        if end <= self.head.len() as u64 {
            return Ok(self.head[offset as usize..end as usize].to_vec());
        }
        let mut bytes = vec![0; size as usize];
        let mut file = self.file;
        let read = file.seek(SeekFrom::Start(offset)).and_then(|_| file.read_exact(&mut bytes));
        read.map_err(|error| Error::io("read the plug-in", self.path, &error))?;
        Ok(bytes)
    }

    /// Reads the manifest that begins at `offset`, of which `available` bytes are in the file.
    pub fn read_manifest(&mut self, offset: u64, available: u64) -> Result<Vec<u8>> {
        let size = match self.read(offset, available.min(4))?.try_into() {
            Ok(bytes) => u64::from(u32::from_ne_bytes(bytes)),
            Err(_) => 0,
        };
        // At least the head of the manifest, which tells what is wrong with its size.
        self.read(offset, size.clamp(64, KNOWN_SIZE as u64).min(available))
    }
}

/// Opens a regular file; `action` says for messages what failed.
///
/// # Errors
/// `STATUS_FILE_NOT_FOUND`, `STATUS_PERMISSION_DENIED`, `STATUS_IO`; `STATUS_PLUGIN_BAD_FILE` when it is no regular file.
pub(in crate::plugin) fn open_regular(path: &Path, action: &str) -> Result<(File, Metadata)> {
    let failed = |error| Error::io(action, path, &error);
    // Opening a pipe or a device may wait or do something, so it is not opened to find out what it is.
    require_regular(&std::fs::metadata(path).map_err(failed)?, path)?;
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, libc::O_NONBLOCK);
    let file = options.open(path).map_err(failed)?;
    let metadata = file.metadata().map_err(failed)?;
    require_regular(&metadata, path)?;
    Ok((file, metadata))
}

fn require_regular(metadata: &Metadata, path: &Path) -> Result<()> {
    if metadata.is_file() {
        return Ok(());
    }
    let kind = if metadata.is_dir() { "is a directory" } else { "is not a regular file" };
    Err(bad_file(path, format!("{kind}, and nothing else is opened")))
}

/// The error of a file that is no whole shared library.
pub(in crate::plugin) fn bad_file(path: &Path, why: impl std::fmt::Display) -> Error {
    Error::new(abi::STATUS_PLUGIN_BAD_FILE, format!("{} {why}", path.display())).at_path(path)
}

/// The error of a file whose end is missing.
pub(in crate::plugin) fn truncated(path: &Path, expected: u64, found: u64) -> Error {
    bad_file(path, format!("is truncated or damaged: {expected} bytes expected, {found} found; copy it again"))
}

#[cfg(unix)]
fn file_id(metadata: &Metadata, _: &Path) -> std::io::Result<FileId> {
    use std::os::unix::fs::MetadataExt;
    Ok(FileId::Inode(metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
fn file_id(_: &Metadata, path: &Path) -> std::io::Result<FileId> {
    path.canonicalize().map(FileId::Path)
}
