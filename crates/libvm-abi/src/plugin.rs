//! Manifest, host table, descriptor.
use crate::{Callback, LogLevel, Ref, Status};
use core::ffi::{c_char, c_void};

/// The ABI's major version: both sides must have the same.
pub const ABI_MAJOR: u32 = 0;
/// The ABI's minor version. As long as the major version is 0, both sides must have the same; from 1.0 on it only appends.
pub const ABI_MINOR: u32 = 2;
/// The first bytes of a manifest after its size.
pub const MAGIC: [u8; 8] = *b"libvmpl\0";
/// The symbol of the manifest.
pub const MANIFEST_SYMBOL: &str = "libvm_plugin_manifest";
/// The symbol of the entry function.
pub const ENTRY_SYMBOL: &str = "libvm_plugin_entry";

/// Of a manifest: the library may be closed when the plug-in is no longer used.
pub const PLUGIN_UNLOADABLE: u32 = 1;

/// Of a descriptor: one instance for the registry, shared by all contexts.
pub const PLUGIN_SINGLETON: u32 = 0x1_0000;
/// Of a descriptor: an instance is called and destroyed only on the thread that created it.
pub const PLUGIN_THREAD_AFFINE: u32 = 0x2_0000;
/// Of a descriptor: one call at a time, across all contexts, instances and registries.
pub const PLUGIN_SERIALIZED: u32 = 0x4_0000;

/// The manifest: plain data without pointers, read from the file before the library is opened.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct PluginManifest {
    /// Size of this struct in bytes.
    pub size: u32,
    /// [`MAGIC`]
    pub magic: [u8; 8],
    /// [`ABI_MAJOR`] of the header that the plug-in was built with.
    pub abi_major: u32,
    /// [`ABI_MINOR`] of the header that the plug-in was built with.
    pub abi_minor_built: u32,
    /// The minor version that it requires, from ABI 1.0 on.
    pub abi_minor_required: u32,
    /// Unknown flags of the low 16 bits are ignored; a plug-in with unknown ones of the high 16 is refused.
    pub flags: u32,
    /// Letters, digits, `-`, `_` and `.`; NUL-terminated like all of these.
    pub name: [u8; 64],
    /// Any string.
    pub version: [u8; 32],
    /// One line.
    pub description: [u8; 160],
    /// An SPDX expression.
    pub license: [u8; 64],
    /// Wasm modules in the descriptor, separated by commas; empty for at most one, with the plug-in's name.
    pub modules: [u8; 1024],
    /// Plug-ins depended on, separated by commas.
    pub depends: [u8; 1024],
    /// Permissions requested, separated by commas.
    pub permissions: [u8; 1024],
    /// The range of libvm versions that it works with; empty for any.
    pub host_version: [u8; 32],
}

/// A plug-in's presence in one context; opaque.
#[repr(C)]
#[derive(Debug)]
pub struct PluginInstance {
    opaque: [u8; 0],
}

/// The host as a plug-in sees it.
#[repr(C)]
#[derive(Debug)]
pub struct PluginHost {
    /// Size of this struct in bytes.
    pub size: u32,
    /// The minor version that both sides use.
    pub abi_minor: u32,
    /// The version of the host's libvm.
    pub libvm_version: *const c_char,
    /// `VM_HostGetService`
    pub get_service: unsafe extern "C" fn(*const PluginHost, *const c_char) -> *const c_void,
    /// `VM_HostFail`
    pub fail: unsafe extern "C" fn(*const PluginHost, *const c_char) -> Status,
    /// `VM_HostLog`
    pub log: unsafe extern "C" fn(*const PluginHost, *const PluginInstance, LogLevel, *const c_char),
    /// `VM_HostGetData`
    pub get_data: unsafe extern "C" fn(*const PluginHost) -> *mut c_void,
    /// `VM_HostReleaseRef`
    pub release_ref: unsafe extern "C" fn(*const PluginHost, Ref),
}

/// `{items, count, stride}`: an array whose elements may be longer than this side knows.
#[repr(C)]
#[derive(Debug)]
pub struct Table<T> {
    /// The first element; null if there is none.
    pub items: *const T,
    /// Number of elements.
    pub count: u32,
    /// Size of an element in bytes.
    pub stride: u32,
}

/// A function of a wasm module.
#[repr(C)]
#[derive(Debug)]
pub struct FunctionDescriptor {
    /// `FUNCTION_*`
    pub flags: u32,
    /// 0.
    pub reserved: u32,
    /// Name of the import.
    pub name: *const c_char,
    /// As in `(ii)i`.
    pub signature: *const c_char,
    /// The host function.
    pub callback: Option<Callback>,
    /// Passed to the callback as `caller->data`.
    pub data: *mut c_void,
    /// The permission that a call requires, or null.
    pub permission: *const c_char,
    /// One line, or null.
    pub description: *const c_char,
}

/// The result depends on the arguments only, and there are no side effects.
pub const FUNCTION_PURE: u32 = 1;
/// May wait for something outside of the process.
pub const FUNCTION_MAY_BLOCK: u32 = 4;
/// May call the guest.
pub const FUNCTION_REENTERS: u32 = 8;
/// Of a function: it may suspend its guest.
pub const FUNCTION_MAY_SUSPEND: u32 = 0x1_0000;
/// Of a function: it is called on the stack of its thread, on every engine.
pub const FUNCTION_THREAD_STACK: u32 = 0x2_0000;

