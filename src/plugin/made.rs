//! What a plug-in's `create` made.
#![forbid(unsafe_code)]

use crate::plugin::host::presence::SelfObject;
use crate::thread;
use crate::user_data::UserData;
use std::ffi::c_void;
use std::sync::Arc;

/// What `create` made.
pub struct Made {
    // Dropped in this order: destroy runs first, and may use the presence.
    instance: UserData,
    presence: Arc<SelfObject>,
    home: u64,
}

impl Made {
    /// What was made on this thread.
    pub fn new(instance: UserData, presence: Arc<SelfObject>) -> Self {
        Self { instance, presence, home: thread::number() }
    }

    /// What the plug-in has as its instance.
    pub fn data(&self) -> &UserData {
        &self.instance
    }

    /// What its callbacks are passed as their first argument.
    pub fn pointer(&self) -> *mut c_void {
        self.instance.pointer()
    }

    /// The presence that it was made with.
    pub fn presence(&self) -> &Arc<SelfObject> {
        &self.presence
    }

    /// The thread on which it was made.
    pub fn home(&self) -> u64 {
        self.home
    }
}
