//! The store of a context: everything that runs in it.
#![forbid(unsafe_code)]

use crate::engine::access::Item;
#[cfg(feature = "compiled")]
use crate::engine::compiled;
use crate::engine::engine::Engine;
use crate::engine::entity::Handles;
use crate::engine::function::{HostFunction, InstancePointers};
use crate::engine::guest::Guest;
use crate::engine::handles::Handle;
use crate::engine::interpreter::{self, Interpreter};
use crate::engine::kind::Kind;
use crate::engine::limit::StoreLimits;
use crate::engine::module::Module;
use crate::engine::run::Run;
use crate::engine::state::State;
use crate::engine::tier::Tier;
use crate::engine::watch::{Recorder, Space, WatchConfig};
use crate::engine::{instances, recorded};
use crate::status::Result;
use crate::tight;
use libvm_abi as abi;
use std::sync::Arc;

/// An item that can be imported: opaque on higher floors, and valid for the store that created it.
#[derive(Clone, Copy)]
pub enum Extern {
    Interpreted(Item<Interpreter>),
    #[cfg(feature = "compiled")]
    Compiled(compiled::Imported),
}

/// The store of an engine.
enum Running {
    // Behind a pointer: it is many times as large as the other one, whose contexts need no room for it.
    Interpreted(Box<interpreter::Store>),
    #[cfg(feature = "compiled")]
    Compiled(compiled::Store),
}

/// A store: everything that runs in one context. Used by one thread at a time.
pub struct Store {
    running: Running,
    engine: Engine,
    /// The modules of all instances, in the order of their creation.
    modules: Vec<Arc<Module>>,
    id: u64,
    limits: Arc<StoreLimits>,
    watch: WatchConfig,
    table: &'static abi::CallerTable,
    /// Whether a module was linked since it was created or reset.
    #[cfg(feature = "compiled")]
    is_chosen: bool,
}

/// Evaluates an expression with the store of the engine that a context uses: the one place that chooses between engines. `$wrap` makes
/// an item of that engine an `Extern`.
macro_rules! running {
    ($store:expr, $running:ident $(as $wrap:ident)? => $work:expr) => {
        match $store {
            Running::Interpreted($running) => {
                $(let $wrap = Extern::Interpreted;)?
                $work
            }
            #[cfg(feature = "compiled")]
            Running::Compiled($running) => {
                $(let $wrap = |import| Extern::Compiled(Into::into(import));)?
                $work
            }
        }
    };
}

/// Likewise with the data of that store.
macro_rules! state {
    (mut $store:expr, $state:ident => $work:expr) => {
        running!(&mut $store.running, running => {
            let $state = running.state_mut();
            $work
        })
    };
    ($store:expr, $state:ident => $work:expr) => {
        running!(&$store.running, running => {
            let $state = running.state();
            $work
        })
    };
}

/// Likewise with that store, borrowed, as an `Access`.
macro_rules! access {
    ($store:expr, $access:ident $(as $wrap:ident)? => $work:expr) => {
        running!(&mut $store.running, running $(as $wrap)? => {
            let $access = &mut running.access();
            $work
        })
    };
}

// They use the macros.
#[cfg(feature = "compiled")]
mod choice;
mod create;
mod data;
mod executions;
mod items;

/// Creates the empty store of the engine that contexts use from the beginning.
fn running(
    engine: &Engine,
    id: u64,
    run: Run,
    limits: &Arc<StoreLimits>,
    watch: &WatchConfig,
    table: &'static abi::CallerTable,
) -> Running {
    #[cfg(feature = "compiled")]
    if let (Tier::Compiled, Some(compiled)) = (engine.config().tier(), engine.compiled()) {
        let state = State::new(engine.config(), Handles::new(id), run, limits, watch, table);
        return Running::Compiled(compiled::Store::new(compiled, state));
    }
    let state = State::new(engine.config(), Handles::new(id), run, limits, watch, table);
    Running::Interpreted(Box::new(interpreter::Store::new(engine.interpreter(), state)))
}

impl Store {
    /// Creates an empty store for the context with this id. `table` has the functions available to callers of its host functions.
    pub fn new(engine: &Engine, id: u64, limits: Arc<StoreLimits>, watch: WatchConfig, table: &'static abi::CallerTable) -> Self {
        let run = Run::new(engine.config().fuel_metering(), limits.may_block);
        let running = running(engine, id, run, &limits, &watch, table);
        Self {
            running,
            engine: engine.clone(),
            modules: Vec::new(),
            id,
            limits,
            watch,
            table,
            #[cfg(feature = "compiled")]
            is_chosen: false,
        }
    }

