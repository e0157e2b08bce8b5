//! What the library warns of while it makes an engine and loads a module, such as a cache of compiled code that cannot be used.

use crate::output::Output;
use crate::words;
use std::sync::{Arc, Mutex, PoisonError};
use vm::LogLevel;

/// Collects warnings until it is dropped: the log of the library is not shown otherwise.
pub struct Warnings(Arc<Mutex<Vec<String>>>);

impl Warnings {
    pub fn collect() -> Self {
        let texts = Arc::<Mutex<Vec<String>>>::default();
        let kept = Arc::clone(&texts);
        vm::set_log_callback(LogLevel::Warning, move |_, _, text| {
            kept.lock().unwrap_or_else(PoisonError::into_inner).push(words::of_command(text));
        });
        Self(texts)
    }

    /// Shows them.
    pub fn show(self, output: &Output) {
        for text in self.0.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            output.warning(crate::text::lines(text));
        }
    }
}

impl Drop for Warnings {
    fn drop(&mut self) {
        vm::remove_log_callback();
    }
}
