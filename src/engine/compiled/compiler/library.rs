//! The compiler's library: opening it, and its functions.

use super::place::{INSTALL, shown};
use crate::text;
use libloading::Library;
use libvm_codegen::interface::{self, Compile, Free, Id, Output, Status};
use std::path::Path;

/// The functions of the compiler. It stays open, so that they are valid until the process ends.
#[derive(Clone, Copy)]
pub struct Functions {
    compile: Compile,
    free: Free,
}

/// Maximum size of an identifier: what a foreign library returns is not trusted to have a size that makes sense.
const MAX_ID: usize = 1 << 10;

/// Opens the library, which was checked, if it belongs to this version of libvm.
///
/// # Errors
/// The reason.
pub fn open(path: &Path) -> Result<Functions, String> {
    let what = || shown(path);
    let no_function =
        |name: &str, error: libloading::Error| format!("{} has no function {name}: {}; {INSTALL}", what(), reason(&error));
    // SAFETY: it runs the library's constructors, and only this user and root could have put it there.
    let library = unsafe { Library::new(path) }.map_err(|error| format!("{} could not be opened: {}", what(), reason(&error)))?;
    // SAFETY: a library with these names has functions of these types.
    let (id, compile, free) = unsafe {
        (
            *library.get::<Id>(interface::ID).map_err(|error| no_function(interface::ID, error))?,
            *library.get::<Compile>(interface::COMPILE).map_err(|error| no_function(interface::COMPILE, error))?,
            *library.get::<Free>(interface::FREE).map_err(|error| no_function(interface::FREE, error))?,
        )
    };
    let mut size = 0;
    // SAFETY: the size can be written.
    let found = unsafe { id(&raw mut size) };
    let found = match found.is_null() {
        true => &[],
        // SAFETY: it has as many bytes as it says, which stay as they are.
        false => unsafe { std::slice::from_raw_parts(found, size.min(MAX_ID)) },
    };
    if found != libvm_codegen::id().as_bytes() {
        let found = String::from_utf8_lossy(found);
        return Err(format!(
            "{} is \"{}\", and this library needs \"{}\"; {INSTALL}",
            what(),
            text::line(&found),
            libvm_codegen::id()
        ));
    }
    std::mem::forget(library);
    Ok(Functions { compile, free })
}

impl Functions {
    /// Compiles a module.
    ///
    /// # Errors
    /// The status and the message of the compiler.
    pub fn compile(&self, wasm: &[u8], settings: &[u8], threads: usize) -> Result<Vec<u8>, (Status, String)> {
        let mut out = Output::EMPTY;
        // SAFETY: both have as many bytes as is said, and the output can be written.
        let status =
            unsafe { (self.compile)(wasm.as_ptr(), wasm.len(), settings.as_ptr(), settings.len(), threads, &raw mut out) };
        let bytes = match out.bytes.is_null() {
            true => Vec::new(),
            // SAFETY: the output has as many bytes as it says until it is freed.
            false => unsafe { std::slice::from_raw_parts(out.bytes, out.size) }.to_vec(),
        };
        // SAFETY: it was written by the function above, of the same library.
        unsafe { (self.free)(&raw mut out) };
        match Status::from_number(status) {
            Status::Ok => Ok(bytes),
            status => Err((status, String::from_utf8_lossy(&bytes).into_owned())),
        }
    }
}

/// Returns the system's reason.
fn reason(error: &libloading::Error) -> String {
    match std::error::Error::source(error) {
        Some(source) => source.to_string(),
        None => error.to_string(),
    }
}
