//! Plug-in
//!
//! Registries find, check and load plug-ins; VM_ContextRegisterPlugins gives their modules to a context. Loading a plug-in is running its code: load only what you trust. Nothing of
//! a file runs before its manifest was read and the registry's policy allows it. docs/plugins.md says how files are found.

mod describe;
mod directories;
mod report;
mod update;

pub use describe::Plugin;
pub use report::PluginReport;

use super::context::cell::{Context, with};
use super::error::Error;
use super::ffi::{Shared, hand_out, path, required, shared, slice, text};
use super::guard::{guard, guard_value};
use crate::plugin::{self, Builtin, Policy, end_waiting};
use crate::status::{self, Result};
use libvm_abi::{self as abi, PluginBuiltin, Status};
use std::ffi::{CString, c_char};
use std::ptr;
use std::sync::Arc;

/// Which plug-ins a registry may load.
pub type PluginPolicy = i32;
/// All. The default.
pub const PLUGIN_POLICY_ANY: PluginPolicy = 0;
/// Those with one of the names that are given; no line of any other is run.
pub const PLUGIN_POLICY_NAMED: PluginPolicy = 1;

/// A set of loaded plug-ins with a policy and directories.
pub struct PluginRegistry(Arc<plugin::PluginRegistry>);

fn or_null(text: Option<&CString>) -> *const c_char {
    text.map_or(ptr::null(), |text| text.as_ptr())
}

/// A share of it, because plug-ins and the log's listener, which may delete it, run while it works.
pub(super) fn registry<'a>(registry: Option<impl Into<Shared<'a, PluginRegistry>>>) -> Result<Arc<plugin::PluginRegistry>> {
    Ok(Arc::clone(&shared(registry.map(Into::into), "registry")?.0))
}

/// Makes a registry that allows every plug-in and has no directories of its own.
///
/// @param registry gets the registry; not NULL
/// @param error gets the error on failure; may be NULL
/// @return VM_STATUS_OK or a failure
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT
/// @par Ownership
/// The caller's: VM_PluginRegistryDelete.
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

/// Sets which plug-ins may be loaded from now on; what is loaded stays.
///
/// @param registry the registry
/// @param policy VM_PLUGIN_POLICY_*
/// @param names with VM_PLUGIN_POLICY_NAMED: the names that are allowed, UTF-8, copied; may be NULL when count is 0
/// @param count how many names
/// @param error gets the error on failure; may be NULL
/// @return VM_STATUS_OK or a failure
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_INVALID_ARGUMENT (no such policy)
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
                let message = format!("{other} is no policy; see VM_PLUGIN_POLICY_*");
                return Err(status::Error::new(abi::STATUS_INVALID_ARGUMENT, message));
            }
        });
        Ok(())
    })
}

/// Adds a directory that VM_PluginLoadWithDefaultPaths searches before all others.
///
/// @param registry the registry
/// @param directory its path, copied; it need not exist yet
/// @param error gets the error on failure; may be NULL
/// @return VM_STATUS_OK or a failure
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT
/// @par Threads
/// [thread-safe]
/// @since 0.1
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

