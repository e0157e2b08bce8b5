//! The official WebAssembly test suite, run only through the exported functions of libvm.
mod capi;
mod needs;
pub mod report;
mod script;
mod spectest;
pub mod suite;
mod values;
mod vm;
