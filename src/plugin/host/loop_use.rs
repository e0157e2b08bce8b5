//! A plug-in's use of the event loop.
#![forbid(unsafe_code)]

use crate::event_loop::{EventLoop, Owner};
use crate::status::{Error, Result};
use libvm_abi as abi;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

/// A plug-in's use of its registry's loop.
pub struct LoopUse {
    /// Set once for the registry.
    event_loop: Arc<OnceLock<Arc<EventLoop>>>,
    owner: Arc<dyn Owner>,
    ended: AtomicBool,
}

impl LoopUse {
    /// Creates it for a plug-in, whose calls go through `owner`.
    pub fn new(event_loop: &Arc<OnceLock<Arc<EventLoop>>>, owner: Arc<dyn Owner>) -> Self {
        Self { event_loop: Arc::clone(event_loop), owner, ended: AtomicBool::new(false) }
    }

    /// Ends all watches, timers and posts of the plug-in; from now on it gets no others.
    pub fn end(&self) {
        self.ended.store(true, Ordering::Release);
        if let Some(event_loop) = self.event_loop.get() {
            event_loop.end(&self.owner);
        }
    }

    /// Returns the loop.
    ///
    /// # Errors
    /// `STATUS_UNSUPPORTED` if the registry has none; `STATUS_STALE` while the plug-in is being cleaned up.
    pub fn event_loop(&self) -> Result<&Arc<EventLoop>> {
        if self.ended.load(Ordering::Acquire) {
            return Err(Error::new(abi::STATUS_STALE, "the plug-in is being cleaned up and can no longer use the event loop"));
        }
        self.event_loop.get().ok_or_else(|| {
            let message = "the host has no event loop for plug-ins; set one with VM_PluginRegistrySetLoop before loading them";
            Error::new(abi::STATUS_UNSUPPORTED, message)
        })
    }

    /// Returns the owner of what the plug-in has in the loop.
    pub fn owner(&self) -> &Arc<dyn Owner> {
        &self.owner
    }
}

impl Drop for LoopUse {
    fn drop(&mut self) {
        // A thread of the plug-in may have begun to add something when the use ended. Its code is unloaded next.
        self.end();
    }
}
