//! What higher floors attach to a module: it ends with the module.
#![forbid(unsafe_code)]

use std::any::Any;
use std::sync::{Arc, Mutex, PoisonError};

/// Values that are dropped with a module.
#[derive(Default)]
pub struct Attached {
    own: Mutex<Vec<Box<dyn Any + Send>>>,
    shared: Mutex<Vec<Arc<dyn Any + Send + Sync>>>,
}

impl Attached {
    /// Adds a value.
    pub fn add(&self, value: impl Any + Send) {
        self.own.lock().unwrap_or_else(PoisonError::into_inner).push(Box::new(value));
    }

    /// Returns the value of a type, of which there is one; `make` creates it the first time.
    pub fn get<T: Any + Send + Sync>(&self, make: impl FnOnce() -> T) -> Arc<T> {
        let mut all = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = all.iter().find_map(|value| Arc::clone(value).downcast().ok()) {
            return found;
        }
        let made = Arc::new(make());
        all.push(Arc::clone(&made) as Arc<_>);
        made
    }
}
