//! What a plug-in has compiled for a module, and how calls find it.

pub mod value;

use crate::limits::{MAX_DIRECT_PARAMETER, MAX_SHOWN_NAMES};
use crate::plugin::threading::gate::Gate;
use libvm_abi::{self as abi, Status};
use std::any::Any;
use std::collections::HashMap;
use std::ffi::c_void;
use std::mem;
use std::sync::{Arc, Weak};
use value::Value;

/// The plug-in that compiles.
pub struct Origin {
    /// The address of its host.
    pub host: usize,
    pub name: Arc<str>,
    pub gate: Gate,
    /// Itself. It is gone while it is being dropped, which drops in its gate what it has compiled.
    pub plugin: Weak<dyn Any + Send + Sync>,
}

/// A parameter that was compiled.
pub struct Item {
    /// The index of its compiler.
    pub compiler: usize,
    /// The author's id, which is unique among those of the compiler.
    pub id: u32,
    pub value: Value,
}

/// What a plug-in has compiled for a module, shared by all contexts.
pub struct Compiled {
    kinds: Vec<Kind>,
    values: Vec<Value>,
    origin: Arc<Origin>,
}

/// The parameters of one kind: the index of each one's value, by its id.
struct Kind {
    name: Arc<str>,
    direct: Vec<Option<u32>>,
    others: HashMap<u32, u32>,
}

impl Compiled {
    /// Creates it; `kinds` are those of the plug-in's compilers.
    pub fn new(kinds: impl Iterator<Item = Arc<str>>, items: Vec<Item>, origin: &Arc<Origin>) -> Self {
        let kind = |name| Kind { name, direct: Vec::new(), others: HashMap::new() };
        let mut kinds: Vec<Kind> = kinds.map(kind).collect();
        let mut values = Vec::with_capacity(items.len());
        for Item { compiler, id, value } in items {
            kinds[compiler].add(id, values.len() as u32);
            values.push(value);
        }
        Self { kinds, values, origin: Arc::clone(origin) }
    }

    /// Returns what was compiled of a parameter; `host` is the address of the host of the plug-in that asks.
    #[inline]
    pub fn get(&self, host: usize, kind: u32, id: u32) -> Option<*mut c_void> {
        let kind = self.kinds.get(kind as usize).filter(|_| host == self.origin.host)?;
        Some(self.values[kind.find(id)? as usize].pointer())
    }

    /// Returns why there is no such parameter: a status, and how a message about the function that asked goes on.
    #[cold]
    pub fn missing(&self, host: usize, index: u32, id: u32) -> (Status, String) {
        if host != self.origin.host {
            let what = format!("is of plug-in `{}`, and another plug-in asked for the parameters of its call", self.origin.name);
            return (abi::STATUS_INVALID_ARGUMENT, what);
        }
        let Some(kind) = self.kinds.get(index as usize) else {
            let count = self.kinds.len();
            let what = format!(
                "asked for parameter {id} of compiler {index}, but its plug-in has {count} in {}",
                abi::COMPILER_EXTENSION
            );
            return (abi::STATUS_INVALID_ARGUMENT, what);
        };
        let name = &kind.name;
        let other = self.kinds.iter().find(|other| other.find(id).is_some());
        let found = match (other, kind.ids()) {
            (Some(other), _) => format!("in the calling module it is of kind `{}`", other.name),
            (None, known) if known.is_empty() => "the calling module has none of this kind".to_owned(),
            (None, known) => format!("the calling module has {known}"),
        };
        (abi::STATUS_NOT_FOUND, format!("asked for parameter {id} of kind `{name}`, but {found}"))
    }
}

impl Drop for Compiled {
    fn drop(&mut self) {
        let values = mem::take(&mut self.values);
        if let Some(plugin) = self.origin.plugin.upgrade().filter(|_| !values.is_empty()) {
            self.origin.gate.finish(&self.origin.name, "what it has compiled", None, (values, plugin));
        }
    }
}

impl Kind {
    fn add(&mut self, id: u32, value: u32) {
        if id >= MAX_DIRECT_PARAMETER {
            self.others.insert(id, value);
            return;
        }
        let id = id as usize;
        if self.direct.len() <= id {
            self.direct.resize(id + 1, None);
        }
        self.direct[id] = Some(value);
    }

    #[inline]
    fn find(&self, id: u32) -> Option<u32> {
        if id < MAX_DIRECT_PARAMETER { self.direct.get(id as usize).copied().flatten() } else { self.others.get(&id).copied() }
    }

    /// Lists the smallest ids.
    fn ids(&self) -> String {
        let direct = self.direct.iter().zip(0..).filter_map(|(value, id)| value.map(|_| id));
        let mut ids: Vec<u32> = direct.chain(self.others.keys().copied()).collect();
        ids.sort_unstable();
        let more = ids.len().saturating_sub(MAX_SHOWN_NAMES);
        let shown = ids.iter().take(MAX_SHOWN_NAMES).map(u32::to_string).collect::<Vec<_>>().join(", ");
        if more > 0 { format!("{shown} and {more} more") } else { shown }
    }
}
