//! The log: its receivers, and their levels. Without a receiver nothing is printed.
#![forbid(unsafe_code)]

use crate::stack;
use crate::text;
use libvm_abi as abi;
pub use libvm_abi::LogLevel;
use std::any::Any;
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

/// A receiver of log lines: level, source (`libvm`, a plug-in's name, or the latter followed by `/` and the context's name),
/// text. It is called on the thread that logs, possibly on several threads at once, and may itself set another receiver.
pub type Listener = Arc<dyn Fn(LogLevel, &str, &str) + Send + Sync>;

/// The source of lines that were not written by a plug-in.
pub const SOURCE: &str = "libvm";

/// Returns the source of the lines of a plug-in, in a context that may have a name; an empty name counts as none.
pub fn source_of(plugin: &str, context: Option<&str>) -> String {
    context.filter(|context| !context.is_empty()).map_or_else(|| plugin.to_owned(), |context| format!("{plugin}/{context}"))
}

static PROCESS: LazyLock<Logger> = LazyLock::new(Logger::default);

/// The log of a context, or of the process. Clones share their receiver.
#[derive(Clone, Default)]
pub struct Logger(Arc<RwLock<Option<(LogLevel, Listener)>>>);

/// A receiver with its level, or none.
pub struct Receiver(Option<(LogLevel, Listener)>);

impl Logger {
    /// Creates a log that passes its lines to the log of the process until it has a receiver of its own.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the receiver of lines up to `level`; `None` removes it. A receiver that is being called on another thread is released
    /// when that call returns.
    pub fn set(&self, level: LogLevel, listener: Option<Listener>) {
        let next = listener.map(|listener| (level, listener));
        let last = std::mem::replace(&mut *self.0.write().unwrap_or_else(PoisonError::into_inner), next);
        // Releasing it runs code of the host, which may log: the lock must not be held.
        drop(last);
    }

    /// Returns the receiver.
    pub fn receiver(&self) -> Receiver {
        Receiver(self.0.read().unwrap_or_else(PoisonError::into_inner).clone())
    }

    /// Sets a receiver that it has had.
    pub fn restore(&self, receiver: &Receiver) {
        let last = std::mem::replace(&mut *self.0.write().unwrap_or_else(PoisonError::into_inner), receiver.0.clone());
        drop(last);
    }

    /// Writes a line of a plug-in or of libvm itself. An invalid level is replaced with the nearest valid one.
    pub fn log(&self, level: LogLevel, plugin: Option<&str>, message: &str) {
        if !self.write(level, plugin, message) {
            PROCESS.write(level, plugin, message);
        }
    }

    /// Passes the line to the receiver, with characters that would affect a terminal escaped; returns whether there is a
    /// receiver.
    fn write(&self, level: LogLevel, plugin: Option<&str>, message: &str) -> bool {
        let listener = self.0.read().unwrap_or_else(PoisonError::into_inner).clone();
        let Some((most, listener)) = listener else { return false };
        let level = level.clamp(abi::LOG_ERROR, abi::LOG_TRACE);
        if level <= most {
            stack::on_thread(|| listener(level, &text::escaped(plugin.unwrap_or(SOURCE)), &text::escaped(message)));
        }
        true
    }
}

/// Sets the receiver of the process's lines up to `level`; `None` removes it.
pub fn set(level: LogLevel, listener: Option<Listener>) {
    PROCESS.set(level, listener);
}

/// Writes a line of a plug-in or of libvm itself to the log of the process.
pub fn log(level: LogLevel, plugin: Option<&str>, message: &str) {
    PROCESS.write(level, plugin, message);
}

/// Locks the receiver of the process's lines until the result is dropped, for use around `fork`.
pub fn hold_lock() -> Box<dyn Any> {
    Box::new(PROCESS.0.write().unwrap_or_else(PoisonError::into_inner))
}

/// Returns whether the process's log has a receiver for lines of a level, so that callers can skip preparing many of them.
pub fn wants(level: LogLevel) -> bool {
    PROCESS.0.read().unwrap_or_else(PoisonError::into_inner).as_ref().is_some_and(|(most, _)| level <= *most)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    fn listener(lines: &Arc<Mutex<Vec<String>>>) -> Listener {
        let lines = lines.clone();
        Arc::new(move |level, source, text| lines.lock().unwrap().push(format!("{level} {source}: {text}")))
    }

    #[test]
    fn a_logger_filters_by_level_and_names_the_source() {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let logger = Logger::new();
        logger.set(abi::LOG_INFO, Some(listener(&lines)));
        logger.clone().log(abi::LOG_INFO, None, "a");
        logger.log(abi::LOG_DEBUG, None, "b");
        logger.log(-7, Some("zip"), "c");
        logger.set(abi::LOG_INFO, None);
        logger.log(abi::LOG_ERROR, None, "d");
        assert_eq!(*lines.lock().unwrap(), ["3 libvm: a", "1 zip: c"]);
    }

    #[test]
    fn a_line_is_one_line_and_does_nothing_to_a_terminal() {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let logger = Logger::new();
        logger.set(abi::LOG_INFO, Some(listener(&lines)));
        logger.log(abi::LOG_INFO, Some("zip/a\nb"), "x\n1 libvm: forged\u{1b}[2J\u{9b}2J\u{202e}");
        assert_eq!(*lines.lock().unwrap(), ["3 zip/a\\nb: x\\n1 libvm: forged\\u{1b}[2J\\u{9b}2J\\u{202e}"]);
    }

    #[test]
    fn a_listener_may_change_who_listens() {
        let logger = Logger::new();
        let inner = logger.clone();
        let calls = Arc::new(Mutex::new(0));
        let counted = calls.clone();
        let listener: Listener = Arc::new(move |_, _, _| {
            *counted.lock().unwrap() += 1;
            inner.set(abi::LOG_ERROR, None);
        });
        logger.set(abi::LOG_ERROR, Some(listener));
        logger.log(abi::LOG_ERROR, None, "once");
        logger.log(abi::LOG_ERROR, None, "not received");
        assert_eq!(*calls.lock().unwrap(), 1);
    }
}
