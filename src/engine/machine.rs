//! The machine code of a module: found in the cache, loaded from a file, or compiled, at once or in the background.
#![forbid(unsafe_code)]

use super::background::{self, Ticket, Turn};
use super::cache::{self, Key};
use super::codes::Codes;
use super::compiled::{self, Code, compiler};
use super::config::EngineConfig;
use super::difference::difference;
use super::processor;
use super::program::{HiddenExports, Program};
use super::source::Kept;
use super::standing::Standing;
use crate::log;
use crate::status::{Error, Result};
use crate::text;
use libvm_abi as abi;
use libvm_codegen::{Cpu, Settings, id};
use once_cell::sync::OnceCell;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How long somebody who needs the code of a module waits for a compilation that has begun: some times what it takes on a machine that has
/// nothing else to do, since the thread for it has a low priority.
const PATIENCE: Duration = Duration::from_millis(500);

/// Likewise, for each byte of the module.
const PATIENCE_FOR_BYTE: Duration = Duration::from_micros(8);

/// Where the code of a module comes from.
#[derive(Clone)]
pub struct Source {
    engine: compiled::Engine,
    codes: Arc<Codes>,
    /// That of its file in the cache: code for this machine.
    key: Key,
    /// That of code for processors like this one, in files that hosts ship. Code for another one is refused when it is loaded, with the reason.
    shipped: Key,
    /// That of code for all processors of the architecture, which hosts can ship.
    portable: Key,
}

/// Returns the key of the code of a module, which has a key of its own. Such a module is not validated again: the key contains what decides
/// whether it is valid. `id` names the versions that compile.
fn key(config: &EngineConfig, settings: &Settings, module: &Key, id: &str) -> Key {
    Key::of(&[module.as_bytes(), &settings.to_bytes(), config.validation().as_bytes(), id.as_bytes()])
}

/// Returns the key of the file in the cache, of which machines that share a home directory have one each.
fn key_of_machine(key: &Key, features: u64) -> Key {
    Key::of(&[key.as_bytes(), &features.to_le_bytes()])
}

fn portable(settings: &Settings) -> Settings {
    Settings { cpu: Cpu::Baseline, ..settings.clone() }
}

/// Compiles a valid module, and returns the contents of a file that `Source::read` accepts; `for_all` processors of the architecture, or
/// for those like this one.
///
/// # Errors
/// Those of `compiler::compile`.
pub fn export(config: &EngineConfig, hidden: &HiddenExports, bytes: &[u8], for_all: bool, threads: usize) -> Result<Vec<u8>> {
    let own = compiled::settings(config);
    let settings = if for_all { portable(&own) } else { own };
    let code = compiler::compile(&hidden.for_compiler(bytes)?, &settings, threads)?;
    Ok(cache::shipped_file(&key(config, &settings, &Key::of(&[bytes]), id()), id(), &code))
}

impl Source {
    /// Returns the source of the code of a module, which is `bytes`.
    pub fn new(config: &EngineConfig, engine: &compiled::Engine, codes: &Arc<Codes>, bytes: &[u8]) -> Self {
        // Hashed once: it is the larger part.
        let module = Key::of(&[bytes]);
        let key = |settings: &Settings| key(config, settings, &module, id());
        let (shipped, portable) = (key(engine.settings()), key(&portable(engine.settings())));
        let own = key_of_machine(&shipped, processor::features());
        Self { engine: engine.clone(), codes: Arc::clone(codes), key: own, shipped, portable }
    }

    /// Returns the code if the cache has it.
    pub fn find(&self) -> Option<Code> {
        self.codes.find(&self.key, |code| Code::load(&self.engine, code))
    }

    /// Compiles a valid module.
    ///
    /// # Errors
    /// Those of `compiler::compile` and `Code::load`.
    pub fn compile(&self, hidden: &HiddenExports, bytes: &[u8]) -> Result<Code> {
        let compile = || compiler::compile(&hidden.for_compiler(bytes)?, self.engine.settings(), 1);
        Code::load(&self.engine, self.codes.compile(&self.key, id(), compile)?)
    }

    /// Loads the code from a file that `save` has written, for a module, which is `bytes`.
    ///
    /// # Errors
    /// Those of `cache::read_shipped` and `Code::load`.
    pub fn read(&self, path: &Path, config: &EngineConfig, bytes: &[u8]) -> Result<Code> {
        let other = |found: &Key| {
            let module = Key::of(&[bytes]);
            difference(self.engine.settings(), |settings| key(config, settings, &module, id()) == *found)
        };
        Code::load(&self.engine, cache::read_shipped(path, &[self.shipped, self.portable], id(), other)?)
    }
}

struct Inner {
    source: Source,
    program: Arc<Program>,
    code: OnceCell<Arc<Code>>,
    /// The module, unless its code was there from the beginning and the interpreter is not used.
    bytes: Option<Kept>,
    standing: Standing,
}

impl Inner {
    fn compile(&self) -> Result<Arc<Code>> {
        let bytes = self.bytes.as_ref().expect("a module without code keeps its bytes");
        self.source.compile(self.program.hidden(), bytes).map(Arc::new)
    }

    fn has(&self, code: Arc<Code>) {
        // Another thread may have been faster.
        drop(self.code.set(code));
        self.standing.is_compiled();
    }

    /// Returns a number that nothing else has as long as it exists.
    fn number(&self) -> usize {
        std::ptr::from_ref(self).addr()
    }

