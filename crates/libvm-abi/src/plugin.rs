//! Manifest, host table, descriptor.
use crate::{Callback, LogLevel, Status};
use core::ffi::{c_char, c_void};

/// The ABI's major version: both sides must have the same.
pub const ABI_MAJOR: u32 = 0;
/// The ABI's minor version: it only appends.
pub const ABI_MINOR: u32 = 1;
/// The first bytes of a manifest after its size.
pub const MAGIC: [u8; 8] = *b"libvmpl\0";
/// The symbol of the manifest.
pub const MANIFEST_SYMBOL: &str = "libvm_plugin_manifest";
/// The symbol of the entry function.
pub const ENTRY_SYMBOL: &str = "libvm_plugin_entry";

/// Of a manifest: the library is closed when nobody uses the plug-in any more.
pub const PLUGIN_UNLOADABLE: u32 = 1;

/// Of a descriptor: one instance for the registry, which all contexts share.
pub const PLUGIN_SINGLETON: u32 = 0x1_0000;
/// Of a descriptor: an instance is called and destroyed on the thread only on which it was created.
pub const PLUGIN_THREAD_AFFINE: u32 = 0x2_0000;
/// Of a descriptor: one call at a time, whatever the contexts and registries.
pub const PLUGIN_SERIALISED: u32 = 0x4_0000;

/// Who a plug-in is: plain data without pointers, read from the file before the library is opened.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct PluginManifest {
    /// Of this struct in bytes.
    pub size: u32,
    /// [`MAGIC`]
    pub magic: [u8; 8],
    /// [`ABI_MAJOR`] of the header it was built with.
    pub abi_major: u32,
    /// [`ABI_MINOR`] of the header it was built with.
    pub abi_minor_built: u32,
    /// The minor version it cannot do without.
    pub abi_minor_required: u32,
    /// Unknown ones of the low 16 bits are ignored, of the high 16 refuse.
    pub flags: u32,
    /// Letters, digits, `-`, `_` and `.`; NUL-terminated as all of these.
    pub name: [u8; 64],
    /// Any text.
    pub version: [u8; 32],
    /// One line.
    pub description: [u8; 160],
    /// An SPDX expression.
    pub licence: [u8; 64],
    /// Wasm modules provided, separated by commas; empty for the plug-in's name.
    pub modules: [u8; 256],
    /// Plug-ins depended on, separated by commas.
    pub depends: [u8; 256],
    /// Permissions wanted, separated by commas.
    pub permissions: [u8; 256],
    /// The range of libvm versions that it runs in; empty for any.
    pub host_version: [u8; 32],
}

/// A plug-in's name for itself in one registry; the host's own.
#[repr(C)]
#[derive(Debug)]
pub struct PluginIdentity {
    opaque: [u8; 0],
}

/// A plug-in's presence in one context; the host's own.
#[repr(C)]
#[derive(Debug)]
pub struct PluginInstance {
    opaque: [u8; 0],
}

/// What the host offers to a plug-in.
#[repr(C)]
#[derive(Debug)]
pub struct PluginHost {
    /// Of this struct in bytes.
    pub size: u32,
    /// The minor version that both sides speak.
    pub abi_minor: u32,
    /// The host's libvm.
    pub libvm_version: *const c_char,
    /// This plug-in.
    pub plugin: *mut PluginIdentity,
    /// `VM_HostGetService`
    pub get_service: unsafe extern "C" fn(*const PluginHost, *const c_char) -> *const c_void,
    /// `VM_HostFail`
    pub fail: unsafe extern "C" fn(*const PluginHost, *const c_char) -> Status,
    /// `VM_HostLog`
    pub log: unsafe extern "C" fn(*const PluginHost, *const PluginInstance, LogLevel, *const c_char),
    /// `VM_HostGetData`
    pub get_data: unsafe extern "C" fn(*const PluginHost) -> *mut c_void,
}

/// `{items, count, stride}`: an array whose elements may be longer than this side knows.
#[repr(C)]
#[derive(Debug)]
pub struct Table<T> {
    /// The first one; null when there is none.
    pub items: *const T,
    /// How many.
    pub count: u32,
    /// Bytes from one to the next.
    pub stride: u32,
}

/// A host function of a wasm module.
#[repr(C)]
#[derive(Debug)]
pub struct FunctionDescriptor {
    /// Of this struct in bytes.
    pub size: u32,
    /// `FUNCTION_*`
    pub flags: u32,
    /// Of the import.
    pub name: *const c_char,
    /// As in `(ii)i`.
    pub signature: *const c_char,
    /// What is called.
    pub callback: Option<Callback>,
    /// Given to the callback as `caller->data`.
    pub data: *mut c_void,
    /// The permission that a call needs, or null.
    pub permission: *const c_char,
    /// One line, or null.
    pub description: *const c_char,
}

