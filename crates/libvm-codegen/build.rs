//! Passes the target triple to the crate, which is part of the identifier of generated code.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-env=LIBVM_CODEGEN_TARGET={}", std::env::var("TARGET").expect("cargo sets it"));
}
