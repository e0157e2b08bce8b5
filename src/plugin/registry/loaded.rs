//! What registries have loaded. Messages of contexts look at that of all registries, and keep nothing of it: who deletes a registry
//! ends its plug-ins, whoever looks at the same time.
#![forbid(unsafe_code)]

use crate::plugin::file::object_file::FileId;
use crate::plugin::plugin::Plugin;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard, Weak};

/// What one registry has loaded, and where it has searched.
#[derive(Default)]
pub struct Loaded {
    plugins: RwLock<Plugins>,
    /// The directories that the last call with default paths has searched, each with what was there.
    searched: RwLock<Vec<String>>,
}

/// Plug-ins in load order, with the place of each.
#[derive(Default)]
struct Plugins {
    ordered: Vec<Arc<Plugin>>,
    by_name: HashMap<String, usize>,
    /// The last one of a file: it may have got the number of one that was deleted.
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

/// What the registries of the process have loaded.
pub fn living() -> MutexGuard<'static, Vec<Weak<Loaded>>> {
    LIVING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What `look` finds in the first of all loaded plug-ins of the process in which it finds something. It is called under a lock.
pub fn look_everywhere<R>(mut look: impl FnMut(&Plugin) -> Option<R>) -> Option<R> {
    everywhere().iter().find_map(|loaded| loaded.read().ordered.iter().find_map(|plugin| look(plugin)))
}

/// The directories that load calls with default paths have searched, as in `/usr/lib/libvm (no plug-ins)`: of each registry, of
/// its last call.
pub fn searched_everywhere() -> Vec<String> {
    everywhere().iter().flat_map(|loaded| loaded.searched()).collect()
}

fn everywhere() -> Vec<Arc<Loaded>> {
    living().iter().filter_map(Weak::upgrade).collect()
}

impl Loaded {
    /// Nothing, of a new registry.
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

    /// All, in load order.
    pub fn all(&self) -> Vec<Arc<Plugin>> {
        self.read().ordered.clone()
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.read().ordered.len()
    }

    /// The one at a place in load order.
    pub fn at(&self, index: usize) -> Option<Arc<Plugin>> {
        self.read().ordered.get(index).cloned()
    }

    /// The one of a name.
    pub fn find(&self, name: &str) -> Option<Arc<Plugin>> {
        let plugins = self.read();
        plugins.by_name.get(name).map(|index| Arc::clone(&plugins.ordered[*index]))
    }

    /// The one of a file.
    pub fn find_by_id(&self, id: &FileId) -> Option<Arc<Plugin>> {
        let plugins = self.read();
        plugins.by_file.get(id).map(|index| Arc::clone(&plugins.ordered[*index]))
    }

    /// Adds one, the last in load order.
    pub fn add(&self, plugin: Arc<Plugin>) {
        self.write().push(plugin);
    }

    /// Puts others in their place; returns what was there.
    pub fn replace(&self, plugins: Vec<Arc<Plugin>>) -> Vec<Arc<Plugin>> {
        let mut next = Plugins::default();
        plugins.into_iter().for_each(|plugin| next.push(plugin));
        std::mem::replace(&mut *self.write(), next).ordered
    }

    /// Takes all out, in load order, for a registry that ends: nobody else finds it any more.
    pub fn end(self: &Arc<Self>) -> Vec<Arc<Plugin>> {
        living().retain(|other| !std::ptr::eq(other.as_ptr(), Arc::as_ptr(self)));
        self.replace(Vec::new())
    }

    /// The directories that the last load call with default paths has searched.
    pub fn searched(&self) -> Vec<String> {
        self.searched.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Notes what a load call with default paths has searched.
    pub fn set_searched(&self, searched: Vec<String>) {
        *self.searched.write().unwrap_or_else(PoisonError::into_inner) = searched;
    }
}
