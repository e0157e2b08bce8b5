//! The result of a plug-in's `create`.
#![forbid(unsafe_code)]

use crate::plugin::host::presence::SelfObject;
use crate::thread;
use crate::user_data::UserData;
use std::ffi::c_void;
use std::sync::Arc;

/// The result of `create`.
pub struct Made {
    // Dropped in this order: destroy runs first, and may use the presence.
    instance: UserData,
    presence: Arc<SelfObject>,
    home: u64,
}

impl Made {
    /// Records what was created on this thread.
    pub fn new(instance: UserData, presence: Arc<SelfObject>) -> Self {
        Self { instance, presence, home: thread::number() }
    }

    /// Returns the plug-in's instance.
    pub fn data(&self) -> &UserData {
        &self.instance
    }

    /// Returns the first argument of its callbacks.
    pub fn pointer(&self) -> *mut c_void {
        self.instance.pointer()
    }

    /// Returns the presence that it was created with.
    pub fn presence(&self) -> &Arc<SelfObject> {
        &self.presence
    }

    /// Returns the thread on which it was created.
    pub fn home(&self) -> u64 {
        self.home
    }
}
