//! Files of compiled code that a host ships: the same format without the secret. Their tag proves that they are not damaged, and nothing
//! about their author: the host decides that by choosing the path.
#![forbid(unsafe_code)]

use super::code::Code;
use super::format::{self, Fault};
use super::key::Key;
use crate::files;
use crate::status::{Error, Result};
use libvm_abi as abi;
use std::path::Path;

/// Returns the contents of a file with code.
pub fn file(key: &Key, id: &str, code: &[u8]) -> Vec<u8> {
    let mut bytes = format::header(key, id, code, None);
    bytes.extend_from_slice(code);
    bytes
}

/// Writes code to a file, which it replaces.
///
/// # Errors
/// `STATUS_INVALID_ARGUMENT` for an empty path, and those of the system.
pub fn write(path: &Path, key: &Key, id: &str, code: &[u8]) -> Result<()> {
    if path.as_os_str().is_empty() {
        return Err(Error::new(abi::STATUS_INVALID_ARGUMENT, "the path of the compiled code is empty; pass that of a file"));
    }
    let failed = |error| Error::io("write the compiled code", path, &error);
    let real = files::real_path(path).map_err(failed)?;
    files::replace(&real, &file(key, id, code)).map_err(failed)
}

/// Reads code of a module, which has one of these keys. `other` returns with which options code with another key was compiled, if it is of
/// the same module.
///
/// # Errors
/// `STATUS_FILE_NOT_FOUND`, `STATUS_OUT_OF_MEMORY` and similar; `STATUS_BAD_MODULE` for a file that is damaged or contains something else; `STATUS_UNSUPPORTED` for
/// code that other versions have made; `STATUS_INVALID_ARGUMENT` for that of another module or other settings.
pub fn read(path: &Path, keys: &[Key], id: &str, other: impl FnOnce(&Key) -> Option<String>) -> Result<Code> {
    let refused = |status, reason: &str| {
        Error::new(status, format!("cannot load the compiled code {}: {reason}", path.display())).at_path(path)
    };
    let damaged = |fault| match fault {
        Fault::Bad(reason) => {
            let reason = format!("{reason}; compile the module again (VM_ModuleSaveCompiled, libvm compile)");
            refused(abi::STATUS_BAD_MODULE, &reason)
        }
        Fault::Unusable(error) => Error::io("load the compiled code", path, &error),
    };
    let mut opened = files::open(path, "load the compiled code", abi::STATUS_BAD_MODULE)?;
    let begun = format::begin(&mut opened.file, opened.metadata.len(), None).map_err(damaged)?;
    let (found, name) = (begun.key, begun.name.clone());
    // First whether it is damaged: otherwise what its header says means nothing.
    let code = Code::read(begun, &mut opened.file).map_err(damaged)?;
    if name != id {
        let reason = format!("it was compiled by \"{}\", and this is \"{id}\"; compile it again", crate::text::line(&name));
        return Err(refused(abi::STATUS_UNSUPPORTED, &reason));
    }
    if !keys.contains(&found) {
        let reason = match other(&found) {
            Some(options) => format!("it was compiled {options}, unlike the modules of this engine; compile it again"),
            None => {
                "it was compiled from another module, or with other proposals or limits of modules; compile it again".to_owned()
            }
        };
        return Err(refused(abi::STATUS_INVALID_ARGUMENT, &reason));
    }
    Ok(code)
}
