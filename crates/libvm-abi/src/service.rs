//! Services of the host, which plug-ins ask for by id.
use crate::{Caller, Free, PluginHost, PluginInstance, Status, Token, Value};
use core::ffi::{c_char, c_void};

/// The id of the service of option values.
pub const OPTIONS_SERVICE: &str = "libvm.options/1";

/// The service of option values.
#[repr(C)]
#[derive(Debug)]
pub struct OptionsService {
    /// Size of this struct in bytes.
    pub size: u32,
    /// 0.
    pub reserved: u32,
    /// Of a bool.
    pub get_bool: unsafe extern "C" fn(*const PluginHost, *const PluginInstance, *const c_char, *mut bool) -> Status,
    /// Of an integer.
    pub get_integer: unsafe extern "C" fn(*const PluginHost, *const PluginInstance, *const c_char, *mut i64) -> Status,
    /// Of a float.
    pub get_float: unsafe extern "C" fn(*const PluginHost, *const PluginInstance, *const c_char, *mut f64) -> Status,
    /// Of a string or enum.
    pub get_string: unsafe extern "C" fn(*const PluginHost, *const PluginInstance, *const c_char, *mut *const c_char) -> Status,
    /// Of a list of strings.
    pub get_list: unsafe extern "C" fn(
        *const PluginHost,
        *const PluginInstance,
        *const c_char,
        *mut *const *const c_char,
        *mut usize,
    ) -> Status,
}

/// The id of the service that stores state.
pub const STATE_SERVICE: &str = "libvm.state/1";

/// Receives a key; returns whether to continue.
pub type EachKey = unsafe extern "C" fn(*mut c_void, *const c_char) -> bool;

/// The service of key-value storage and counters.
#[repr(C)]
#[derive(Debug)]
pub struct StateService {
    /// Size of this struct in bytes.
    pub size: u32,
    /// 0.
    pub reserved: u32,
    /// Sets a value.
    pub put: unsafe extern "C" fn(*mut PluginInstance, *const c_char, *const c_void, usize) -> Status,
    /// Copies a value and returns its whole size.
    pub get: unsafe extern "C" fn(*const PluginInstance, *const c_char, *mut c_void, usize, *mut usize) -> Status,
    /// Deletes a value or a counter.
    pub remove: unsafe extern "C" fn(*mut PluginInstance, *const c_char) -> Status,
    /// Adds to a counter.
    pub increment: unsafe extern "C" fn(*mut PluginInstance, *const c_char, i64, *mut i64) -> Status,
    /// Returns a counter.
    pub get_counter: unsafe extern "C" fn(*const PluginInstance, *const c_char, *mut i64) -> Status,
    /// Lists keys by prefix.
    pub list_keys: unsafe extern "C" fn(*const PluginInstance, *const c_char, Option<EachKey>, *mut c_void) -> Status,
}

/// The id of the service of permissions.
pub const PERMISSION_SERVICE: &str = "libvm.permission/1";

/// The service of permissions.
#[repr(C)]
#[derive(Debug)]
pub struct PermissionService {
    /// Size of this struct in bytes.
    pub size: u32,
    /// 0.
    pub reserved: u32,
    /// Checks whether a permission is granted in a context.
    pub check: unsafe extern "C" fn(*const PluginInstance, *const c_char) -> Status,
    /// The same in the calling context, and sets the reason for the failure of the call.
    pub require: unsafe extern "C" fn(*mut Caller, *const c_char) -> Status,
}

/// The id of the service of directories.
pub const DIRECTORIES_SERVICE: &str = "libvm.directories/1";

/// The purpose of a directory.
pub type DirectoryKind = u32;
/// The plug-in's own files, read-only.
pub const DIRECTORY_RESOURCE: DirectoryKind = 1;
/// Files to keep.
pub const DIRECTORY_DATA: DirectoryKind = 2;
/// Files that the plug-in can create again.
pub const DIRECTORY_CACHE: DirectoryKind = 3;
/// Files that are deleted with the instance.
pub const DIRECTORY_TEMP: DirectoryKind = 4;

/// The service of directories.
#[repr(C)]
#[derive(Debug)]
pub struct DirectoriesService {
    /// Size of this struct in bytes.
    pub size: u32,
    /// 0.
    pub reserved: u32,
    /// Returns a directory, and creates it if it does not exist.
    pub get: unsafe extern "C" fn(*const PluginHost, *mut PluginInstance, DirectoryKind, *mut *const c_char) -> Status,
}

/// The id of the service of data.
pub const DATA_SERVICE: &str = "libvm.data/1";

/// The service of data attached to a plug-in's presence in a context, or to a call.
#[repr(C)]
#[derive(Debug)]
pub struct DataService {
    /// Size of this struct in bytes.
    pub size: u32,
    /// 0.
    pub reserved: u32,
    /// Sets the pointer of a presence.
    pub set_for_context: unsafe extern "C" fn(*mut PluginInstance, *mut c_void, Option<Free>) -> Status,
    /// Returns it.
    pub get_for_context: unsafe extern "C" fn(*const PluginInstance, *mut *mut c_void) -> Status,
    /// Sets the pointer of a call.
    pub set_for_call: unsafe extern "C" fn(*mut Caller, *mut c_void, Option<Free>) -> Status,
    /// Returns it.
    pub get_for_call: unsafe extern "C" fn(*mut Caller, *mut *mut c_void) -> Status,
}

/// The id of the service that completes suspended calls.
pub const SUSPENSION_SERVICE: &str = "libvm.suspension/1";

/// The service that completes suspended calls.
#[repr(C)]
#[derive(Debug)]
pub struct SuspensionService {
    /// Size of this struct in bytes.
    pub size: u32,
    /// 0.
    pub reserved: u32,
    /// Completes a call with values.
    pub complete: unsafe extern "C" fn(Token, *const Value, usize) -> Status,
    /// Completes a call with a failure.
    pub complete_with_failure: unsafe extern "C" fn(Token, Status, *const c_char) -> Status,
    /// Completes an event.
    pub complete_event: unsafe extern "C" fn(Token, Status, *const c_char) -> Status,
}

/// The id of the service of clocks.
pub const CLOCK_SERVICE: &str = "libvm.clock/1";

/// The service of clocks, in nanoseconds.
#[repr(C)]
#[derive(Debug)]
pub struct ClockService {
    /// Size of this struct in bytes.
    pub size: u32,
    /// 0.
    pub reserved: u32,
    /// Of a clock that never goes back.
    pub get_monotonic: unsafe extern "C" fn(*const PluginHost) -> u64,
    /// Since the beginning of 1970, UTC.
    pub get_wall: unsafe extern "C" fn(*const PluginHost) -> i64,
}

const _: () = {
    let pointer = size_of::<*const ()>();
    assert!(size_of::<OptionsService>() == 8 + 5 * pointer);
    assert!(size_of::<StateService>() == 8 + 6 * pointer);
    assert!(size_of::<PermissionService>() == 8 + 2 * pointer);
    assert!(size_of::<DirectoriesService>() == 8 + pointer);
    assert!(size_of::<DataService>() == 8 + 4 * pointer);
    assert!(size_of::<SuspensionService>() == 8 + 3 * pointer);
    assert!(size_of::<ClockService>() == 8 + 2 * pointer);
};
