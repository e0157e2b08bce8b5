//! The `log` facade: lines go to the log of the context whose call runs on this thread, or else to the plug-in's.
use crate::call::Guest;
use crate::services::{Level, Services};
use libvm_abi as abi;
use std::cell::Cell;
use std::sync::{Mutex, Once, PoisonError};

thread_local! {
    static CURRENT: Cell<Option<Services>> = const { Cell::new(None) };
}

/// The hosts of the registries that have loaded the plug-in.
struct Hosts(Vec<*const abi::PluginHost>);

// SAFETY: hosts may be used on any thread.
unsafe impl Send for Hosts {}

static HOSTS: Mutex<Hosts> = Mutex::new(Hosts(Vec::new()));

struct Logger;

fn level_of(level: log::Level) -> Level {
    match level {
        log::Level::Error => Level::Error,
        log::Level::Warn => Level::Warning,
        log::Level::Info => Level::Info,
        log::Level::Debug => Level::Debug,
        log::Level::Trace => Level::Trace,
    }
}

impl log::Log for Logger {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        let text = record.args().to_string();
        let level = level_of(record.level());
        if let Ok(Some(services)) = CURRENT.try_with(Cell::get) {
            return services.log(level, &text);
        }
        let hosts = HOSTS.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(host) = hosts.0.last() {
            Services { host: *host, myself: std::ptr::null_mut() }.log(level, &text);
        }
    }

    fn flush(&self) {}
}

/// Adds the host of a registry that loads the plug-in.
pub(crate) fn add_host(host: *const abi::PluginHost) {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // Another one, set by the plug-in or by a host that links it, is left as it is.
        if log::set_logger(&Logger).is_ok() {
            log::set_max_level(log::LevelFilter::Trace);
        }
    });
    HOSTS.lock().unwrap_or_else(PoisonError::into_inner).0.push(host);
}

/// Removes it.
pub(crate) fn remove_host(host: *const abi::PluginHost) {
    HOSTS.lock().unwrap_or_else(PoisonError::into_inner).0.retain(|other| *other != host);
}

/// Makes a call the current one of this thread, until the result is dropped.
pub(crate) fn enter(guest: &Guest<'_>) -> Entered {
    // SAFETY: the caller is valid during the call.
    let services = Services { host: guest.host, myself: unsafe { (*guest.caller).myself } };
    Entered(CURRENT.replace(Some(services)))
}

pub(crate) struct Entered(Option<Services>);

impl Drop for Entered {
    fn drop(&mut self) {
        CURRENT.set(self.0);
    }
}
