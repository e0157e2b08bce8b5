//! Reading a plug-in's descriptor into structures that need not be distrusted.

use crate::engine::{HostFunction, Receiver};
use crate::host::{HostModule, Item, parse_signature};
use crate::limits::MAX_PLUGIN_ITEMS;
use crate::plugin::file::manifest::Manifest;
use crate::plugin::host::text;
use crate::plugin::native::life::Life;
use crate::plugin::options::{Declared, OptionInfo};
use crate::plugin::permissions;
use crate::plugin::threading::gate::Gate;
use crate::status::{Error, Result};
use crate::user_data::UserData;
use libvm_abi as abi;
use std::collections::{BTreeMap, HashSet};
use std::ffi::c_char;
use std::mem::{MaybeUninit, offset_of};
use std::sync::Arc;

/// A function of a wasm module, for people.
#[derive(Clone, Debug)]
pub struct FunctionInfo {
    /// Its name.
    pub name: String,
    /// Its signature string.
    pub signature: String,
    /// `FUNCTION_*` of the ABI.
    pub flags: u32,
    /// The permission that a call needs.
    pub permission: Option<String>,
    /// One line about it; empty when there is none.
    pub description: String,
}

/// A wasm module that a plug-in provides, for people.
#[derive(Clone, Debug)]
pub struct ModuleInfo {
    /// The name that imports use.
    pub name: String,
    /// One line about it; empty when there is none.
    pub description: String,
    /// Its interface as WIT text.
    pub wit: Option<String>,
    /// Its functions.
    pub functions: Vec<FunctionInfo>,
}

/// What a plug-in is and does.
#[derive(Default)]
pub struct Descriptor {
    /// Its modules as they are registered.
    pub modules: Vec<Arc<HostModule>>,
    /// Its modules as they are described.
    pub module_infos: Vec<ModuleInfo>,
    /// Its options.
    pub options: Vec<OptionInfo>,
    /// The functions of its life.
    pub life: Life,
    /// Whether it has one instance for the registry.
    pub singleton: bool,
    /// Where and when its code may run.
    pub gate: Gate,
    /// The permissions that its functions need, by module and function.
    permissions: BTreeMap<String, BTreeMap<String, String>>,
}

impl Descriptor {
    /// The permission that calls of one of its functions need.
    pub fn permission_of(&self, function: &HostFunction) -> Option<&str> {
        self.permissions.get(&*function.module)?.get(&*function.name).map(String::as_str)
    }
}

const PLUGIN_FLAGS: u32 = abi::PLUGIN_SINGLETON | abi::PLUGIN_THREAD_AFFINE | abi::PLUGIN_SERIALISED;
const FUNCTION_FLAGS: u32 = abi::FUNCTION_PURE | abi::FUNCTION_MAY_SUSPEND | abi::FUNCTION_MAY_BLOCK | abi::FUNCTION_REENTERS;

/// A struct of the ABI that starts with its size and may grow.
///
/// # Safety
/// Its first field is its size as `u32`, and zeros are a value of every field.
pub(super) unsafe trait Growing: Sized {
    /// The bytes that it must have at least: what follows may be missing and is then 0.
    const LEAST: usize;
    /// What messages call it.
    const NAME: &'static str;
}

// SAFETY: integers, nullable pointers, tables of them, and functions that may be missing.
unsafe impl Growing for abi::PluginDescriptor {
    const LEAST: usize = offset_of!(Self, options);
    const NAME: &'static str = "VM_PluginDescriptor";
}

// SAFETY: as above.
unsafe impl Growing for abi::ModuleDescriptor {
    const LEAST: usize = size_of::<Self>();
    const NAME: &'static str = "VM_ModuleDescriptor";
}

// SAFETY: as above.
unsafe impl Growing for abi::FunctionDescriptor {
    const LEAST: usize = offset_of!(Self, data);
    const NAME: &'static str = "VM_FunctionDescriptor";
}

// SAFETY: as above, and floats.
unsafe impl Growing for abi::OptionDescriptor {
    const LEAST: usize = size_of::<Self>();
    const NAME: &'static str = "VM_OptionDescriptor";
}

/// Reads a struct up to the smaller of its size and the size that is known here.
///
/// # Safety
/// `pointer` may be read for as many bytes as the size that it begins with says.
pub(super) unsafe fn read_growing<T: Growing>(pointer: *const u8, room: usize) -> Result<T, String> {
    // SAFETY: it begins with its size.
    let size = unsafe { pointer.cast::<u32>().read_unaligned() } as usize;
    if size < T::LEAST {
        return Err(format!("{} says that it has {size} bytes, and {} are needed", T::NAME, T::LEAST));
    }
    if size > room {
        return Err(format!("{} says that it has {size} bytes, and its array has {room} for each", T::NAME));
    }
    let mut made = MaybeUninit::<T>::zeroed();
    // SAFETY: no more is read than is there, and no more written than `T` has; what is not written stays 0, which is a value.
    unsafe {
        std::ptr::copy_nonoverlapping(pointer, made.as_mut_ptr().cast::<u8>(), size.min(size_of::<T>()));
        Ok(made.assume_init())
    }
}

