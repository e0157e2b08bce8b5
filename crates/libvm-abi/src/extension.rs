//! Extensions of plug-ins, which the host asks for by id.
use crate::Status;
use core::ffi::c_void;

/// The id of the extension that moves an instance's own state to another version of the plug-in.
pub const SNAPSHOT_EXTENSION: &str = "libvm.snapshot/1";

/// Receives the next part of a snapshot: user, data, size.
pub type SnapshotWrite = unsafe extern "C" fn(*mut c_void, *const c_void, usize) -> Status;

/// Writes an instance's own state: instance, receiver of the parts, its user.
pub type SnapshotSave = unsafe extern "C" fn(*mut c_void, SnapshotWrite, *mut c_void) -> Status;

/// Reads the state that another version wrote: instance, data, size.
pub type SnapshotRestore = unsafe extern "C" fn(*mut c_void, *const c_void, usize) -> Status;

/// Moves an instance's own state to another version.
#[repr(C)]
#[derive(Debug)]
pub struct SnapshotExtension {
    /// Size of this struct in bytes.
    pub size: u32,
    /// 0.
    pub reserved: u32,
    /// Writes the instance's own state.
    pub save: Option<SnapshotSave>,
    /// Reads the state that another version wrote.
    pub restore: Option<SnapshotRestore>,
}

const _: () = assert!(size_of::<SnapshotExtension>() == 8 + 2 * size_of::<*const ()>());
