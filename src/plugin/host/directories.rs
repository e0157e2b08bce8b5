//! The service of directories: `libvm.directories/1`.

use crate::panics;
use crate::plugin::directories::Kind;
use crate::plugin::host::object::host_of;
use crate::plugin::host::presence::SelfObject;
use libvm_abi::{self as abi, DirectoriesService, DirectoryKind, PluginHost, PluginInstance, Status};
use std::ffi::c_char;

/// The table that plug-ins are passed.
pub static SERVICE: DirectoriesService = DirectoriesService { size: size_of::<DirectoriesService>() as u32, reserved: 0, get };

unsafe extern "C" fn get(
    host: *const PluginHost,
    myself: *mut PluginInstance,
    kind: DirectoryKind,
    path: *mut *const c_char,
) -> Status {
    let found = panics::catch(|| {
        // SAFETY: the plug-in passes the pointers that it was passed, or NULL.
        let (host, myself) = unsafe { (host_of(host), myself.cast::<SelfObject>().as_ref()) };
        let (Some(host), Some(myself), false) = (host, myself, path.is_null()) else { return abi::STATUS_NULL_ARGUMENT };
        let Some(kind) = Kind::from_abi(kind) else { return abi::STATUS_INVALID_ARGUMENT };
        match myself.directories.get(kind) {
            Ok(found) => {
                // SAFETY: it is not NULL, and the plug-in promises that it can be written to.
                unsafe { path.write(found.as_ptr()) };
                abi::STATUS_OK
            }
            Err(error) => {
                host.give_reason(error.message().to_owned(), Some(error.status()), Some(myself));
                error.status()
            }
        }
    });
    found.unwrap_or(abi::STATUS_INTERNAL)
}
