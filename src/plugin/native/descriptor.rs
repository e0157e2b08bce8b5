//! Reading a plug-in's descriptor into structures that can be trusted.

use crate::engine::{HostFunction, Receiver};
use crate::host::{HostModule, Item, parse_signature};
use crate::limits::MAX_PLUGIN_ITEMS;
use crate::plugin::file::manifest::Manifest;
use crate::plugin::flags;
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

/// The description of a function of a wasm module.
#[derive(Clone, Debug)]
pub struct FunctionInfo {
    /// Its name.
    pub name: String,
    /// Its signature string.
    pub signature: String,
    /// `FUNCTION_*` of the ABI.
    pub flags: u32,
    /// The permission that a call requires.
    pub permission: Option<String>,
    /// One line about it; empty if there is none.
    pub description: String,
}

/// The description of a wasm module that a plug-in provides.
#[derive(Clone, Debug)]
pub struct ModuleInfo {
    /// The name that imports use.
    pub name: String,
    /// One line about it; empty if there is none.
    pub description: String,
    /// Its functions.
    pub functions: Vec<FunctionInfo>,
}

/// What a plug-in provides.
#[derive(Default)]
pub struct Descriptor {
    /// Its modules, to be registered.
    pub modules: Vec<Arc<HostModule>>,
    /// The descriptions of its modules.
    pub module_infos: Vec<ModuleInfo>,
    /// Its options.
    pub options: Vec<OptionInfo>,
    /// The functions of its life cycle.
    pub life: Life,
    /// Whether it has one instance for the whole registry.
    pub singleton: bool,
    /// Where and when its code may run.
    pub gate: Gate,
    /// The permissions that its functions require, by module and function.
    permissions: BTreeMap<String, BTreeMap<String, String>>,
}

impl Descriptor {
    /// Returns the permission that calls of one of its functions require.
    pub fn permission_of(&self, function: &HostFunction) -> Option<&str> {
        self.permissions.get(&*function.module)?.get(&*function.name).map(String::as_str)
    }
}

const PLUGIN_FLAGS: u32 = abi::PLUGIN_SINGLETON | abi::PLUGIN_THREAD_AFFINE | abi::PLUGIN_SERIALIZED;

/// A struct of the ABI that may grow: it starts with its size, or is an element of an array with a stride.
///
/// # Safety
/// All zeros are a valid value of every field.
pub(super) unsafe trait Growing: Sized {
    /// The number of bytes that it must have; fields after that may be missing, and are then 0.
    const LEAST: usize;
    /// Its name in messages.
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
    const LEAST: usize = size_of::<Self>();
    const NAME: &'static str = "VM_FunctionDescriptor";
}

// SAFETY: as above, and floats.
unsafe impl Growing for abi::OptionDescriptor {
    const LEAST: usize = size_of::<Self>();
    const NAME: &'static str = "VM_OptionDescriptor";
}

/// Reads a struct that begins with its size, up to the smaller of that and the size that is known here.
///
/// # Safety
/// `pointer` points to such a struct.
pub(super) unsafe fn read_growing<T: Growing>(pointer: *const T) -> Result<T, String> {
    // SAFETY: it begins with its size.
    let size = unsafe { pointer.cast::<u32>().read_unaligned() } as usize;
    if size < T::LEAST {
        return Err(format!("the size of its {} is {size} bytes, and at least {} are required", T::NAME, T::LEAST));
    }
    // SAFETY: this many bytes can be read.
    Ok(unsafe { read_sized(pointer.cast(), size) })
}

/// Reads a struct of `size` bytes, as far as it is known here.
///
/// # Safety
/// `pointer` can be read for this many bytes.
unsafe fn read_sized<T: Growing>(pointer: *const u8, size: usize) -> T {
    let mut made = MaybeUninit::<T>::zeroed();
    // SAFETY: no more is read than exists, and no more written than `T` has; what is not written stays 0, which is a valid value.
    unsafe {
        std::ptr::copy_nonoverlapping(pointer, made.as_mut_ptr().cast::<u8>(), size.min(size_of::<T>()));
        made.assume_init()
    }
}

