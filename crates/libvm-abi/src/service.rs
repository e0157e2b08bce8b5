//! Services of the host, which plug-ins ask for by id.
use crate::{Caller, Free, PluginHost, PluginInstance, Status};
use core::ffi::{c_char, c_void};

/// The id of the service that gives option values.
pub const OPTIONS_SERVICE: &str = "libvm.options/1";

/// The service of option values.
#[repr(C)]
#[derive(Debug)]
pub struct OptionsService {
    /// Of this struct in bytes.
    pub size: u32,
    /// 0.
    pub reserved: u32,
    /// Of a bool.
    pub get_bool: unsafe extern "C" fn(*const PluginInstance, *const c_char, *mut bool) -> Status,
    /// Of an integer.
    pub get_integer: unsafe extern "C" fn(*const PluginInstance, *const c_char, *mut i64) -> Status,
    /// Of a float.
    pub get_float: unsafe extern "C" fn(*const PluginInstance, *const c_char, *mut f64) -> Status,
    /// Of a string or enum.
    pub get_string: unsafe extern "C" fn(*const PluginInstance, *const c_char, *mut *const c_char) -> Status,
    /// Of a list of strings.
    pub get_list: unsafe extern "C" fn(*const PluginInstance, *const c_char, *mut *const *const c_char, *mut usize) -> Status,
}

/// The id of the service that keeps state.
pub const STATE_SERVICE: &str = "libvm.state/1";

/// Gets a key; whether to go on.
pub type EachKey = unsafe extern "C" fn(*mut c_void, *const c_char) -> bool;

/// The service of key-value storage and counters.
#[repr(C)]
#[derive(Debug)]
pub struct StateService {
    /// Of this struct in bytes.
    pub size: u32,
    /// 0.
    pub reserved: u32,
    /// Sets a value.
    pub put: unsafe extern "C" fn(*const PluginInstance, *const c_char, *const c_void, usize) -> Status,
    /// Copies a value, and gives its whole size.
    pub get: unsafe extern "C" fn(*const PluginInstance, *const c_char, *mut c_void, usize, *mut usize) -> Status,
    /// Deletes a value or a counter.
    pub remove: unsafe extern "C" fn(*const PluginInstance, *const c_char) -> Status,
    /// Adds to a counter.
    pub increment: unsafe extern "C" fn(*const PluginInstance, *const c_char, i64, *mut i64) -> Status,
    /// Gives a counter.
    pub get_counter: unsafe extern "C" fn(*const PluginInstance, *const c_char, *mut i64) -> Status,
    /// Lists keys by prefix.
    pub list_keys: unsafe extern "C" fn(*const PluginInstance, *const c_char, Option<EachKey>, *mut c_void) -> Status,
}

/// The id of the service that tells what is granted.
pub const PERMISSION_SERVICE: &str = "libvm.permission/1";

/// The service of permissions.
#[repr(C)]
#[derive(Debug)]
pub struct PermissionService {
    /// Of this struct in bytes.
    pub size: u32,
    /// 0.
    pub reserved: u32,
    /// Whether a permission is granted.
    pub check: unsafe extern "C" fn(*const PluginInstance, *const c_char) -> Status,
    /// The same, and says in the call why it fails.
    pub require: unsafe extern "C" fn(*const PluginInstance, *mut Caller, *const c_char) -> Status,
}

/// The id of the service of directories.
pub const DIRECTORIES_SERVICE: &str = "libvm.directories/1";

/// What a directory is for.
pub type DirectoryKind = u32;
/// The plug-in's own files, which it only reads.
pub const DIRECTORY_RESOURCE: DirectoryKind = 1;
/// What it keeps.
pub const DIRECTORY_DATA: DirectoryKind = 2;
/// What it can make anew.
pub const DIRECTORY_CACHE: DirectoryKind = 3;
/// What goes with its instance.
pub const DIRECTORY_TEMP: DirectoryKind = 4;

/// The service of directories.
#[repr(C)]
#[derive(Debug)]
pub struct DirectoriesService {
    /// Of this struct in bytes.
    pub size: u32,
    /// 0.
    pub reserved: u32,
    /// Gives a directory, and makes it when it is not there.
    pub get: unsafe extern "C" fn(*const PluginHost, *const PluginInstance, DirectoryKind, *mut *const c_char) -> Status,
}

/// The id of the service of data.
pub const DATA_SERVICE: &str = "libvm.data/1";

/// The service of data that belongs to a plug-in, to its instance in a context, or to a call.
#[repr(C)]
#[derive(Debug)]
pub struct DataService {
    /// Of this struct in bytes.
    pub size: u32,
    /// 0.
    pub reserved: u32,
    /// Sets the plug-in's.
    pub set_for_plugin: unsafe extern "C" fn(*const PluginHost, *mut c_void, Option<Free>) -> Status,
    /// Gives the plug-in's.
    pub get_for_plugin: unsafe extern "C" fn(*const PluginHost, *mut *mut c_void) -> Status,
    /// Sets the instance's.
    pub set_for_context: unsafe extern "C" fn(*const PluginInstance, *mut c_void, Option<Free>) -> Status,
    /// Gives the instance's.
    pub get_for_context: unsafe extern "C" fn(*const PluginInstance, *mut *mut c_void) -> Status,
    /// Sets the call's.
    pub set_for_call: unsafe extern "C" fn(*mut Caller, *mut c_void, Option<Free>) -> Status,
    /// Gives the call's.
    pub get_for_call: unsafe extern "C" fn(*mut Caller, *mut *mut c_void) -> Status,
}

const _: () = {
    let pointer = size_of::<*const ()>();
    assert!(size_of::<OptionsService>() == 8 + 5 * pointer);
    assert!(size_of::<StateService>() == 8 + 6 * pointer);
    assert!(size_of::<PermissionService>() == 8 + 2 * pointer);
    assert!(size_of::<DirectoriesService>() == 8 + pointer);
    assert!(size_of::<DataService>() == 8 + 6 * pointer);
};
