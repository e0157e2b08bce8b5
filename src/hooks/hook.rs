//! Hooks: what is called at a point, and who it belongs to.
#![forbid(unsafe_code)]

use crate::status::Result;
use crate::user_data::UserData;
use libvm_abi as abi;
use std::ffi::c_void;
use std::sync::Arc;

/// A hook as a plug-in describes it.
pub struct HookInfo {
    /// The name of the point.
    pub point: String,
    /// One line about it; empty if there is none.
    pub description: String,
    /// The function.
    pub callback: abi::HookCallback,
    /// `event->data`
    pub data: UserData,
}

/// Whose hook it is: an instance of a plug-in, or the host.
pub trait Owner: Send + Sync {
    /// Returns the plug-in's name; `None` for the host.
    fn plugin(&self) -> Option<&str>;

    /// Returns whether its code may run at any time, on any thread.
    fn is_open(&self) -> bool;

    /// Runs its code, where and when it may run.
    ///
    /// # Errors
    /// `STATUS_WRONG_THREAD`, `STATUS_BUSY`: then it was not run.
    fn run(&self, work: &mut dyn FnMut()) -> Result<()>;

    /// Drops something whose drop runs its code, where and when that may run.
    fn finish(&self, what: Box<dyn Send>);
}

/// Where the hooks of the host stand in the order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// Before those of the plug-ins.
    First,
    /// Those of the plug-ins.
    Plugins,
    /// After those of the plug-ins.
    Last,
}

/// The position of a hook among all of a context: its place, the index of its plug-in, and its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position(pub Place, pub usize, pub usize);

impl Position {
    /// The first one.
    pub const START: Self = Self(Place::First, 0, 0);

    /// Returns the position after this one.
    pub fn next(self) -> Self {
        Self(self.0, self.1, self.2 + 1)
    }
}

/// A hook in a context.
pub struct Hook {
    /// Where it stands.
    pub position: Position,
    /// The function.
    pub(super) callback: abi::HookCallback,
    /// The function's first argument.
    pub(super) receiver: UserData,
    /// `event->data`
    pub(super) data: UserData,
    /// `event->self`
    pub(super) myself: UserData,
    pub(super) owner: Arc<dyn Owner>,
    pub(super) is_open: bool,
}

impl Hook {
    /// Creates a hook of a plug-in's instance.
    pub fn of_plugin(
        position: Position,
        info: &HookInfo,
        (instance, myself): (*mut c_void, *mut abi::PluginInstance),
        owner: Arc<dyn Owner>,
    ) -> Self {
        let pointer = |pointer| UserData::new(pointer, None);
        let is_open = owner.is_open();
        Self {
            position,
            callback: info.callback,
            receiver: pointer(instance),
            data: pointer(info.data.pointer()),
            myself: pointer(myself.cast()),
            owner,
            is_open,
        }
    }

    /// Creates a hook of the host.
    pub fn of_host(position: Position, hook: &Arc<HostHook>) -> Self {
        let pointer = |pointer| UserData::new(pointer, None);
        Self {
            position,
            callback: hook.callback,
            receiver: pointer(hook.user.pointer()),
            data: pointer(std::ptr::null_mut()),
            myself: pointer(std::ptr::null_mut()),
            owner: Arc::clone(hook) as Arc<dyn Owner>,
            is_open: true,
        }
    }
}

/// A hook of the host.
pub struct HostHook {
    /// The function.
    pub callback: abi::HookCallback,
    /// Its first argument.
    pub user: UserData,
}

impl Owner for HostHook {
    fn plugin(&self) -> Option<&str> {
        None
    }

    fn is_open(&self) -> bool {
        true
    }

    fn run(&self, work: &mut dyn FnMut()) -> Result<()> {
        work();
        Ok(())
    }

    fn finish(&self, what: Box<dyn Send>) {
        drop(what);
    }
}

/// Returns how messages call a hook at a point.
pub(super) fn describe(owner: &dyn Owner, point: &str) -> String {
    let point = crate::text::name(point);
    match owner.plugin() {
        Some(plugin) => format!("the hook of plug-in `{plugin}` at `{point}`"),
        None => format!("the host's hook at `{point}`"),
    }
}
