//! The plug-ins of a host that links them: for a host in C, `libvm_builtin_calc` and `libvm_builtin_greeter` of this static library.
#![forbid(unsafe_code)]

#[cfg(feature = "libvm")]
pub use vm as libvm;
pub use {calc, greeter};
