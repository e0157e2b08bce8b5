//! Providers of imports: any number for a module name, searched in the order in which they were registered.
#![forbid(unsafe_code)]

#[cfg(feature = "wasi")]
use crate::engine::wasi;
use crate::engine::{Extern, Handle, Module};
use crate::host::HostModule;
use crate::status::Error;
use crate::tight;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// Items of a host module that exist in a store, by their index.
type Made = BTreeMap<usize, Extern>;

/// The source of the items of a provider.
pub(super) enum Source {
    /// A host module of the host or a plug-in.
    Host {
        module: Arc<HostModule>,
        /// Index of the plug-in that its functions belong to.
        plugin: Option<usize>,
        /// Its memories, tables and globals that exist so far, by index of the item.
        made: Made,
    },
    /// An instance, whose exports are described by `module`.
    Instance {
        module: Arc<Module>,
        /// The reason if there is no instance, because it could not be created again.
        instance: Result<Handle, Error>,
        /// Whether it was instantiated to be registered, and is created again when the context is reset.
        renewed: bool,
    },
    /// WASI preview 1.
    #[cfg(feature = "wasi")]
    Wasi,
}

impl Source {
    /// Creates a source from a host module whose functions belong to a plug-in, or to the host.
    pub fn host(module: &Arc<HostModule>, plugin: Option<usize>) -> Self {
        module.seal();
        Self::Host { module: Arc::clone(module), plugin, made: Made::new() }
    }

    /// Returns whether it has an item with a name.
    pub fn has(&self, item: &str) -> bool {
        match self {
            Self::Host { module, .. } => module.find(item).is_some(),
            Self::Instance { module, .. } => module.find_export(item).is_some(),
            #[cfg(feature = "wasi")]
            Self::Wasi => wasi::function_type(item).is_some(),
        }
    }

    /// Returns whether it is this host module.
    pub fn is_module(&self, other: &Arc<HostModule>) -> bool {
        matches!(self, Self::Host { module, .. } if Arc::ptr_eq(module, other))
    }

    /// Returns whether it is an instance that could not be created again after a reset.
    pub fn is_failed(&self) -> bool {
        matches!(self, Self::Instance { instance: Err(_), .. })
    }

    fn len(&self) -> usize {
        match self {
            Self::Host { module, .. } => module.items().len(),
            Self::Instance { module, .. } => module.exports().len(),
            #[cfg(feature = "wasi")]
            Self::Wasi => wasi::names().len(),
        }
    }

    /// Returns the names of its items, in its order.
    pub fn items(&self) -> Box<dyn Iterator<Item = &str> + '_> {
        match self {
            Self::Host { module, .. } => Box::new(module.items().map(|(name, _)| name)),
            Self::Instance { module, .. } => Box::new(module.exports().iter().map(|export| export.name.as_str())),
            #[cfg(feature = "wasi")]
            Self::Wasi => Box::new(wasi::names().map(|name| -> &str { name })),
        }
    }

    /// Returns the plug-in that it belongs to.
    pub fn plugin(&self) -> Option<usize> {
        match self {
            Self::Host { plugin, .. } => *plugin,
            _ => None,
        }
    }

    /// An item of this provider that another one has too.
    pub fn shared_item<'a>(&'a self, other: &'a Self) -> Option<&'a str> {
        let (fewer, more) = if self.len() <= other.len() { (self, other) } else { (other, self) };
        fewer.items().find(|item| more.has(item))
    }
}

/// A source with the module name that imports use.
pub(super) struct Provider {
    pub name: Arc<str>,
    pub source: Source,
}

/// Identifies a provider in its context; the numbers are in the order of registration.
pub(super) type ProviderId = u64;

/// Providers in the order of their registration, which is that of their numbers. Most contexts have a few, for which a vector takes a tenth
/// of the memory of a tree.
#[derive(Default)]
struct All(Vec<(ProviderId, Provider)>);

impl All {
    fn index(&self, id: ProviderId) -> Option<usize> {
        self.0.binary_search_by_key(&id, |(known, _)| *known).ok()
    }

    fn get(&self, id: ProviderId) -> Option<&Provider> {
        self.index(id).map(|index| &self.0[index].1)
    }

    fn get_mut(&mut self, id: ProviderId) -> Option<&mut Provider> {
        self.index(id).map(|index| &mut self.0[index].1)
    }

    /// Returns the source of a provider that there is.
    fn source(&self, id: ProviderId) -> &Source {
        &self.get(id).expect("a shelf has the providers of the context").source
    }
}

type Items = HashMap<Box<str>, ProviderId>;

/// The providers of one module name.
struct Shelf {
    name: Arc<str>,
    providers: Vec<ProviderId>,
    /// The provider of each item, if there are several providers.
    items: Option<Box<Items>>,
}

impl Shelf {
    fn index_all(&mut self, all: &All) {
        self.items = None;
        if self.providers.len() > 1 {
            self.providers.clone().into_iter().for_each(|id| self.index(id, all));
        }
    }

