//! The Rust API: the same objects as the C API, for hosts in Rust, without C between them.
//!
//! Everything public is re-exported by the crate. What differs from C: results are `Result`s, objects are freed when they are dropped,
//! a context is used through `&mut`, and host functions are closures whose types are deduced.

mod builtin;
mod bytes;
mod caller;
mod calling;
mod config;
mod context;
mod context_config;
mod context_plugins;
mod convert;
mod engine;
mod entered;
mod error;
mod event;
mod event_loop;
mod examine;
mod execution;
mod func;
mod function;
mod future;
mod global;
mod hook_future;
mod hooks;
mod host;
mod inspection;
mod instance;
mod instances;
mod limits;
mod log;
mod memory;
mod module;
mod module_plugins;
mod objects;
mod owned;
mod package;
mod params;
mod plugin;
mod pool;
mod recording;
mod reference;
mod register;
mod results;
mod resume;
mod statistics;
mod stream;
mod suspension;
mod table;
mod taken;
mod trace;
mod value;
mod waking;
mod wasi;

pub use crate::backtrace::{Frame, FrameKind};
pub use crate::engine::{Compilation, Limit, LimitRequest, Profiler, Proposal, Tier};
pub use crate::plugin::{OptionInfo, OptionRange, OptionType, OptionValue};
pub use crate::status::TrapCode;
pub use crate::value::{ExternType, FuncType, GlobalType, MemoryType, TableType, ValType};
pub use bytes::{Allocator, Argument};
pub use caller::Caller;
pub use config::Config;
pub use context::Context;
pub use context_config::ContextConfig;
pub use engine::{Engine, EngineConfig};
pub use entered::EnteredContext;
pub use error::{Error, Result, Status};
pub use event::{Event, EventValue, EventValues, HookEvent};
pub use event_loop::{Descriptor, EventLoop, HostLoop, LoopEvents, TimerId, WatchId};
pub use examine::{DeclaredPlugin, ExaminedImport, ExaminedModule, ImportOffer, ImportState, Provider};
pub use execution::{Execution, ExecutionState, Outcome};
pub use func::{Func, TypedFunc};
pub use function::HostFunction;
pub use future::AsyncFunction;
pub use global::Global;
pub use hooks::{Answer, HookPosition};
pub use host::HostModule;
pub use inspection::{PluginInspection, PluginManifest};
pub use instance::Instance;
pub use libvm_abi::{Builtin, PluginBuiltin};
pub use limits::{CancelId, cancel};
pub use log::{LogLevel, remove_log_callback, set_log_callback};
pub use memory::{Memory, MemoryData};
pub use module::{Export, Import, Module};
pub use module_plugins::ModulePlugins;
pub use package::{
    InstalledPackage, Package, PackageContents, PackageDirectory, PackageFile, PackageInfo, PackageInstall, PackageItem,
    PackageLibrary, PackageModule, PackageProgress, PackageStage,
};
pub use params::Parameter;
pub use plugin::{
    DirectoryKind, Plugin, PluginFunction, PluginModule, PluginRegistry, PluginReport, PluginReportLine, SinkInfo, SourceInfo,
};
pub use pool::{ContextPool, PooledContext};
pub use reference::{ExternRef, FuncRef};
pub use register::ContextModule;
pub use results::{FunctionResults, Pending};
pub use statistics::{CallStatistics, EngineStatistics, Statistics};
pub use stream::{
    ErrorPolicy, EventRef, PushSource, Sink, Source, StageCalls, Stream, StreamEvent, StreamPart, StreamPartReport,
    StreamPartState, StreamPosition, StreamState, StreamStatistics,
};
pub use suspension::Completer;
pub use table::Table;
pub use trace::{TraceEvent, TraceKind};
pub use value::{Number, Value, WasmArgs, WasmResults, WasmType};
pub use wasi::{Wasi, WasiRights, WasiStream};