/// Depends on its arguments only and changes nothing.
pub const FUNCTION_PURE: u32 = 1;
/// May answer `STATUS_PENDING`.
pub const FUNCTION_MAY_SUSPEND: u32 = 2;
/// May wait for something outside.
pub const FUNCTION_MAY_BLOCK: u32 = 4;
/// May call the guest.
pub const FUNCTION_REENTERS: u32 = 8;

/// A wasm module that the plug-in provides.
#[repr(C)]
#[derive(Debug)]
pub struct ModuleDescriptor {
    /// Of this struct in bytes.
    pub size: u32,
    /// 0.
    pub flags: u32,
    /// The module name that imports use.
    pub name: *const c_char,
    /// One line, or null.
    pub description: *const c_char,
    /// The module's interface as WIT text, or null.
    pub wit: *const c_char,
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

/// It has no default and must be given.
pub const OPTION_REQUIRED: u32 = 1;
/// It is never shown or logged.
pub const OPTION_SECRET: u32 = 2;
/// A number has to lie between minimum and maximum.
pub const OPTION_RANGED: u32 = 4;

/// An option that the host, its configuration or a command line may set.
#[repr(C)]
#[derive(Debug)]
pub struct OptionDescriptor {
    /// Of this struct in bytes.
    pub size: u32,
    /// `OPTION_TYPE_*`
    pub kind: u32,
    /// `OPTION_REQUIRED`, `OPTION_SECRET`, `OPTION_RANGED`
    pub flags: u32,
    /// 0.
    pub reserved: u32,
    /// Its name.
    pub key: *const c_char,
    /// One line, or null.
    pub description: *const c_char,
    /// Default of a string or enum; of a list, lines.
    pub text: *const c_char,
    /// Of an enum, separated by commas; else null.
    pub choices: *const c_char,
    /// Default of a bool or integer.
    pub integer: i64,
    /// Least integer.
    pub minimum: i64,
    /// Greatest integer.
    pub maximum: i64,
    /// Default of a float.
    pub number: f64,
    /// Least float.
    pub minimum_number: f64,
    /// Greatest float.
    pub maximum_number: f64,
}

/// `create` of a plug-in: host, self, gets the instance.
pub type Create = unsafe extern "C" fn(*const PluginHost, *mut PluginInstance, *mut *mut c_void) -> Status;
/// `initialize` of a plug-in: host, plug-in, gets the data.
pub type Initialize = unsafe extern "C" fn(*const PluginHost, *mut PluginIdentity, *mut *mut c_void) -> Status;
/// `get_extension` of a plug-in.
pub type GetExtension = unsafe extern "C" fn(*const c_char) -> *const c_void;

/// What a plug-in is and does.
#[repr(C)]
#[derive(Debug)]
pub struct PluginDescriptor {
    /// Of this struct in bytes.
    pub size: u32,
    /// `PLUGIN_SINGLETON`, and one of `PLUGIN_THREAD_AFFINE` and `PLUGIN_SERIALISED`.
    pub flags: u32,
    /// The wasm modules it provides.
    pub modules: Table<ModuleDescriptor>,
    /// The options it has.
    pub options: Table<OptionDescriptor>,
    /// Makes the plug-in's instance in a context.
    pub create: Option<Create>,
    /// Unmakes it.
    pub destroy: Option<unsafe extern "C" fn(*mut c_void)>,
    /// Called once for each registry that loads the plug-in.
    pub initialize: Option<Initialize>,
    /// Undoes `initialize`.
    pub cleanup: Option<unsafe extern "C" fn(*mut c_void)>,
    /// Gives an extension of the plug-in.
    pub get_extension: Option<GetExtension>,
}

/// The plug-in's function that gives its descriptor.
pub type Entry = unsafe extern "C" fn(*const PluginHost) -> *const PluginDescriptor;

/// A plug-in linked into the host.
#[repr(C)]
#[derive(Debug)]
pub struct PluginBuiltin {
    /// Of this struct in bytes.
    pub size: u32,
    /// 0.
    pub reserved: u32,
    /// Who it is.
    pub manifest: *const PluginManifest,
    /// Where it begins.
    pub entry: Option<Entry>,
}

const _: () = {
    let pointer = size_of::<*const ()>();
    assert!(size_of::<PluginManifest>() == 28 + 64 + 32 + 160 + 64 + 3 * 256 + 32);
    assert!(core::mem::offset_of!(PluginManifest, name) == 28);
    assert!(size_of::<PluginHost>() == 8 + 6 * pointer);
    assert!(size_of::<FunctionDescriptor>() == 8 + 6 * pointer);
    assert!(size_of::<Table<FunctionDescriptor>>() == 8 + pointer);
    assert!(size_of::<ModuleDescriptor>() == 16 + 4 * pointer);
    assert!(size_of::<OptionDescriptor>() == 64 + 4 * pointer);
    assert!(size_of::<PluginDescriptor>() == 24 + 7 * pointer);
    assert!(size_of::<PluginBuiltin>() == 8 + 2 * pointer);
};
