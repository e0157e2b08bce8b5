//! What a plug-in can ask of its host: the table that it is given, and the functions behind it.
//!
//! Plug-ins call these from any thread and from native code below: each catches its panics, and takes NULL for an answer.

use crate::log::{self, Logger};
use crate::plugin::directories::Directories;
use crate::plugin::permissions::Permissions;
use crate::plugin::state::State;
use libvm_abi as abi;
use std::ffi::{CStr, c_char, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicPtr, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};

mod data;
mod directories;
pub(super) mod options;
pub(super) mod permission;
mod state;
pub(super) mod text;

use data::Slot;
use options::Options;

/// The version of this library as plug-ins read it.
const VERSION: &CStr = match CStr::from_bytes_with_nul(concat!(env!("CARGO_PKG_VERSION"), "\0").as_bytes()) {
    Ok(version) => version,
    Err(_) => panic!("the version has a NUL inside"),
};

/// What one plug-in in one registry gets as its host. Plug-ins hold a pointer to it: it must not move once they have.
#[repr(C)]
pub struct Host {
    // First, so that a pointer to the table is a pointer to the host.
    table: abi::PluginHost,
    name: Arc<str>,
    data: AtomicPtr<c_void>,
    slot: Slot,
    reasons: Mutex<Vec<(ThreadId, Option<String>)>>,
}

// SAFETY: the table's pointers are never written after `new`, and not followed here; all else is thread-safe by its type.
unsafe impl Send for Host {}
// SAFETY: as above.
unsafe impl Sync for Host {}

/// An instance's name for itself, as `create` gets it; it must not move while the plug-in has it.
pub struct SelfObject {
    /// What its lines name as their source.
    source: String,
    logger: Logger,
    options: Options,
    state: State,
    permissions: Arc<Permissions>,
    // Before the directories: freeing may write to their files.
    slot: Slot,
    directories: Directories,
}

/// What an instance is given.
pub struct Given {
    /// Its option values.
    pub options: Options,
    /// What it keeps.
    pub state: State,
    /// What it may do.
    pub permissions: Arc<Permissions>,
    /// Where its files are.
    pub directories: Directories,
}

impl SelfObject {
    /// One with what it was given, in a context with this name and log.
    pub fn new(name: &str, scope: Option<&str>, logger: Logger, given: Given) -> Self {
        let source = log::source_of(name, scope);
        let Given { options, state, permissions, directories } = given;
        Self { source, logger, options, state, permissions, slot: Slot::default(), directories }
    }

    /// The pointer that plug-ins are given.
    pub fn as_abi(&self) -> *mut abi::PluginInstance {
        std::ptr::from_ref(self).cast_mut().cast()
    }
}

impl Host {
    /// The host of the plug-in called `name`, which is to speak version 0.`minor` of the ABI. `plugin` is only handed on.
    pub fn new(name: &str, minor: u32, plugin: *mut abi::PluginIdentity) -> Self {
        let table = abi::PluginHost {
            size: size_of::<abi::PluginHost>() as u32,
            abi_minor: minor,
            libvm_version: VERSION.as_ptr(),
            plugin,
            get_service,
            fail,
            log: write_log,
            get_data,
        };
        Self { table, name: name.into(), data: AtomicPtr::default(), slot: Slot::default(), reasons: Mutex::default() }
    }

    /// The plug-in's name.
    pub fn name(&self) -> &Arc<str> {
        &self.name
    }

    /// The pointer that plug-ins are given.
    pub fn as_abi(&self) -> *const abi::PluginHost {
        // From the whole host, since the functions below go from the table to what stands behind it.
        std::ptr::from_ref(self).cast()
    }

    /// The plug-in, as plug-ins see it.
    pub fn plugin(&self) -> *mut abi::PluginIdentity {
        self.table.plugin
    }

    /// Sets what `VM_HostGetData` gives.
    pub fn set_data(&self, data: *mut c_void) {
        self.data.store(data, Ordering::Release);
    }

    /// What `VM_HostGetData` gives.
    pub fn data(&self) -> *mut c_void {
        self.data.load(Ordering::Acquire)
    }

