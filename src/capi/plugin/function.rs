//! The functions of a plug-in as C sees them.

use crate::capi::ffi::c_text;
use crate::capi::types::FuncType;
use crate::host::parse_signature;
use crate::plugin::FunctionInfo;
use crate::status::Result;
use std::ffi::{CString, c_char};
use std::ptr;
use std::sync::Arc;

/// The functions of a module, and what they point to.
pub(in crate::capi) struct Functions {
    pub shown: Vec<PluginFunction>,
    _texts: Vec<CString>,
    _types: Vec<Arc<FuncType>>,
}

/// A function of a plug-in. It may grow at its end: check later fields with VM_HAS.
#[repr(C)]
pub struct PluginFunction {
    /// Bytes of this struct.
    pub size: u32,
    /// VM_FUNCTION_*.
    pub flags: u32,
    /// Its name, UTF-8.
    pub name: *const c_char,
    /// Its signature as the author wrote it, as in "(<~i)i": see VM_HostModuleAddFunction.
    pub signature: *const c_char,
    /// One line about it, UTF-8; "" if there is none.
    pub description: *const c_char,
    /// The permission that a call needs, UTF-8; NULL if it needs none.
    pub permission: *const c_char,
    /// The file that the plug-in was loaded from, as VM_PluginGetPath returns it; NULL for a built-in one.
    pub path: *const c_char,
    /// Its type in wasm; pointers and lengths of guest buffers are shown as i32.
    pub r#type: *const FuncType,
}

impl Functions {
    pub fn new(infos: &[FunctionInfo], path: *const c_char) -> Result<Self> {
        let (mut shown, mut texts, mut types) = (Vec::new(), Vec::new(), Vec::new());
        let mut keep = |text: &str| {
            let text = c_text(text);
            let pointer = text.as_ptr();
            texts.push(text);
            pointer
        };
        for info in infos {
            let ty = Arc::new(FuncType::new(&parse_signature(&info.signature)?.func_type(false)));
            shown.push(PluginFunction {
                size: size_of::<PluginFunction>() as u32,
                flags: info.flags,
                name: keep(&info.name),
                signature: keep(&info.signature),
                description: keep(&info.description),
                permission: info.permission.as_deref().map_or(ptr::null(), &mut keep),
                path,
                r#type: Arc::as_ptr(&ty),
            });
            types.push(ty);
        }
        Ok(Self { shown, _texts: texts, _types: types })
    }
}
