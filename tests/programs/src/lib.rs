//! Real third-party programs: their C sources come from crates, are compiled for WASI and natively, and both
//! builds must behave alike. The WASI build runs only through the exported functions of libvm.
mod capi;
pub mod compile;
pub mod guest;
mod sources;
