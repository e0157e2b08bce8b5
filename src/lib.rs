//! libvm: run WebAssembly and extend programs with plug-ins. The C API is the product; see `include/libvm.h`.
pub mod engine;
pub mod host;
pub mod limits;
pub mod log;
pub mod plugin;
pub mod status;
pub mod value;
