//! The loaded plug-ins of registries. Messages of contexts use those of all registries, without becoming an owner: deleting a
//! registry ends its plug-ins, also during such a lookup.
#![forbid(unsafe_code)]

use crate::plugin::file::object_file::FileId;
use crate::plugin::plugin::Plugin;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard, Weak};

/// The loaded plug-ins of one registry, and the directories that it has searched.
#[derive(Default)]
pub struct Loaded {
    plugins: RwLock<Plugins>,
    /// The directories that the last call with default paths has searched, each with what was found.
    searched: RwLock<Vec<String>>,
}

/// Plug-ins in load order, with the index of each.
#[derive(Default)]
struct Plugins {
    ordered: Vec<Arc<Plugin>>,
    by_name: HashMap<String, usize>,
    /// The last one of a file: it may have the inode number of a file that was deleted.
    by_file: HashMap<FileId, usize>,
}

impl Plugins {
    fn push(&mut self, plugin: Arc<Plugin>) {
        let index = self.ordered.len();
        self.by_name.insert(plugin.name().to_owned(), index);
        self.by_file.insert(plugin.id().clone(), index);
        self.ordered.push(plugin);
    }
}

static LIVING: Mutex<Vec<Weak<Loaded>>> = Mutex::new(Vec::new());

/// The loaded plug-ins of all registries of the process.
pub fn living() -> MutexGuard<'static, Vec<Weak<Loaded>>> {
    LIVING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Returns the first result of `look` for a loaded plug-in of the process. It is called under a lock.
pub fn look_everywhere<R>(mut look: impl FnMut(&Plugin) -> Option<R>) -> Option<R> {
    everywhere().iter().find_map(|loaded| loaded.read().ordered.iter().find_map(|plugin| look(plugin)))
}

/// Returns the directories that load calls with default paths have searched, as in `/usr/lib/libvm (no plug-ins)`: those of the
/// last call of each registry.
pub fn searched_everywhere() -> Vec<String> {
    everywhere().iter().flat_map(|loaded| loaded.searched()).collect()
}

fn everywhere() -> Vec<Arc<Loaded>> {
    living().iter().filter_map(Weak::upgrade).collect()
}

impl Loaded {
    /// Creates the empty set of a new registry.
    pub fn new() -> Arc<Self> {
        let made = Arc::default();
        living().push(Arc::downgrade(&made));
        made
    }

    fn read(&self) -> RwLockReadGuard<'_, Plugins> {
        self.plugins.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Plugins> {
        self.plugins.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns all, in load order.
    pub fn all(&self) -> Vec<Arc<Plugin>> {
        self.read().ordered.clone()
    }

    /// Returns their number.
    pub fn count(&self) -> usize {
        self.read().ordered.len()
    }

    /// Returns the one at an index in load order.
    pub fn at(&self, index: usize) -> Option<Arc<Plugin>> {
        self.read().ordered.get(index).cloned()
    }

    /// Returns the one with a name.
    pub fn find(&self, name: &str) -> Option<Arc<Plugin>> {
        let plugins = self.read();
        plugins.by_name.get(name).map(|index| Arc::clone(&plugins.ordered[*index]))
    }

    /// Returns the one that was loaded from a file.
    pub fn find_by_id(&self, id: &FileId) -> Option<Arc<Plugin>> {
        let plugins = self.read();
        plugins.by_file.get(id).map(|index| Arc::clone(&plugins.ordered[*index]))
    }

    /// Adds a plug-in at the end of the load order.
    pub fn add(&self, plugin: Arc<Plugin>) {
        self.write().push(plugin);
    }

    /// Replaces all with others; returns the previous ones.
    pub fn replace(&self, plugins: Vec<Arc<Plugin>>) -> Vec<Arc<Plugin>> {
        let mut next = Plugins::default();
        plugins.into_iter().for_each(|plugin| next.push(plugin));
        std::mem::replace(&mut *self.write(), next).ordered
    }

    /// Takes all, in load order, for a registry that is dropped and no longer found by others.
    pub fn end(self: &Arc<Self>) -> Vec<Arc<Plugin>> {
        living().retain(|other| !std::ptr::eq(other.as_ptr(), Arc::as_ptr(self)));
        self.replace(Vec::new())
    }

    /// Returns the directories that the last load call with default paths has searched.
    pub fn searched(&self) -> Vec<String> {
        self.searched.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Records the directories that a load call with default paths has searched.
    pub fn set_searched(&self, searched: Vec<String>) {
        *self.searched.write().unwrap_or_else(PoisonError::into_inner) = searched;
    }
}
