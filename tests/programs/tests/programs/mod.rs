//! The programs, which run on the engine that the test chooses as `crate::TIER`.
mod sqlite;
mod tree_sitter;
mod zstd;
