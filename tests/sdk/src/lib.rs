//! A plug-in with a function for each thing that the SDK can do.
#![forbid(unsafe_code)]

use libvm_plugin::{
    Call, Completer, Create, Directory, Error, Guest, Level, Module, Myself, Options, Pending, Plugin, Result, Snapshot,
    libvm_plugin, status,
};
use std::ffi::CStr;
use std::sync::Mutex;
use std::thread;

/// Its options.
#[derive(Options)]
pub struct Settings {
    /// What to say before the name
    #[option(default = "Hello")]
    greeting: String,
    /// How often
    #[option(default = 100, range = 1..=1000)]
    limit: i64,
    #[option(default = true)]
    polite: bool,
    #[option(default = 0.5, range = 0.0..=1.0)]
    share: f64,
    #[option(default = ["a", "b"])]
    names: Vec<String>,
    #[option(default = "fast", choices = ["fast", "small"], name = "optimize-for")]
    optimize_for: String,
}

/// An instance.
pub struct Probe {
    myself: Myself,
    settings: Settings,
    count: i32,
    waiting: Mutex<Vec<Completer<i32>>>,
}

impl Create for Probe {
    type Options = Settings;

    fn create(myself: Myself, settings: Settings) -> Result<Self> {
        match settings.greeting.as_str() {
            "" => return Err(Error::with_status(status::USER - 1, "the greeting is empty")),
            "panic" => panic!("nobody is greeted so"),
            _ => log::info!("an instance that says {}", settings.greeting),
        }
        Ok(Self { myself, settings, count: 0, waiting: Mutex::default() })
    }
}

impl Probe {
    fn greet(&mut self, name: &str, out: &mut [u8]) -> Result<u32> {
        let count = self.myself.state(|state| state.increment("greeted", 1))?;
        if count > self.settings.limit {
            return Err(Error::new("that is enough greeting"));
        }
        let text = format!("{}, {name} ({count})", self.settings.greeting);
        out.get_mut(..text.len()).ok_or_else(|| Error::new("the buffer is too small"))?.copy_from_slice(text.as_bytes());
        Ok(text.len() as u32)
    }

    fn count(&mut self) -> i32 {
        self.count += 1;
        self.count
    }

    /// Calls the guest, which may call the plug-in again.
    fn calls(&self, guest: &mut Guest<'_>, number: i32) -> Result<i32> {
        guest.call("back", number).map_err(|error| match number {
            -2 => Error::with_status(status::USER - 9, format!("caught: {error}")),
            _ => error,
        })
    }

    fn calls_mut(&mut self, guest: &mut Guest<'_>, number: i32) -> Result<i32> {
        self.count += 1;
        guest.call("back", number)
    }

    fn settings(&self, what: &CStr) -> Result<f64> {
        Ok(match what.to_bytes() {
            b"limit" => self.settings.limit as f64,
            b"polite" => f64::from(u8::from(self.settings.polite)),
            b"share" => self.settings.share,
            b"names" => self.settings.names.len() as f64,
            b"optimize-for" => self.settings.optimize_for.len() as f64,
            _ => return Err(Error::with_status(status::NOT_FOUND, format!("there is no {what:?}"))),
        })
    }

    fn state(&self, call: &Call<'_>, key: &str) -> Result<i32> {
        let state = call.state()?;
        let Some(value) = state.get(key)? else {
            state.put(key, key.repeat(1000).as_bytes())?;
            return Ok(state.keys("")?.len() as i32);
        };
        state.remove(key)?;
        Ok(value.len() as i32)
    }

    fn later(&self, call: &Call<'_>, number: i32) -> Result<Pending<i32>> {
        let (completer, pending) = call.suspend::<i32>()?;
        thread::spawn(move || match number {
            0 => drop(completer),
            1 => drop(completer.fail(Error::with_status(status::USER - 2, "no answer"))),
            number => drop(completer.complete(number * 2)),
        });
        Ok(pending)
    }
}

/// Logs when it is dropped.
struct Held(Myself);

impl Drop for Held {
    fn drop(&mut self) {
        self.0.log(Level::Info, "released");
    }
}

impl Probe {
    /// Suspends the guest until it is cancelled; with 1 until it is completed, with 2 not at all, and with 3 the closure panics.
    fn waits(&self, call: &Call<'_>, how: i32) -> Result<Pending<i32>> {
        let held = Held(self.myself.clone());
        let (completer, pending) = call.suspend_with_cancel::<i32>(move || {
            held.0.log(Level::Info, "cancelled");
            if how == 3 {
                panic!("no end");
            }
        })?;
        match how {
            1 => drop(thread::spawn(move || completer.complete(7))),
            2 => return Err(Error::new("it does not wait")),
            _ => self.waiting.lock().map_err(|_| Error::new("poisoned"))?.push(completer),
        }
        Ok(pending)
    }
}

fn copy(_: &Probe, from: &[u8], to: &mut [u8]) -> i32 {
    let size = from.len().min(to.len());
    to[..size].copy_from_slice(&from[..size]);
    size as i32
}

impl Plugin for Probe {
    fn modules() -> Vec<Module<Self>> {
        let types = |_: &Self, a: i32, b: u64, c: f32, d: f64, e: bool| (f64::from(a) + b as f64 + f64::from(c) + d, !e);
        let module = Module::new("sdk")
            .describe("Everything")
            .function("add", |_: &mut Self, a: i32, b: i32| a.wrapping_add(b))
            .describe("Adds")
            .function("types", types)
            .function("nothing", |_: &Self| ())
            .function("greet", Self::greet)
            .function("copy", copy)
            .function("count", Self::count)
            .function("calls", Self::calls)
            .function("calls_mut", Self::calls_mut)
            .function("settings", Self::settings)
            .function("state", Self::state)
            .function("later", Self::later)
            .function("waits", Self::waits)
            .function("fails", |_: &Self, status: i32| -> Result<()> { Err(Error::with_status(status, "so it is")) })
            .function("parses", |_: &Self, text: &str| -> Result<i32> { Ok(text.parse()?) })
            .function("panics", |_: &Self, text: &str| -> i32 { panic!("{text}") })
            .function("secret", |_: &Self| 42)
            .permission("sdk:secret")
            .function("says", |_: &Self, call: &Call<'_>, text: &str| -> Result<()> {
                call.require(&format!("sdk:say:{text}"))?;
                call.log(Level::Warning, text);
                log::error!("{text}!");
                Ok(())
            })
            .function("peek", |_: &Self, guest: &mut Guest<'_>, address: u32| -> Result<u64> {
                let mut byte = [0];
                guest.read(address.into(), &mut byte)?;
                guest.write(address.into(), &[byte[0] + 1])?;
                Ok(guest.memory_size()? + u64::from(byte[0]))
            })
            .function("directory", |me: &Self| -> Result<bool> { Ok(me.myself.directory(Directory::Temp)?.is_dir()) });
        vec![module]
    }
}

impl Snapshot for Probe {
    fn save(&self) -> Result<Vec<u8>> {
        Ok(self.count.to_le_bytes().to_vec())
    }

    fn restore(&mut self, state: &[u8]) -> Result<()> {
        self.count = i32::from_le_bytes(state.try_into()?);
        Ok(())
    }
}

libvm_plugin!(Probe: snapshot);
