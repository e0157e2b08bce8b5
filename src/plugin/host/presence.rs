//! A plug-in's presence in a context, as seen by its services.
#![forbid(unsafe_code)]

use crate::log::{self, Logger};
use crate::plugin::directories::Directories;
use crate::plugin::host::values::Options;
use crate::plugin::permissions::Permissions;
use crate::plugin::state::State;
use crate::user_data::UserData;
use libvm_abi as abi;
use std::ffi::c_void;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A pointer with the function that frees it, which may be replaced on any thread.
#[derive(Default)]
pub struct Slot(Mutex<Option<UserData>>);

impl Slot {
    fn lock(&self) -> MutexGuard<'_, Option<UserData>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns whether the pointer is NULL.
    pub fn is_empty(&self) -> bool {
        self.lock().is_none()
    }

    /// Sets it; the previous one is freed.
    pub fn set(&self, data: UserData) {
        let last = self.lock().replace(data);
        // Freeing runs the plug-in's code, which may request the data: the lock is free by now.
        drop(last);
    }

    /// Returns the pointer; NULL if none is set.
    pub fn get(&self) -> *mut c_void {
        self.lock().as_ref().map_or(std::ptr::null_mut(), UserData::pointer)
    }
}

/// A plug-in's presence in a context, `self` of its services; it must not move while the plug-in has it.
pub struct SelfObject {
    /// The source of its log lines.
    pub(super) source: String,
    pub(super) logger: Logger,
    pub(super) options: Arc<Options>,
    pub(super) state: State,
    pub(super) permissions: Arc<Permissions>,
    // Before the directories: freeing may write to their files.
    pub(super) slot: Slot,
    pub(super) directories: Directories,
}

/// The data of the services of a presence.
pub struct Services {
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
    /// Creates a presence in a context with this name and log.
    pub fn new(name: &str, scope: Option<&str>, logger: Logger, services: Services) -> Self {
        let source = log::source_of(name, scope);
        let Services { options, state, permissions, directories } = services;
        Self { source, logger, options, state, permissions, slot: Slot::default(), directories }
    }

    /// Returns its option values.
    pub fn options(&self) -> &Arc<Options> {
        &self.options
    }

    /// Returns whether freeing it runs code of the plug-in.
    pub fn has_data(&self) -> bool {
        !self.slot.is_empty()
    }

    /// Returns the pointer that plug-ins are passed.
    pub fn as_abi(&self) -> *mut abi::PluginInstance {
        std::ptr::from_ref(self).cast_mut().cast()
    }
}
