//! Write plug-ins for libvm in Rust.
//!
//! A plug-in is a type with host functions, and one macro. `Cargo.toml`:
//!
//! ```toml
//! [package]
//! name = "greeter"
//! version = "1.2.0"
//! edition = "2024"
//!
//! [lib]
//! crate-type = ["cdylib", "rlib"]
//!
//! [dependencies]
//! libvm-plugin = "0.7"
//! ```
//!
//! `src/lib.rs`:
//!
//! ```
//! use libvm_plugin::{libvm_plugin, Create, Error, Module, Myself, Options, Plugin, Result};
//!
//! #[derive(Options)]
//! struct Settings {
//!     /// What to say before the name
//!     #[option(default = "Hello")]
//!     greeting: String,
//!     /// How often
//!     #[option(default = 100, range = 1..=1000000)]
//!     limit: i64,
//! }
//!
//! struct Greeter {
//!     myself: Myself,
//!     settings: Settings,
//! }
//!
//! impl Greeter {
//!     /// Guest buffers arrive as slices, checked. An error becomes a trap with its text.
//!     fn greet(&mut self, name: &str, out: &mut [u8]) -> Result<i32> {
//!         let count = self.myself.state(|state| state.increment("greeted", 1))?;
//!         if count > self.settings.limit {
//!             return Err(Error::new("that is enough greeting"));
//!         }
//!         let text = format!("{}, {name} ({count})", self.settings.greeting);
//!         let out = out.get_mut(..text.len()).ok_or_else(|| Error::new("the buffer is too small"))?;
//!         out.copy_from_slice(text.as_bytes());
//!         Ok(text.len() as i32)
//!     }
//! }
//!
//! impl Create for Greeter {
//!     type Options = Settings;
//!
//!     fn create(myself: Myself, settings: Settings) -> Result<Self> {
//!         Ok(Self { myself, settings })
//!     }
//! }
//!
//! impl Plugin for Greeter {
//!     const DESCRIPTION: &'static str = "Greets, and counts how often";
//!
//!     fn modules() -> Vec<Module<Self>> {
//!         vec![Module::new("greeter").function("greet", Self::greet)]
//!     }
//! }
//!
//! libvm_plugin!(Greeter);
//! # fn main() {}
//! ```
//!
//! `cargo build --release` makes `target/release/libgreeter.so`, which hosts load.
//!
//! **Panics** become traps with their text. A plug-in cannot be built with `panic = "abort"`.
//!
//! **Threads.** By default each context has an instance of its own, which one thread at a time uses, and functions take `&mut self`. A
//! function that calls the guest takes `&self`, if the guest may call the plug-in again: a call of a function with `&mut self`, while
//! another one runs, traps. See [`libvm_plugin!`] for singletons and other rules.
//! Threads share a singleton, which therefore is `Sync`:
//!
//! ```compile_fail,E0277
//! # use libvm_plugin::{Module, Plugin, libvm_plugin};
//! use std::cell::Cell;
//!
//! #[derive(Default)]
//! struct Counter(Cell<u32>); // `AtomicU32` would do
//! # impl Plugin for Counter {
//! #     fn modules() -> Vec<Module<Self>> {
//! #         vec![Module::new("counter").function("count", |me: &Self| me.0.replace(me.0.get() + 1))]
//! #     }
//! # }
//!
//! libvm_plugin!(Counter: singleton); // error: `Cell<u32>` cannot be shared between threads safely
//! # fn main() {}
//! ```
//!
//! **More than functions.** Words in [`libvm_plugin!`], each with a trait: [`Hooks`], [`Streams`] (sources and sinks), [`Compilers`] of parameters,
//! [`Dependencies`] of modules, [`Snapshot`], and [`Shared`] data.
#[cfg(panic = "abort")]
compile_error!("a plug-in catches panics, which would unwind into the guest: build it with `panic = \"unwind\"`, the default");

mod bound;
mod call;
mod cancel;
mod compiler;
mod data;
mod dependencies;
#[doc(hidden)]
pub mod entry;
mod error;
mod function;
mod hooks;
mod instance;
#[cfg(feature = "log")]
mod log;
mod module;
mod myself;
mod options;
mod param;
mod pending;
mod plugin;
mod results;
mod services;
mod shared;
mod stream;

#[doc(hidden)]
pub use libvm_abi as abi;

/// Statuses of failures, for [`Error::with_status`].
pub mod status {
    pub use libvm_abi::{
        STATUS_ALREADY_EXISTS as ALREADY_EXISTS, STATUS_BAD_UTF8 as BAD_UTF8, STATUS_BUSY as BUSY,
        STATUS_INVALID_ARGUMENT as INVALID_ARGUMENT, STATUS_IO as IO, STATUS_LIMIT as LIMIT, STATUS_NOT_FOUND as NOT_FOUND,
        STATUS_OUT_OF_BOUNDS as OUT_OF_BOUNDS, STATUS_OUT_OF_MEMORY as OUT_OF_MEMORY, STATUS_PLUGIN_FAILED as PLUGIN_FAILED,
        STATUS_STALE as STALE, STATUS_TIMEOUT as TIMEOUT, STATUS_TRAP as TRAP, STATUS_UNSUPPORTED as UNSUPPORTED,
        STATUS_USER as USER, STATUS_WOULD_BLOCK as WOULD_BLOCK, STATUS_WRONG_TYPE as WRONG_TYPE,
    };
}

pub use call::{Call, Guest, Number, Numbers};
pub use compiler::{Compiler, Compilers, Parameter};
pub use data::ParameterError;
pub use dependencies::{Dependencies, ItemKind, ModuleItem, ModuleSection, ModuleView, Provided};
pub use error::{Error, Result};
pub use function::HostFunction;
pub use hooks::{Answer, Event, EventCompleter, EventType, Hook, HookFunction, Hooks, IntoAnswer, Suspended};
pub use libvm_plugin_macros::{Options, libvm_plugin};
pub use module::Module;
pub use myself::Myself;
pub use options::{OptionInfo, OptionType, Options, Values};
pub use param::{Access, Param};
pub use pending::{Completer, Pending};
pub use plugin::{Create, Plugin, Snapshot};
pub use results::{Letter, Results};
pub use services::{Directory, Level, State};
pub use shared::Shared;
pub use stream::{
    Commit, Emitted, Flush, Next, PartState, Position, Progress, PullSource, PushSource, Rewind, Sink, Source, StreamEvent,
    StreamPart, StreamSink, Streams,
};

/// Compiles the examples of the page for authors.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/plugins-rust.md")]
struct Page;
