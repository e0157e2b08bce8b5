//! Extensions of plug-ins, and `libvm.snapshot/1`.

use crate::limits::MAX_SNAPSHOT;
use crate::plugin::host::object::Host;
use crate::plugin::native::descriptor::{Growing, read_growing};
use crate::plugin::native::life::{Life, require_ok};
use crate::status::{Error, Result, Status};
use crate::user_data::UserData;
use libvm_abi::{self as abi, SnapshotExtension};
use std::collections::BTreeMap;
use std::ffi::{CString, c_void};
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// The extensions that a plug-in was asked for.
#[derive(Default)]
pub struct Extensions(Mutex<BTreeMap<String, Arc<OnceLock<AtomicPtr<c_void>>>>>);

impl Extensions {
    /// Returns an extension of the plug-in with these functions and this data of `initialize`; NULL if it does not have it. The
    /// plug-in is asked once.
    pub fn get(&self, life: &Life, data: &UserData, id: &str) -> *const c_void {
        let mut asked = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = Arc::clone(asked.entry(id.to_owned()).or_default());
        // Runs the plug-in's code, which may request another one.
        drop(asked);
        found.get_or_init(|| AtomicPtr::new(life.get_extension(data, id).cast_mut())).load(Ordering::Relaxed)
    }
}

impl Life {
    fn get_extension(&self, data: &UserData, id: &str) -> *const c_void {
        let (Some(get), Ok(id)) = (self.get_extension, CString::new(id)) else { return ptr::null() };
        // SAFETY: the plug-in's own function, with its own data and a NUL-terminated string.
        unsafe { get(data.pointer(), id.as_ptr()) }
    }
}

// SAFETY: integers, and functions that may be missing.
unsafe impl Growing for SnapshotExtension {
    const LEAST: usize = size_of::<Self>();
    const NAME: &'static str = "VM_SnapshotExtension";
}

/// The functions with which instances of a plug-in move their own state to another version.
pub struct Snapshot {
    save: abi::SnapshotSave,
    restore: abi::SnapshotRestore,
}

/// What a plug-in has written so far.
#[derive(Default)]
struct Sink {
    bytes: Vec<u8>,
    failure: Status,
}

impl Snapshot {
    /// Reads the extension that a plug-in has returned, or NULL; `what` names the plug-in in messages.
    ///
    /// # Errors
    /// `STATUS_PLUGIN_BAD_DESCRIPTOR`.
    pub fn read(raw: *const c_void, what: &str) -> Result<Option<Self>> {
        if raw.is_null() {
            return Ok(None);
        }
        let bad = |why: String| {
            let message = format!("the extension {} of {what} is invalid: {why}", abi::SNAPSHOT_EXTENSION);
            Error::new(abi::STATUS_PLUGIN_BAD_DESCRIPTOR, message)
        };
        // SAFETY: the plug-in returned it for this id, so it is such a struct, with its size.
        let table = unsafe { read_growing(raw.cast::<SnapshotExtension>()) }.map_err(bad)?;
        match table {
            SnapshotExtension { save: Some(save), restore: Some(restore), .. } => Ok(Some(Self { save, restore })),
            _ => Err(bad("its save or its restore is NULL".to_owned())),
        }
    }

    /// Returns the state of an instance of the plug-in; `what` names the plug-in in messages.
    ///
    /// # Errors
    /// `STATUS_PLUGIN_INITIALIZE` with the plug-in's own reason, `STATUS_LIMIT` if it is too large.
    pub fn save(&self, host: &Host, instance: &UserData, what: &str) -> Result<Vec<u8>> {
        let mut sink = Sink::default();
        // SAFETY: the plug-in's own function, with its instance, and a sink that lives until it returns.
        let (status, reason) =
            host.listen(|| unsafe { (self.save)(instance.pointer(), write, (&raw mut sink).cast()) }, |status| *status);
        if sink.failure == abi::STATUS_LIMIT {
            let message = format!("save of {what} wrote more than {MAX_SNAPSHOT} bytes, the limit of a snapshot");
            return Err(Error::new(abi::STATUS_LIMIT, message));
        }
        // A refused part is an error, whatever the plug-in returns.
        let status = if status == abi::STATUS_OK { sink.failure } else { status };
        require_ok(status, reason, what, "save")?;
        Ok(sink.bytes)
    }

    /// Restores the state of an instance of the plug-in; `what` names the plug-in in messages.
    ///
    /// # Errors
    /// `STATUS_PLUGIN_INITIALIZE` with the plug-in's own reason.
    pub fn restore(&self, host: &Host, instance: &UserData, data: &[u8], what: &str) -> Result<()> {
        let call = || {
            // SAFETY: the plug-in's own function, with its instance.
            unsafe { (self.restore)(instance.pointer(), data.as_ptr().cast(), data.len()) }
        };
        let (status, reason) = host.listen(call, |status| *status);
        require_ok(status, reason, what, "restore")
    }
}

unsafe extern "C" fn write(user: *mut c_void, data: *const c_void, size: usize) -> Status {
    // SAFETY: it is the sink that `save` was passed, and save has not returned.
    let Some(sink) = (unsafe { user.cast::<Sink>().as_mut() }) else { return abi::STATUS_NULL_ARGUMENT };
    let status = if size > MAX_SNAPSHOT - sink.bytes.len() {
        abi::STATUS_LIMIT
    } else if size > 0 && data.is_null() {
        abi::STATUS_NULL_ARGUMENT
    } else if sink.bytes.try_reserve(size).is_err() {
        abi::STATUS_OUT_OF_MEMORY
    } else {
        if size > 0 {
            // SAFETY: the plug-in promises that this many bytes are valid.
            sink.bytes.extend_from_slice(unsafe { std::slice::from_raw_parts(data.cast(), size) });
        }
        return abi::STATUS_OK;
    };
    sink.failure = status;
    status
}
