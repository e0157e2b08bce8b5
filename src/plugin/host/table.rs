//! The table of functions that a plug-in is passed.

use crate::engine;
use crate::log;
use crate::panics;
use crate::plugin::host::object::{Host, host_of};
use crate::plugin::host::presence::SelfObject;
use crate::plugin::host::{clock, data, directories, event_loop, options, parameters, permission, state, suspension, text};
use libvm_abi as abi;
use std::ffi::{CStr, c_char, c_void};

/// The version of this library for plug-ins.
const VERSION: &CStr = match CStr::from_bytes_with_nul(concat!(env!("CARGO_PKG_VERSION"), "\0").as_bytes()) {
    Ok(version) => version,
    Err(_) => panic!("the version contains a NUL character"),
};

/// Creates the host of the plug-in called `name`, which uses version 0.`minor` of the ABI.
pub fn new(name: &str, minor: u32) -> Host {
    clock::start();
    let table = abi::PluginHost {
        size: size_of::<abi::PluginHost>() as u32,
        abi_minor: minor,
        libvm_version: VERSION.as_ptr(),
        get_service,
        fail,
        log: write_log,
        get_data,
        release_ref,
    };
    Host::new(name, table)
}

/// Returns the service with this id.
fn service(id: &str) -> Option<*const c_void> {
    match id {
        abi::OPTIONS_SERVICE => Some((&raw const options::SERVICE).cast()),
        abi::STATE_SERVICE => Some((&raw const state::SERVICE).cast()),
        abi::DIRECTORIES_SERVICE => Some((&raw const directories::SERVICE).cast()),
        abi::DATA_SERVICE => Some((&raw const data::SERVICE).cast()),
        abi::PERMISSION_SERVICE => Some((&raw const permission::SERVICE).cast()),
        abi::SUSPENSION_SERVICE => Some((&raw const suspension::SERVICE).cast()),
        abi::LOOP_SERVICE => Some((&raw const event_loop::SERVICE).cast()),
        abi::PARAMETERS_SERVICE => Some((&raw const parameters::SERVICE).cast()),
        abi::CLOCK_SERVICE => Some((&raw const clock::SERVICE).cast()),
        _ => None,
    }
}

unsafe extern "C" fn get_service(_host: *const abi::PluginHost, id: *const c_char) -> *const c_void {
    let found = panics::catch(|| {
        // SAFETY: the plug-in passes NULL or a NUL-terminated string.
        let id = unsafe { text::read(id) }.ok().flatten()?;
        service(id)
    });
    found.ok().flatten().unwrap_or(std::ptr::null())
}

unsafe extern "C" fn fail(host: *const abi::PluginHost, reason: *const c_char) -> abi::Status {
    let kept = panics::catch(|| {
        // SAFETY: the plug-in passes the pointer that it was passed, and NULL or a NUL-terminated string.
        let (host, reason) = unsafe { (host_of(host), text::read_lossy(reason)) };
        if let (Some(host), Some(reason)) = (host, reason) {
            host.give_reason(reason, None, None);
        }
    });
    // Whether or not the text is valid, the plug-in failed.
    drop(kept);
    abi::STATUS_PLUGIN_FAILED
}

unsafe extern "C" fn write_log(
    host: *const abi::PluginHost,
    myself: *const abi::PluginInstance,
    level: abi::LogLevel,
    line: *const c_char,
) {
    let written = panics::catch(|| {
        // SAFETY: the plug-in passes the pointers that it was passed, or NULL, and NULL or a NUL-terminated string.
        let (host, myself, line) = unsafe { (host_of(host), myself.cast::<SelfObject>().as_ref(), text::read_lossy(line)) };
        let (Some(host), Some(line)) = (host, line) else { return };
        match myself {
            Some(myself) => myself.logger.log(level, Some(&myself.source), &line),
            None => log::log(level, Some(host.name()), &line),
        }
    });
    // A line that could not be written is not a failure.
    drop(written);
}

unsafe extern "C" fn get_data(host: *const abi::PluginHost) -> *mut c_void {
    // SAFETY: the plug-in passes the pointer that it was passed.
    let data = panics::catch(|| unsafe { host_of(host) }.map_or(std::ptr::null_mut(), Host::data));
    data.unwrap_or(std::ptr::null_mut())
}

unsafe extern "C" fn release_ref(_host: *const abi::PluginHost, reference: abi::Ref) {
    // What could not be noted is freed with its context.
    drop(panics::catch(|| engine::release(reference)));
}
