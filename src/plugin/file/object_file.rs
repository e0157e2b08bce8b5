//! A plug-in's file, read before any of its code can run.
//!
//! The system's loader trusts what it opens: mapping a truncated library crashes with SIGBUS, and it runs constructors before
//! any symbol can be looked up. Therefore the file is checked here, and its manifest read from it, through one file descriptor.
#![forbid(unsafe_code)]

use crate::files::{self, Opened, Stamp};
use crate::limits;
use crate::plugin::file::hash::{Hash, hash_of};
use crate::plugin::file::manifest::Manifest;
use crate::plugin::file::platform::{Format, Platform};
use crate::plugin::file::source::{Bytes, Entry, Source, bad_file, truncated};
use crate::plugin::file::{elf, image};
use crate::status::{Error, Result};
use libvm_abi as abi;
use std::fs::{File, Metadata};
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// The identity of a file, whatever its path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FileId {
    /// Device and inode.
    Inode(u64, u64),
    /// The path with all links resolved, on systems without inodes.
    Path(PathBuf),
    /// The address of a built-in plug-in's manifest.
    Builtin(usize),
}

/// A plug-in's file.
#[derive(Debug)]
pub struct PluginFile {
    path: PathBuf,
    file: File,
    size: u64,
    id: FileId,
    stamp: Stamp,
}

impl PluginFile {
    /// Opens a file; `path` is absolute.
    ///
    /// # Errors
    /// `STATUS_FILE_NOT_FOUND`, `STATUS_PERMISSION_DENIED`, `STATUS_IO`; `STATUS_PLUGIN_BAD_FILE` if it is not a regular file
    /// or too large.
    pub fn open(path: &Path) -> Result<Self> {
        let Opened { file, metadata } = files::open(path, "open the plug-in", abi::STATUS_PLUGIN_BAD_FILE)?;
        let size = metadata.len();
        if size > limits::MAX_PLUGIN_FILE {
            let most = limits::MAX_PLUGIN_FILE;
            return Err(bad_file(path, format!("has {size} bytes, and a plug-in may have at most {most}")));
        }
        let id = file_id(&metadata, path).map_err(|error| Error::io("open the plug-in", path, &error))?;
        Ok(Self { path: path.to_owned(), file, size, id, stamp: Stamp::of(&metadata) })
    }

