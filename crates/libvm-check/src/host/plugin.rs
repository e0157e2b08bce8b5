//! What a loaded plug-in has.
use super::ffi::*;
use super::text;
use libvm_abi::{COMPILER_EXTENSION, CompilerExtension, Table};
use std::ffi::CString;

/// A loaded plug-in.
pub struct Plugin(*mut super::ffi::Plugin);

// SAFETY: the functions that take a plug-in are thread-safe.
unsafe impl Send for Plugin {}
// SAFETY: as above.
unsafe impl Sync for Plugin {}

impl Drop for Plugin {
    fn drop(&mut self) {
        // SAFETY: it was found, and is released once.
        unsafe { VM_PluginRelease(self.0) }
    }
}

impl Plugin {
    pub(super) fn new(plugin: *mut super::ffi::Plugin) -> Self {
        Self(plugin)
    }

    pub(super) fn pointer(&self) -> *mut super::ffi::Plugin {
        self.0
    }
}

/// A function of a plug-in.
#[derive(Clone, Debug, Default)]
pub struct FunctionInfo {
    pub module: String,
    pub name: String,
    pub signature: String,
    pub flags: u32,
    /// The permission that a call needs; empty if it needs none.
    pub permission: String,
}

/// An option.
#[derive(Clone, Debug, Default)]
pub struct OptionInfo {
    pub key: String,
    /// `OPTION_TYPE_*`
    pub kind: u32,
    /// The default; `None` if a value is required.
    pub default: Option<String>,
    pub choices: Vec<String>,
    /// The smallest and the largest number, as text.
    pub range: Option<(String, String)>,
}

/// Everything that a plug-in has.
#[derive(Clone, Debug, Default)]
pub struct Inventory {
    pub functions: Vec<FunctionInfo>,
    pub options: Vec<OptionInfo>,
    /// The points at which it has hooks.
    pub hooks: Vec<String>,
    /// Its sources with their own options.
    pub sources: Vec<(String, Vec<OptionInfo>)>,
    /// Its sinks with their own options.
    pub sinks: Vec<(String, Vec<OptionInfo>)>,
    /// The kinds of parameters that it compiles.
    pub kinds: Vec<String>,
}

/// Reads what a plug-in has.
pub fn inventory(plugin: &Plugin) -> Inventory {
    let plugin = plugin.0;
    let mut made = Inventory::default();
    // SAFETY: a loaded plug-in, whose descriptions live as long; indices that it has.
    unsafe {
        for module in 0..VM_PluginGetModuleCount(plugin) {
            for index in 0..VM_PluginGetFunctionCount(plugin, module) {
                let function = &*VM_PluginGetFunction(plugin, module, index);
                made.functions.push(FunctionInfo {
                    module: text(VM_PluginGetModuleName(plugin, module)),
                    name: text(function.name),
                    signature: text(function.signature),
                    flags: function.flags,
                    permission: text(function.permission),
                });
            }
        }
        made.options = options(VM_PluginGetOptionCount(plugin), |index| VM_PluginGetOption(plugin, index));
        made.hooks = (0..VM_PluginGetHookCount(plugin)).map(|index| text((*VM_PluginGetHook(plugin, index)).name)).collect();
        for source in 0..VM_PluginGetSourceCount(plugin) {
            let own = options(usize::MAX, |index| VM_PluginGetSourceOption(plugin, source, index));
            made.sources.push((text((*VM_PluginGetSource(plugin, source)).name), own));
        }
        for sink in 0..VM_PluginGetSinkCount(plugin) {
            let own = options(usize::MAX, |index| VM_PluginGetSinkOption(plugin, sink, index));
            made.sinks.push((text((*VM_PluginGetSink(plugin, sink)).name), own));
        }
        let id = CString::new(COMPILER_EXTENSION).unwrap_or_default();
        made.kinds = kinds(VM_PluginGetExtension(plugin, id.as_ptr()).cast());
    }
    made
}

/// Reads options until there is none.
fn options(count: usize, get: impl Fn(usize) -> *const PluginOption) -> Vec<OptionInfo> {
    // SAFETY: the descriptions of a loaded plug-in, or NULL past the end.
    let found = (0..count).map_while(|index| unsafe { get(index).as_ref() });
    found
        .map(|option| {
            let floats = option.kind == libvm_abi::OPTION_TYPE_FLOAT;
            let range = match (option.is_ranged, floats) {
                (false, _) => None,
                (true, true) => Some((option.minimum_number.to_string(), option.maximum_number.to_string())),
                (true, false) => Some((option.minimum.to_string(), option.maximum.to_string())),
            };
            let choices = text(option.choices);
            OptionInfo {
                key: text(option.key),
                kind: option.kind,
                default: (!option.default_value.is_null()).then(|| text(option.default_value)),
                choices: choices.split(',').map(str::trim).filter(|choice| !choice.is_empty()).map(str::to_owned).collect(),
                range,
            }
        })
        .collect()
}

/// The kinds of a compiler extension, as far as it is valid; preparing a module says what is not.
///
/// # Safety
/// NULL, or the extension of a loaded plug-in.
unsafe fn kinds(extension: *const CompilerExtension) -> Vec<String> {
    /// No plug-in has more.
    const MOST: u32 = 1000;
    // SAFETY: promised by the caller.
    let Some(extension) = (unsafe { extension.as_ref() }) else { return Vec::new() };
    let Table { items, count, stride } = &extension.compilers;
    if items.is_null() || (extension.size as usize) < size_of::<CompilerExtension>() || *stride == 0 || *count > MOST {
        return Vec::new();
    }
    // SAFETY: an array of a loaded plug-in with this stride.
    (0..*count as usize).map(|index| unsafe { text((*items.byte_add(index * *stride as usize)).kind) }).collect()
}
