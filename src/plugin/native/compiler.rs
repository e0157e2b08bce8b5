//! `libvm.compiler/1`: the parameter compilers of a plug-in, and the calls of their functions.

use crate::panics;
use crate::plugin::compiled::value::Value;
use crate::plugin::flags;
use crate::plugin::host::object::Host;
use crate::plugin::host::text;
use crate::plugin::native::descriptor::{Growing, optional, read_growing, read_table, required};
use crate::status::{Error, Result, Status};
use libvm_abi::{self as abi, CompilerDescriptor, CompilerExtension, Parameter, ParameterTable};
use std::collections::HashSet;
use std::ffi::{CString, c_char, c_void};
use std::sync::{Arc, Mutex, PoisonError};

/// Maximum length of a kind in bytes.
const MAX_KIND: usize = 63;

/// The compiler of one kind of parameters.
pub struct Compiler {
    kind: Arc<str>,
    kind_text: CString,
    compile: abi::Compile,
    release: Option<abi::ReleaseCompiled>,
}

// SAFETY: integers, nullable pointers, tables of them, and functions that may be missing.
unsafe impl Growing for CompilerExtension {
    const LEAST: usize = size_of::<Self>();
    const NAME: &'static str = "VM_CompilerExtension";
}

// SAFETY: as above.
unsafe impl Growing for CompilerDescriptor {
    const LEAST: usize = size_of::<Self>();
    const NAME: &'static str = "VM_CompilerDescriptor";
}

/// Reads the extension that a plug-in has returned; none for NULL. `what` names the plug-in in messages.
///
/// # Errors
/// `STATUS_PLUGIN_BAD_DESCRIPTOR`.
pub fn read(raw: *const c_void, what: &str) -> Result<Vec<Compiler>> {
    if raw.is_null() {
        return Ok(Vec::new());
    }
    let bad = |why: String| {
        let message = format!("the extension {} of {what} is invalid: {why}", abi::COMPILER_EXTENSION);
        Error::new(abi::STATUS_PLUGIN_BAD_DESCRIPTOR, message)
    };
    // SAFETY: the plug-in returned it for this id, so it is such a struct, with its size and its array.
    let table = unsafe { read_growing(raw.cast::<CompilerExtension>()).and_then(|extension| read_table(&extension.compilers)) };
    let mut kinds = HashSet::new();
    let read = |(index, raw): (usize, &CompilerDescriptor)| {
        // SAFETY: it was read from the plug-in's array.
        let compiler = unsafe { Compiler::read(raw) }.map_err(|why| bad(format!("compiler {index}: {why}")))?;
        if !kinds.insert(Arc::clone(&compiler.kind)) {
            return Err(bad(format!("the kind `{}` occurs twice", compiler.kind)));
        }
        Ok(compiler)
    };
    table.map_err(bad)?.iter().enumerate().map(read).collect()
}

/// Why a parameter was not compiled.
pub struct Failure {
    /// What the plug-in returned.
    pub status: Status,
    /// Its reason.
    pub reason: Option<String>,
    /// Where the error is in the bytes.
    pub position: Option<usize>,
}

impl Compiler {
    /// # Safety
    /// The strings are the plug-in's.
    unsafe fn read(raw: &CompilerDescriptor) -> Result<Self, String> {
        flags::check(raw.flags, 0)?;
        // SAFETY: promised above.
        let (kind, _) = unsafe { (required(raw.kind, "kind")?, optional(raw.description, "description")?) };
        let fits = |letter: u8| letter.is_ascii_alphanumeric() || b"-_".contains(&letter);
        if kind.is_empty() || kind.len() > MAX_KIND || !kind.bytes().all(fits) {
            let why = format!("its kind is \"{kind}\"; a kind has 1 to {MAX_KIND} letters, digits, `-` and `_`");
            return Err(why);
        }
        let kind_text = CString::new(kind.as_str()).unwrap_or_default();
        let compile = raw.compile.ok_or("its compile function is NULL")?;
        Ok(Self { kind: kind.into(), kind_text, compile, release: raw.release })
    }

    /// Returns the kind.
    pub fn kind(&self) -> &Arc<str> {
        &self.kind
    }

    /// Compiles a parameter; the bytes end with a NUL, which the plug-in is not told of. `data` is that of `initialize`.
    ///
    /// # Errors
    /// What the plug-in returned, if that is not OK.
    pub fn compile(&self, host: &Host, data: *mut c_void, id: u32, bytes: &[u8]) -> Result<Value, Failure> {
        let bytes = abi::Bytes { data: bytes.as_ptr(), size: bytes.len() - 1 };
        let parameter = Parameter { table: &raw const TABLE, bytes, kind: self.kind_text.as_ptr(), id, reserved: 0 };
        let mut given = Given { parameter, said: Mutex::default() };
        let mut pointer = std::ptr::null_mut();
        // SAFETY: the plug-in's own function, with its data, and a parameter that lives until it returns.
        let call = || unsafe { (self.compile)(data, (&raw mut given).cast(), &mut pointer) };
        let (status, reason) = host.listen(call, |status| *status);
        if status == abi::STATUS_OK {
            return Ok(Value::new(pointer, data, self.release));
        }
        let said = given.said.into_inner().unwrap_or_else(PoisonError::into_inner);
        let (position, said) = said.filter(|_| status == abi::STATUS_BAD_PARAMETER).unzip();
        Err(Failure { status, reason: said.or(reason), position })
    }
}

/// A parameter, and the reason that the plug-in has set.
#[repr(C)]
struct Given {
    // First, so that a pointer to the parameter is a pointer to this.
    parameter: Parameter,
    said: Mutex<Option<(usize, String)>>,
}

static TABLE: ParameterTable = ParameterTable { size: size_of::<ParameterTable>() as u32, reserved: 0, fail };

unsafe extern "C" fn fail(parameter: *mut Parameter, position: usize, reason: *const c_char) -> Status {
    let kept = panics::catch(|| {
        // SAFETY: the plug-in passes what its compile function was passed, or NULL, and NULL or a NUL-terminated string.
        let (given, reason) = unsafe { (parameter.cast::<Given>().as_ref(), text::read_lossy(reason)) };
        let (Some(given), Some(reason)) = (given, reason) else { return abi::STATUS_NULL_ARGUMENT };
        *given.said.lock().unwrap_or_else(PoisonError::into_inner) = Some((position, reason));
        abi::STATUS_BAD_PARAMETER
    });
    kept.unwrap_or(abi::STATUS_INTERNAL)
}
