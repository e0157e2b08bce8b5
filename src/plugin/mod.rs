//! Plug-ins: shared libraries (or code linked into the program) that give wasm programs host functions.
//!
//! A [`PluginRegistry`] finds files ([`registry`]), reads their manifests before any of their code runs ([`mod@file`]), chooses among
//! versions and orders them, and opens and starts them ([`native`]) with the services of `host`. A context makes a
//! [`PluginInstance`] of each [`Plugin`] that it registers, and gives its [`HostModule`](crate::host::HostModule)s to wasm.

pub mod directories;
pub mod file;
mod flags;
mod host;
mod inspection;
mod instance;
mod made;
pub mod native;
pub mod options;
pub mod permissions;
#[allow(clippy::module_inception)] // the room is called after what it is about
mod plugin;
pub mod registry;
mod shared;
pub mod state;
mod threading;

pub use file::manifest::Manifest;
pub use file::version::Version;
pub use inspection::Inspection;
pub use instance::PluginInstance;
pub use native::descriptor::{FunctionInfo, ModuleInfo};
pub use native::library::Builtin;
pub use options::given::{Given, GivenOptions};
pub use options::{OptionInfo, OptionRange, OptionType, OptionValue};
pub use permissions::Grants;
pub use plugin::Plugin;
pub use registry::loaded::{look_everywhere, searched_everywhere};
pub use registry::report::{Line, Report};
pub use registry::{PluginRegistry, Policy};
pub use threading::gate::end_waiting;

use std::any::Any;

/// Holds what all registries of the process share, until the result is dropped: for who forks.
pub fn hold_locks() -> Box<dyn Any> {
    Box::new((registry::loaded::living(), native::hold_locks(), threading::hold_locks()))
}

/// Forgets, in a child of the process, the registries and turns that threads had which are not there.
pub fn forget_other_threads() {
    registry::loaded::living().clear();
    threading::forget_other_threads();
}
