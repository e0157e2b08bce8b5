//! The host as plug-ins see it: the table that they are passed, and the services behind it.
//!
//! Plug-ins call these from any thread and from native code below: each catches its panics, and accepts NULL.

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

/// The host of one plug-in in one registry. Plug-ins hold a pointer to it: it must not move once they have.
#[repr(C)]
pub struct Host {
    // First, so that a pointer to the table is a pointer to the host.
    table: abi::PluginHost,
    name: Arc<str>,
    data: AtomicPtr<c_void>,
    reasons: Mutex<Vec<(ThreadId, Option<Reason>)>>,
}

/// Why a function of the plug-in fails.
struct Reason {
    text: String,
    /// The only status that it explains; `None` for any failure.
    status: Option<abi::Status>,
}

// SAFETY: the table's pointers are never written after `new`, and not followed here; all else is thread-safe by its type.
unsafe impl Send for Host {}
// SAFETY: as above.
unsafe impl Sync for Host {}

/// A plug-in's presence in a context, `self` of its services; it must not move while the plug-in has it.
pub struct SelfObject {
    /// The source of its log lines.
    source: String,
    logger: Logger,
    options: Arc<Options>,
    state: State,
    permissions: Arc<Permissions>,
    // Before the directories: freeing may write to their files.
    slot: Slot,
    directories: Directories,
}

/// What services offer to a presence.
pub struct Given {
    /// Option values.
    pub options: Arc<Options>,
    /// Stored state.
    pub state: State,
    /// Granted permissions.
    pub permissions: Arc<Permissions>,
    /// Directories.
    pub directories: Directories,
}

impl SelfObject {
    /// One in a context with this name and log.
    pub fn new(name: &str, scope: Option<&str>, logger: Logger, given: Given) -> Self {
        let source = log::source_of(name, scope);
        let Given { options, state, permissions, directories } = given;
        Self { source, logger, options, state, permissions, slot: Slot::default(), directories }
    }

    /// Its option values.
    pub fn options(&self) -> &Arc<Options> {
        &self.options
    }

    /// Whether freeing it runs code of the plug-in.
    pub fn has_data(&self) -> bool {
        !self.slot.is_empty()
    }

    /// The pointer that plug-ins are passed.
    pub fn as_abi(&self) -> *mut abi::PluginInstance {
        std::ptr::from_ref(self).cast_mut().cast()
    }
}

impl Host {
    /// The host of the plug-in called `name`, which uses version 0.`minor` of the ABI.
    pub fn new(name: &str, minor: u32) -> Self {
        let table = abi::PluginHost {
            size: size_of::<abi::PluginHost>() as u32,
            abi_minor: minor,
            libvm_version: VERSION.as_ptr(),
            get_service,
            fail,
            log: write_log,
            get_data,
        };
        Self { table, name: name.into(), data: AtomicPtr::default(), reasons: Mutex::default() }
    }

    /// The plug-in's name.
    pub fn name(&self) -> &Arc<str> {
        &self.name
    }

    /// The pointer that plug-ins are passed.
    pub fn as_abi(&self) -> *const abi::PluginHost {
        // From the whole host, since the functions below get from the table to the fields behind it.
        std::ptr::from_ref(self).cast()
    }

    /// Sets the data that `VM_HostGetData` returns.
    pub fn set_data(&self, data: *mut c_void) {
        self.data.store(data, Ordering::Release);
    }

    /// The data that `VM_HostGetData` returns.
    pub fn data(&self) -> *mut c_void {
        self.data.load(Ordering::Acquire)
    }

    /// Calls a function of the plug-in, and returns its result with the reason that it set meanwhile, if that explains the status
    /// in the result.
    pub fn listen<T>(&self, call: impl FnOnce() -> T, status: impl FnOnce(&T) -> abi::Status) -> (T, Option<String>) {
        let thread = thread::current().id();
        self.reasons().push((thread, None));
        let answer = call();
        let mut reasons = self.reasons();
        let last = reasons.iter().rposition(|(owner, _)| *owner == thread);
        let reason = last.and_then(|index| reasons.remove(index).1);
        let status = status(&answer);
        let explains = |reason: &Reason| reason.status.is_none_or(|explained| explained == status);
        (answer, reason.filter(explains).map(|reason| reason.text))
    }

    fn reasons(&self) -> MutexGuard<'_, Vec<(ThreadId, Option<Reason>)>> {
        self.reasons.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a reason for the function of the plug-in that this thread is in; outside of one it is a line of the log, of the context's
    /// if there is one. `status` is the only one that it explains.
    fn give_reason(&self, text: String, status: Option<abi::Status>, myself: Option<&SelfObject>) {
        let thread = thread::current().id();
        if let Some((_, slot)) = self.reasons().iter_mut().rfind(|(owner, _)| *owner == thread) {
            *slot = Some(Reason { text, status });
            return;
        }
        match myself {
            Some(myself) => myself.logger.log(abi::LOG_ERROR, Some(&myself.source), &text),
            None => log::log(abi::LOG_ERROR, Some(&self.name), &text),
        }
    }
}

/// The host behind a pointer that a plug-in passed.
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
        // SAFETY: the plug-in passes NULL or a NUL-terminated string.
        let id = unsafe { text::read(id) }.ok().flatten()?;
        service(id)
    });
    found.ok().flatten().unwrap_or(std::ptr::null())
}

unsafe extern "C" fn fail(host: *const abi::PluginHost, reason: *const c_char) -> abi::Status {
    let kept = catch_unwind(|| {
        // SAFETY: the plug-in passes the pointer that it was passed, and NULL or a NUL-terminated string.
        let (host, reason) = unsafe { (host_of(host), text::read_lossy(reason)) };
        if let (Some(host), Some(reason)) = (host, reason) {
            host.give_reason(reason, None, None);
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
        // SAFETY: the plug-in passes the pointers that it was passed, or NULL, and NULL or a NUL-terminated string.
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
    // SAFETY: the plug-in passes the pointer that it was passed.
    let data = catch_unwind(|| unsafe { host_of(host) }.map_or(std::ptr::null_mut(), Host::data));
    data.unwrap_or(std::ptr::null_mut())
}
