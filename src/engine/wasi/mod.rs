//! WASI preview 1 for one context, on `wasi-common`.
//!
//! The behaviour where WASI leaves a choice:
//! - Sleeping, waiting (`poll_oneoff`), reading and writing block the thread that runs the guest, unless the guest can be suspended
//!   (`wait.rs`); with a monotonic clock of the host, sleeping advances the clocks instead.
//! - Files and directories are opened without following anything out of the guest's directories: `..` past
//!   the top, absolute paths and symbolic links that lead outside fail with `EPERM`.
//! - The rights that `fd_fdstat_get` returns for a directory are always the same: the rights set by the host apply.
//! - The guest cannot change the flags, size or times of a file that the host has opened as a standard stream.
//! - Opening does not wait for the other end of a FIFO.
//! - A system error that has no number in WASI is `EIO`. A pointer out of bounds is a trap, and so is a callback that panics, returns an
//!   invalid status, or claims more bytes than it was passed.
#![forbid(unsafe_code)]

#[cfg(feature = "wasi")]
mod clock;
#[cfg(feature = "wasi")]
mod common;
#[cfg(feature = "wasi")]
mod directory;
#[cfg(feature = "wasi")]
mod errno;
#[cfg(feature = "wasi")]
mod file;
#[cfg(feature = "wasi")]
pub(in crate::engine) mod functions;
#[cfg_attr(not(feature = "wasi"), allow(dead_code, reason = "without WASI nobody waits for notices"))]
mod notify;
#[cfg(feature = "wasi")]
mod poll;
#[cfg(feature = "wasi")]
mod random;
#[cfg(feature = "wasi")]
mod ready;
mod setup;
#[cfg(feature = "wasi")]
mod state;
#[cfg(feature = "wasi")]
mod stdio;
#[cfg(feature = "wasi")]
mod stream;
#[cfg(feature = "wasi")]
mod wait;

#[cfg(feature = "wasi")]
pub use functions::{function_type, names};
pub use notify::{Notifier, StreamIndex};
pub use setup::{Capture, Clock, Input, Output, Preopen, ReadCallback, Rights, Setup, TimeCallback, WriteCallback, copy};
#[cfg(feature = "wasi")]
pub use state::WasiState;
#[cfg(feature = "wasi")]
pub(in crate::engine) use wait::Alarms;

/// The module name from which guests import the functions of WASI.
pub const MODULE: &str = "wasi_snapshot_preview1";
