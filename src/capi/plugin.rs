//! Plug-in
//!
//! A registry finds, checks and loads plug-ins; VM_ContextRegisterPlugins makes their modules available in a context. Each
//! registry has its own policy, directories, options and plug-ins, and deleting it cleans up its plug-ins. Loading a plug-in runs
//! its code: load only plug-ins that you trust. No code of a file runs before its manifest was read and the policy of the
//! registry allows it. docs/plugins-using.md describes how files are found.

mod describe;
mod directories;
mod function;
mod hooks;
mod option;
mod report;
mod streams;
mod update;

pub use describe::Plugin;
pub(super) use function::Functions;
pub use function::PluginFunction;
pub use hooks::PluginHook;
pub(super) use option::Options;
pub use option::PluginOption;
pub use report::PluginReport;
pub use streams::{PluginSink, PluginSource};

use super::cell::{Context, with};
use super::error::Error;
use super::ffi::{Shared, hand_out, path, required, shared, slice, text};
use super::guard::{guard, guard_value};
use crate::plugin::{self, Builtin, Policy, end_waiting};
use crate::similar;
use crate::status::{self, Result};
use libvm_abi::{self as abi, PluginBuiltin, Status};
use std::ffi::{CString, c_char};
use std::ptr;
use std::sync::Arc;

/// Which plug-ins a registry may load.
pub type PluginPolicy = i32;
/// All plug-ins. The default.
pub const PLUGIN_POLICY_ANY: PluginPolicy = 0;
/// Only those with one of the given names; no code of any other plug-in is run.
pub const PLUGIN_POLICY_NAMED: PluginPolicy = 1;

/// A registry: loaded plug-ins, a policy, directories.
pub struct PluginRegistry(Arc<plugin::PluginRegistry>);

fn or_null(text: Option<&CString>) -> *const c_char {
    text.map_or(ptr::null(), |text| text.as_ptr())
}

/// A share of it, because plug-ins and the log's listener, which may delete it, run while it works.
pub(super) fn registry<'a>(registry: Option<impl Into<Shared<'a, PluginRegistry>>>) -> Result<Arc<plugin::PluginRegistry>> {
    Ok(Arc::clone(&shared(registry.map(Into::into), "registry")?.0))
}

/// Creates a registry that allows all plug-ins and has no search directories of its own.
///
/// @param registry receives the registry; must not be NULL
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT
/// @par Ownership
/// The caller owns it and frees it with VM_PluginRegistryDelete.
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_PluginRegistryCreate(registry: Option<&mut *mut PluginRegistry>, error: Option<&mut *mut Error>) -> Status {
    guard(error, || {
        super::fork::watch();
        hand_out(required(registry, "registry")?, PluginRegistry(plugin::PluginRegistry::new(Policy::Any, Vec::new())));
        Ok(())
    })
}

/// Sets which plug-ins may be loaded from now on. Plug-ins that are loaded already stay loaded.
///
/// @param registry the registry
/// @param policy VM_PLUGIN_POLICY_*
/// @param names with VM_PLUGIN_POLICY_NAMED: the names that are allowed, UTF-8; copied; may be NULL if count is 0
/// @param count the number of names
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_INVALID_ARGUMENT (not a policy)
/// @par Threads
/// [thread-safe]
/// @since 0.1
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_PluginRegistrySetPolicy(
    registry: Option<Shared<PluginRegistry>>,
    policy: PluginPolicy,
    names: *const *const c_char,
    count: usize,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || {
        let registry = self::registry(registry)?;
        // SAFETY: the caller promises so many texts that end with NUL.
        let names = unsafe {
            let pointers = slice(names, count, "names")?;
            pointers.iter().map(|name| text(*name, "a name").map(str::to_owned)).collect::<Result<_>>()?
        };
        registry.set_policy(match policy {
            PLUGIN_POLICY_ANY => Policy::Any,
            PLUGIN_POLICY_NAMED => Policy::Named(names),
            other => {
                let message = format!("{other} is not a policy; see VM_PLUGIN_POLICY_*");
                return Err(status::Error::new(abi::STATUS_INVALID_ARGUMENT, message));
            }
        });
        Ok(())
    })
}

/// Adds a directory that VM_PluginLoadWithDefaultPaths searches before all others.
///
/// @param registry the registry
/// @param directory the path; copied; it need not exist yet
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT
/// @par Threads
/// [thread-safe]
/// @since 0.2
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_PluginRegistryAddSearchDirectory(
    registry: Option<Shared<PluginRegistry>>,
    directory: *const c_char,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || {
        let registry = self::registry(registry)?;
        // SAFETY: the caller promises a text that ends with NUL.
        registry.add_directory(unsafe { path(directory, "directory")? });
        Ok(())
    })
}

