//! The smallest plug-in in Rust: `cargo build` makes `libcalc.so`.
#![forbid(unsafe_code)]

use libvm_plugin::{Module, Plugin, libvm_plugin};

/// The plug-in.
#[derive(Default)]
pub struct Calc;

impl Plugin for Calc {
    const DESCRIPTION: &'static str = "Adds numbers";

    fn modules() -> Vec<Module<Self>> {
        vec![Module::new("calc").function("add", |_: &mut Self, a: i32, b: i32| a + b)]
    }
}

libvm_plugin!(Calc); // name and version come from Cargo.toml
