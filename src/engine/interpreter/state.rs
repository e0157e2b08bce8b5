//! The data of a store besides wasm's own.
#![forbid(unsafe_code)]

use super::engine::Engine;
use super::entity::Handles;
use super::module::Module;
use crate::engine::bound::Frames;
use crate::engine::budget::{Budgets, StoreLimits};
use crate::engine::guest::Guest;
use crate::engine::handles::Handle;
use crate::engine::kind::Kind;
use crate::user_data::UserData;
use libvm_abi as abi;
use std::collections::HashMap;
use std::sync::Arc;

/// An instance in its store. wasmi frees no part of it before the store is dropped, also when it is removed.
pub struct Instance {
    pub inner: wasmi::Instance,
    /// The memory that host functions see.
    pub memory: Option<wasmi::Memory>,
    pub module: Arc<Module>,
    pub guest: Arc<Guest>,
    pub handle: Handle,
    /// Handles of exports that were looked up: they live as long as the instance.
    pub found: HashMap<Box<str>, (Kind, Handle)>,
}

/// The data of a store besides wasm's own; host functions access it through their caller.
pub struct State {
    pub engine: Engine,
    pub handles: Handles,
    pub frames: Frames,
    pub instances: Vec<Instance>,
    pub user_data: Option<UserData>,
    pub budgets: Budgets,
    #[cfg(feature = "wasi")]
    pub wasi: Option<crate::engine::wasi::WasiState>,
}

impl State {
    /// Creates the data of an empty store.
    pub fn new(engine: &Engine, handles: Handles, limits: StoreLimits, table: &'static abi::CallerTable) -> Self {
        Self {
            engine: engine.clone(),
            handles,
            frames: Frames::new(table),
            instances: Vec::new(),
            user_data: None,
            budgets: Budgets::new(limits),
            #[cfg(feature = "wasi")]
            wasi: None,
        }
    }
}