/// Sets the file in which the state of plug-ins (the service `libvm.state/1`) is kept for contexts that have a name; the state of
/// other contexts is freed with the context. Must be called before such a context registers plug-ins. The file is created if it
/// does not exist. It is a database that this registry alone uses, until the registry and all contexts with its plug-ins are
/// deleted; files with the endings `-wal` and `-lock` are created next to it. docs/plugins-writing.md describes how durable it is.
///
/// @param registry the registry
/// @param path the path of the file; its directory must exist and be writable. Setting the same file again succeeds
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_SEALED (state is kept elsewhere already), VM_STATUS_BUSY (another registry or process has
/// the file: the message names it), VM_STATUS_BAD_STATE_FILE (of another program, damaged, or too new; or such a file or a link
/// in the place of `-wal` or `-lock`), VM_STATUS_UNTRUSTED_PATH (another user could have put it there),
/// VM_STATUS_INVALID_ARGUMENT (not a regular file), VM_STATUS_FILE_NOT_FOUND (the directory does not exist),
/// VM_STATUS_PERMISSION_DENIED, VM_STATUS_IO, VM_STATUS_UNSUPPORTED (a build without the cargo feature `state-file`)
/// @par Threads
/// [thread-safe]
/// @since 0.1
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_PluginRegistrySetStateFile(
    registry: Option<Shared<PluginRegistry>>,
    path: *const c_char,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || {
        let registry = self::registry(registry)?;
        // SAFETY: the caller promises a text that ends with NUL.
        registry.set_state_file(unsafe { self::path(path, "path")? })
    })
}

/// Deletes a registry. Its plug-ins are cleaned up in reverse load order; a plug-in that a context uses is cleaned up when that
/// context is deleted.
///
/// @param registry the registry; NULL does nothing
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_PluginRegistryDelete(registry: Option<Box<PluginRegistry>>) {
    guard_value((), || {
        end_waiting();
        drop(registry);
    });
}

/// Runs what makes a report, which goes out also on failure.
pub(super) fn load(
    report: Option<&mut *mut PluginReport>,
    error: Option<&mut *mut Error>,
    load: impl FnOnce() -> Result<(plugin::Report, Result<()>)>,
) -> Status {
    guard(error, || {
        let (lines, outcome) = load()?;
        if let Some(report) = report {
            hand_out(report, PluginReport::new(&lines));
        }
        outcome
    })
}

/// Loads the plug-ins of the default directories: those of the registry, those of the environment variable LIBVM_PLUGIN_PATH,
/// `../plugin/` and `./libvm/` relative to the library (to the executable, if libvm is linked statically), and the directory of
/// the user. A directory that does not exist is a line of the report, not a failure.
///
/// @param registry the registry
/// @param report receives a line for every candidate, also on failure; may be NULL
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_PLUGIN_*: of a single file its own, of several files that of the first that failed, with a message about all. A
/// plug-in of which a higher version is loaded is not a failure
/// @par Ownership
/// The caller owns the report and frees it with VM_PluginReportDelete.
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_PluginLoadWithDefaultPaths(
    registry: Option<Shared<PluginRegistry>>,
    report: Option<&mut *mut PluginReport>,
    error: Option<&mut *mut Error>,
) -> Status {
    load(report, error, || Ok(self::registry(registry)?.load_with_default_paths()))
}

/// Loads a plug-in from a file, or all plug-ins of a directory and its subdirectories. Loading a plug-in again succeeds and
/// changes nothing.
///
/// @param registry the registry
/// @param path the path of a file, with or without the ending of shared libraries, or of a directory
/// @param report receives a line for every candidate, also on failure; may be NULL
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_PLUGIN_NOT_FOUND, and VM_STATUS_PLUGIN_*: of a single file its own, of several files that
/// of the first that failed, with a message about all. A plug-in of which a higher version is loaded is not a failure
/// @par Ownership
/// The caller owns the report and frees it with VM_PluginReportDelete.
/// @par Threads
/// [thread-safe]
/// @since 0.1
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_PluginLoadFromPath(
    registry: Option<Shared<PluginRegistry>>,
    path: *const c_char,
    report: Option<&mut *mut PluginReport>,
    error: Option<&mut *mut Error>,
) -> Status {
    load(report, error, || {
        let registry = self::registry(registry)?;
        // SAFETY: the caller promises a text that ends with NUL.
        let path = unsafe { self::path(path, "path")? };
        Ok(registry.load_from_path(path))
    })
}