/// Reads an array by its stride.
///
/// # Safety
/// The table is a plug-in's: `count` items of `stride` bytes.
pub(super) unsafe fn read_table<T: Growing>(table: &abi::Table<T>) -> Result<Vec<T>, String> {
    let (count, stride) = (table.count, table.stride as usize);
    if count == 0 {
        return Ok(Vec::new());
    }
    if table.items.is_null() {
        return Err(format!("its array of {count} {} is NULL", T::NAME));
    }
    if count > MAX_PLUGIN_ITEMS {
        return Err(format!("its array has {count} {}, and at most {MAX_PLUGIN_ITEMS} are allowed", T::NAME));
    }
    if stride < T::LEAST {
        return Err(format!("its array has a stride of {stride} bytes, and a {} has at least {}", T::NAME, T::LEAST));
    }
    let first = table.items.cast::<u8>();
    // SAFETY: the element is in the array, and no more than the stride is read.
    Ok((0..count as usize).map(|index| unsafe { read_sized(first.add(index * stride), stride) }).collect())
}

/// Copies a string that may be NULL; `what` names it in the message.
///
/// # Safety
/// The pointer is NULL or a plug-in's string.
pub(super) unsafe fn optional(pointer: *const c_char, what: &str) -> Result<Option<String>, String> {
    // SAFETY: the caller promises it.
    let text = unsafe { text::read(pointer) }.map_err(|why| format!("its {what} {why}"))?;
    Ok(text.map(str::to_owned))
}

/// Copies a string that must not be NULL; `what` names it in the message.
///
/// # Safety
/// The pointer is NULL or a plug-in's string.
pub(super) unsafe fn required(pointer: *const c_char, what: &str) -> Result<String, String> {
    // SAFETY: the caller promises it.
    unsafe { optional(pointer, what) }?.ok_or_else(|| format!("its {what} is NULL"))
}

/// Reads a descriptor. `plugin` is the name for its functions, `place` is where the plug-in was found, for messages, and
/// `code` distinguishes its library from others.
///
/// # Errors
/// `STATUS_PLUGIN_BAD_DESCRIPTOR`, `STATUS_BAD_SIGNATURE`, naming the module and the function.
///
/// # Safety
/// `raw` was returned by the plug-in's entry.
pub unsafe fn read(
    raw: *const abi::PluginDescriptor,
    manifest: &Manifest,
    plugin: &Arc<str>,
    place: &str,
    code: usize,
) -> Result<Descriptor> {
    let bad = |why: String| {
        let message = format!("{} {place} has an invalid descriptor: {why}", manifest.title());
        Error::new(abi::STATUS_PLUGIN_BAD_DESCRIPTOR, message)
    };
    if raw.is_null() {
        return Err(bad(format!("{} returned NULL", abi::ENTRY_SYMBOL)));
    }
    // SAFETY: it is not NULL, so it is a descriptor with a size.
    let raw = unsafe { read_growing(raw) }.map_err(bad)?;
    flags::check(raw.flags, PLUGIN_FLAGS).map_err(bad)?;
    let threading = abi::PLUGIN_THREAD_AFFINE | abi::PLUGIN_SERIALIZED;
    if raw.flags & threading == threading {
        return Err(bad("its flags contain both VM_PLUGIN_THREAD_AFFINE and VM_PLUGIN_SERIALIZED; use one of them".to_owned()));
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

    // SAFETY: the tables and what they point to belong to the plug-in.
    let (modules, options) = unsafe { (read_table(&raw.modules).map_err(bad)?, read_table(&raw.options).map_err(bad)?) };
    // SAFETY: as above.
    let names = unsafe { module_names(&modules) }.map_err(bad)?;
    compare_modules(manifest, &names).map_err(bad)?;
    for (module, name) in modules.iter().zip(names) {
        // SAFETY: as above.
        let (host, info) = unsafe { read_module(module, name, manifest, plugin, &bad) }?;
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
            return Err(bad(format!("option `{}` occurs twice", option.key)));
        }
        made.options.push(option);
    }
    Ok(made)
}

