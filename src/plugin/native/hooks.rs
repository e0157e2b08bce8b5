//! The extension `libvm.hooks/1`: the hooks of a plug-in.

use crate::hooks::HookInfo;
use crate::limits::MAX_POINT_NAME;
use crate::plugin::flags;
use crate::plugin::native::descriptor::{Growing, optional, read_growing, read_table, required};
use crate::status::{Error, Result};
use crate::user_data::UserData;
use libvm_abi::{self as abi, Hook, HooksExtension};
use std::ffi::c_void;

// SAFETY: integers and a table, whose items may be missing.
unsafe impl Growing for HooksExtension {
    const LEAST: usize = size_of::<Self>();
    const NAME: &'static str = "VM_HooksExtension";
}

// SAFETY: integers, nullable pointers, and a function that may be missing.
unsafe impl Growing for Hook {
    const LEAST: usize = size_of::<Self>();
    const NAME: &'static str = "VM_Hook";
}

/// Reads the extension that a plug-in has returned, or NULL; `what` names the plug-in in messages.
///
/// # Errors
/// `STATUS_PLUGIN_BAD_DESCRIPTOR`.
pub fn read(raw: *const c_void, what: &str) -> Result<Vec<HookInfo>> {
    if raw.is_null() {
        return Ok(Vec::new());
    }
    let bad = |why: String| {
        let message = format!("the extension {} of {what} is invalid: {why}", abi::HOOKS_EXTENSION);
        Error::new(abi::STATUS_PLUGIN_BAD_DESCRIPTOR, message)
    };
    // SAFETY: the plug-in returned it for this id, so it is such a struct with its size, and the table belongs to the plug-in.
    let hooks = unsafe { read_growing(raw.cast::<HooksExtension>()).and_then(|extension| read_table(&extension.hooks)) };
    let hooks = hooks.map_err(bad)?;
    let read = hooks.iter().enumerate().map(|(index, hook)| {
        // SAFETY: the strings of a hook belong to the plug-in.
        unsafe { read_hook(hook) }.map_err(|why| bad(format!("hook {index}: {why}")))
    });
    read.collect()
}

/// # Safety
/// The hook was read from a plug-in's table.
unsafe fn read_hook(raw: &Hook) -> Result<HookInfo, String> {
    flags::check(raw.flags, 0)?;
    // SAFETY: promised above.
    let (point, description) = unsafe { (required(raw.point, "point")?, optional(raw.description, "description")?) };
    if !(1..=MAX_POINT_NAME).contains(&point.len()) {
        return Err(format!("its point has {} bytes; a name has 1 to {MAX_POINT_NAME}", point.len()));
    }
    let callback = raw.callback.ok_or_else(|| format!("its callback at `{}` is NULL", crate::text::name(&point)))?;
    Ok(HookInfo { point, description: description.unwrap_or_default(), callback, data: UserData::new(raw.data, None) })
}
