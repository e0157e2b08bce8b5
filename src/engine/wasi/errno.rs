//! Errors as reported to the guest and the host.
#![forbid(unsafe_code)]

use super::MODULE;
use super::common::{Errno, Error as WasiError, GuestError, anyhow};
use crate::status::{Error, TrapCode, counted};
use libvm_abi as abi;
use std::io::{self, ErrorKind};

/// Returns the error number for a trap of `wasi-common`, if there is one.
///
/// # Errors
/// The trap, if there is none.
pub(super) fn of_failure(function: &str, failure: anyhow::Error) -> Result<Errno, Error> {
    // It traps for an argument that is not a member of an enumeration, such as an unknown clock; the
    // specification requires `EINVAL`.
    let failure = match failure.downcast::<GuestError>() {
        Ok(guest) => match WasiError::from(guest).downcast() {
            Ok(errno) => return Ok(errno),
            Err(trap) => trap,
        },
        Err(other) => other,
    };
    let failure = match failure.downcast::<Error>() {
        Ok(error) if error.is_suspension() => return Err(error),
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

/// Returns the error number that the guest gets if a callback of the host failed; `None` if the failure ends its call.
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

/// Creates the error that ends a guest's call at the request of a callback of the host. A status of the host's own is unchanged.
fn of_callback(function: &str, error: &Error) -> Error {
    let ended = trap(function, error.message());
    if error.status() == abi::STATUS_TRAP {
        return ended;
    }
    Error::new(error.status(), ended.message()).in_function(MODULE, function)
}

/// Returns the number of a system error for which `wasi-common` has none.
fn of_system(error: &io::Error) -> Errno {
    // A FIFO without a reader.
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

/// Creates the trap of a function.
pub(super) fn trap(function: &str, message: &str) -> Error {
    failed(abi::STATUS_TRAP, function, message).with_trap(TrapCode::HostFunction)
}

/// Creates the error of a pointer outside of the guest's memory.
pub(super) fn out_of_bounds(function: &str, message: &str) -> Error {
    failed(abi::STATUS_OUT_OF_BOUNDS, function, message).with_trap(TrapCode::MemoryOutOfBounds)
}

fn failed(status: abi::Status, function: &str, message: &str) -> Error {
    Error::new(status, format!("host function `{MODULE}.{function}` failed: {message}")).in_function(MODULE, function)
}
