//! Shards: each call of a guest clones the handle of its wasmi engine and locks that engine's stacks twice, so that threads with
//! one wasmi engine wait for each other. An engine therefore has several, and spreads its stores over them.
#![forbid(unsafe_code)]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

/// The wasmi engines of an engine, each created on first need.
pub struct Shards {
    config: wasmi::Config,
    all: Box<[Slot]>,
}

struct Slot {
    engine: OnceLock<wasmi::Engine>,
    /// Number of stores that use it.
    stores: AtomicUsize,
}

/// The shard of a store, which counts towards its load until this is dropped.
pub struct Shard {
    shards: Arc<Shards>,
    index: usize,
}

impl Shards {
    /// Creates so many shards: one at least.
    pub fn new(config: wasmi::Config, count: usize) -> Self {
        let slot = || Slot { engine: OnceLock::new(), stores: AtomicUsize::new(0) };
        Self { config, all: (0..count.max(1)).map(|_| slot()).collect() }
    }

    /// Returns how many there are.
    pub fn count(&self) -> usize {
        self.all.len()
    }

    /// Returns the wasmi engine of a shard. The first one validates and loads modules.
    pub fn engine(&self, index: usize) -> &wasmi::Engine {
        self.all[index].engine.get_or_init(|| {
            let mut config = self.config.clone();
            // They are read elsewhere.
            config.ignore_custom_sections(true);
            wasmi::Engine::new(&config)
        })
    }

    /// Chooses the shard of a new store, the one with the fewest: the first of several, so that one store after the other needs one
    /// shard only.
    pub fn enter(self: &Arc<Self>) -> Shard {
        loop {
            let loads = self.all.iter().map(|slot| slot.stores.load(Ordering::Relaxed)).enumerate();
            let (index, stores) = loads.min_by_key(|(_, stores)| *stores).expect("there is a shard");
            let counter = &self.all[index].stores;
            // Another thread may choose the same one at the same moment.
            if counter.compare_exchange(stores, stores + 1, Ordering::Relaxed, Ordering::Relaxed).is_ok() {
                return Shard { shards: Arc::clone(self), index };
            }
        }
    }
}

impl Shard {
    /// Returns its position.
    pub fn index(&self) -> usize {
        self.index
    }

    /// Returns its wasmi engine.
    pub fn engine(&self) -> &wasmi::Engine {
        self.shards.engine(self.index)
    }
}

impl Drop for Shard {
    fn drop(&mut self) {
        self.shards.all[self.index].stores.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shards(count: usize) -> Arc<Shards> {
        Arc::new(Shards::new(wasmi::Config::default(), count))
    }

    #[test]
    fn stores_are_spread() {
        let shards = shards(3);
        let mut entered: Vec<Shard> = (0..7).map(|_| shards.enter()).collect();
        assert_eq!(entered.iter().map(Shard::index).collect::<Vec<_>>(), [0, 1, 2, 0, 1, 2, 0]);
        entered.remove(1);
        assert_eq!(shards.enter().index(), 1);
    }

    #[test]
    fn one_store_after_the_other_uses_one_shard() {
        let shards = shards(3);
        for _ in 0..5 {
            assert_eq!(shards.enter().index(), 0);
        }
        shards.engine(2);
        assert!(shards.all[0].engine.get().is_none() && shards.all[1].engine.get().is_none());
    }

    #[test]
    fn threads_that_choose_at_the_same_time_choose_different_ones() {
        let shards = shards(4);
        let entered = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(|| (0..100).map(|_| shards.enter()).collect::<Vec<_>>())).collect();
            threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
        });
        assert!(shards.all.iter().all(|slot| slot.stores.load(Ordering::Relaxed) == 100));
        drop(entered);
        assert!(shards.all.iter().all(|slot| slot.stores.load(Ordering::Relaxed) == 0));
    }
}