    fn index(&mut self, id: ProviderId, all: &All) {
        self.items.get_or_insert_default().extend(all.source(id).items().map(|item| (Box::from(item), id)));
    }

    /// Returns the provider of an item, if there are several providers.
    fn provider_of(&self, item: &str) -> Option<ProviderId> {
        self.items.as_ref()?.get(item).copied()
    }
}

/// All providers of a context.
#[derive(Default)]
pub(super) struct Providers {
    last: ProviderId,
    changes: u64,
    all: All,
    /// In the order of their names.
    shelves: Vec<Shelf>,
}

impl Providers {
    fn place(&self, name: &str) -> Result<usize, usize> {
        self.shelves.binary_search_by(|shelf| (*shelf.name).cmp(name))
    }

    fn shelf(&self, name: &str) -> Option<&Shelf> {
        self.place(name).ok().map(|place| &self.shelves[place])
    }

    /// Adds a provider, the last one with its name.
    pub fn add(&mut self, name: &str, source: Source) {
        self.last += 1;
        self.changes += 1;
        let place = self.place(name).unwrap_or_else(|place| {
            let shelf = Shelf { name: Arc::from(name), providers: Vec::new(), items: None };
            tight::insert(&mut self.shelves, place, shelf);
            place
        });
        let shelf = &mut self.shelves[place];
        tight::push(&mut self.all.0, (self.last, Provider { name: Arc::clone(&shelf.name), source }));
        tight::push(&mut shelf.providers, self.last);
        match shelf.providers[..] {
            [_] => {}
            [_, _] => shelf.index_all(&self.all),
            _ => shelf.index(self.last, &self.all),
        }
    }

    /// Replaces a source with another one of the same name.
    pub fn replace(&mut self, id: ProviderId, source: Source) {
        let Some(provider) = self.all.get_mut(id) else { return };
        provider.source = source;
        self.changes += 1;
        let name = Arc::clone(&provider.name);
        if let Ok(place) = self.place(&name) {
            self.shelves[place].index_all(&self.all);
        }
    }

    /// Removes the providers for which `gone` returns true.
    pub fn remove(&mut self, gone: impl Fn(&Provider) -> bool) {
        let mut names = BTreeSet::new();
        self.all.0.retain(|(_, provider)| {
            let keep = !gone(provider);
            if !keep {
                self.changes += 1;
                names.insert(Arc::clone(&provider.name));
            }
            keep
        });
        for name in names {
            let Ok(place) = self.place(&name) else { continue };
            let shelf = &mut self.shelves[place];
            shelf.providers.retain(|id| self.all.index(*id).is_some());
            shelf.index_all(&self.all);
            if shelf.providers.is_empty() {
                self.shelves.remove(place);
            }
        }
    }

    /// Returns the provider of an item.
    pub fn find(&self, module: &str, item: &str) -> Option<(ProviderId, &Source)> {
        let shelf = self.shelf(module)?;
        let id = match shelf.providers[..] {
            [only] => Some(only).filter(|id| self.all.source(*id).has(item)),
            _ => shelf.provider_of(item),
        };
        id.map(|id| (id, self.all.source(id)))
    }

    /// Returns the sources of a module name, in order of registration.
    pub fn of(&self, module: &str) -> impl Iterator<Item = &Source> + Clone {
        let ids = self.shelf(module).map_or(&[][..], |shelf| &shelf.providers);
        ids.iter().map(|id| self.all.source(*id))
    }

    /// Returns all providers, in order of registration.
    pub fn iter(&self) -> impl Iterator<Item = (ProviderId, &Provider)> {
        self.all.0.iter().map(|(id, provider)| (*id, provider))
    }

    /// Returns how often something was added, replaced or removed.
    pub fn changes(&self) -> u64 {
        self.changes
    }

    /// Returns a source by its number.
    pub fn get(&self, id: ProviderId) -> Option<&Source> {
        self.all.get(id).map(|provider| &provider.source)
    }

    /// Returns a source by its number, for changes that do not affect which items it has.
    pub fn source(&mut self, id: ProviderId) -> Option<&mut Source> {
        self.all.get_mut(id).map(|provider| &mut provider.source)
    }

    /// Returns all sources for changes that do not affect which items they have.
    pub fn sources(&mut self) -> impl Iterator<Item = &mut Source> {
        self.all.0.iter_mut().map(|(_, provider)| &mut provider.source)
    }

    /// Returns an item of a source that another provider with the same module name already has, with that provider. Those for
    /// which
    /// `except` returns true are ignored.
    pub fn conflict<'a>(
        &'a self,
        name: &str,
        source: &'a Source,
        except: impl Fn(&Source) -> bool,
    ) -> Option<(&'a Source, &'a str)> {
        let shelf = self.shelf(name)?;
        if let [only] = shelf.providers[..] {
            let known = self.all.source(only);
            return if except(known) { None } else { source.shared_item(known).map(|item| (known, item)) };
        }
        source.items().find_map(|item| {
            let known = self.all.source(shelf.provider_of(item)?);
            (!except(known)).then_some((known, item))
        })
    }
}
