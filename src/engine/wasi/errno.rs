//! Errors as the guest and the host hear of them.
#![forbid(unsafe_code)]

use super::MODULE;
use crate::status::{Error, TrapCode};
use libvm_abi as abi;
use std::io::{self, ErrorKind};
use wasi_common::snapshots::preview_1::error::Errno;
use wiggle::{GuestError, anyhow};

/// The number of what `wasi-common` traps with, where there is one for it.
///
/// # Errors
/// The trap, where there is none.
pub(super) fn of_failure(function: &str, failure: anyhow::Error) -> Result<Errno, Error> {
    // It takes an argument that is no member of an enumeration, such as an unknown clock, for a reason to trap; the
    // specification says `EINVAL`.
    let failure = match failure.downcast::<GuestError>() {
        Ok(guest) => match wasi_common::Error::from(guest).downcast() {
            Ok(errno) => return Ok(errno),
            Err(trap) => trap,
        },
        Err(other) => other,
    };
    match failure.downcast_ref::<io::Error>() {
        Some(error) => Ok(of_system(error)),
        None => Err(trap(function, &failure.to_string())),
    }
}

/// The number of an error of the system for which `wasi-common` knows none.
fn of_system(error: &io::Error) -> Errno {
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

/// A trap in a function.
pub(super) fn trap(function: &str, message: &str) -> Error {
    let message = format!("a host function failed: {MODULE}.{function}: {message}");
    Error::new(abi::STATUS_TRAP, message).with_trap(TrapCode::HostFunction).in_function(MODULE, function)
}
