//! The `log` facade: lines go to the log of the context whose call runs on this thread, or else to the plug-in's.
use crate::myself::Myself;
use crate::services::{Level, Services};
use libvm_abi as abi;
use std::cell::Cell;
use std::sync::{Mutex, MutexGuard, Once, PoisonError};

thread_local! {
    static CURRENT: Cell<Option<Services>> = const { Cell::new(None) };
}

/// The hosts of the registries that have loaded the plug-in, without a context.
static HOSTS: Mutex<Vec<Myself>> = Mutex::new(Vec::new());

fn hosts() -> MutexGuard<'static, Vec<Myself>> {
    HOSTS.lock().unwrap_or_else(PoisonError::into_inner)
}

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
        // The lock is not held meanwhile: what the host does with the line may load or unload the plug-in.
        let host = hosts().last().cloned();
        if let Some(host) = host {
            host.log(level, &text);
        }
    }

    fn flush(&self) {}
}

/// Adds the host of a registry that loads the plug-in.
///
/// # Safety
/// It is valid until `remove_host` was called.
pub(crate) unsafe fn add_host(host: *const abi::PluginHost) {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // Another one, set by the plug-in or by a host that links it, is left as it is.
        if log::set_logger(&Logger).is_ok() {
            log::set_max_level(log::LevelFilter::Trace);
        }
    });
    // SAFETY: promised above.
    let host = unsafe { Myself::new(host, std::ptr::null_mut()) };
    hosts().push(host);
}

/// Removes it; waits for the threads that are writing to its log.
pub(crate) fn remove_host(host: *const abi::PluginHost) {
    let mut hosts = hosts();
    let found = hosts.iter().position(|other| other.host() == host).map(|index| hosts.remove(index));
    drop(hosts);
    if let Some(host) = found {
        host.end();
    }
}

/// Sets the context of a call as the current one of this thread, until the result is dropped.
#[inline]
pub(crate) fn enter(services: Services) -> Entered {
    // The place is looked up once: in a library that a host has opened, that is a function call.
    CURRENT.with(|current| Entered { before: current.replace(Some(services)), current })
}

pub(crate) struct Entered {
    before: Option<Services>,
    /// This thread's own, which also keeps it here.
    current: *const Cell<Option<Services>>,
}

impl Drop for Entered {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: on the same thread, which has it as long as it runs, since it has no destructor.
        unsafe { (*self.current).set(self.before) };
    }
}
