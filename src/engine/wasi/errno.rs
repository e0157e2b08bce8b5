//! Errors as the guest and the host hear of them.
#![forbid(unsafe_code)]

use std::any::Any;
use std::io::{self, ErrorKind};
use wasi_common::snapshots::preview_1::error::Errno;

/// The number of an error of the system that `wasi-common` knows no number for and would trap with.
pub(super) fn of(error: &io::Error) -> Errno {
    match error.kind() {
        ErrorKind::ReadOnlyFilesystem => Errno::Rofs,
        ErrorKind::CrossesDevices => Errno::Xdev,
        ErrorKind::StorageFull => Errno::Nospc,
        ErrorKind::QuotaExceeded => Errno::Dquot,
        ErrorKind::FileTooLarge => Errno::Fbig,
        ErrorKind::OutOfMemory => Errno::Nomem,
        ErrorKind::BrokenPipe => Errno::Pipe,
        ErrorKind::Interrupted => Errno::Intr,
        ErrorKind::TimedOut => Errno::Timedout,
        ErrorKind::ResourceBusy => Errno::Busy,
        ErrorKind::ExecutableFileBusy => Errno::Txtbsy,
        ErrorKind::Unsupported => Errno::Notsup,
        ErrorKind::NotSeekable => Errno::Spipe,
        ErrorKind::IsADirectory => Errno::Isdir,
        ErrorKind::NotADirectory => Errno::Notdir,
        ErrorKind::DirectoryNotEmpty => Errno::Notempty,
        ErrorKind::TooManyLinks => Errno::Mlink,
        _ => Errno::Io,
    }
}

/// The trap of a panic in a function.
pub(super) fn of_panic(function: &str, payload: &(dyn Any + Send)) -> wasmi::Error {
    let text = payload.downcast_ref::<&str>().copied().or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    trap(function, &format!("panicked: {}", text.unwrap_or("(no message)")))
}

/// A trap in a function.
pub(super) fn trap(function: &str, message: &str) -> wasmi::Error {
    wasmi::Error::new(format!("{}.{function}: {message}", super::MODULE))
}
