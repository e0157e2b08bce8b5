//! Errors as the guest and the host hear of them.
#![forbid(unsafe_code)]

use super::MODULE;
use crate::status::{Error, TrapCode, counted};
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
    match (failure.downcast_ref::<io::Error>(), failure.downcast_ref::<GuestError>()) {
        (Some(error), _) => Ok(of_system(error)),
        (None, Some(GuestError::PtrOutOfBounds(region))) => {
            let size = counted(region.len, "byte");
            Err(out_of_bounds(function, &format!("{size} at address {}: outside of the guest's memory", region.start)))
        }
        (None, Some(GuestError::PtrOverflow)) => Err(out_of_bounds(function, "an address is outside of the guest's memory")),
        (None, _) => Err(trap(function, &failure.to_string())),
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
    failed(abi::STATUS_TRAP, function, message).with_trap(TrapCode::HostFunction)
}

/// A pointer that leads out of the guest's memory.
pub(super) fn out_of_bounds(function: &str, message: &str) -> Error {
    failed(abi::STATUS_OUT_OF_BOUNDS, function, message).with_trap(TrapCode::MemoryOutOfBounds)
}

fn failed(status: abi::Status, function: &str, message: &str) -> Error {
    Error::new(status, format!("host function `{MODULE}.{function}` failed: {message}")).in_function(MODULE, function)
}