    /// Restores the initial state, except for the host's data. All previous handles become stale.
    pub fn reset(&mut self) {
        let modules = std::mem::take(&mut self.modules);
        running!(&mut self.running, running => {
            let state = running.state_mut().renew(&self.limits, &self.watch, self.table);
            // Freeing the old one may run code of the host: the new one is already in its place.
            running.reset(state);
        });
        drop(modules);
        #[cfg(feature = "compiled")]
        self.choose_anew();
    }

    /// Returns its engine.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Returns the limits with which it was created.
    pub fn limits(&self) -> &StoreLimits {
        &self.limits
    }

    /// Returns its context's id.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// Decides how guests run, before anything of a module is linked.
    pub fn choose(&mut self, module: &Module) {
        #[cfg(feature = "compiled")]
        self.choose_engine(module);
        #[cfg(not(feature = "compiled"))]
        let _ = module;
    }

    /// Returns how its guests run.
    pub fn tier(&self) -> Tier {
        match self.running {
            Running::Interpreted(_) => Tier::Interpreter,
            #[cfg(feature = "compiled")]
            Running::Compiled(_) => Tier::Compiled,
        }
    }

    /// Sets the thread that uses the store from now on, and applies the releases requested meanwhile.
    #[inline(always)] // on the path of every call
    pub fn begin_use(&mut self, thread: usize) {
        state!(mut self, state => state.begin_use(thread));
    }

    /// Returns a number of the part of the engine in which it runs guests: those in other parts do not wait for it.
    pub fn part(&self) -> usize {
        running!(&self.running, running => running.part())
    }

    /// Retains a reference.
    ///
    /// # Errors
    /// `STATUS_STALE`, `STATUS_WRONG_CONTEXT`.
    pub fn retain_ref(&mut self, reference: Handle) -> Result<()> {
        state!(mut self, state => state.handles.retain(reference))
    }

    /// Binds a host function. `pointers` are the plug-in's; a host's function has its own receiver. `guest` imports it.
    pub fn bind(&mut self, function: &Arc<HostFunction>, pointers: InstancePointers, guest: &Arc<Guest>) -> Extern {
        running!(&mut self.running, running as wrap => {
            running.state_mut().driven |= function.may_suspend();
            wrap(running.bind(function, pointers, guest))
        })
    }

    /// Binds a host function that the host calls itself, and returns its handle.
    pub fn bind_called(&mut self, function: &Arc<HostFunction>, pointers: InstancePointers) -> Handle {
        running!(&mut self.running, running => {
            running.state_mut().driven |= function.may_suspend();
            let bound = running.bind_called(function, pointers);
            instances::insert(&mut running.access(), bound)
        })
    }

    /// Returns the bound host functions, each with the guest that imports it.
    pub fn bound(&self) -> impl Iterator<Item = (&HostFunction, &Guest)> {
        state!(self, state => state.frames.bound())
    }

    /// Replaces bound host functions, each with the guest that imports it and its module. See `Frames::rebind`.
    pub fn rebind(
        &mut self,
        mut other: impl FnMut(&HostFunction, &Guest, Option<&Module>) -> Option<(Arc<HostFunction>, InstancePointers)>,
    ) {
        let modules = &self.modules;
        let module = |guest: &Guest| guest.index().map(|index| &*modules[index]);
        state!(mut self, state => {
            state.frames.rebind(|function, guest| other(function, guest, module(guest)));
            // A new version may suspend where the old one did not.
            state.driven |= state.frames.bound().any(|(function, _)| function.may_suspend());
        });
    }

    /// Sets the WASI environment, replacing an earlier one.
    #[cfg(feature = "wasi")]
    pub fn set_wasi(&mut self, wasi: super::wasi::WasiState) {
        state!(mut self, state => {
            state.driven |= wasi.may_suspend();
            state.wasi = Some(Box::new(wasi));
        });
    }

    /// Returns whether there is a WASI environment.
    #[cfg(feature = "wasi")]
    pub fn has_wasi(&self) -> bool {
        state!(self, state => state.wasi.is_some())
    }

    /// Binds a function of WASI preview 1 for an import with its name; returns `None` if there is no function with that name.
    #[cfg(feature = "wasi")]
    pub fn bind_wasi(&mut self, name: &str) -> Option<Extern> {
        running!(&mut self.running, running as wrap => running.bind_wasi(name).map(wrap))
    }

