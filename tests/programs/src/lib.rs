//! Real programs that nobody here wrote: their C sources come out of crates, are compiled for WASI and natively, and both
//! builds have to do the same. The WASI build runs through nothing but the exported functions of libvm.
mod capi;
pub mod compile;
pub mod guest;
mod sources;
