//! Packages: a plug-in with its description, default options and other files in a zip archive.
//!
//! A package comes from others. It is read into memory once, through one descriptor, and everything in it is checked before any
//! of it is believed: the structure of the archive ([`archive`]), the hashes and the signature, and the manifest in each of the
//! libraries, which decides where the description differs.
#![forbid(unsafe_code)]

#[cfg(feature = "packages")]
pub mod archive;
#[cfg(not(feature = "packages"))]
#[path = "no_archive.rs"]
pub mod archive;
mod build;
mod builds;
mod contents;
pub mod directory;
mod info;
mod opened;
mod progress;
mod unpack;

pub use build::{build, build_from_files};
pub use builds::Build;
pub use info::{Info, Item, Module};
pub use opened::{File, Package};
pub use progress::Progress;
pub use unpack::{Unpacked, UnpackedFile};