/// A wasm module that the plug-in provides.
#[repr(C)]
#[derive(Debug)]
pub struct ModuleDescriptor {
    /// 0.
    pub flags: u32,
    /// 0.
    pub reserved: u32,
    /// The module name that imports use.
    pub name: *const c_char,
    /// One line, or null.
    pub description: *const c_char,
    /// Its functions.
    pub functions: Table<FunctionDescriptor>,
}

/// `OptionDescriptor::kind`: true or false.
pub const OPTION_TYPE_BOOL: u32 = 1;
/// `OptionDescriptor::kind`: i64.
pub const OPTION_TYPE_INTEGER: u32 = 2;
/// `OptionDescriptor::kind`: f64.
pub const OPTION_TYPE_FLOAT: u32 = 3;
/// `OptionDescriptor::kind`: UTF-8.
pub const OPTION_TYPE_STRING: u32 = 4;
/// `OptionDescriptor::kind`: list of strings.
pub const OPTION_TYPE_LIST: u32 = 5;
/// `OptionDescriptor::kind`: one of the choices.
pub const OPTION_TYPE_ENUM: u32 = 6;

/// It has no default and must be set.
pub const OPTION_REQUIRED: u32 = 0x1_0000;
/// It is never shown or logged.
pub const OPTION_SECRET: u32 = 0x2_0000;
/// A number between a minimum and a maximum.
pub const OPTION_RANGED: u32 = 0x4_0000;

/// An option that the host, its configuration or a command line may set.
#[repr(C)]
#[derive(Debug)]
pub struct OptionDescriptor {
    /// `OPTION_TYPE_*`
    pub kind: u32,
    /// `OPTION_REQUIRED`, `OPTION_SECRET`, `OPTION_RANGED`
    pub flags: u32,
    /// Its name.
    pub key: *const c_char,
    /// One line, or null.
    pub description: *const c_char,
    /// Default of a string or enum; of a list, one item per line.
    pub text: *const c_char,
    /// Of an enum, separated by commas; otherwise null.
    pub choices: *const c_char,
    /// Default of a bool or integer.
    pub integer: i64,
    /// Smallest integer.
    pub minimum: i64,
    /// Largest integer.
    pub maximum: i64,
    /// Default of a float.
    pub number: f64,
    /// Smallest float.
    pub minimum_number: f64,
    /// Largest float.
    pub maximum_number: f64,
}

/// `create` of a plug-in: host, self, receives the instance.
pub type Create = unsafe extern "C" fn(*const PluginHost, *mut PluginInstance, *mut *mut c_void) -> Status;
/// `initialize` of a plug-in: host, receives the data.
pub type Initialize = unsafe extern "C" fn(*const PluginHost, *mut *mut c_void) -> Status;
/// `get_extension` of a plug-in: data of `initialize`, id.
pub type GetExtension = unsafe extern "C" fn(*mut c_void, *const c_char) -> *const c_void;

/// What a plug-in provides.
#[repr(C)]
#[derive(Debug)]
pub struct PluginDescriptor {
    /// Size of this struct in bytes.
    pub size: u32,
    /// `PLUGIN_SINGLETON`, and one of `PLUGIN_THREAD_AFFINE` and `PLUGIN_SERIALIZED`.
    pub flags: u32,
    /// The wasm modules it provides.
    pub modules: Table<ModuleDescriptor>,
    /// The options it has.
    pub options: Table<OptionDescriptor>,
    /// Creates the plug-in's instance in a context.
    pub create: Option<Create>,
    /// Destroys it.
    pub destroy: Option<unsafe extern "C" fn(*mut c_void)>,
    /// Called once for each registry that loads the plug-in.
    pub initialize: Option<Initialize>,
    /// Reverses `initialize`.
    pub cleanup: Option<unsafe extern "C" fn(*mut c_void)>,
    /// Returns an extension of the plug-in.
    pub get_extension: Option<GetExtension>,
}

/// The plug-in's function that returns its descriptor.
pub type Entry = unsafe extern "C" fn(*const PluginHost) -> *const PluginDescriptor;

/// A plug-in linked into the host.
#[repr(C)]
#[derive(Debug)]
pub struct PluginBuiltin {
    /// Size of this struct in bytes.
    pub size: u32,
    /// 0.
    pub reserved: u32,
    /// Its manifest.
    pub manifest: *const PluginManifest,
    /// Its entry function.
    pub entry: Option<Entry>,
}

/// A plug-in in Rust that is linked into its host.
///
/// # Safety
/// What `as_abi` returns describes a plug-in that follows the ABI.
pub unsafe trait Builtin: Sync {
    /// Returns it as the ABI has it.
    fn as_abi(&'static self) -> &'static PluginBuiltin;
}

const _: () = {
    let pointer = size_of::<*const ()>();
    assert!(size_of::<PluginManifest>() == 28 + 64 + 32 + 160 + 64 + 3 * 1024 + 32);
    assert!(core::mem::offset_of!(PluginManifest, name) == 28);
    assert!(size_of::<PluginHost>() == 8 + 6 * pointer);
    assert!(size_of::<FunctionDescriptor>() == 8 + 6 * pointer);
    assert!(size_of::<Table<FunctionDescriptor>>() == 8 + pointer);
    assert!(size_of::<ModuleDescriptor>() == 16 + 3 * pointer);
    assert!(size_of::<OptionDescriptor>() == 56 + 4 * pointer);
    assert!(core::mem::offset_of!(OptionDescriptor, integer) == 8 + 4 * pointer);
    assert!(size_of::<PluginDescriptor>() == 24 + 7 * pointer);
    assert!(core::mem::offset_of!(PluginDescriptor, create) == 24 + 2 * pointer);
    assert!(size_of::<PluginBuiltin>() == 8 + 2 * pointer);
};
