//! A plug-in's file, examined without running its code.
#![forbid(unsafe_code)]

mod elf;
pub mod fields;
pub mod hash;
mod image;
pub mod manifest;
pub mod object_file;
pub mod platform;
mod source;
mod trie;
pub mod version;
