//! Statistics
//!
//! Counters of a context and of its plug-ins. Traps, memory and fuel are always counted. Calls and their times are counted if the
//! context was configured so, which makes each call slower. VM_ContextReset sets all counters to zero.

use super::cell::{Context, with};
use super::context::ContextConfig;
use super::engine::Tier;
use super::error::Error;
use super::ffi::{required, text};
use super::guard::guard;
use super::sized::{self, Growing};
use libvm_abi::Status;
use std::ffi::c_char;

/// The counters of a context. Initialize it with VM_STATISTICS_INIT.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Statistics {
    /// `sizeof(VM_Statistics)`.
    pub size: u32,
    /// Whether calls are counted (VM_ContextConfigSetStatistics); if not, the fields from host_calls on are 0.
    pub counts_calls: bool,
    /// Zero.
    pub reserved: [u8; 3],
    /// Calls from the host into guests, nested ones included, that ended with a trap or with the failure of a host function.
    pub traps: u64,
    /// Bytes of all linear memories.
    pub memory_bytes: u64,
    /// The largest number of bytes that all linear memories together have had.
    pub memory_high_water: u64,
    /// Fuel that guests used and host functions charged; 0 if the engine does not meter fuel.
    pub fuel: u64,
    /// Calls of host functions, those of plug-ins and WASI included.
    pub host_calls: u64,
    /// Calls of host functions that failed.
    pub host_failures: u64,
    /// Calls from the host into guests, nested ones included.
    pub guest_calls: u64,
    /// How often a host function suspended its call.
    pub suspensions: u64,
    /// Nanoseconds in host functions, without the guests that they called and without suspensions.
    pub host_nanoseconds: u64,
    /// Nanoseconds in guests, without the host functions that they called.
    pub guest_nanoseconds: u64,
}

/// Initializes a VM_Statistics.
pub const STATISTICS_INIT: Statistics = Statistics {
    size: size_of::<Statistics>() as u32,
    counts_calls: false,
    reserved: [0; 3],
    traps: 0,
    memory_bytes: 0,
    memory_high_water: 0,
    fuel: 0,
    host_calls: 0,
    host_failures: 0,
    guest_calls: 0,
    suspensions: 0,
    host_nanoseconds: 0,
    guest_nanoseconds: 0,
};

/// The counters of a plug-in in a context. Initialize it with VM_PLUGINSTATISTICS_INIT.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct PluginStatistics {
    /// `sizeof(VM_PluginStatistics)`.
    pub size: u32,
    /// Zero.
    pub reserved: u32,
    /// Calls of its functions.
    pub calls: u64,
    /// Calls of its functions that failed.
    pub failures: u64,
    /// Calls into guests that its functions made.
    pub guest_calls: u64,
    /// How often its functions suspended their call.
    pub suspensions: u64,
    /// Nanoseconds in its functions, without the guests that they called and without suspensions.
    pub nanoseconds: u64,
}

/// Initializes a VM_PluginStatistics.
pub const PLUGINSTATISTICS_INIT: PluginStatistics = PluginStatistics {
    size: size_of::<PluginStatistics>() as u32,
    reserved: 0,
    calls: 0,
    failures: 0,
    guest_calls: 0,
    suspensions: 0,
    nanoseconds: 0,
};

const _: () = assert!(size_of::<Statistics>() == 88);

// SAFETY: its bytes are all fields' (see the assertion), and zero is valid for each.
unsafe impl Growing for Statistics {
    const NAME: &'static str = "VM_Statistics";
    const INIT: &'static str = "VM_STATISTICS_INIT";
    const LEAST: usize = 88;
}

const _: () = assert!(size_of::<PluginStatistics>() == 48);

// SAFETY: as above.
unsafe impl Growing for PluginStatistics {
    const NAME: &'static str = "VM_PluginStatistics";
    const INIT: &'static str = "VM_PLUGINSTATISTICS_INIT";
    const LEAST: usize = 48;
}

