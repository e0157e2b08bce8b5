//! The hooks of a plug-in as C sees them.

use crate::capi::ffi::c_text;
use crate::hooks::HookInfo;
use std::ffi::{CString, c_char};

/// A hook of a plug-in. It may grow at its end: check later fields with VM_HAS.
#[repr(C)]
pub struct PluginHook {
    /// Bytes of this struct.
    pub size: u32,
    /// Zero.
    pub flags: u32,
    /// The name of its point, UTF-8.
    pub point: *const c_char,
    /// One line about it, UTF-8; "" if there is none.
    pub description: *const c_char,
}

/// What C is shown of a plug-in's hooks, and what that points to.
pub(in crate::capi) struct Hooks {
    pub shown: Vec<PluginHook>,
    _texts: Vec<(CString, CString)>,
}

impl Hooks {
    pub(super) fn new(infos: &[HookInfo]) -> Self {
        let texts: Vec<_> = infos.iter().map(|info| (c_text(&info.point), c_text(&info.description))).collect();
        let show = |(point, description): &(CString, CString)| PluginHook {
            size: size_of::<PluginHook>() as u32,
            flags: 0,
            point: point.as_ptr(),
            description: description.as_ptr(),
        };
        Self { shown: texts.iter().map(show).collect(), _texts: texts }
    }
}
