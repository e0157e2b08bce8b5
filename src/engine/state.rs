//! The data of a store besides wasm's own.
#![forbid(unsafe_code)]

use super::backend::Backend;
use super::bound::Frames;
use super::budget::Budgets;
use super::config::EngineConfig;
use super::entity::Handles;
use super::guest::Guest;
use super::handles::Handle;
use super::kind::Kind;
use super::limit::StoreLimits;
use super::program::Program;
use super::request::Request;
use super::run::Run;
use super::stage::Stage;
#[cfg(feature = "wasi")]
use super::wasi::{WasiState, functions};
use super::watch::{Sentinel, Usage, Watch, WatchConfig};
use crate::status::{Error, Result};
use crate::tight;
use crate::timer::Timer;
use crate::user_data::UserData;
use libvm_abi as abi;
use std::collections::HashMap;
#[cfg(feature = "compiled")]
use std::mem::swap;
use std::sync::Arc;

/// Handles of exports with their kinds, in the order of their names.
#[derive(Default)]
pub struct Found(Vec<(Box<str>, (Kind, Handle))>);

impl Found {
    fn place(&self, name: &str) -> std::result::Result<usize, usize> {
        self.0.binary_search_by(|(known, _)| (**known).cmp(name))
    }

    /// Returns the handle of an export.
    pub fn get(&self, name: &str) -> Option<(Kind, Handle)> {
        self.place(name).ok().map(|place| self.0[place].1)
    }

    /// Adds the handle of an export that has none.
    pub fn insert(&mut self, name: &str, found: (Kind, Handle)) {
        if let Err(place) = self.place(name) {
            tight::insert(&mut self.0, place, (name.into(), found));
        }
    }

    /// Returns the handles with the names of their exports.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Handle)> {
        self.0.iter().map(|(name, (_, handle))| (&**name, *handle))
    }
}

/// An instance in its store. No part of it is freed before the store is dropped, also when it is removed.
pub struct Instance<B: Backend> {
    pub inner: B::Instance,
    /// The memory that host functions see.
    pub memory: Option<B::Memory>,
    pub program: Arc<Program>,
    pub code: Arc<B::Code>,
    pub guest: Arc<Guest>,
    pub handle: Handle,
    /// Handles of exports that were looked up: they live as long as the instance.
    pub found: Found,
}

/// What the host can reach of a store that is recorded, in the order in which it was created.
pub struct Reachable<B: Backend> {
    pub memories: Vec<B::Memory>,
    /// The first export that is a function, by the function's identity.
    pub functions: HashMap<String, (u32, String)>,
}

/// The data of a store besides wasm's own; host functions access it through their caller.
pub struct State<B: Backend> {
    // First: what is suspended is cancelled before anything else is dropped. A compiled store, which it needs, drops it before (`Drop`).
    /// The calls of the unfinished execution that was started, while it does not run.
    pub unfinished: Option<B::Unfinished>,
    /// The calls that running callbacks want to have suspended, innermost last.
    pub requests: Vec<Request<B>>,
    /// What is of this engine only.
    pub own: B::Own,
    /// The function that the execution was started with.
    pub started: Option<Handle>,
    /// Wakes the execution at its deadline while it is suspended.
    pub timer: Option<Box<Timer>>,
    pub run: Run,
    /// Whether calls can be interrupted, or suspended by a host function.
    pub driven: bool,
    pub config: Arc<EngineConfig>,
    pub handles: Handles<B>,
    pub frames: Frames,
    pub instances: Vec<Instance<B>>,
    pub user_data: Option<Box<UserData>>,
    pub budgets: Budgets,
    /// Number of calls of guests that ended with a trap.
    pub traps: u64,
    pub watch: Option<Box<Watch>>,
    pub reachable: Option<Box<Reachable<B>>>,
    /// The objects of the host that externrefs refer to.
    pub objects: Vec<UserData>,
    /// The events of the running stage of a stream.
    pub stage: Option<Box<Stage>>,
    // Contexts without WASI have room for a pointer only.
    #[cfg(feature = "wasi")]
    pub wasi: Option<Box<WasiState>>,
}

