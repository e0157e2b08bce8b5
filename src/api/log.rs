//! The log of libvm and of plug-ins.
#![forbid(unsafe_code)]

use super::context::Context;
use super::error::Result;
use crate::log::{self, Listener};
use crate::panics;
use libvm_abi as abi;
use std::sync::Arc;

/// The level of a line of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(i32)]
pub enum LogLevel {
    /// Something failed.
    Error = abi::LOG_ERROR,
    /// Something may be wrong.
    Warning = abi::LOG_WARNING,
    /// Something that is worth knowing.
    Info = abi::LOG_INFO,
    /// Helps to find a fault.
    Debug = abi::LOG_DEBUG,
    /// Each step.
    Trace = abi::LOG_TRACE,
}

impl LogLevel {
    fn from_abi(level: abi::LogLevel) -> Self {
        match level {
            ..=abi::LOG_ERROR => Self::Error,
            abi::LOG_WARNING => Self::Warning,
            abi::LOG_INFO => Self::Info,
            abi::LOG_DEBUG => Self::Debug,
            _ => Self::Trace,
        }
    }
}

fn listener(callback: impl Fn(LogLevel, &str, &str) + Send + Sync + 'static) -> Listener {
    Arc::new(move |level, source, text| {
        // A panic cannot pass through libvm; its message has been printed.
        let _ = panics::catch(|| callback(LogLevel::from_abi(level), source, text));
    })
}

/// Sets what receives the lines of libvm and of plug-ins up to a level: level, source (`libvm`, or the plug-in, with the context's name)
/// and text. Nothing is printed otherwise. It may be called on several threads at once.
pub fn set_log_callback(level: LogLevel, callback: impl Fn(LogLevel, &str, &str) + Send + Sync + 'static) {
    log::set(level as abi::LogLevel, Some(listener(callback)));
}

/// Removes what receives the lines.
pub fn remove_log_callback() {
    log::set(abi::LOG_ERROR, None);
}

impl Context {
    /// Sets what receives the lines of this context, instead of that of the process.
    ///
    /// # Errors
    /// [`BUSY`](crate::Status::BUSY), [`REENTRANT`](crate::Status::REENTRANT).
    pub fn set_log_callback(
        &mut self,
        level: LogLevel,
        callback: impl Fn(LogLevel, &str, &str) + Send + Sync + 'static,
    ) -> Result<()> {
        let listener = listener(callback);
        self.with(|context| {
            context.logger().set(level as abi::LogLevel, Some(listener));
            Ok(())
        })
    }

    /// Removes what receives the lines of this context: they go to that of the process.
    ///
    /// # Errors
    /// [`BUSY`](crate::Status::BUSY), [`REENTRANT`](crate::Status::REENTRANT).
    pub fn remove_log_callback(&mut self) -> Result<()> {
        self.with(|context| {
            context.logger().set(abi::LOG_ERROR, None);
            Ok(())
        })
    }
}
