//! What a plug-in answers when it is shown a module, and how long the answer is kept.
#![forbid(unsafe_code)]

use crate::engine::{HostFunction, Module};
use crate::plugin::file::manifest::Dependency;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A function for one module.
#[derive(Clone)]
pub struct Provided {
    /// The function.
    pub function: Arc<HostFunction>,
    /// The permission that calls of it require.
    pub permission: Option<String>,
}

/// What a plug-in answers when it is shown a module.
#[derive(Default)]
pub struct Answer {
    /// The plug-ins that the module needs.
    pub requirements: Vec<Dependency>,
    /// The functions for the module alone, by module name and name.
    functions: BTreeMap<String, BTreeMap<String, Provided>>,
    count: usize,
}

impl Answer {
    /// Returns the function for an import.
    pub fn find(&self, module: &str, name: &str) -> Option<&Provided> {
        self.functions.get(module)?.get(name)
    }

    /// Returns the number of functions.
    pub fn function_count(&self) -> usize {
        self.count
    }

    /// Adds a function that it does not have.
    pub fn add(&mut self, module: &str, name: &str, provided: Provided) {
        self.functions.entry(module.to_owned()).or_default().insert(name.to_owned(), provided);
        self.count += 1;
    }
}

/// An answer, until the module or the plug-in ends.
type Slot = Arc<Mutex<Option<Arc<Answer>>>>;

fn locked(slot: &Slot) -> MutexGuard<'_, Option<Arc<Answer>>> {
    slot.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Empties a slot when it is dropped, with a module or a plug-in. What frees the functions runs without a lock.
struct End(Slot);

impl Drop for End {
    fn drop(&mut self) {
        let answer = locked(&self.0).take();
        drop(answer);
    }
}

/// The answers of a plug-in: one for each module that it was shown.
#[derive(Default)]
pub struct Answers(Mutex<HashMap<usize, End>>);

impl Answers {
    fn slots(&self) -> MutexGuard<'_, HashMap<usize, End>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the answer about a module. The slot of a module that has ended is empty, also if another one has its address.
    pub fn get(&self, module: &Arc<Module>) -> Option<Arc<Answer>> {
        self.slots().get(&(Arc::as_ptr(module) as usize)).and_then(|end| locked(&end.0).clone())
    }

    /// Keeps the answer about a module.
    pub fn keep(&self, module: &Arc<Module>, answer: Answer) -> Arc<Answer> {
        let answer = Arc::new(answer);
        let slot: Slot = Arc::new(Mutex::new(Some(Arc::clone(&answer))));
        module.attached().add(End(Arc::clone(&slot)));
        let mut slots = self.slots();
        slots.retain(|_, end| locked(&end.0).is_some());
        let former = slots.insert(Arc::as_ptr(module) as usize, End(slot));
        drop(slots);
        drop(former);
        answer
    }
}
