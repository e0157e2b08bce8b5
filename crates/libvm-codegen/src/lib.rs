//! What libvm and its compiler agree on: [`Settings`], from which both sides make the same configuration of wasmtime, [`id`], which
//! libvm compares before they exchange anything, and the [`interface`] of the compiler's library.
#![forbid(unsafe_code)]

mod bytes;
pub mod interface;
mod settings;

pub use bytes::FORMAT;
pub use settings::{Cpu, MEMORY_GUARD, MEMORY_RESERVATION, Settings};

/// The version of wasmtime of both sides.
pub const WASMTIME: &str = "48.0.8";

/// The triple of the target for which this was built, and so that of the code.
pub const TARGET: &str = env!("LIBVM_CODEGEN_TARGET");

/// Returns what must be equal in the library, the compiler and the code: the version of libvm and of wasmtime, the format of settings,
/// and the target.
pub fn id() -> &'static str {
    concat!("libvm ", env!("CARGO_PKG_VERSION"), ", wasmtime 48.0.8, settings 2, ", env!("LIBVM_CODEGEN_TARGET"))
}

#[cfg(test)]
mod tests {
    use super::{FORMAT, WASMTIME, id};

    #[test]
    fn the_identifier_names_versions_and_target() {
        let (version, target) = (env!("CARGO_PKG_VERSION"), env!("LIBVM_CODEGEN_TARGET"));
        assert_eq!(id(), format!("libvm {version}, wasmtime {WASMTIME}, settings {FORMAT}, {target}"));
        assert!(target.contains(std::env::consts::ARCH), "{target}");
    }

    #[test]
    fn the_version_of_wasmtime_is_that_of_the_manifest() {
        assert!(include_str!("../Cargo.toml").contains(&format!("wasmtime = {{ version = \"={WASMTIME}\"")));
    }
}
