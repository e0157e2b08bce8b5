//! The compiler, a library of its own that is opened when it is first needed.
//!
//! It stays open until the process ends. As long as there is none, each request looks for it again: it may have been installed
//! meanwhile.

mod file;
mod library;
mod merges;
mod place;
mod startup;
#[cfg(test)]
mod tests;

use crate::status::{Error, Result};
use crate::text;
use library::Functions;
use libvm_abi as abi;
use libvm_codegen::Settings;
use libvm_codegen::interface::Status;
use std::any::Any;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

/// The functions of the compiler, once it is open.
static COMPILER: Mutex<Option<Functions>> = Mutex::new(None);

/// Locks the compiler until the result is dropped, for use around `fork`.
pub fn hold_lock() -> Box<dyn Any> {
    Box::new(COMPILER.lock().unwrap_or_else(PoisonError::into_inner))
}

/// Opens the compiler, unless it is open.
///
/// # Errors
/// `STATUS_UNSUPPORTED` with the reason: where it was looked for, or what is wrong with the file.
pub fn availability() -> Result<()> {
    functions().map(drop)
}

/// Compiles a valid module, on `threads` threads of the compiler: at least one, and at most as many as there are processors. They have
/// ended when it returns.
///
/// # Errors
/// Those of [`availability`]; `STATUS_BAD_MODULE` if the compiler does not support the module, `STATUS_LIMIT` if it is too large or would
/// take too long, `STATUS_OUT_OF_MEMORY` if no thread could be started, `STATUS_INTERNAL`.
pub fn compile(wasm: &[u8], settings: &Settings, threads: usize) -> Result<Vec<u8>> {
    startup::check(wasm)?;
    merges::check(wasm)?;
    functions()?.compile(wasm, &settings.to_bytes(), threads).map_err(|(status, message)| failed(status, &message))
}

/// Returns whether there is no compiler. One that is there can still be refused when it is opened.
pub fn is_absent() -> bool {
    let compiler = COMPILER.lock().unwrap_or_else(PoisonError::into_inner);
    compiler.is_none() && place::find(&place::folders()).is_err()
}

fn functions() -> Result<Functions> {
    let mut compiler = COMPILER.lock().unwrap_or_else(PoisonError::into_inner);
    match *compiler {
        Some(functions) => Ok(functions),
        None => Ok(*compiler.insert(open(&place::folders())?)),
    }
}

/// Opens the first compiler in these folders.
fn open(folders: &[PathBuf]) -> Result<Functions> {
    let path = place::find(folders).map_err(|why| unavailable(&why))?;
    let at_path = |why: String| unavailable(&why).at_path(&path);
    file::check(&path).map_err(at_path)?;
    library::open(&path).map_err(at_path)
}

fn unavailable(why: &str) -> Error {
    let message = format!("the compiler is not available: {why}");
    Error::new(abi::STATUS_UNSUPPORTED, message)
}

/// Creates the error of a compilation.
fn failed(status: Status, message: &str) -> Error {
    let message = text::line(message);
    let (status, what) = match status {
        Status::Module => (abi::STATUS_BAD_MODULE, "the compiler does not support the module"),
        Status::Limit => (abi::STATUS_LIMIT, "the module could not be compiled"),
        Status::System => (abi::STATUS_OUT_OF_MEMORY, "the module could not be compiled"),
        Status::Ok | Status::Settings | Status::Internal => (abi::STATUS_INTERNAL, "the compiler failed"),
    };
    Error::new(status, format!("{what}: {message}"))
}
