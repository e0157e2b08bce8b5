//! The progress of calls that read packages.

use crate::capi::ffi::c_text;
use crate::status::{Error, Result};
use libvm_abi as abi;
use std::ffi::{c_char, c_void};

/// What a call that reports its progress is doing.
pub type PackageStage = i32;
/// Waiting for another process that changes the directory.
pub const PACKAGE_STAGE_WAIT: PackageStage = 1;
/// Reading, checking and unpacking the archive.
pub const PACKAGE_STAGE_UNPACK: PackageStage = 2;
/// Reading installed files.
pub const PACKAGE_STAGE_VERIFY: PackageStage = 3;

/// How far a call is. It may grow at its end: check later fields with VM_HAS.
#[repr(C)]
pub struct PackageProgress {
    /// Bytes of this struct.
    pub size: u32,
    /// VM_PACKAGE_STAGE_*.
    pub stage: PackageStage,
    /// Bytes of files that are done.
    pub done: u64,
    /// Bytes of all files; 0 while waiting.
    pub total: u64,
    /// The file that was just read or written, a path in the package, UTF-8; "" while waiting. Never NULL.
    pub entry: *const c_char,
}

/// Receives the progress of a call, on the thread of the call: `user` and a struct that is valid until the callback returns. Returning
/// false cancels the call.
pub type PackageProgressCallback = unsafe extern "C" fn(user: *mut c_void, progress: *const PackageProgress) -> bool;

/// Reports the progress of a stage: the file, bytes that are done, bytes of all files.
///
/// # Errors
/// `STATUS_CANCELLED` if the callback cancels the call.
pub(in crate::capi) fn report(
    callback: Option<PackageProgressCallback>,
    user: *mut c_void,
    stage: PackageStage,
    (entry, done, total): (&str, u64, u64),
) -> Result<()> {
    let Some(callback) = callback else { return Ok(()) };
    let entry = c_text(entry);
    let size = size_of::<PackageProgress>() as u32;
    let shown = PackageProgress { size, stage, done, total, entry: entry.as_ptr() };
    // SAFETY: the callback takes the `user` that it was passed with.
    if unsafe { callback(user, &raw const shown) } {
        return Ok(());
    }
    Err(Error::new(abi::STATUS_CANCELLED, "the progress callback has cancelled the call; nothing was changed"))
}