    /// Instantiates a module with its imports, in its order; its start function is still to be run. `guest` is what its host
    /// functions were bound with. By the rules of wasm, the effects before a failure remain: writes to imported memories, tables
    /// and globals, through which functions of the failed instance may still be called; therefore engines keep its parts.
    ///
    /// # Errors
    /// `STATUS_INCOMPATIBLE_IMPORT`, `STATUS_INSTANTIATION`, `STATUS_LIMIT`, `STATUS_OUT_OF_MEMORY`, `STATUS_TRAP` for a segment that
    /// does not fit.
    pub fn instantiate(&mut self, module: &Arc<Module>, imports: &[Extern], guest: &Arc<Guest>) -> Result<Handle> {
        let begins = |recorder: &mut dyn Recorder, space: &mut dyn Space| recorder.instantiates(module.fingerprint(), space);
        access!(self, store => recorded::with_recorder(store, begins)).transpose()?;
        state!(mut self, state => state.budgets.count_instance(&module.needs()));
        let made = self.make(module, imports, guest);
        access!(self, store => recorded::with_recorder(store, |recorder, space| recorder.instantiated(space)));
        made
    }

    fn make(&mut self, module: &Arc<Module>, imports: &[Extern], guest: &Arc<Guest>) -> Result<Handle> {
        let handle = match &mut self.running {
            Running::Interpreted(running) => {
                let item = |import: &Extern| match import {
                    Extern::Interpreted(item) => *item,
                    #[cfg(feature = "compiled")]
                    Extern::Compiled(_) => unreachable!("the items of a context are of its engine"),
                };
                let imports: Vec<_> = imports.iter().map(item).collect();
                running.instantiate(&module.program, module.interpreted()?, &imports, guest)?
            }
            #[cfg(feature = "compiled")]
            Running::Compiled(running) => {
                let import = |import: &Extern| match import {
                    Extern::Compiled(import) => *import,
                    Extern::Interpreted(_) => unreachable!("the items of a context are of its engine"),
                };
                let imports: Vec<_> = imports.iter().map(import).collect();
                running.instantiate(&module.program, module.compiled()?, &imports, guest)?
            }
        };
        #[cfg(feature = "compiled")]
        self.compile_for_later(module);
        tight::push(&mut self.modules, Arc::clone(module));
        Ok(handle)
    }

    /// Checks before anything of an instance is created that the limits of the context permit it.
    ///
    /// # Errors
    /// `STATUS_LIMIT`, `STATUS_RECURSION_LIMIT`.
    pub fn check_room(&mut self, module: &Module) -> Result<()> {
        state!(mut self, state => {
            state.frames.home().check_depth()?;
            state.budgets.check_instance(&module.needs())
        })
    }

    /// Returns the modules of all instances, also of those that were removed.
    pub fn modules(&self) -> impl Iterator<Item = &Module> {
        self.modules.iter().map(|module| &**module)
    }

    /// Returns the module of an instance.
    ///
    /// # Errors
    /// `STATUS_STALE`, `STATUS_WRONG_CONTEXT`, `STATUS_WRONG_TYPE`.
    pub fn module_of(&self, instance: Handle) -> Result<&Arc<Module>> {
        Ok(&self.modules[state!(self, state => state.handles.instance(instance))?])
    }

    /// Makes an instance's handle and those of all its exports stale.
    ///
    /// # Errors
    /// Those of `module_of`.
    pub fn remove_instance(&mut self, instance: Handle) -> Result<()> {
        state!(mut self, state => instances::remove(state, instance))
    }

    /// Returns an export of an instance by name, to be imported by another one. Other than the names that the host passes, this
    /// one may contain the NUL of a hidden one.
    pub fn export(&mut self, instance: Handle, name: &str) -> Option<Extern> {
        access!(self, store as wrap => instances::export(store, instance, name).map(wrap))
    }

    /// Returns the handle of an instance's export, which is valid until the instance is removed.
    ///
    /// # Errors
    /// `STATUS_NOT_FOUND`, `STATUS_WRONG_TYPE` for an export of another kind, and those of `module_of`.
    pub fn find(&mut self, instance: Handle, kind: Kind, name: &str) -> Result<Handle> {
        access!(self, store => instances::find(store, instance, kind, name))
    }
}
