//! The twin of capi-tests/plugins/more in Rust: hooks, sources and sinks, parameter compilers and dependencies, each in a file.
#![forbid(unsafe_code)]

mod dependencies;
mod hooks;
mod parameters;
mod sinks;
mod sources;

use libvm_plugin::{
    Call, Completer, Create, Error, EventCompleter, Level, Module, Myself, Options, Pending, Plugin, Result, libvm_plugin, status,
};
use parameters::WORDS;
use std::sync::atomic::{AtomicI32, Ordering};

/// Its option.
#[derive(Options)]
pub struct Settings {
    /// What comes before
    prefix: String,
}

/// An instance.
pub struct More {
    myself: Myself,
    prefix: String,
    seen: i32,
    event: Option<EventCompleter>,
    call: Option<Completer<i32>>,
}

/// Counts itself while it exists.
struct Counted(&'static AtomicI32);

impl Counted {
    fn new(counter: &'static AtomicI32) -> Self {
        counter.fetch_add(1, Ordering::Relaxed);
        Self(counter)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Create for More {
    type Options = Settings;

    fn create(myself: Myself, settings: Settings) -> Result<Self> {
        if settings.prefix == "bad" {
            return Err(Error::with_status(status::USER - 1, "a bad prefix"));
        }
        Ok(Self { myself, prefix: settings.prefix, seen: 0, event: None, call: None })
    }
}

impl More {
    /// A closure that logs a line.
    fn says(&self, text: &'static str) -> impl FnOnce() + Send + 'static {
        let myself = self.myself.clone();
        move || myself.log(Level::Info, text)
    }

    fn wait(&mut self, call: &Call<'_>, argument: i32) -> Result<Pending<i32>> {
        let (completer, pending) = call.suspend_with_cancel(self.says("call cancelled"))?;
        match argument {
            0 => completer.complete(42)?,
            _ => self.call = Some(completer),
        }
        Ok(pending)
    }
}

impl Plugin for More {
    fn modules() -> Vec<Module<Self>> {
        let module = Module::new("more")
            .function("wait", Self::wait)
            .function("length", parameters::length)
            .function("letter", parameters::letter)
            .function("number", parameters::number)
            .function("both", parameters::both)
            .function("words", |_: &Self| WORDS.load(Ordering::Relaxed))
            .function("provided", |_: &Self| dependencies::PROVIDED.load(Ordering::Relaxed));
        vec![module]
    }
}

libvm_plugin!(More: hooks, streams, compilers, dependencies);