    /// Calls into the plug-in, and gives what it answers with the reason that it gave meanwhile through `VM_HostFail`.
    pub fn listen<T>(&self, call: impl FnOnce() -> T) -> (T, Option<String>) {
        let thread = thread::current().id();
        self.reasons().push((thread, None));
        let answer = call();
        let mut reasons = self.reasons();
        let last = reasons.iter().rposition(|(owner, _)| *owner == thread);
        let reason = last.and_then(|index| reasons.remove(index).1);
        (answer, reason)
    }

    fn reasons(&self) -> MutexGuard<'_, Vec<(ThreadId, Option<String>)>> {
        self.reasons.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a reason for the call that this thread is in; outside of one it is a line of the log, of the instance's where there is
    /// one.
    fn give_reason(&self, reason: String, myself: Option<&SelfObject>) {
        let thread = thread::current().id();
        if let Some((_, slot)) = self.reasons().iter_mut().rfind(|(owner, _)| *owner == thread) {
            *slot = Some(reason);
            return;
        }
        match myself {
            Some(myself) => myself.logger.log(abi::LOG_ERROR, Some(&myself.source), &reason),
            None => log::log(abi::LOG_ERROR, Some(&self.name), &reason),
        }
    }
}

/// The host behind a pointer that a plug-in gave.
///
/// # Safety
/// The pointer is NULL, or what [`Host::as_abi`] gave of a host that is still there.
unsafe fn host_of<'a>(host: *const abi::PluginHost) -> Option<&'a Host> {
    // SAFETY: `as_abi` made it from a host; the caller promises that it lives.
    unsafe { host.cast::<Host>().as_ref() }
}

/// The service with this id.
fn service(id: &str) -> Option<*const c_void> {
    match id {
        abi::OPTIONS_SERVICE => Some((&raw const options::SERVICE).cast()),
        abi::STATE_SERVICE => Some((&raw const state::SERVICE).cast()),
        abi::DIRECTORIES_SERVICE => Some((&raw const directories::SERVICE).cast()),
        abi::DATA_SERVICE => Some((&raw const data::SERVICE).cast()),
        abi::PERMISSION_SERVICE => Some((&raw const permission::SERVICE).cast()),
        _ => None,
    }
}

unsafe extern "C" fn get_service(_host: *const abi::PluginHost, id: *const c_char) -> *const c_void {
    let found = catch_unwind(|| {
        // SAFETY: the plug-in gives NULL or a text that a NUL ends.
        let id = unsafe { text::read(id) }.ok().flatten()?;
        service(id)
    });
    found.ok().flatten().unwrap_or(std::ptr::null())
}

unsafe extern "C" fn fail(host: *const abi::PluginHost, reason: *const c_char) -> abi::Status {
    let kept = catch_unwind(|| {
        // SAFETY: the plug-in gives the pointer that it was given, and NULL or a text that a NUL ends.
        let (host, reason) = unsafe { (host_of(host), text::read_lossy(reason)) };
        if let (Some(host), Some(reason)) = (host, reason) {
            host.give_reason(reason, None);
        }
    });
    // Whatever became of the text, the plug-in failed.
    drop(kept);
    abi::STATUS_PLUGIN_FAILED
}

unsafe extern "C" fn write_log(
    host: *const abi::PluginHost,
    myself: *const abi::PluginInstance,
    level: abi::LogLevel,
    line: *const c_char,
) {
    let written = catch_unwind(AssertUnwindSafe(|| {
        // SAFETY: the plug-in gives the pointers that it was given, or NULL, and NULL or a text that a NUL ends.
        let (host, myself, line) = unsafe { (host_of(host), myself.cast::<SelfObject>().as_ref(), text::read_lossy(line)) };
        let (Some(host), Some(line)) = (host, line) else { return };
        match myself {
            Some(myself) => myself.logger.log(level, Some(&myself.source), &line),
            None => log::log(level, Some(&host.name), &line),
        }
    }));
    // A line that could not be written is no reason to fail.
    drop(written);
}

unsafe extern "C" fn get_data(host: *const abi::PluginHost) -> *mut c_void {
    // SAFETY: the plug-in gives the pointer that it was given.
    let data = catch_unwind(|| unsafe { host_of(host) }.map_or(std::ptr::null_mut(), Host::data));
    data.unwrap_or(std::ptr::null_mut())
}