/// Keeps what plug-ins put into the service `libvm.state/1` in a file: for contexts that have a name; of the others it goes with the context. Call it before such a context registers plug-ins. The file is made when it is not there. It is a database, in use until the registry and all contexts with its plug-ins are gone, by this registry alone; `-wal` and `-lock` stand beside it. docs/plugins.md says what survives what.
///
/// @param registry the registry
/// @param path of the file; its folder must be there and may be written to. The same file again is no failure
/// @param error gets the error on failure; may be NULL
/// @return VM_STATUS_OK or a failure
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_SEALED (state is kept elsewhere already), VM_STATUS_BUSY (another registry or process has the
/// file: the message says who), VM_STATUS_BAD_STATE_FILE (another program's, damaged, or too new), VM_STATUS_INVALID_ARGUMENT
/// (no regular file), VM_STATUS_FILE_NOT_FOUND (no such folder), VM_STATUS_PERMISSION_DENIED, VM_STATUS_IO,
/// VM_STATUS_UNSUPPORTED (a build without the cargo feature `state-file`)
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

/// Deletes a registry. Its plug-ins are cleaned up in the reverse order of loading; one that a context has, when the context goes.
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

/// Loads the plug-ins of the default directories: those of the registry, of the environment variable LIBVM_PLUGIN_PATH, `../plugin/` and `./libvm/` beside the library (beside the executable, when libvm is linked statically), and the user's. One that is not there is a line of the report.
///
/// @param registry the registry
/// @param report gets a line for every candidate, also on failure; may be NULL
/// @param error gets the error on failure; may be NULL
/// @return VM_STATUS_OK or a failure
/// @par Errors
/// VM_STATUS_PLUGIN_*: of one file its own, of several that of the first that failed; the message tells all that one
/// report line would. A plug-in of which a higher version is loaded is no failure
/// @par Ownership
/// The report is the caller's: VM_PluginReportDelete.
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

/// Loads a plug-in from a file, or all of a directory and its subdirectories. Loading what is loaded is no failure.
///
/// @param registry the registry
/// @param path of a file, with or without its ending, or of a directory
/// @param report gets a line for every candidate, also on failure; may be NULL
/// @param error gets the error on failure; may be NULL
/// @return VM_STATUS_OK or a failure
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_PLUGIN_NOT_FOUND, and
/// VM_STATUS_PLUGIN_*: of one file its own, of several that of the first that failed; the message tells all that one
/// report line would. A plug-in of which a higher version is loaded is no failure
/// @par Ownership
/// The report is the caller's: VM_PluginReportDelete.
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
/// @param builtin what its source defines when compiled with -DVM_PLUGIN_BUILTIN=name; it stays as long as the process
/// @param error gets the error on failure; may be NULL
/// @return VM_STATUS_OK or a failure
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_PLUGIN_*
/// @par Threads
/// [thread-safe]
/// @since 0.1
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

/// Tells how many plug-ins a registry has loaded.
///
/// @param registry the registry
/// @return how many
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_PluginRegistryGetCount(registry: Option<&PluginRegistry>) -> usize {
    guard_value(0, || registry.map_or(0, |registry| registry.0.plugins().len()))
}

/// Gives a plug-in of a registry.
///
/// @param registry the registry
/// @param index from 0, in load order
/// @param plugin gets the plug-in; not NULL
/// @param error gets the error on failure; may be NULL
/// @return VM_STATUS_OK or a failure
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_NOT_FOUND
/// @par Ownership
/// The caller holds the plug-in until VM_PluginRelease.
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_PluginRegistryFindByIndex(
    registry: Option<&PluginRegistry>,
    index: usize,
    plugin: Option<&mut *mut Plugin>,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || {
        let (registry, out) = (self::registry(registry)?, required(plugin, "plugin")?);
        let plugins = registry.plugins();
        let found = plugins.get(index).ok_or_else(|| status::no_index("the registry", index, plugins.len(), "plug-in"))?;
        hand_out(out, Plugin::new(Arc::clone(found)));
        Ok(())
    })
}

/// Finds a plug-in of a registry by its name.
///
/// @param registry the registry
/// @param name UTF-8
/// @param plugin gets the plug-in; not NULL
/// @param error gets the error on failure; may be NULL
/// @return VM_STATUS_OK or a failure
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_PLUGIN_NOT_FOUND
/// @par Ownership
/// The caller holds the plug-in until VM_PluginRelease.
/// @par Threads
/// [thread-safe]
/// @since 0.1
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
            let message = format!("no plug-in `{name}` is loaded in this registry");
            status::Error::new(abi::STATUS_PLUGIN_NOT_FOUND, message).of_plugin(name)
        })?;
        hand_out(out, Plugin::new(found));
        Ok(())
    })
}

/// Makes an instance of a plug-in in a context and registers its modules. One that is registered already stays as it is.
///
/// @param context the context
/// @param plugin the plug-in
/// @param error gets the error on failure; may be NULL
/// @return VM_STATUS_OK or a failure
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_ALREADY_EXISTS (another provider of a module name has one of the items: the message
/// names both and their files; or another version of the plug-in),
/// VM_STATUS_PLUGIN_OPTION, VM_STATUS_PLUGIN_INITIALIZE, VM_STATUS_BUSY, VM_STATUS_REENTRANT
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
/// @param error gets the error on failure; may be NULL
/// @return VM_STATUS_OK or a failure
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