    /// Creates it for another open file with the same bytes.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    pub(in crate::plugin) fn with_file(&self, file: File) -> Self {
        Self { path: self.path.clone(), file, size: self.size, id: self.id.clone(), stamp: self.stamp }
    }

    /// Returns the current metadata of the file.
    ///
    /// # Errors
    /// `STATUS_IO`.
    pub fn metadata(&self) -> Result<Metadata> {
        self.file.metadata().map_err(|error| Error::io("open the plug-in", &self.path, &error))
    }

    /// Reads the whole file.
    ///
    /// # Errors
    /// `STATUS_IO`; `STATUS_PLUGIN_BAD_FILE` if its size changes meanwhile.
    pub fn read_all(&self) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let mut file = &self.file;
        let read = file.seek(SeekFrom::Start(0)).and_then(|_| file.take(self.size + 1).read_to_end(&mut bytes));
        read.map_err(|error| Error::io("read the plug-in", &self.path, &error))?;
        if bytes.len() as u64 != self.size {
            return Err(bad_file(&self.path, "was changed while it was read; load it again when it is complete"));
        }
        Ok(bytes)
    }

    /// Returns the SHA-256 hash of the whole file, without keeping it in memory.
    ///
    /// # Errors
    /// `STATUS_IO`.
    pub fn hash(&self) -> Result<Hash> {
        let mut file = &self.file;
        let hash = file.seek(SeekFrom::Start(0)).and_then(|_| hash_of(&mut file.take(self.size)));
        hash.map_err(|error| Error::io("read the plug-in", &self.path, &error))
    }

    /// Returns the stamp that the file had when it was opened.
    pub fn stamp(&self) -> &Stamp {
        &self.stamp
    }

    /// Returns the identity of the file.
    pub fn id(&self) -> &FileId {
        &self.id
    }

    /// Returns the path that it was opened with.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Checks that it is a complete shared library for this platform, and reads its manifest, which must then be checked with
    /// [`Manifest::check`]: that also reports a missing entry function.
    ///
    /// # Errors
    /// `STATUS_PLUGIN_BAD_FILE`, `STATUS_PLUGIN_WRONG_PLATFORM`, `STATUS_PLUGIN_NO_MANIFEST`, `STATUS_PLUGIN_BAD_MANIFEST`,
    /// `STATUS_IO`.
    pub fn read_manifest(&self) -> Result<Manifest> {
        self.read_manifest_if(|platform| self.require_platform(platform))
    }

    /// Like [`PluginFile::read_manifest`], for a library of any platform, to inspect plug-ins that run elsewhere.
    ///
    /// # Errors
    /// Those of [`PluginFile::read_manifest`], except `STATUS_PLUGIN_WRONG_PLATFORM`; an ELF file with another pointer width is
    /// `STATUS_PLUGIN_BAD_FILE`.
    pub fn read_manifest_of_any_platform(&self) -> Result<Manifest> {
        self.read_manifest_if(|_| Ok(()))
    }

    /// Checks that a platform is this one.
    ///
    /// # Errors
    /// `STATUS_PLUGIN_WRONG_PLATFORM`, naming both.
    pub fn require_platform(&self, platform: &Platform) -> Result<()> {
        let Some(why) = platform.mismatch() else { return Ok(()) };
        let message = format!("the plug-in in {} was {why}; use its build for this platform", self.path.display());
        Err(Error::new(abi::STATUS_PLUGIN_WRONG_PLATFORM, message).at_path(&self.path))
    }

    /// Returns the platform that it was built for.
    ///
    /// # Errors
    /// `STATUS_PLUGIN_BAD_FILE` if it is not a shared library, `STATUS_IO`.
    pub fn platform(&self) -> Result<Platform> {
        self.begin().map(|(_, platform)| platform)
    }

    fn begin(&self) -> Result<(Source<'_>, Platform)> {
        begin(&self.path, Bytes::File(&self.file), self.size)
    }

    fn read_manifest_if(&self, require: impl FnOnce(&Platform) -> Result<()>) -> Result<Manifest> {
        let (source, platform) = self.begin()?;
        require(&platform)?;
        read_manifest(source, platform.format)
    }
}

/// Returns the platform of a library in memory, and reads its manifest; `path` is for messages.
///
/// # Errors
/// Those of [`PluginFile::platform`]; those of the manifest are those of [`PluginFile::read_manifest_of_any_platform`].
pub fn examine(bytes: &[u8], path: &Path) -> Result<(Platform, Result<Manifest>)> {
    let (source, platform) = begin(path, Bytes::Memory(bytes), bytes.len() as u64)?;
    let manifest = read_manifest(source, platform.format);
    Ok((platform, manifest))
}

fn begin<'a>(path: &'a Path, bytes: Bytes<'a>, size: u64) -> Result<(Source<'a>, Platform)> {
    let source = Source::new(path, bytes, size)?;
    let head = source.head();
    let elf = head.starts_with(&object::elf::ELFMAG[..head.len().min(4)]);
    if elf && head.len() < elf::LEAST_SIZE {
        return Err(truncated(path, elf::LEAST_SIZE as u64, size));
    }
    let Some(platform) = Platform::of_file(head) else {
        let beginning = String::from_utf8_lossy(&head[..head.len().min(16)]);
        let hint = if head.starts_with(b"\0asm") { "; it is a wasm module (VM_ModuleLoadFromFile)" } else { "" };
        return Err(bad_file(path, format!("is not a shared library: it begins with {beginning:?}{hint}")));
    };
    Ok((source, platform))
}

fn read_manifest(mut source: Source<'_>, format: Format) -> Result<Manifest> {
    let path = source.path;
    let exports = match format {
        Format::Elf => {
            let head = source.head().to_vec();
            elf::read(&mut source, &head)?
        }
        Format::MachO | Format::MachOFat | Format::Pe => image::read(&mut source, format)?,
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
        Entry::Missing => Some(format!("does not export the function `{entry}`, which VM_PLUGIN defines")),
        Entry::NotAFunction => Some(format!("exports `{entry}`, but not as a function; VM_PLUGIN defines it")),
    };
    Ok(made)
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
