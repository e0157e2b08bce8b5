//! libvm: runs WebAssembly, and extends programs with plug-ins. The C API is the product: see `include/libvm.h`.
//!
//! The modules, by floor; a file imports only from its own floor or below:
//!
//! | floor | modules |
//! | --- | --- |
//! | 0 | [`status`], [`backtrace`], [`limits`], [`value`], [`log`], [`files`], [`system`], [`user_data`], [`thread`], [`timer`], [`event_loop`], [`reactor`], [`panics`], [`similar`], [`sized`], [`text`], [`toml_file`], [`json`], [`events`] |
//! | 1 | [`engine`]: runs wasm; only `engine/interpreter/` names wasmi |
//! | 2 | [`host`]: host modules and functions; [`recording`]: recordings of host calls, and their replay |
//! | 3 | [`hooks`]: points, events and the hooks that are called with them; [`plugin`], [`package`], `wasi` |
//! | 4 | [`context`]: joins store, host modules, plug-ins, WASI; [`config`]: reads a configuration, and applies it to registry, engine and context; [`execution`]: executions and their queues; [`stream`]: streams of events |
//! | 5 | `capi`: the exported functions |

#[allow(non_snake_case)] // the names of the C API
mod capi;
pub mod backtrace;
pub mod config;
pub mod context;
pub mod engine;
pub mod execution;
pub mod event_loop;
pub mod events;
pub mod files;
pub mod hooks;
pub mod host;
pub mod json;
pub mod limits;
pub mod log;
pub mod plugin;
pub mod reactor;
pub mod recording;
pub mod package;
pub mod panics;
pub mod similar;
pub mod sized;
pub mod status;
pub mod stream;
pub mod system;
pub mod text;
pub mod thread;
pub mod timer;
pub mod user_data;
pub mod toml_file;
pub mod value;
pub mod wasi;
