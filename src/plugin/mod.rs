//! Plug-ins: shared libraries (or code linked into the program) that provide host functions to wasm programs.
//!
//! A [`PluginRegistry`] finds files ([`registry`]), reads their manifests before any of their code runs ([`mod@file`]), chooses
//! among versions and orders them, and opens and starts them ([`native`]) with the services of `host`. A context creates a
//! [`PluginInstance`] of each [`Plugin`] that it registers, and provides its [`HostModule`](crate::host::HostModule)s to wasm.

mod compiled;
mod compilers;
pub mod directories;
pub mod file;
pub mod flags;
mod host;
pub mod index;
mod inspection;
mod instance;
mod made;
pub mod native;
mod needs;
pub mod options;
pub mod package;
pub mod parameters;
pub mod permissions;
mod points;
#[allow(clippy::module_inception)] // the module is named after its subject
mod plugin;
pub mod registry;
mod shared;
pub mod state;
pub mod stream;
mod threading;

pub use file::manifest::Manifest;
pub use file::version::Version;
pub use inspection::Inspection;
pub use instance::PluginInstance;
pub use native::descriptor::{FunctionInfo, ModuleInfo};
pub use native::library::Builtin;
pub use needs::{Answered, By, DryRun, Found, Named, Nearest, Needed, State};
pub use options::given::{Given, GivenOptions};
pub use options::{OptionInfo, OptionRange, OptionType, OptionValue};
pub use permissions::Grants;
pub use plugin::Plugin;
pub use registry::loaded::{look_everywhere, searched_everywhere};
pub use registry::report::{Line, Report};
pub use registry::{PluginRegistry, Policy};
pub use threading::gate::end_waiting;

use std::any::Any;

/// Locks what all registries of the process share until the result is dropped, for use around `fork`.
pub fn hold_locks() -> Box<dyn Any> {
    Box::new((registry::loaded::living(), native::hold_locks(), stream::hold_locks(), threading::hold_locks()))
}

/// Clears, in a child process, the registries and turns of threads that do not exist there.
pub fn forget_other_threads() {
    registry::loaded::living().clear();
    threading::forget_other_threads();
}
