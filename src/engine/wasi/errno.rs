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
    let failure = match failure.downcast::<Error>() {
        Ok(error) => return Err(of_callback(function, &error)),
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

/// The number by which the guest sees that a callback of the host failed; `None` where the failure ends its call.
pub(super) fn of_status(status: abi::Status) -> Option<Errno> {
    Some(match status {
        abi::STATUS_TRAP | abi::STATUS_BAD_ANSWER => return None,
        abi::STATUS_FILE_NOT_FOUND => Errno::Noent,
        abi::STATUS_PERMISSION_DENIED => Errno::Acces,
        abi::STATUS_INVALID_ARGUMENT => Errno::Inval,
        abi::STATUS_OUT_OF_MEMORY => Errno::Nomem,
        abi::STATUS_LIMIT => Errno::Nospc,
        abi::STATUS_BUSY => Errno::Again,
        abi::STATUS_UNSUPPORTED => Errno::Notsup,
        ..=abi::STATUS_USER => return None,
        _ => Errno::Io,
    })
}

/// The end of a guest's call for which a callback of the host asked. A status of the host's own comes out as it went in.
fn of_callback(function: &str, error: &Error) -> Error {
    let ended = trap(function, error.message());
    if error.status() == abi::STATUS_TRAP {
        return ended;
    }
    Error::new(error.status(), ended.message()).in_function(MODULE, function)
}

/// The number of an error of the system for which `wasi-common` knows none.
fn of_system(error: &io::Error) -> Errno {
    // A FIFO that nobody reads.
    #[cfg(unix)]
    if error.raw_os_error() == Some(libc::ENXIO) {
        return Errno::Nxio;
    }
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