/// Returns the names of modules.
///
/// # Safety
/// As for [`read`].
unsafe fn module_names(modules: &[abi::ModuleDescriptor]) -> Result<Vec<String>, String> {
    let (mut names, mut seen) = (Vec::with_capacity(modules.len()), HashSet::new());
    for (index, module) in modules.iter().enumerate() {
        // SAFETY: a string of the plug-in.
        let name = unsafe { required(module.name, "name") }.map_err(|why| format!("module {index}: {why}"))?;
        if !seen.insert(name.clone()) {
            return Err(format!("module `{name}` occurs twice"));
        }
        names.push(name);
    }
    Ok(names)
}

/// Checks that the manifest, which is read before any code runs, names the modules that the descriptor has; the error lists all
/// differences. A manifest that names none allows one, with the plug-in's name.
fn compare_modules(manifest: &Manifest, found: &[String]) -> Result<(), String> {
    let own = std::slice::from_ref(&manifest.name);
    let named = if manifest.modules.is_empty() && found == own { own } else { &manifest.modules };
    let list = |names: &[String], others: &[String]| {
        let others: HashSet<_> = others.iter().collect();
        let missing = names.iter().filter(|name| !others.contains(name));
        missing.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
    };
    let differences = match (list(found, named), list(named, found)) {
        (unnamed, missing) if unnamed.is_empty() && missing.is_empty() => return Ok(()),
        (unnamed, missing) if missing.is_empty() => format!("the manifest does not name {unnamed}"),
        (unnamed, missing) if unnamed.is_empty() => format!("the manifest names {missing}, which the descriptor does not have"),
        (unnamed, missing) => {
            format!("the manifest does not name {unnamed}, and names {missing}, which the descriptor does not have")
        }
    };
    let all = found.join(",");
    Err(format!("{differences}; `#define VM_PLUGIN_MODULES \"{all}\"` before including <libvm/plugin.h>"))
}

/// # Safety
/// As for [`read`].
unsafe fn read_module(
    raw: &abi::ModuleDescriptor,
    name: String,
    manifest: &Manifest,
    plugin: &Arc<str>,
    bad: &impl Fn(String) -> Error,
) -> Result<(HostModule, ModuleInfo)> {
    let wrong = |why: String| bad(format!("module `{name}`: {why}"));
    flags::check(raw.flags, 0).map_err(wrong)?;
    // SAFETY: a string and a table of the plug-in.
    let (description, functions) = unsafe {
        let description = optional(raw.description, "description").map_err(wrong)?.unwrap_or_default();
        (description, read_table(&raw.functions).map_err(wrong)?)
    };
    let mut host = HostModule::new(&name);
    let module: Arc<str> = name.as_str().into();
    let mut info = ModuleInfo { name: name.clone(), description, functions: Vec::with_capacity(functions.len()) };
    for (index, raw) in functions.iter().enumerate() {
        // SAFETY: a string of the plug-in.
        let function = unsafe { required(raw.name, "name") }.map_err(|why| wrong(format!("function {index}: {why}")))?;
        // SAFETY: what the descriptor points to belongs to the plug-in.
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
            flags: raw.flags,
            callback,
            data: UserData::new(raw.data, None),
            receiver: Receiver::Instance,
            plugin: Some(plugin.clone()),
        };
        host.add(&function, Item::Function(Arc::new(made))).map_err(|_| blame("it occurs twice".to_owned()))?;
        info.functions.push(described);
    }
    Ok((host, info))
}

/// Checks that the manifest, which is read before any code runs, names a permission that a function requires.
pub(super) fn check_permission(permission: &str, manifest: &Manifest) -> Result<(), String> {
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
    flags::check(raw.flags, flags::FUNCTION_FLAGS)?;
    // SAFETY: strings of the plug-in.
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
pub(super) unsafe fn read_option(raw: &abi::OptionDescriptor) -> Result<OptionInfo, String> {
    // SAFETY: strings of the plug-in.
    let (key, description, text, choices) = unsafe {
        let key = required(raw.key, "key")?;
        let description = optional(raw.description, "description")?;
        (key, description, optional(raw.text, "text")?, optional(raw.choices, "choices")?)
    };
    let named = format!("`{key}`");
    OptionInfo::check(Declared { raw, key, description, text, choices }).map_err(|why| format!("{named}: {why}"))
}
