//! WASI preview 1 for one context, on `wasi-common`.
//!
//! What the guest gets where WASI leaves a choice:
//! - Sleeping and waiting (`poll_oneoff`) block the thread that runs the guest; with a monotonic clock of the host's, sleeping
//!   moves the clocks ahead instead.
//! - Files and directories are opened without following anything out of the directories that the guest was given: `..` past
//!   the top, absolute paths and symbolic links that lead out give `EPERM`.
//! - The rights that `fd_fdstat_get` tells of a directory are always the same: what counts is what the directory was given with.
//! - What the host has opened as a standard stream stays as it is: a guest cannot change its flags, its size or its times.
//! - Opening does not wait for the other end of a FIFO.
//! - An error of the system that has no number in WASI is `EIO`. A pointer out of bounds, and a callback that panics, answers what
//!   is not a status or claims more than it was given, are traps.
#![forbid(unsafe_code)]

#[cfg(feature = "wasi")]
mod clock;
#[cfg(feature = "wasi")]
mod directory;
#[cfg(feature = "wasi")]
mod errno;
#[cfg(feature = "wasi")]
mod file;
#[cfg(feature = "wasi")]
pub(in crate::engine) mod functions;
#[cfg(feature = "wasi")]
mod poll;
#[cfg(feature = "wasi")]
mod random;
mod setup;
#[cfg(feature = "wasi")]
mod state;
#[cfg(feature = "wasi")]
mod stdio;
#[cfg(feature = "wasi")]
mod stream;

#[cfg(feature = "wasi")]
pub use functions::{function_type, names};
pub use setup::{Capture, Clock, Input, Output, Preopen, ReadCallback, Rights, Setup, TimeCallback, WriteCallback, copy};
#[cfg(feature = "wasi")]
pub use state::WasiState;

/// The module that guests import the functions of WASI from.
pub const MODULE: &str = "wasi_snapshot_preview1";
