//! The host of a plug-in: the object behind the pointer that it is passed.

use crate::log;
use crate::plugin::host::loop_use::LoopUse;
use crate::plugin::host::presence::SelfObject;
use crate::thread;
use libvm_abi as abi;
use std::ffi::c_void;
use std::sync::atomic::{AtomicPtr, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

/// The host of one plug-in in one registry. Plug-ins hold a pointer to it: it must not move once they have.
#[repr(C)]
pub struct Host {
    // First, so that a pointer to the table is a pointer to the host.
    table: abi::PluginHost,
    name: Arc<str>,
    data: AtomicPtr<c_void>,
    reasons: Mutex<Vec<(u64, Option<Reason>)>>,
    loop_use: OnceLock<Arc<LoopUse>>,
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

impl Host {
    /// Creates the host of the plug-in called `name`, with the functions that it offers.
    pub fn new(name: &str, table: abi::PluginHost) -> Self {
        Self { table, name: name.into(), data: AtomicPtr::default(), reasons: Mutex::default(), loop_use: OnceLock::new() }
    }

    /// Returns the plug-in's name.
    pub fn name(&self) -> &Arc<str> {
        &self.name
    }

    /// Returns the pointer that plug-ins are passed.
    pub fn as_abi(&self) -> *const abi::PluginHost {
        // Derived from the whole host, since the functions below get from the table to the fields behind it.
        std::ptr::from_ref(self).cast()
    }

    /// Sets the data that `VM_HostGetData` returns.
    pub fn set_data(&self, data: *mut c_void) {
        self.data.store(data, Ordering::Release);
    }

    /// Returns the data that `VM_HostGetData` returns.
    pub fn data(&self) -> *mut c_void {
        self.data.load(Ordering::Acquire)
    }

    /// Sets the plug-in's use of the event loop, once.
    pub fn set_loop_use(&self, loop_use: &Arc<LoopUse>) {
        self.loop_use.get_or_init(|| Arc::clone(loop_use));
    }

    /// Returns the plug-in's use of the event loop.
    pub fn loop_use(&self) -> Option<&LoopUse> {
        self.loop_use.get().map(Arc::as_ref)
    }

    /// Calls a function of the plug-in, and returns its result with the reason that it set meanwhile, if that explains the status
    /// in the result.
    pub fn listen<T>(&self, call: impl FnOnce() -> T, status: impl FnOnce(&T) -> abi::Status) -> (T, Option<String>) {
        let thread = thread::number();
        self.reasons().push((thread, None));
        let answer = call();
        let mut reasons = self.reasons();
        let last = reasons.iter().rposition(|(owner, _)| *owner == thread);
        let reason = last.and_then(|index| reasons.remove(index).1);
        let status = status(&answer);
        let explains = |reason: &Reason| reason.status.is_none_or(|explained| explained == status);
        (answer, reason.filter(explains).map(|reason| reason.text))
    }

    fn reasons(&self) -> MutexGuard<'_, Vec<(u64, Option<Reason>)>> {
        self.reasons.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a reason for the running function of the plug-in on this thread; outside of one it is logged, in the context's log
    /// if there is one. `status` is the only one that it explains.
    pub fn give_reason(&self, text: String, status: Option<abi::Status>, myself: Option<&SelfObject>) {
        let thread = thread::number();
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

/// Returns the host of a pointer that a plug-in passed.
///
/// # Safety
/// The pointer is NULL, or was returned by [`Host::as_abi`] of a host that still exists.
pub unsafe fn host_of<'a>(host: *const abi::PluginHost) -> Option<&'a Host> {
    // SAFETY: `as_abi` made it from a host; the caller promises that it lives.
    unsafe { host.cast::<Host>().as_ref() }
}
