//! Plug-ins: shared libraries (or code linked into the program) that give wasm programs host functions.
//!
//! A [`PluginRegistry`] finds files ([`search`]), reads their manifests before anything of them runs ([`object_file`],
//! [`manifest`]), chooses among versions and orders them, and starts them ([`load`]). A context makes a [`PluginInstance`] of
//! each [`Plugin`] that it registers, and gives its [`HostModule`](crate::host::HostModule)s to wasm.

mod batch;
pub mod directories;
mod elf;
mod gate;
mod image;
mod instance;
pub mod load;
mod loaded;
pub mod manifest;
pub mod object_file;
pub mod options;
mod order;
pub mod permissions;
pub mod platform;
mod registry;
mod report;
pub mod search;
mod services;
mod shared;
pub mod state;
pub mod trust;
mod turn;
mod update;
pub mod values;
pub mod version;

pub use gate::end_waiting;
pub use instance::PluginInstance;
pub use load::Builtin;
pub use load::descriptor::{FunctionInfo, ModuleInfo};
pub use loaded::Plugin;
pub use manifest::Manifest;
pub use options::{OptionInfo, OptionRange, OptionType, OptionValue};
pub use permissions::Grants;
pub use registry::{PluginRegistry, Policy};
pub use report::{Line, Report};
pub use values::GivenOptions;
pub use version::Version;
