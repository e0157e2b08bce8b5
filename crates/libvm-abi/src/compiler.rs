//! Parameter compilers of plug-ins: the Rust side of `include/libvm/compiler.h`.
use crate::{Bytes, Caller, PluginHost, Status, Table};
use core::ffi::{c_char, c_void};

/// The functions of a parameter that is being compiled.
#[repr(C)]
#[derive(Debug)]
pub struct ParameterTable {
    /// Size of this struct in bytes.
    pub size: u32,
    /// 0.
    pub reserved: u32,
    /// Sets the reason why it does not compile: parameter, position in its bytes, text.
    pub fail: unsafe extern "C" fn(*mut Parameter, usize, *const c_char) -> Status,
}

/// A parameter of a module.
#[repr(C)]
#[derive(Debug)]
pub struct Parameter {
    /// Its functions.
    pub table: *const ParameterTable,
    /// The parameter as the guest's author wrote it.
    pub bytes: Bytes,
    /// Its kind.
    pub kind: *const c_char,
    /// The author's id.
    pub id: u32,
    /// 0.
    pub reserved: u32,
}

/// Compiles a parameter: data of initialize, parameter, result.
pub type Compile = unsafe extern "C" fn(*mut c_void, *mut Parameter, *mut *mut c_void) -> Status;

/// Releases what was compiled: data of initialize, result.
pub type ReleaseCompiled = unsafe extern "C" fn(*mut c_void, *mut c_void);

/// A compiler of one kind of parameters.
#[repr(C)]
#[derive(Debug)]
pub struct CompilerDescriptor {
    /// 0.
    pub flags: u32,
    /// 0.
    pub reserved: u32,
    /// The kind.
    pub kind: *const c_char,
    /// One line, or NULL.
    pub description: *const c_char,
    /// Compiles a parameter.
    pub compile: Option<Compile>,
    /// Releases what was compiled.
    pub release: Option<ReleaseCompiled>,
}

/// The id of the extension of plug-ins that compile parameters.
pub const COMPILER_EXTENSION: &str = "libvm.compiler/1";

/// The extension of plug-ins that compile parameters.
#[repr(C)]
#[derive(Debug)]
pub struct CompilerExtension {
    /// Size of this struct in bytes.
    pub size: u32,
    /// 0.
    pub reserved: u32,
    /// Its compilers.
    pub compilers: Table<CompilerDescriptor>,
}

/// The id of the service of compiled parameters.
pub const PARAMETERS_SERVICE: &str = "libvm.parameters/1";

/// The service of compiled parameters.
#[repr(C)]
#[derive(Debug)]
pub struct ParametersService {
    /// Size of this struct in bytes.
    pub size: u32,
    /// 0.
    pub reserved: u32,
    /// Returns what was compiled: host, call, index of the compiler, id, result.
    pub get: unsafe extern "C" fn(*const PluginHost, *mut Caller, u32, u32, *mut *mut c_void) -> Status,
}

const _: () = {
    let pointer = size_of::<*const ()>();
    assert!(size_of::<ParameterTable>() == 8 + pointer);
    assert!(size_of::<Parameter>() == 8 + 4 * pointer);
    assert!(size_of::<CompilerDescriptor>() == 8 + 4 * pointer);
    assert!(size_of::<Table<CompilerDescriptor>>() == 8 + pointer);
    assert!(size_of::<CompilerExtension>() == 16 + pointer);
    assert!(size_of::<ParametersService>() == 8 + pointer);
};
