//! The bytes of a module: read from a file, and translated from the text format.
#![forbid(unsafe_code)]

use crate::files;
use crate::limits::MAX_WASM_FILE;
use crate::status::{Error, Result};
use crate::system;
use libvm_abi as abi;
use std::borrow::Cow;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

/// The bytes of a module, which are many: shared, and never moved to become so.
pub type Kept = Arc<Vec<u8>>;

/// Returns the binary format of a module that is in it or, with the cargo feature `wat`, in the text format.
///
/// # Errors
/// `STATUS_BAD_MODULE`, `STATUS_TEXT_FORMAT`.
pub fn binary(bytes: &[u8]) -> Result<Cow<'_, [u8]>> {
    const MAGIC: &[u8] = b"\0asm";
    let bad = |why: String| Err(Error::new(abi::STATUS_BAD_MODULE, format!("the module is not valid: {why}")));
    if looks_like_text(bytes) {
        return from_text(bytes);
    }
    let beginning = &bytes[..bytes.len().min(MAGIC.len())];
    if beginning.is_empty() {
        return bad("it is empty".to_owned());
    }
    if !MAGIC.starts_with(beginning) {
        if bytes.starts_with(b"\x7fELF") {
            return bad("it is an ELF file, as programs and plug-ins are (VM_PluginLoadFromPath)".to_owned());
        }
        if bytes.starts_with(b"libvm\0cc") {
            return bad(
                "it is compiled code, which is loaded with its module (VM_ModuleLoadCompiled, libvm run --code)".to_owned()
            );
        }
        let beginning = bytes[..bytes.len().min(16)].escape_ascii();
        return bad(format!(
            "it begins with \"{beginning}\" and not with \"{}\", as every wasm module does",
            MAGIC.escape_ascii()
        ));
    }
    if bytes.get(6..8) == Some(&[1, 0]) {
        return bad("it is a component; libvm only runs core modules".to_owned());
    }
    Ok(Cow::Borrowed(bytes))
}

/// Returns whether the bytes begin like the text format: with a parenthesis or a comment after white space.
fn looks_like_text(bytes: &[u8]) -> bool {
    let text = bytes.trim_ascii_start();
    text.starts_with(b"(module") || text.starts_with(b"(;") || text.starts_with(b";;") || text.starts_with(b"(component")
}

#[cfg(feature = "wat")]
fn from_text(bytes: &[u8]) -> Result<Cow<'_, [u8]>> {
    let parsed = wat::parse_bytes(bytes);
    parsed.map_err(|error| Error::new(abi::STATUS_BAD_MODULE, format!("the module's text is not valid: {error}")))
}

#[cfg(not(feature = "wat"))]
fn from_text(_: &[u8]) -> Result<Cow<'_, [u8]>> {
    let message = "this is the text format; run wat2wasm, or build libvm with the cargo feature `wat`";
    Err(Error::new(abi::STATUS_TEXT_FORMAT, message))
}

/// Returns the bytes of a module for everything that keeps them, which are not copied if they are owned.
pub fn kept(bytes: Cow<'_, [u8]>) -> Kept {
    Arc::new(match bytes {
        Cow::Owned(bytes) => bytes,
        Cow::Borrowed(bytes) => {
            let mut copy = Vec::with_capacity(bytes.len());
            system::prefer_large_pages(copy.spare_capacity_mut());
            copy.extend_from_slice(bytes);
            copy
        }
    })
}

/// Reads a wasm file, of at most `limits::MAX_WASM_FILE` bytes.
///
/// # Errors
/// `STATUS_FILE_NOT_FOUND`, `STATUS_PERMISSION_DENIED`, `STATUS_IO`, `STATUS_LIMIT`.
pub fn read_file(path: &Path) -> Result<Vec<u8>> {
    let failed = |error: std::io::Error| Error::io("read the wasm file", path, &error);
    let file = files::open(path, "read the wasm file", abi::STATUS_IO)?.file;
    // Room for all of it, so that it is not copied each time the room is used up: one byte more shows its end.
    let size = file.metadata().map_or(0, |found| found.len().min(MAX_WASM_FILE)) as usize;
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(size + 1).map_err(|_| failed(std::io::ErrorKind::OutOfMemory.into()))?;
    system::prefer_large_pages(bytes.spare_capacity_mut());
    file.take(MAX_WASM_FILE + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > MAX_WASM_FILE {
        let message = format!("{} is larger than {MAX_WASM_FILE} bytes, the maximum size of a wasm file", path.display());
        return Err(Error::new(abi::STATUS_LIMIT, message).at_path(path));
    }
    Ok(bytes)
}