impl<B: Backend> State<B> {
    /// Returns what the host can reach, to be added to.
    pub fn reachable(&mut self) -> &mut Reachable<B> {
        self.reachable.get_or_insert_with(|| Box::new(Reachable { memories: Vec::new(), functions: HashMap::new() }))
    }

    /// Returns the memories that the host can reach.
    pub fn memories(&self) -> &[B::Memory] {
        self.reachable.as_ref().map_or(&[], |reachable| &reachable.memories)
    }

    /// Returns the memory of a guest that host functions see.
    #[inline]
    pub fn memory_of(&self, guest: &Guest) -> Option<B::Memory> {
        self.instances[guest.index()?].memory
    }

    /// Looks whether the execution may go on, after a host function: many of them may use little fuel and much time.
    ///
    /// # Errors
    /// `STATUS_CANCELLED`, `STATUS_TIMEOUT`.
    pub fn look<R>(&mut self, outcome: R) -> Result<R> {
        if self.config.interruptible() { self.run.check().map(|_| outcome) } else { Ok(outcome) }
    }

    /// Creates the data of an empty store. `table` has the functions available to callers of its host functions.
    pub fn new(
        config: &Arc<EngineConfig>,
        handles: Handles<B>,
        run: Run,
        limits: &Arc<StoreLimits>,
        watch: &WatchConfig,
        table: &'static abi::CallerTable,
    ) -> Self {
        let frames = Frames::new(table);
        frames.home().set_depth_limit(limits.call_depth);
        Self {
            unfinished: None,
            requests: Vec::new(),
            own: B::Own::default(),
            started: None,
            timer: None,
            run,
            driven: config.is_metered(),
            config: Arc::clone(config),
            handles,
            frames,
            instances: Vec::new(),
            user_data: None,
            // Interpreted guests do not come from a pool. That it holds for them too makes them run alike in both engines.
            budgets: Budgets::new(Arc::clone(limits))
                .bound_memory_size(config.pooling().map_or(u64::MAX, |pooling| pooling.memory)),
            traps: 0,
            watch: Watch::new(watch),
            reachable: None,
            objects: Vec::new(),
            stage: None,
            #[cfg(feature = "wasi")]
            wasi: None,
        }
    }

    /// Returns the data of the context's next store, which has the host's data of this one. All handles become stale.
    pub fn renew(&mut self, limits: &Arc<StoreLimits>, watch: &WatchConfig, table: &'static abi::CallerTable) -> Self {
        let mut next = Self::new(&self.config, self.handles.reset(), self.run.reset(), limits, watch, table);
        next.user_data = self.user_data.take();
        next.frames.home().set_thread(self.frames.home().thread());
        // It is lent anew when it is needed.
        #[cfg(feature = "compiled")]
        self.frames.home().take_stack_back();
        next
    }

    /// Returns the data for a store of another engine, if there is nothing in this one yet; what remains here is empty.
    #[cfg(feature = "compiled")]
    pub fn hand_over<C: Backend>(
        &mut self,
        limits: &Arc<StoreLimits>,
        watch: &WatchConfig,
        table: &'static abi::CallerTable,
    ) -> Option<State<C>> {
        let is_empty = self.instances.is_empty() && self.objects.is_empty() && self.frames.bound().next().is_none();
        let handles = if is_empty { self.handles.hand_over()? } else { return None };
        let run = Run::new(self.config.fuel_metering(), limits.may_block);
        let mut next = State::<C>::new(&self.config, handles, run, limits, watch, table);
        swap(&mut next.run, &mut self.run);
        swap(&mut next.driven, &mut self.driven);
        swap(&mut next.frames, &mut self.frames);
        swap(&mut next.user_data, &mut self.user_data);
        swap(&mut next.budgets, &mut self.budgets);
        swap(&mut next.traps, &mut self.traps);
        swap(&mut next.watch, &mut self.watch);
        swap(&mut next.stage, &mut self.stage);
        #[cfg(feature = "wasi")]
        swap(&mut next.wasi, &mut self.wasi);
        Some(next)
    }

