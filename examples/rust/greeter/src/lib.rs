//! A plug-in in Rust with options, an instance in each context, and a guest buffer: the same as `examples/c/plugin_options.c`.
#![forbid(unsafe_code)]

use libvm_plugin::{Create, Error, Module, Myself, Options, Plugin, Result, libvm_plugin};
use std::io::Write;

/// Its options, which libvm checks.
#[derive(Options)]
pub struct Settings {
    /// what to say before the name
    #[option(default = "Hello")]
    greeting: String,
    /// how often to greet
    #[option(default = 1, range = 1..=9)]
    times: i64,
}

/// An instance in a context.
pub struct Greeter {
    settings: Settings,
}

impl Create for Greeter {
    type Options = Settings;

    fn create(_: Myself, settings: Settings) -> Result<Self> {
        Ok(Self { settings })
    }
}

impl Greeter {
    /// The name lies in the guest's memory. An error becomes a trap with its text.
    fn greet(&mut self, name: &str) -> Result<()> {
        if name.is_empty() {
            return Err(Error::new("there is no name to greet"));
        }
        let mut out = std::io::stdout().lock();
        for _ in 0..self.settings.times {
            writeln!(out, "{}, {name}!", self.settings.greeting)?;
        }
        Ok(())
    }
}

impl Plugin for Greeter {
    const DESCRIPTION: &'static str = "Greets";

    fn modules() -> Vec<Module<Self>> {
        vec![Module::new("greeter").function("greet", Self::greet)]
    }
}

libvm_plugin!(Greeter);
