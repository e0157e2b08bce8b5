//! Configuration
//!
//! A configuration is a TOML file in which an administrator sets where plug-ins are, which of them may be loaded and in which
//! order, their options, and the limits of guests. docs/configuration.md lists the keys. A configuration takes effect where it is
//! applied: VM_ConfigApplyToPluginRegistry, VM_ConfigApplyToContextConfig, VM_ConfigApplyToEngineConfig.

use super::context::ContextConfig;
use super::engine::EngineConfig;
use super::error::Error;
use super::ffi::{Shared, hand_out, path, required, slice};
use super::guard::{guard, guard_value};
use super::plugin::{PluginRegistry, PluginReport, load, registry as shared_registry};
use crate::config;
use crate::plugin::Report;
use libvm_abi::Status;
use std::ffi::c_char;

/// A configuration that was loaded. It is immutable.
pub struct Config(config::Config);

/// Loads a configuration from a file. Relative paths in it are relative to its directory.
///
/// @param path the path of the file
/// @param config receives the configuration; must not be NULL
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT (an empty path), VM_STATUS_FILE_NOT_FOUND, VM_STATUS_PERMISSION_DENIED,
/// VM_STATUS_IO; VM_STATUS_LIMIT (more than 1 MiB); VM_STATUS_BAD_CONFIG: the message begins with file, line and column
/// @par Ownership
/// The caller owns it and frees it with VM_ConfigDelete.
/// @par Threads
/// [thread-safe]
/// @since 0.1
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_ConfigLoadFromFile(
    path: *const c_char,
    config: Option<&mut *mut Config>,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || {
        let out = required(config, "config")?;
        // SAFETY: the caller promises a text that ends with NUL.
        let path = unsafe { self::path(path, "path")? };
        hand_out(out, Config(config::Config::from_file(path)?));
        Ok(())
    })
}

/// Loads a configuration from memory.
///
/// @param data TOML in UTF-8; may be NULL if size is 0
/// @param size the number of bytes
/// @param directory the directory that relative paths in it are relative to; NULL for the working directory
/// @param config receives the configuration; must not be NULL
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// The errors of VM_ConfigLoadFromFile; the message begins with `configuration`, line and column
/// @par Ownership
/// The caller owns it and frees it with VM_ConfigDelete. The data is not needed afterwards.
/// @par Threads
/// [thread-safe]
/// @since 0.1
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_ConfigLoadFromBuffer(
    data: *const u8,
    size: usize,
    directory: *const c_char,
    config: Option<&mut *mut Config>,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || {
        let out = required(config, "config")?;
        // SAFETY: the caller promises so many bytes.
        let bytes = unsafe { slice(data, size, "data")? };
        // SAFETY: the caller promises a text that ends with NUL.
        let base = if directory.is_null() { None } else { Some(unsafe { path(directory, "directory")? }) };
        hand_out(out, Config(config::Config::from_bytes(bytes, base)?));
        Ok(())
    })
}

/// Applies what a configuration says about plug-ins to a registry: adds `plugin-directory` to the registry's directories; sets
/// `allow` (as VM_PluginRegistrySetPolicy), `deny`, `order` and `lock`; adds `keys`; grants permissions in all contexts, and sets
/// options in those that do not set them themselves. Settings that it does not mention stay as they are, and so do loaded
/// plug-ins. Options are checked when a context registers the plug-in.
///
/// The report has a warning for each plug-in that the configuration names and that is neither loaded nor in the directories of
/// VM_PluginLoadWithDefaultPaths, whose files are inspected for that: a line with VM_STATUS_PLUGIN_NOT_FOUND, the file of the
/// configuration as its path, and the nearest name in its message. The report of VM_PluginLoadWithDefaultPaths has these lines
/// too. They are not failures.
///
/// @param config the configuration
/// @param registry the registry
/// @param report receives the report, also on failure; NULL when it is not wanted
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_REENTRANT (from inside a plug-in that is being loaded), VM_STATUS_UNTRUSTED_PATH (others
/// could have put the file there), and the errors of VM_PluginRegistrySetLock and VM_PluginRegistrySetStateFile
/// @par Ownership
/// The caller owns the report and frees it with VM_PluginReportDelete.
/// @par Threads
/// [thread-safe]
/// @since 0.2
#[unsafe(no_mangle)]
pub extern "C" fn VM_ConfigApplyToPluginRegistry(
    config: Option<&Config>,
    registry: Option<Shared<PluginRegistry>>,
    report: Option<&mut *mut PluginReport>,
    error: Option<&mut *mut Error>,
) -> Status {
    // Only a report wants to know which plug-ins there are.
    let wants_report = report.is_some();
    load(report, error, || {
        let (config, registry) = (required(config, "config")?, shared_registry(registry)?);
        Ok(match wants_report {
            true => config.0.apply_and_report(&registry),
            false => (Report::default(), config.0.apply_to_registry(&registry)),
        })
    })
}

/// Sets the limits of contexts that a configuration contains: `memory-bytes`, `table-elements`, `instances`. Other limits stay as
/// they are.
///
/// @param config the configuration
/// @param context_config the context configuration to change
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT
/// @par Threads
/// [one thread per object]
/// @since 0.2
#[unsafe(no_mangle)]
pub extern "C" fn VM_ConfigApplyToContextConfig(
    config: Option<&Config>,
    context_config: Option<&mut ContextConfig>,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || {
        let (config, context_config) = (required(config, "config")?, required(context_config, "context_config")?);
        config.0.apply_to_context(context_config.limits());
        Ok(())
    })
}

/// Sets what a configuration contains about engines: the tier, the other settings of compiled code, and the limits of engines and modules. What it
/// does not contain stays as it is.
///
/// @param config the configuration
/// @param engine_config the engine configuration to change
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_UNTRUSTED_PATH (`cache-directory` or `profiler` in a file that another user could have put in its
/// place); then nothing has changed
/// @par Threads
/// [one thread per object]
/// @since 0.2
#[unsafe(no_mangle)]
pub extern "C" fn VM_ConfigApplyToEngineConfig(
    config: Option<&Config>,
    engine_config: Option<&mut EngineConfig>,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || {
        let (config, engine_config) = (required(config, "config")?, required(engine_config, "engine_config")?);
        config.0.apply_to_engine(&mut engine_config.0)
    })
}

/// Deletes a configuration. Objects that it was applied to stay as they are.
///
/// @param config the configuration; NULL does nothing
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_ConfigDelete(config: Option<Box<Config>>) {
    guard_value((), || drop(config));
}
