//! libvm: run WebAssembly, and extend programs with plug-ins.
//!
//! An engine (VM_Engine) compiles and runs; a module (VM_Module) is compiled wasm; a context (VM_Context) is where instances
//! of modules run, with the host modules, plug-ins and WASI that they import. A program that only wants to run something
//! needs VM_EngineCreate, VM_ContextCreate and VM_ContextRunWasmFromFile.
//!
//! Errors: a function that can fail returns a VM_Status, 0 for success and negative for a failure, and takes a `VM_Error **`
//! as its last parameter. It may be NULL. It is written only on failure, and then owned by the caller (VM_ErrorDelete).
//! A NULL object or required pointer is VM_STATUS_NULL_ARGUMENT, a text that is not UTF-8 VM_STATUS_BAD_UTF8, for every
//! function. An array given as (NULL, 0) is empty.
//!
//! Ownership: what a `…Create`, `…Load…` or an `…Open` gives belongs to the caller, who gives it back with the `…Delete` of its type;
//! `…Delete(NULL)` does nothing. What a `…Get…` gives stays with its object. Objects may be deleted in any order, on any thread:
//! children keep what they need of their parents. That a deleted object is not used again is the caller's promise.
//! A `free_…` function runs exactly once, also when the call fails, on the thread of the last release.
//!
//! Handles: functions, memories, tables, globals and instances of a context are small values. One that is of another context
//! or of something removed is refused (VM_STATUS_WRONG_CONTEXT, VM_STATUS_STALE).
//!
//! Threads: [thread-safe] functions may be called on any thread at any time. [one thread per context]: any thread, but one
//! at a time for a context; a second one gets VM_STATUS_BUSY, a call from inside the context's own callback
//! VM_STATUS_REENTRANT (use the VM_Caller there). [one thread per object]: likewise for the object, unchecked.
//!
//! `fork()`: a child may call exec at any time. It may also make its own engine and use libvm, whatever the other threads of its
//! parent were doing; plug-ins it loads safely when none was being loaded by another thread at that moment. Objects that the parent
//! made may only be used in the child when no other thread was in libvm at the fork, and never those with a state file or of a
//! thread-affine plug-in; those that the child does not use are not deleted by it. A child ends with `_exit`.
//!
//! Text for persons (VM_ErrorGetMessage, lines of reports, the log) has no control characters but newlines between the lines of a
//! message: in names of wasm and files they are escaped as in `\\n` and `\\u{1b}`, and long names are shortened. What
//! VM_ErrorGetModuleName, VM_ErrorGetPath and other getters return is as it was found: escape it before showing it.

mod ffi;
mod fork;
mod guard;
mod handle;
mod sized;

mod version;
mod error;
mod log;
mod engine;
mod types;
mod module;
mod host;
mod context;
mod instance;
mod func;
mod memory;
mod table;
mod global;
mod reference;
mod plugin;
mod inspection;
mod options;
mod configuration;
mod trust;
mod permissions;
mod wasi;
mod caller;
mod value;

#[cfg(test)]
mod tests;
