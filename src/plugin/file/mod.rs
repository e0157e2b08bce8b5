//! What a plug-in's file is, read without running any of it.
#![forbid(unsafe_code)]

mod elf;
pub mod hash;
mod image;
pub mod manifest;
pub mod object_file;
pub mod platform;
mod source;
pub mod version;