    /// Sets the thread that uses the store from now on, and applies the releases requested meanwhile.
    #[inline]
    pub fn begin_use(&mut self, thread: usize) {
        self.handles.note_change();
        self.begin_call(thread);
    }

    /// Likewise for a use that is a prepared call, which changes nothing but by what its callbacks do.
    #[inline]
    pub fn begin_call(&mut self, thread: usize) {
        self.frames.home().set_thread(thread);
        self.handles.settle();
        self.budgets.forget_refusal();
        self.run.recover(self.unfinished.is_some());
    }

    /// Returns whether `begin_use` has nothing to do for the thread that has used the store last.
    #[cfg(feature = "compiled")]
    #[inline(always)] // on the path of prepared calls
    pub fn is_settled(&self) -> bool {
        !self.handles.is_waiting() && !self.budgets.has_refused()
    }

    /// Returns the WASI environment for a call of this function.
    ///
    /// # Errors
    /// Those of `no_environment`.
    #[cfg(feature = "wasi")]
    pub fn wasi(&mut self, name: &str) -> Result<&mut WasiState> {
        self.wasi.as_deref_mut().ok_or_else(|| functions::no_environment(name))
    }

    /// Returns what guests have used.
    pub fn usage(&mut self) -> Usage {
        let (memory_bytes, memory_high_water) = (self.budgets.memory_bytes(), self.budgets.high_water());
        Usage { traps: self.traps, fuel: self.run.fuel().used(), memory_bytes, memory_high_water }
    }

    /// Checks that a recorder can be set.
    ///
    /// # Errors
    /// `STATUS_ALREADY_EXISTS` if there is one, `STATUS_SEALED` if something was instantiated before.
    pub fn check_recorder(&self) -> Result<()> {
        if self.is_recorded() {
            let message = "the context is already recorded or replayed; end that with VM_ContextStopRecording";
            return Err(Error::new(abi::STATUS_ALREADY_EXISTS, message));
        }
        #[cfg(feature = "compiled")]
        if self.frames.home().is_compiled() && self.config.interruptible() && !self.config.fuel_metering() {
            let message = "where compiled code was interrupted is recorded and replayed by its fuel: an engine of VM_TIER_COMPILED with \
                           VM_EngineConfigSetInterruptible needs VM_EngineConfigSetFuelMetering too, and each context then needs fuel \
                           (VM_ContextSetFuel)";
            return Err(Error::new(abi::STATUS_UNSUPPORTED, message));
        }
        if !self.instances.is_empty() {
            let message =
                "the context has had instances; a recording, and its replay, begins in a new context or after VM_ContextReset";
            return Err(Error::new(abi::STATUS_SEALED, message));
        }
        Ok(())
    }

    /// Sets what is asked before and after the calls of guests from now on; `None` for nothing.
    pub fn set_sentinel(&mut self, sentinel: Option<Arc<dyn Sentinel>>) {
        if sentinel.is_some() || self.watch.is_some() {
            let former = std::mem::replace(&mut self.watch.get_or_insert_with(Watch::bare).sentinel, sentinel);
            drop(former);
        }
    }

    /// Returns whether its calls are recorded, or compared with a recording.
    pub fn is_recorded(&self) -> bool {
        self.watch.as_ref().is_some_and(|watch| watch.recorder.is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_found_is_found_by_its_name() {
        let mut found = Found::default();
        let handle = |slot| Handle { context: 1, slot, generation: 1 };
        for (slot, name) in ["run", "memory", "", "run2", "a"].into_iter().enumerate() {
            assert!(found.get(name).is_none());
            found.insert(name, (Kind::Func, handle(slot as u32)));
        }
        assert!(found.get("memory").is_some_and(|(kind, found)| kind == Kind::Func && found == handle(1)));
        assert_eq!(found.iter().map(|(name, _)| name).collect::<Vec<_>>(), ["", "a", "memory", "run", "run2"]);
    }
}
