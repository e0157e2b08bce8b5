//! The functions of a plug-in's life cycle: initialize, create, destroy, cleanup.

use crate::plugin::host::object::Host;
use crate::plugin::host::presence::SelfObject;
use crate::status::{self, Error, Result};
use crate::user_data::UserData;
use libvm_abi as abi;
use std::ffi::c_void;

/// The functions of a plug-in's life cycle. By exporting the two symbols a plug-in promises that they have the types of the ABI.
#[derive(Debug, Default)]
pub struct Life {
    pub(super) create: Option<abi::Create>,
    pub(super) destroy: Option<abi::Free>,
    pub(super) initialize: Option<abi::Initialize>,
    pub(super) cleanup: Option<abi::Free>,
    pub(super) get_extension: Option<abi::GetExtension>,
}

impl Life {
    /// Calls `initialize` and returns its data, which `cleanup` frees; `what` names the plug-in in messages.
    ///
    /// # Errors
    /// `STATUS_PLUGIN_INITIALIZE` with the plug-in's own reason; then `cleanup` is not called.
    pub fn initialize(&self, host: &Host, what: &str) -> Result<UserData> {
        let mut data: *mut c_void = std::ptr::null_mut();
        if let Some(initialize) = self.initialize {
            // SAFETY: the plug-in's own function, with a host that outlives the plug-in.
            let (status, reason) = host.listen(|| unsafe { initialize(host.as_abi(), &mut data) }, |status| *status);
            require_ok(status, reason, what, "initialize")?;
        }
        host.set_data(data);
        Ok(UserData::new(data, self.cleanup))
    }

    /// Calls `create` and returns the instance, which `destroy` frees; `what` names the plug-in in messages. Without a
    /// `create` the instance is the data of `initialize`, and `destroy` is not called.
    ///
    /// # Errors
    /// `STATUS_PLUGIN_INITIALIZE` with the plug-in's own reason; then `destroy` is not called.
    pub fn create(&self, host: &Host, myself: &SelfObject, what: &str) -> Result<UserData> {
        let Some(create) = self.create else { return Ok(UserData::new(host.data(), None)) };
        let mut instance: *mut c_void = std::ptr::null_mut();
        // SAFETY: the plug-in's own function, with a host and a self that outlive the instance.
        let (status, reason) = host.listen(|| unsafe { create(host.as_abi(), myself.as_abi(), &mut instance) }, |status| *status);
        require_ok(status, reason, what, "create")?;
        Ok(UserData::new(instance, self.destroy))
    }

    /// Returns whether each context has an instance of its own.
    pub fn has_instances(&self) -> bool {
        self.create.is_some()
    }
}

/// Returns the error of a function of the life cycle that did not return OK. A status of the plug-in's own is passed on.
pub(super) fn require_ok(status: abi::Status, reason: Option<String>, what: &str, function: &str) -> Result<()> {
    if status == abi::STATUS_OK {
        return Ok(());
    }
    let returned = status::failure_name(status).unwrap_or_else(|| format!("{status}, which is not a valid status,"));
    let reason = reason.map_or_else(|| format!("returned {returned} without a reason"), |reason| format!("failed: {reason}"));
    let status = if status <= abi::STATUS_USER { status } else { abi::STATUS_PLUGIN_INITIALIZE };
    Err(Error::new(status, format!("{function} of {what} {reason}")))
}