/// Sets whether contexts count and time calls, which makes each call of a host function about 100 ns slower; the default is false.
///
/// @param config the configuration
/// @param count whether calls are counted
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT
/// @par Threads
/// [one thread per object]
/// @since 0.3
#[unsafe(no_mangle)]
pub extern "C" fn VM_ContextConfigSetStatistics(
    config: Option<&mut ContextConfig>,
    count: bool,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || {
        required(config, "config")?.watch().statistics = count;
        Ok(())
    })
}

/// Returns the counters of a context.
///
/// @param context the context
/// @param statistics initialized with VM_STATISTICS_INIT; receives the counters; must not be NULL
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT (the size), VM_STATUS_BUSY, VM_STATUS_REENTRANT
/// @par Threads
/// [one thread per context]
/// @since 0.3
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_ContextGetStatistics(
    context: Option<&Context>,
    statistics: *mut Statistics,
    error: Option<&mut *mut Error>,
) -> Status {
    with(context, error, |context| {
        let store = context.store();
        let (usage, calls) = (store.usage(), store.statistics(None));
        let counts_calls = calls.is_some();
        let calls = calls.unwrap_or_default();
        let value = Statistics {
            counts_calls,
            traps: usage.traps,
            memory_bytes: usage.memory_bytes,
            memory_high_water: usage.memory_high_water,
            fuel: usage.fuel,
            host_calls: calls.host_calls,
            host_failures: calls.host_failures,
            guest_calls: calls.guest_calls,
            suspensions: calls.suspensions,
            host_nanoseconds: calls.host_nanoseconds,
            guest_nanoseconds: calls.guest_nanoseconds,
            ..STATISTICS_INIT
        };
        // SAFETY: the caller promises that it is NULL or a struct that begins with its size.
        unsafe { sized::write(statistics, value, "statistics") }
    })
}

/// Returns how the guests of a context run: VM_TIER_INTERPRETER or VM_TIER_COMPILED. With VM_TIER_AUTO this is decided when the first module
/// is instantiated in the context, and anew after VM_ContextReset; before, it is VM_TIER_INTERPRETER.
///
/// @param context the context
/// @param tier receives VM_TIER_*; must not be NULL
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_BUSY, VM_STATUS_REENTRANT
/// @par Threads
/// [one thread per context]
/// @since 0.7
#[unsafe(no_mangle)]
pub extern "C" fn VM_ContextGetTier(
    context: Option<&Context>,
    tier: Option<&mut Tier>,
    error: Option<&mut *mut Error>,
) -> Status {
    with(context, error, |context| {
        *required(tier, "tier")? = context.store().tier() as Tier;
        Ok(())
    })
}

/// Returns the counters of a plug-in in a context.
///
/// @param context the context, created with VM_ContextConfigSetStatistics
/// @param name the name of a plug-in that is registered in the context, UTF-8
/// @param statistics initialized with VM_PLUGINSTATISTICS_INIT; receives the counters; must not be NULL
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_INVALID_ARGUMENT (the size), VM_STATUS_UNSUPPORTED (the context does not
/// count calls), VM_STATUS_PLUGIN_NOT_FOUND, VM_STATUS_BUSY, VM_STATUS_REENTRANT
/// @par Threads
/// [one thread per context]
/// @since 0.3
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_ContextGetPluginStatistics(
    context: Option<&Context>,
    name: *const c_char,
    statistics: *mut PluginStatistics,
    error: Option<&mut *mut Error>,
) -> Status {
    with(context, error, |context| {
        // SAFETY: the caller promises a text that ends with NUL.
        let calls = context.plugin_statistics(unsafe { text(name, "name")? })?;
        let value = PluginStatistics {
            calls: calls.host_calls,
            failures: calls.host_failures,
            guest_calls: calls.guest_calls,
            suspensions: calls.suspensions,
            nanoseconds: calls.host_nanoseconds,
            ..PLUGINSTATISTICS_INIT
        };
        // SAFETY: the caller promises that it is NULL or a struct that begins with its size.
        unsafe { sized::write(statistics, value, "statistics") }
    })
}