/// Reads an array by its stride.
///
/// # Safety
/// The table is a plug-in's: `count` items of `stride` bytes.
unsafe fn read_table<T: Growing>(table: &abi::Table<T>) -> Result<Vec<T>, String> {
    let (count, stride) = (table.count, table.stride as usize);
    if count == 0 {
        return Ok(Vec::new());
    }
    if table.items.is_null() {
        return Err(format!("an array of {count} {} is NULL", T::NAME));
    }
    if count > MAX_PLUGIN_ITEMS {
        return Err(format!("an array has {count} {}, and at most {MAX_PLUGIN_ITEMS} are allowed", T::NAME));
    }
    if stride < T::LEAST {
        return Err(format!("an array has a stride of {stride} bytes, and a {} takes {}", T::NAME, T::LEAST));
    }
    let first = table.items.cast::<u8>();
    // SAFETY: the item is in the array, and reads no further than the stride.
    (0..count as usize).map(|index| unsafe { read_growing(first.add(index * stride), stride) }).collect()
}

/// Copies a text that may be NULL; `what` names it for the message.
///
/// # Safety
/// The pointer is NULL or a plug-in's text.
unsafe fn optional(pointer: *const c_char, what: &str) -> Result<Option<String>, String> {
    // SAFETY: the caller promises it.
    let text = unsafe { text::read(pointer) }.map_err(|why| format!("its {what} {why}"))?;
    Ok(text.map(str::to_owned))
}

/// Copies a text that may not be NULL; `what` names it for the message.
///
/// # Safety
/// The pointer is NULL or a plug-in's text.
unsafe fn required(pointer: *const c_char, what: &str) -> Result<String, String> {
    // SAFETY: the caller promises it.
    unsafe { optional(pointer, what) }?.ok_or_else(|| format!("its {what} is NULL"))
}

/// Reads a descriptor; `plugin` is the name for its functions, `place` says for messages where the plug-in was found, and
/// `code` tells its library from others.
///
/// # Errors
/// `STATUS_PLUGIN_BAD_DESCRIPTOR`, `STATUS_BAD_SIGNATURE`, naming the module and the function.
///
/// # Safety
/// `raw` is what the plug-in's entry answered.
pub unsafe fn read(
    raw: *const abi::PluginDescriptor,
    manifest: &Manifest,
    plugin: &Arc<str>,
    place: &str,
    code: usize,
) -> Result<Descriptor> {
    let bad = |why: String| {
        let message = format!("{} {place} has a bad descriptor: {why}", manifest.title());
        Error::new(abi::STATUS_PLUGIN_BAD_DESCRIPTOR, message)
    };
    if raw.is_null() {
        return Err(bad(format!("{} answered NULL", abi::ENTRY_SYMBOL)));
    }
    // SAFETY: it is not NULL, so it is a descriptor with a size.
    let raw = unsafe { read_growing::<abi::PluginDescriptor>(raw.cast(), usize::MAX) }.map_err(bad)?;
    if raw.flags & !PLUGIN_FLAGS != 0 {
        return Err(bad(format!("its flags {:#x} are not all known to this library", raw.flags)));
    }
    let threading = abi::PLUGIN_THREAD_AFFINE | abi::PLUGIN_SERIALISED;
    if raw.flags & threading == threading {
        return Err(bad("its flags say that it is both thread-affine and serialised; choose one".to_owned()));
    }
    let life = Life {
        create: raw.create,
        destroy: raw.destroy,
        initialize: raw.initialize,
        cleanup: raw.cleanup,
        get_extension: raw.get_extension,
    };
    let (singleton, gate) = (raw.flags & abi::PLUGIN_SINGLETON != 0, Gate::new(raw.flags, code));
    let mut made = Descriptor { life, singleton, gate, ..Descriptor::default() };

    // SAFETY: the tables and what they point to are the plug-in's.
    let (modules, options) = unsafe { (read_table(&raw.modules).map_err(bad)?, read_table(&raw.options).map_err(bad)?) };
    let mut names = HashSet::new();
    for (index, module) in modules.iter().enumerate() {
        // SAFETY: as above.
        let (host, info) = unsafe { read_module(module, index, manifest, plugin, &bad) }?;
        if !names.insert(info.name.clone()) {
            return Err(bad(format!("module `{}` is in it twice", info.name)));
        }
        let needs = |function: &FunctionInfo| Some((function.name.clone(), function.permission.clone()?));
        let needed: BTreeMap<_, _> = info.functions.iter().filter_map(needs).collect();
        if !needed.is_empty() {
            made.permissions.insert(info.name.clone(), needed);
        }
        made.modules.push(Arc::new(host));
        made.module_infos.push(info);
    }
    let mut keys = HashSet::new();
    for (index, option) in options.iter().enumerate() {
        // SAFETY: as above.
        let option = unsafe { read_option(option) }.map_err(|why| bad(format!("option {index}: {why}")))?;
        if !keys.insert(option.key.clone()) {
            return Err(bad(format!("option `{}` is in it twice", option.key)));
        }
        made.options.push(option);
    }
    Ok(made)
}

