//! The presence of an instance in its context, as a plug-in keeps it.
use crate::services::{Directory, Level, Services, State};
use crate::{Error, Result};
use libvm_abi as abi;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// The presence of an instance in its context: the plug-in keeps it, and may use it on any thread. When the instance has been destroyed, its
/// functions fail.
#[derive(Clone)]
pub struct Myself(Arc<Presence>);

struct Presence {
    host: *const abi::PluginHost,
    myself: *mut abi::PluginInstance,
    uses: Mutex<Uses>,
    unused: Condvar,
}

/// A lock is not held while the host is called: its log callback may run guests that use the plug-in.
struct Uses {
    count: usize,
    ended: bool,
}

/// Ends a use when it is dropped.
struct Use<'a>(&'a Presence);

impl Presence {
    fn uses(&self) -> MutexGuard<'_, Uses> {
        self.uses.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Use<'_> {
    fn drop(&mut self) {
        let mut uses = self.0.uses();
        uses.count -= 1;
        if uses.count == 0 {
            self.0.unused.notify_all();
        }
    }
}

// SAFETY: the services that it is used for are thread-safe, and `end` waits until it is not used any more.
unsafe impl Send for Presence {}
// SAFETY: as above.
unsafe impl Sync for Presence {}

impl Myself {
    /// # Safety
    /// Both are valid until `end` is called.
    pub(crate) unsafe fn new(host: *const abi::PluginHost, myself: *mut abi::PluginInstance) -> Self {
        let uses = Mutex::new(Uses { count: 0, ended: false });
        Self(Arc::new(Presence { host, myself, uses, unused: Condvar::new() }))
    }

    /// Ends its validity: waits for the threads that use it, whose further uses fail.
    pub(crate) fn end(&self) {
        let mut uses = self.0.uses();
        uses.ended = true;
        let ended = self.0.unused.wait_while(uses, |uses| uses.count > 0);
        drop(ended.unwrap_or_else(PoisonError::into_inner));
    }

    pub(crate) fn host(&self) -> *const abi::PluginHost {
        self.0.host
    }

    /// Uses the services, if the instance was not destroyed.
    pub(crate) fn with<R>(&self, f: impl FnOnce(Services) -> Result<R>) -> Result<R> {
        let mut uses = self.0.uses();
        if uses.ended {
            return Err(Error::with_status(abi::STATUS_STALE, "the instance of the plug-in was destroyed"));
        }
        uses.count += 1;
        drop(uses);
        let _use = Use(&self.0);
        f(Services { host: self.0.host, myself: self.0.myself })
    }

    /// Writes a line to the log of the context.
    pub fn log(&self, level: Level, text: &str) {
        let _ = self.with(|services| {
            services.log(level, text);
            Ok(())
        });
    }

    /// Uses the state of the plug-in in the context.
    ///
    /// # Errors
    /// Those of `f`; if the host has no state, or the instance was destroyed.
    pub fn state<R>(&self, f: impl FnOnce(&State<'_>) -> Result<R>) -> Result<R> {
        self.with(|services| f(&services.state()?))
    }

    /// Returns whether a permission is granted in the context.
    pub fn is_permitted(&self, permission: &str) -> bool {
        self.with(|services| Ok(services.is_permitted(permission))).unwrap_or(false)
    }

    /// Returns a directory of the plug-in, which is created when it is first requested.
    ///
    /// # Errors
    /// If it cannot be created, or another user could change it.
    pub fn directory(&self, kind: Directory) -> Result<PathBuf> {
        self.with(|services| services.directory(kind))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ptr;

    #[test]
    fn its_end_waits_for_uses_and_refuses_others() {
        // SAFETY: the host is not called.
        let myself = unsafe { Myself::new(ptr::null(), ptr::null_mut()) };
        let (mut nested, begun) = (None, std::sync::Barrier::new(2));
        std::thread::scope(|scope| {
            let user = scope.spawn(|| {
                let used = myself.with(|_| {
                    begun.wait();
                    while !myself.0.uses().ended {
                        std::thread::yield_now();
                    }
                    nested = myself.with(|_| Ok(())).err().map(|error| error.status());
                    Ok(())
                });
                assert!(used.is_ok());
            });
            begun.wait();
            myself.end();
            assert_eq!(myself.0.uses().count, 0);
            user.join().expect("it does not panic");
        });
        assert_eq!(nested, Some(abi::STATUS_STALE));
    }
}
