//! libvm: run WebAssembly, and extend programs with plug-ins.
//!
//! An engine (VM_Engine) compiles and runs modules; a module (VM_Module) is compiled wasm; a context (VM_Context) holds the running
//! instances of modules with the host modules, plug-ins and WASI that they import. A program that only wants to run something needs
//! VM_EngineCreate, VM_ContextCreate and VM_ContextRunWasmFromFile.
//!
//! Errors: a function that can fail returns a VM_Status, 0 for success and negative for a failure, and takes a `VM_Error **` as its
//! last parameter. It may be NULL. It is written only on failure; the error is then owned by the caller (VM_ErrorDelete). For every
//! function, an object or required pointer that is NULL is VM_STATUS_NULL_ARGUMENT, and a string that is not valid UTF-8 is
//! VM_STATUS_BAD_UTF8. An array given as (NULL, 0) is empty.
//!
//! Const: a function that changes an object takes it without `const`.
//!
//! Ownership: the caller owns what a `…Create` or `…Load…` function returns and frees it with the `…Delete` function of its type;
//! `…Delete(NULL)` has no effect. What a `…Get…` function returns belongs to its object. Plug-ins that a registry finds are shared:
//! VM_PluginRelease. Objects may be deleted in any order, on any thread: children keep what they need of their parents. A deleted
//! object must not be used again. A `free_…` callback is called exactly once, also if the call that takes it fails, on the thread of
//! the last release.
//!
//! Growth: structs begin with their size. The library returns structs of its own by pointer, and later versions may append fields to
//! them: check `VM_HAS(pointer, field)` before reading a field that is newer than the oldest library that a program supports. A
//! struct that the caller allocates is initialized with its `…_INIT` macro or by setting `size` and zeroing the rest; a size that is
//! too small is VM_STATUS_INVALID_ARGUMENT, and fields that the library does not know must be zero (VM_STATUS_UNSUPPORTED).
//!
//! Handles: functions, memories, tables, globals and instances of a context are small values. A handle of another context, or of
//! something that was removed, is refused (VM_STATUS_WRONG_CONTEXT, VM_STATUS_STALE).
//!
//! Paths: on Unix a path is any bytes, and is returned byte for byte as it was given; on Windows it is UTF-8. Messages show bytes
//! that are not valid UTF-8 as U+FFFD.
//!
//! Threads: [thread-safe] functions may be called on any thread at any time. [one thread per context] functions may be called on any
//! thread, but by one at a time for a context: a second thread receives VM_STATUS_BUSY, and a call from inside a callback of the context
//! VM_STATUS_REENTRANT (use the VM_Caller there). [one thread per object] is the same for another object, but is not checked.
//!
//! `fork()`: a child may call exec at any time. It may also create an engine of its own and use libvm, regardless of what the other
//! threads of its parent were doing; loading plug-ins is safe if no other thread was loading one at that moment. Objects of the parent
//! may be used in the child only if no other thread was in libvm at the time of the fork, and never those with a state file or of a
//! thread-affine plug-in. The child must not delete objects that it does not use. A child must end with `_exit`.
//!
//! Text for people (VM_ErrorGetMessage, report lines, the log) contains no control characters except newlines between the lines of a
//! message: those in names from wasm and from files are escaped, and long names are shortened. The strings
//! of VM_ErrorGetModuleName, VM_ErrorGetPath and other getters are returned as they were found: escape them before showing them.

mod cell;
mod ffi;
mod fork;
mod guard;
mod handle;
use crate::sized;

pub(crate) use caller_table::TABLE as CALLER_TABLE;
pub(crate) use fork::watch as watch_forks;
pub(crate) use guard::fault;

mod version;
mod error;
mod caller_error;
mod log;
mod engine;
mod types;
mod module;
mod host;
mod context;
mod context_pool;
mod instance;
mod func;
mod prepared_call;
mod memory;
mod table;
mod global;
mod reference;
mod statistics;
mod trace;
mod recording;
mod suspension;
mod execution;
mod queue;
mod stream;
mod hooks;
mod hook_event;
mod plugin;
mod inspection;
mod package;
mod package_directory;
mod options;
mod sources;
mod configuration;
mod trust;
mod permissions;
mod module_plugins;
mod autoload;
mod parameters;
mod wasi;
mod event_loop;
mod caller;
mod caller_table;
mod stream_part;
mod value;

#[cfg(test)]
mod tests;
