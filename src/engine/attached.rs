//! What higher floors attach to a module: it ends with the module.
#![forbid(unsafe_code)]

use std::any::Any;
use std::sync::{Mutex, PoisonError};

/// Values that are dropped with a module.
#[derive(Default)]
pub struct Attached(Mutex<Vec<Box<dyn Any + Send>>>);

impl Attached {
    /// Adds a value.
    pub fn add(&self, value: impl Any + Send) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(Box::new(value));
    }
}