/// Loads a plug-in that is linked into the program.
///
/// @param registry the registry
/// @param builtin the object that the source of the plug-in defines when it is compiled with -DVM_PLUGIN_BUILTIN=name; it must
///         live as long as the process
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_PLUGIN_*
/// @par Threads
/// [thread-safe]
/// @since 0.2
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_PluginRegistryAddBuiltin(
    registry: Option<Shared<PluginRegistry>>,
    builtin: *const PluginBuiltin,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || {
        let registry = self::registry(registry)?;
        // SAFETY: the caller promises what the header says of a built-in plug-in.
        let builtin = unsafe { Builtin::read(builtin)? };
        registry.register_builtin(&builtin).map(drop)
    })
}

/// Returns the number of plug-ins that a registry has loaded.
///
/// @param registry the registry
/// @return the number
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_PluginRegistryGetCount(registry: Option<&PluginRegistry>) -> usize {
    guard_value(0, || registry.map_or(0, |registry| registry.0.count()))
}

/// Finds a plug-in of a registry by its index.
///
/// @param registry the registry
/// @param index from 0, in load order
/// @param plugin receives the plug-in; must not be NULL
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_NOT_FOUND
/// @par Ownership
/// The caller owns a share of the plug-in and releases it with VM_PluginRelease.
/// @par Threads
/// [thread-safe]
/// @since 0.2
#[unsafe(no_mangle)]
pub extern "C" fn VM_PluginRegistryFindByIndex(
    registry: Option<&PluginRegistry>,
    index: usize,
    plugin: Option<&mut *mut Plugin>,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || {
        let (registry, out) = (self::registry(registry)?, required(plugin, "plugin")?);
        let found = registry.plugin_at(index);
        let found = found.ok_or_else(|| status::no_index("the registry", index, registry.count(), "plug-in"))?;
        hand_out(out, Plugin::new(found));
        Ok(())
    })
}

/// Finds a plug-in of a registry by its name.
///
/// @param registry the registry
/// @param name UTF-8
/// @param plugin receives the plug-in; must not be NULL
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_PLUGIN_NOT_FOUND
/// @par Ownership
/// The caller owns a share of the plug-in and releases it with VM_PluginRelease.
/// @par Threads
/// [thread-safe]
/// @since 0.2
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_PluginRegistryFind(
    registry: Option<&PluginRegistry>,
    name: *const c_char,
    plugin: Option<&mut *mut Plugin>,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || {
        let (registry, out) = (self::registry(registry)?, required(plugin, "plugin")?);
        // SAFETY: the caller promises a text that ends with NUL.
        let name = unsafe { text(name, "name")? };
        let found = registry.find(name).ok_or_else(|| {
            let plugins = registry.plugins();
            let known = similar::listed(name, plugins.iter().map(|plugin| plugin.name()));
            let message = format!("no plug-in `{}` is loaded in this registry; it has {known}", crate::text::name(name));
            status::Error::new(abi::STATUS_PLUGIN_NOT_FOUND, message).of_plugin(name)
        })?;
        hand_out(out, Plugin::new(found));
        Ok(())
    })
}

/// Registers a plug-in in a context: creates its instance and makes its modules available to guests. Registering it again
/// succeeds and changes nothing.
///
/// @param context the context
/// @param plugin the plug-in
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_ALREADY_EXISTS (another provider of a module name has one of the items: the message names
/// both and their files; or another version of the plug-in), VM_STATUS_PLUGIN_OPTION, VM_STATUS_PLUGIN_PERMISSION (it
/// is granted what it does not request), VM_STATUS_PLUGIN_INITIALIZE or another failure of its create function, VM_STATUS_BUSY,
/// VM_STATUS_REENTRANT
/// @par Threads
/// [one thread per context]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_ContextRegisterPlugin(
    context: Option<Shared<Context>>,
    plugin: Option<Shared<Plugin>>,
    error: Option<&mut *mut Error>,
) -> Status {
    with(context, error, |context| {
        end_waiting();
        let plugin = shared(plugin, "plugin")?;
        // Its `create` may call the host, which may release it.
        let plugin = Arc::clone(&plugin.inner);
        context.register_plugin(&plugin)
    })
}

/// Registers all plug-ins of a registry in a context, in load order; one of which it has another version keeps that.
///
/// @param context the context
/// @param registry the registry
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// as VM_ContextRegisterPlugin: the status of the first plug-in that is refused, and a message about all of them; the others are
/// registered
/// @par Threads
/// [one thread per context]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_ContextRegisterPlugins(
    context: Option<Shared<Context>>,
    registry: Option<Shared<PluginRegistry>>,
    error: Option<&mut *mut Error>,
) -> Status {
    with(context, error, |context| {
        end_waiting();
        context.register_plugins(&self::registry(registry)?)
    })
}