/// # Safety
/// As for [`read`].
unsafe fn read_module(
    raw: &abi::ModuleDescriptor,
    index: usize,
    manifest: &Manifest,
    plugin: &Arc<str>,
    bad: &impl Fn(String) -> Error,
) -> Result<(HostModule, ModuleInfo)> {
    // SAFETY: texts of the plug-in.
    let name = unsafe { required(raw.name, "name") }.map_err(|why| bad(format!("module {index}: {why}")))?;
    let wrong = |why: String| bad(format!("module `{name}`: {why}"));
    if !manifest.modules.contains(&name) {
        let named = manifest.modules.join(",");
        let mend = format!("`#define VM_PLUGIN_MODULES \"{named},{name}\"` before including <libvm/plugin.h>");
        return Err(wrong(format!("the manifest names only {named}; {mend}")));
    }
    if raw.flags != 0 {
        return Err(wrong(format!("its flags {:#x} are not known to this library", raw.flags)));
    }
    // SAFETY: texts and a table of the plug-in.
    let (description, wit, functions) = unsafe {
        let description = optional(raw.description, "description").map_err(wrong)?.unwrap_or_default();
        (description, optional(raw.wit, "WIT text").map_err(wrong)?, read_table(&raw.functions).map_err(wrong)?)
    };
    let mut host = HostModule::new(&name);
    let module: Arc<str> = name.as_str().into();
    let mut info = ModuleInfo { name: name.clone(), description, wit, functions: Vec::with_capacity(functions.len()) };
    for (index, raw) in functions.iter().enumerate() {
        // SAFETY: a text of the plug-in.
        let function = unsafe { required(raw.name, "name") }.map_err(|why| wrong(format!("function {index}: {why}")))?;
        // SAFETY: what the descriptor points to is the plug-in's.
        let read = unsafe { read_function(raw, &function) };
        let blame = |why: String| wrong(format!("function `{function}`: {why}")).in_function(&name, &function);
        let (described, callback) = read.map_err(blame)?;
        if let Some(permission) = &described.permission {
            check_permission(permission, manifest).map_err(blame)?;
        }
        let signature = parse_signature(&described.signature).map_err(|error| {
            let error = Error::new(error.status(), blame(error.message().to_owned()).message());
            error.in_function(&name, &function)
        })?;
        let made = HostFunction {
            module: module.clone(),
            name: function.as_str().into(),
            signature,
            callback,
            data: UserData::new(raw.data, None),
            receiver: Receiver::Instance,
            plugin: Some(plugin.clone()),
        };
        host.add(&function, Item::Function(Arc::new(made))).map_err(|_| blame("it is in the module twice".to_owned()))?;
        info.functions.push(described);
    }
    Ok((host, info))
}

/// Checks that the manifest, which is shown before anything runs, names a permission that a function needs.
fn check_permission(permission: &str, manifest: &Manifest) -> Result<(), String> {
    permissions::check(permission).map_err(|why| format!("its permission is \"{permission}\"; a permission {why}"))?;
    if manifest.permissions.iter().any(|wanted| permissions::covers(wanted, permission)) {
        return Ok(());
    }
    let all = manifest.permissions.iter().map(String::as_str).chain([permission]).collect::<Vec<_>>().join(",");
    let mend = format!("`#define VM_PLUGIN_PERMISSIONS \"{all}\"` before including <libvm/plugin.h>");
    Err(format!("the manifest does not name its permission `{permission}`; {mend}"))
}

/// # Safety
/// As for [`read`].
unsafe fn read_function(raw: &abi::FunctionDescriptor, name: &str) -> Result<(FunctionInfo, abi::Callback), String> {
    if raw.flags & !FUNCTION_FLAGS != 0 {
        return Err(format!("its flags {:#x} are not all known to this library", raw.flags));
    }
    // SAFETY: texts of the plug-in.
    let (signature, permission, description) = unsafe {
        let signature = required(raw.signature, "signature")?;
        (signature, optional(raw.permission, "permission")?, optional(raw.description, "description")?)
    };
    let callback = raw.callback.ok_or("its callback is NULL")?;
    let description = description.unwrap_or_default();
    Ok((FunctionInfo { name: name.to_owned(), signature, flags: raw.flags, permission, description }, callback))
}

/// # Safety
/// As for [`read`].
unsafe fn read_option(raw: &abi::OptionDescriptor) -> Result<OptionInfo, String> {
    // SAFETY: texts of the plug-in.
    let (key, description, text, choices) = unsafe {
        let key = required(raw.key, "key")?;
        let description = optional(raw.description, "description")?;
        (key, description, optional(raw.text, "text")?, optional(raw.choices, "choices")?)
    };
    let named = format!("`{key}`");
    OptionInfo::check(Declared { raw, key, description, text, choices }).map_err(|why| format!("{named}: {why}"))
}
