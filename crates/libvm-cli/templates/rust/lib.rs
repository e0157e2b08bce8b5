//! The plug-in `{{name}}`: two functions, which guests import from the module `{{name}}`.
#![forbid(unsafe_code)]

use libvm_plugin::{Error, Module, Plugin, Result, libvm_plugin};

/// An instance of the plug-in; each context has its own.
#[derive(Default)]
pub struct Greeter;

impl Greeter {
    fn add(&mut self, a: i32, b: i32) -> i32 {
        a.wrapping_add(b)
    }

    /// Writes a greeting of the name, and returns its length. Both buffers are in the guest's memory,
    /// and libvm has checked that they are. An error is a trap with its text.
    fn greet(&mut self, name: &str, out: &mut [u8]) -> Result<u32> {
        let text = format!("Hello, {name}");
        let out = out.get_mut(..text.len());
        let out = out.ok_or_else(|| Error::new("the buffer is too small for the greeting"))?;
        out.copy_from_slice(text.as_bytes());
        Ok(text.len() as u32)
    }
}

impl Plugin for Greeter {
    const DESCRIPTION: &'static str = "Adds numbers, and greets";

    fn modules() -> Vec<Module<Self>> {
        vec![
            Module::new("{{name}}")
                .function("add", Self::add)
                .describe("Adds two numbers")
                .function("greet", Self::greet)
                .describe("Writes a greeting of a name, and returns its length"),
        ]
    }
}

libvm_plugin!(Greeter); // name and version come from Cargo.toml
