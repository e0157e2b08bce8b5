//! Run WebAssembly, and extend programs with plug-ins.
//!
//! An [`Engine`] compiles and runs modules; a [`Module`] is compiled wasm; a [`Context`] holds the running instances of modules with the
//! [host modules](HostModule), [plug-ins](PluginRegistry) and [WASI](Wasi) that they import.
//!
//! ```
//! use vm::{Caller, Context, Engine};
//!
//! # fn main() -> vm::Result<()> {
//! # let wasm = wat::parse_str(r#"(module (import "host" "print" (func $print (param i32)))
//! #     (func (export "sum") (param i32 i32) (result i32)
//! #         (call $print (local.get 0)) (i32.add (local.get 0) (local.get 1))))"#).unwrap();
//! let engine = Engine::new()?;
//! let mut context = Context::new(&engine)?;
//! context.module("host")?.function("print", |_: Caller<'_>, n: i32| println!("guest says {n}"))?;
//! let sum: i32 = context.run_wasm_from_buffer(wasm, "sum", (20, 22))?;
//! assert_eq!(sum, 42);
//! # Ok(())
//! # }
//! ```
//!
//! # Two faces
//!
//! The C API (`include/libvm.h`) and this one are faces of the same library: an object has the same name, and does the same, in both, and
//! an [`Error`] has the same message. [docs/rust.md](https://docs.rs/crate/libvm/latest/source/docs/rust.md) has a table of both, and the
//! list of what this API does not have. The modules that the documentation does not show are internal: they change at any time.
//!
//! # Threads
//!
//! Every type may move between threads. Engines, modules, host modules and registries are shared; a context is used through `&mut`, by one
//! thread at a time. A host function may be called on any thread that uses a context with it, so it is `Send` and `Sync`.
//!
//! # Features
//!
//! `packages`, `simd`, `state-file` and `wasi` are on by default; `wat` reads modules in the text format.

// The layers, by floor; a file imports only from its own floor or below:
//
// | floor | modules |
// | --- | --- |
// | 0 | status, backtrace, limits, value, log, files, system, user_data, thread, timer, event_loop, reactor, panics, similar, sized, tight, text, toml_file, json, events |
// | 1 | engine: runs wasm; only engine/interpreter/ names wasmi |
// | 2 | host: host modules and functions; recording: recordings of host calls, and their replay |
// | 3 | hooks: points, events and the hooks that are called with them; plugin, package, wasi |
// | 4 | context: joins store, host modules, plug-ins, WASI; config: reads a configuration, and applies it to registry, engine and context; execution: executions and their queues; stream: streams of events |
// | 5 | capi: the exported functions; api: the Rust API |

mod api;
#[allow(non_snake_case)] // the names of the C API
mod capi;
#[doc(hidden)]
pub mod backtrace;
#[doc(hidden)]
pub mod config;
#[doc(hidden)]
pub mod context;
#[doc(hidden)]
pub mod engine;
#[doc(hidden)]
pub mod execution;
#[doc(hidden)]
pub mod event_loop;
#[doc(hidden)]
pub mod events;
#[doc(hidden)]
pub mod files;
#[doc(hidden)]
pub mod hooks;
#[doc(hidden)]
pub mod host;
#[doc(hidden)]
pub mod json;
#[doc(hidden)]
pub mod limits;
#[doc(hidden)]
pub mod log;
#[doc(hidden)]
pub mod plugin;
#[doc(hidden)]
pub mod reactor;
#[doc(hidden)]
pub mod recording;
#[doc(hidden)]
pub mod package;
#[doc(hidden)]
pub mod panics;
#[doc(hidden)]
pub mod similar;
#[doc(hidden)]
pub mod sized;
#[doc(hidden)]
pub mod stack;
#[doc(hidden)]
pub mod status;
#[doc(hidden)]
pub mod stream;
#[doc(hidden)]
pub mod system;
#[doc(hidden)]
pub mod tight;
#[doc(hidden)]
pub mod text;
#[doc(hidden)]
pub mod thread;
#[doc(hidden)]
pub mod timer;
#[doc(hidden)]
pub mod user_data;
#[doc(hidden)]
pub mod toml_file;
#[doc(hidden)]
pub mod value;
#[doc(hidden)]
pub mod wasi;

pub use api::*;

/// The blocks of the page run as tests of the documentation.
#[cfg(doctest)]
#[doc = include_str!("../docs/rust.md")]
pub struct Page;