    fn fail(&self, error: Error) -> Error {
        self.standing.has_failed(&error);
        error
    }

    fn tell(&self, error: &Error) {
        tell(&self.program, self.bytes.as_deref().map_or(&[], |bytes| bytes), error);
    }
}

/// The machine code of a module, once there is some.
pub struct Machine {
    inner: Arc<Inner>,
    /// The compilation in the background, once it was asked for.
    ticket: Mutex<Option<Ticket>>,
}

impl Machine {
    /// Creates that of a module, with its code if there is some, and with the module's bytes if it is interpreted too. `largest_body` is the size
    /// of its largest function.
    pub fn new(source: Source, program: &Arc<Program>, code: Option<Code>, bytes: Option<Kept>, largest_body: usize) -> Self {
        let standing = Standing::new(&source.codes, code.is_some());
        if let (None, Some(bytes)) = (&code, &bytes) {
            match background::check(bytes.len(), largest_body).inspect_err(|error| tell(program, bytes, error)) {
                Ok(()) if compiler::is_absent() => standing.is_impossible(false),
                Ok(()) => {}
                Err(_) => standing.is_impossible(true),
            }
        }
        let code = code.map_or_else(OnceCell::new, |code| OnceCell::with_value(Arc::new(code)));
        let inner = Inner { source, program: Arc::clone(program), code, bytes, standing };
        Self { inner: Arc::new(inner), ticket: Mutex::new(None) }
    }

    /// Returns the code if it is ready.
    pub fn ready(&self) -> Option<&Arc<Code>> {
        self.inner.code.get()
    }

    /// Returns the code, which is compiled now if it is not ready, unless another thread does so already, or that in the background.
    ///
    /// # Errors
    /// Those of `Source::compile`.
    pub fn code(&self) -> Result<&Arc<Code>> {
        if self.ready().is_none() {
            let size = self.inner.bytes.as_deref().map_or(0, |bytes| bytes.len());
            let _turn = Turn::of(self.inner.number(), PATIENCE + PATIENCE_FOR_BYTE * u32::try_from(size).unwrap_or(u32::MAX));
            if self.ready().is_none() {
                let code = self.inner.compile().map_err(|error| self.inner.fail(error))?;
                self.inner.has(code);
            }
        }
        self.ready().ok_or_else(|| Error::new(abi::STATUS_INTERNAL, "the code of a module is missing"))
    }

    /// A context is about to instantiate the module, as its first one or as a further one.
    pub fn is_used(&self, as_first: bool) {
        self.inner.standing.is_used(as_first);
    }

    /// Returns the bytes of the module.
    pub fn bytes(&self) -> Option<&Kept> {
        self.inner.bytes.as_ref()
    }

    /// Compiles the module in the background, once; again later if it was the system that did not permit it.
    pub fn begin(&self) {
        let mut ticket = self.ticket.lock().unwrap_or_else(PoisonError::into_inner);
        if !self.inner.standing.may_begin(ticket.is_some()) {
            return;
        }
        let (compiles, receives) = (Arc::clone(&self.inner), Arc::clone(&self.inner));
        let done = move |code: Result<Arc<Code>>| match code {
            Ok(code) => receives.has(code),
            Err(error) => receives.tell(&receives.fail(error)),
        };
        match background::compile(self.inner.number(), move || compiles.compile(), done) {
            Ok(asked) => *ticket = Some(asked),
            Err(error) => {
                self.inner.standing.was_refused();
                // The log calls the host, which may need the module.
                drop(ticket);
                self.inner.tell(&error);
            }
        }
    }

    /// Writes the code to a file, which it replaces; it is compiled now if it is not ready.
    ///
    /// # Errors
    /// Those of `code` and `cache::write_shipped`.
    pub fn save(&self, path: &Path) -> Result<()> {
        cache::write_shipped(path, &self.inner.source.shipped, id(), self.code()?.bytes())
    }
}

/// Tells the host why a module is not compiled; its size tells modules without names apart.
fn tell(program: &Program, bytes: &[u8], error: &Error) {
    let name = program.name().map_or_else(|| "a module".to_owned(), |name| format!("module `{}`", text::name(name)));
    log::log(abi::LOG_INFO, None, &format!("{name} of {} bytes stays interpreted: {}", bytes.len(), error.message()));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::config::{ModuleLimits, Proposal};

    /// What another version, another engine or another machine has compiled is not looked for.
    #[test]
    fn code_is_found_by_all_that_it_depends_on() {
        let module = Key::of(&[b"module"]);
        let (config, settings) = (EngineConfig::default(), Settings::default());
        let (mut other, mut limited) = (config.clone(), config.clone());
        other.set_proposal(Proposal::TailCall, false).unwrap();
        limited.set_module_limits(ModuleLimits { nesting: 7, ..ModuleLimits::default() }).unwrap();
        let own = key(&config, &settings, &module, id());
        let keys = [
            own,
            key(&config, &settings, &Key::of(&[b"another"]), id()),
            key(&config, &Settings { fuel: true, ..settings.clone() }, &module, id()),
            key(&config, &portable(&settings), &module, id()),
            key(&other, &settings, &module, id()),
            key(&limited, &settings, &module, id()),
            key(&config, &settings, &module, "libvm 0.1.0"),
            key_of_machine(&own, 0),
            key_of_machine(&own, 1),
        ];
        for (index, key) in keys.iter().enumerate() {
            assert!(!keys[..index].contains(key), "{index}");
        }
        assert!(own == key(&config, &settings, &module, id()));
    }
}
