//! References released on any thread: recorded for their context, which applies the releases at its next safe point.
#![forbid(unsafe_code)]

use libvm_abi::{Ref, Value};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockWriteGuard, Weak};

/// The recorded releases of each existing context, by its id.
static CONTEXTS: RwLock<BTreeMap<u64, Weak<Noted>>> = RwLock::new(BTreeMap::new());

pub(super) struct Noted {
    context: u64,
    /// Whether there are any, so that checking needs no lock.
    waiting: AtomicBool,
    handles: Mutex<Vec<Ref>>,
}

pub(super) fn contexts() -> RwLockWriteGuard<'static, BTreeMap<u64, Weak<Noted>>> {
    CONTEXTS.write().unwrap_or_else(PoisonError::into_inner)
}

/// The recorded releases of one context; clones are of the same context.
#[derive(Clone)]
pub(super) struct Released(Arc<Noted>);

impl Released {
    /// Creates the list of the context with this id.
    pub fn new(context: u64) -> Self {
        let noted = Arc::new(Noted { context, waiting: AtomicBool::new(false), handles: Mutex::default() });
        contexts().insert(context, Arc::downgrade(&noted));
        Self(noted)
    }

    #[inline]
    pub fn is_waiting(&self) -> bool {
        self.0.waiting.load(Ordering::Relaxed)
    }

    /// Takes what was recorded so far.
    pub fn take(&self) -> Vec<Ref> {
        let mut handles = self.0.handles.lock().unwrap_or_else(PoisonError::into_inner);
        self.0.waiting.store(false, Ordering::Relaxed);
        std::mem::take(&mut handles)
    }
}

impl Drop for Noted {
    fn drop(&mut self) {
        let mut contexts = contexts();
        if contexts.get(&self.context).is_some_and(|noted| std::ptr::eq(noted.as_ptr(), self)) {
            contexts.remove(&self.context);
        }
    }
}

/// Records the release of a reference. Any thread may do so at any time; for a deleted context, nothing is recorded.
pub fn release(handle: Ref) {
    // If this is its last owner, it is dropped after the list is unlocked.
    let found = CONTEXTS.read().unwrap_or_else(PoisonError::into_inner).get(&handle.context).and_then(Weak::upgrade);
    let Some(noted) = found else { return };
    let mut handles = noted.handles.lock().unwrap_or_else(PoisonError::into_inner);
    handles.push(handle);
    noted.waiting.store(true, Ordering::Relaxed);
}

/// Records the release of each reference among values.
pub(super) fn release_all(values: &[Value]) {
    for value in values.iter().filter(|value| value.reference().context != 0) {
        release(value.reference());
    }
}
