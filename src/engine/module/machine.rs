//! Modules with machine code.
#![forbid(unsafe_code)]

use super::Module;
use crate::engine::compiled::Code;
use crate::engine::engine::Engine;
use crate::engine::interpreter;
use crate::engine::machine::{self, Machine, Source};
use crate::engine::program::{HiddenExports, Program};
use crate::engine::scan::Scan;
use crate::engine::source::{self, binary};
use crate::engine::tier::Tier;
use crate::status::{Error, Result};
use std::borrow::Cow;
use std::sync::Arc;

impl Module {
    /// Loads a module, with its machine code if there is some. Such a module was validated when it was compiled.
    ///
    /// # Errors
    /// Those of `new`.
    pub(super) fn with_machine(engine: &Engine, bytes: Cow<'_, [u8]>, source: Source, code: Option<Code>) -> Result<Self> {
        let config = engine.config();
        let code = code.or_else(|| source.find());
        let scan = match code {
            Some(_) => Scan::again(&bytes),
            None => Scan::new(&bytes, &config.module_limits())?,
        };
        if let Some(pooling) = config.pooling() {
            pooling.check_module(&scan.needs)?;
        }
        let hidden = HiddenExports::new(&scan);
        let is_auto = config.tier() == Tier::Auto;
        let mut interpreted = None;
        let (code, interface) = match code {
            Some(code) => {
                let interface = code.interface(&scan)?;
                (Some(code), interface)
            }
            None if is_auto => {
                let (code, interface) = interpreter::Code::load(engine.interpreter(), &bytes, &scan, &hidden)?;
                interpreted = Some(code);
                (None, interface)
            }
            None => {
                engine.interpreter().validate(&bytes)?;
                let code = source.compile(&hidden, &bytes)?;
                let interface = code.interface(&scan)?;
                (Some(code), interface)
            }
        };
        let largest_body = scan.largest_body;
        let program = Program::new(&bytes, scan, hidden, interface);
        let bytes = is_auto.then(|| source::kept(bytes));
        if let (Some(code), Some(bytes)) = (&mut interpreted, &bytes) {
            code.keep(|| Arc::clone(bytes));
        }
        let mut module = Self::made(engine, program, interpreted);
        module.machine = Some(Machine::new(source, &module.program, code, bytes, largest_body));
        Ok(module)
    }

    /// Validates and compiles a module, and returns the contents of a file that `from_compiled` loads in an engine with the same options:
    /// `for_all` processors of the architecture, or for those like this one.
    ///
    /// # Errors
    /// Those of `new` and of the compiler.
    pub fn export(engine: &Engine, bytes: &[u8], for_all: bool, threads: usize) -> Result<Vec<u8>> {
        let bytes = binary(bytes)?;
        let scan = Scan::new(&bytes, &engine.config().module_limits())?;
        engine.interpreter().validate(&bytes)?;
        machine::export(engine.config(), &HiddenExports::new(&scan), &bytes, for_all, threads)
    }

    fn machine(&self) -> &Machine {
        self.machine.as_ref().expect("the modules of an engine that compiles have machine code")
    }

    /// Returns whether its machine code is ready.
    pub(in crate::engine) fn is_compiled(&self) -> bool {
        self.machine.as_ref().is_some_and(|machine| machine.ready().is_some())
    }

    /// Compiles it in the background, once.
    pub(in crate::engine) fn compile_in_background(&self) {
        self.machine().begin();
    }

    /// A context is about to instantiate it, as its first module or as a further one.
    pub(in crate::engine) fn is_used(&self, as_first: bool) {
        self.machine().is_used(as_first);
    }

    /// Returns its machine code, which is compiled now if it is not ready.
    ///
    /// # Errors
    /// Those of the compiler.
    pub(in crate::engine) fn compiled(&self) -> Result<&Arc<Code>> {
        self.machine().code().map_err(|error| match self.engine.config().tier() {
            Tier::Auto => {
                let message = format!(
                    "{}; the context runs machine code: VM_ContextReset makes it one that is interpreted, as those that begin now are",
                    error.message()
                );
                Error::new(error.status(), message)
            }
            _ => error,
        })
    }

    /// Translates it for the interpreter.
    pub(super) fn interpret(&self) -> Result<Arc<interpreter::Code>> {
        let bytes = self.machine().bytes().expect("a module that may be interpreted keeps its bytes");
        let scan = Scan::new(bytes, &self.engine.config().module_limits())?;
        let (mut code, _) = interpreter::Code::load(self.engine.interpreter(), bytes, &scan, self.program.hidden())?;
        code.keep(|| Arc::clone(bytes));
        Ok(Arc::new(code))
    }
}
