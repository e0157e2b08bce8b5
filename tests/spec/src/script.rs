//! Running a script: one context, all of its directives in order.
use crate::capi::*;
use crate::needs::Features;
use crate::values;
use crate::vm::{Failure, OwnedContext, OwnedEngine, OwnedHost, OwnedModule};
use std::collections::HashMap;
use std::rc::Rc;
use wast::core::WastRetCore;
use wast::lexer::Lexer;
use wast::parser::{self, ParseBuffer};
use wast::token::Id;
use wast::{QuoteWat, Wast, WastArg, WastDirective, WastExecute, WastInvoke, WastRet, Wat};

/// The outcome of a directive.
pub enum Outcome {
    /// As expected by the suite.
    Passed,
    /// Otherwise, with the difference.
    Failed(String),
    /// It needs a proposal that wasmi does not support.
    Skipped(&'static str),
    /// It is about the text format, and no part of it reaches libvm.
    Text,
}
use Outcome::{Failed, Passed, Skipped, Text};

/// What a script's name refers to.
#[derive(Clone)]
enum Instance {
    Ready(Handle, Rc<OwnedModule>),
    /// Nothing, because of a proposal.
    Lacking(&'static str),
    /// Nothing, because its module failed.
    Broken,
}

/// Why a module was not instantiated.
enum Refusal {
    Lacking(&'static str),
    Failure(Failure),
}

/// The definition of a module directive.
#[derive(Clone)]
enum Definition {
    Ready(Rc<OwnedModule>),
    Lacking(&'static str),
    Broken,
}

struct Script<'a> {
    engine: &'a OwnedEngine,
    features: &'a Features,
    context: OwnedContext,
    current: Instance,
    named: HashMap<String, Instance>,
    defined: HashMap<String, Definition>,
    last_defined: Definition,
    /// Names under which nothing is registered, because of a proposal.
    unregistered: HashMap<String, &'static str>,
}

fn parse<'a>(buffer: &'a ParseBuffer) -> Result<Vec<WastDirective<'a>>, String> {
    parser::parse::<Wast>(buffer).map(|wast| wast.directives).map_err(|error| error.to_string())
}

fn tokens(text: &str) -> Result<ParseBuffer<'_>, String> {
    let mut lexer = Lexer::new(text);
    // The suite has some on purpose.
    lexer.allow_confusing_unicode(true);
    ParseBuffer::new_with_lexer(lexer).map_err(|error| error.to_string())
}

/// Returns the number of directives of a script.
pub fn count(text: &str) -> Result<usize, String> {
    Ok(parse(&tokens(text)?)?.len())
}

/// Runs a script; reports the line and outcome of each directive. The error is of the script as a whole.
pub fn run(engine: &OwnedEngine, features: &Features, spectest: &OwnedHost, text: &str) -> Result<Vec<(usize, Outcome)>, String> {
    let buffer = tokens(text)?;
    let mut script = Script {
        engine,
        features,
        context: OwnedContext::new(engine, spectest).map_err(|failure| failure.message)?,
        current: Instance::Broken,
        named: HashMap::new(),
        defined: HashMap::new(),
        last_defined: Definition::Broken,
        unregistered: HashMap::new(),
    };
    let line = |directive: &WastDirective| directive.span().linecol_in(text).0 + 1;
    Ok(parse(&buffer)?.into_iter().map(|directive| (line(&directive), script.run(directive))).collect())
}

impl Script<'_> {
    fn run(&mut self, directive: WastDirective) -> Outcome {
        match directive {
            WastDirective::Module(module) => self.module(module),
            WastDirective::ModuleDefinition(module) => self.define(module),
            WastDirective::ModuleInstance { instance, module, .. } => self.instance(instance, module),
            WastDirective::Register { name, module, .. } => self.register(name, module),
            WastDirective::Invoke(invoke) => self.with(WastExecute::Invoke(invoke), |_, result| match result {
                Ok(_) => Passed,
                Err(failure) => unexpected("a return", &failure),
            }),
            WastDirective::AssertReturn { exec, results, .. } => self.with(exec, |script, found| match found {
                Ok(found) => script.compare(&found, &results),
                Err(failure) => unexpected("a return", &failure),
            }),
            WastDirective::AssertTrap { exec, message, .. } => self.with(exec, |_, result| trapped(message, result)),
            WastDirective::AssertExhaustion { call, message, .. } => {
                self.with(WastExecute::Invoke(call), |_, result| trapped(message, result))
            }
            WastDirective::AssertMalformed { mut module, .. } | WastDirective::AssertInvalid { mut module, .. } => {
                self.refused(&mut module)
            }
            WastDirective::AssertUnlinkable { module, message, .. } => self.unlinkable(module, message),
            WastDirective::AssertException { .. } => Skipped("exception-handling"),
            WastDirective::AssertSuspension { .. } => Skipped("stack-switching"),
            WastDirective::Thread(_) | WastDirective::Wait { .. } => Skipped("threads"),
        }
    }

    /// Loads a module: one that libvm refuses and only a validator with a further proposal accepts needs that proposal.
    fn load(&self, wasm: &[u8]) -> Result<Rc<OwnedModule>, Refusal> {
        self.engine.load(wasm).map(Rc::new).map_err(|failure| match self.features.lacking(wasm) {
            Some(proposal) => Refusal::Lacking(proposal),
            None => Refusal::Failure(failure),
        })
    }

    fn instantiate(&self, module: &Rc<OwnedModule>) -> Result<Instance, Refusal> {
        let imported = module.imported_modules().find_map(|name| self.unregistered.get(&name));
        if let Some(proposal) = imported {
            return Err(Refusal::Lacking(proposal));
        }
        let instance = self.context.instantiate(module).map_err(Refusal::Failure)?;
        Ok(Instance::Ready(instance, Rc::clone(module)))
    }

    fn module(&mut self, mut module: QuoteWat) -> Outcome {
        let name = module.name();
        let made = match module.encode() {
            Ok(wasm) => self.load(&wasm).and_then(|module| self.instantiate(&module)),
            Err(error) => return Failed(format!("the text cannot be encoded: {error}")),
        };
        self.enter(name, made)
    }

    /// Makes an instance the current one, and the one with its name.
    fn enter(&mut self, name: Option<Id>, made: Result<Instance, Refusal>) -> Outcome {
        let (instance, outcome) = match made {
            Ok(instance) => (instance, Passed),
            Err(Refusal::Lacking(proposal)) => (Instance::Lacking(proposal), Skipped(proposal)),
            Err(Refusal::Failure(failure)) => (Instance::Broken, unexpected("an instance", &failure)),
        };
        if let Some(name) = name {
            self.named.insert(name.name().to_owned(), instance.clone());
        }
        self.current = instance;
        outcome
    }

    fn define(&mut self, mut module: QuoteWat) -> Outcome {
        let name = module.name();
        let loaded = match module.encode() {
            Ok(wasm) => self.load(&wasm),
            Err(error) => return Failed(format!("the text cannot be encoded: {error}")),
        };
        let (definition, outcome) = match loaded {
            Ok(module) => (Definition::Ready(module), Passed),
            Err(Refusal::Lacking(proposal)) => (Definition::Lacking(proposal), Skipped(proposal)),
            Err(Refusal::Failure(failure)) => (Definition::Broken, unexpected("a module", &failure)),
        };
        if let Some(name) = name {
            self.defined.insert(name.name().to_owned(), definition.clone());
        }
        self.last_defined = definition;
        outcome
    }

    fn instance(&mut self, name: Option<Id>, module: Option<Id>) -> Outcome {
        let definition = match module {
            None => Some(&self.last_defined),
            Some(module) => self.defined.get(module.name()),
        };
        let made = match definition {
            Some(Definition::Ready(module)) => self.instantiate(module),
            Some(Definition::Lacking(proposal)) => Err(Refusal::Lacking(proposal)),
            Some(Definition::Broken) | None => return Failed("its module failed or is not defined".to_owned()),
        };
        self.enter(name, made)
    }

    fn find(&self, name: Option<Id>) -> Instance {
        match name {
            None => self.current.clone(),
            Some(name) => self.named.get(name.name()).cloned().unwrap_or(Instance::Broken),
        }
    }

    fn register(&mut self, name: &str, module: Option<Id>) -> Outcome {
        match self.find(module) {
            Instance::Ready(instance, _) => match self.context.register(name, instance) {
                Ok(()) => Passed,
                Err(failure) => unexpected("a registration", &failure),
            },
            Instance::Lacking(proposal) => {
                self.unregistered.insert(name.to_owned(), proposal);
                Skipped(proposal)
            }
            Instance::Broken => Failed("its module failed".to_owned()),
        }
    }

    /// Executes, and checks the result.
    fn with(&self, execute: WastExecute, judge: impl FnOnce(&Self, Result<Vec<Value>, Failure>) -> Outcome) -> Outcome {
        match self.execute(execute) {
            Ok(result) => judge(self, result),
            Err(outcome) => outcome,
        }
    }

    fn execute(&self, execute: WastExecute) -> Result<Result<Vec<Value>, Failure>, Outcome> {
        match execute {
            WastExecute::Invoke(invoke) => {
                let (instance, module) = self.ready(invoke.module)?;
                let args = self.arguments(&invoke)?;
                let result = self.context.invoke(&instance, &module, invoke.name, &args);
                for arg in args.iter().filter(|arg| arg.kind == EXTERNREF) {
                    self.context.release(values::reference(arg));
                }
                Ok(result)
            }
            WastExecute::Get { module, global, .. } => {
                Ok(self.context.global(&self.ready(module)?.0, global).map(|value| vec![value]))
            }
            WastExecute::Wat(module) => match self.link(module) {
                Ok(_) => Ok(Ok(Vec::new())),
                Err(Ok(failure)) => Ok(Err(failure)),
                Err(Err(outcome)) => Err(outcome),
            },
        }
    }

    fn ready(&self, name: Option<Id>) -> Result<(Handle, Rc<OwnedModule>), Outcome> {
        match self.find(name) {
            Instance::Ready(instance, module) => Ok((instance, module)),
            Instance::Lacking(proposal) => Err(Skipped(proposal)),
            Instance::Broken => Err(Failed("its module failed".to_owned())),
        }
    }

    fn arguments(&self, invoke: &WastInvoke) -> Result<Vec<Value>, Outcome> {
        let argument = |arg: &WastArg| match arg {
            WastArg::Core(arg) => match values::argument(&self.context, arg) {
                Ok(value) => value.ok_or(Skipped("gc")),
                Err(failure) => Err(unexpected("a host object", &failure)),
            },
            _ => Err(Failed("an argument of a component".to_owned())),
        };
        invoke.args.iter().map(argument).collect()
    }

    fn compare(&self, found: &[Value], expected: &[WastRet]) -> Outcome {
        let fits = |found: &Value, expected: &WastRetCore| values::matches(&self.context, found, expected);
        let mut same = found.len() == expected.len();
        for (found, expected) in found.iter().zip(expected) {
            same &= matches!(expected, WastRet::Core(expected) if fits(found, expected).unwrap_or(false));
        }
        let shown = found.iter().map(values::show).collect::<Vec<_>>().join(", ");
        for value in found.iter().filter(|value| value.kind == FUNCREF || value.kind == EXTERNREF) {
            self.context.release(values::reference(value));
        }
        if same { Passed } else { Failed(format!("expected {expected:?}, found {shown}")) }
    }

    /// Checks a module that libvm must refuse.
    fn refused(&self, module: &mut QuoteWat) -> Outcome {
        match module.encode() {
            // The text parser refuses it, or it cannot be converted to the binary format: there is nothing to test in libvm.
            Err(_) => Text,
            Ok(wasm) => match self.engine.load(&wasm) {
                Err(failure) if failure.status == STATUS_BAD_MODULE => Passed,
                Err(failure) => unexpected("VM_STATUS_BAD_MODULE", &failure),
                Ok(_) => Failed("the module was loaded".to_owned()),
            },
        }
    }

    /// Loads and instantiates a module that must load.
    fn link(&self, mut module: Wat) -> Result<Instance, Result<Failure, Outcome>> {
        let wasm = module.encode().map_err(|error| Err(Failed(format!("the text cannot be encoded: {error}"))))?;
        let module = self.load(&wasm).map_err(|refusal| {
            Err(match refusal {
                Refusal::Lacking(proposal) => Skipped(proposal),
                Refusal::Failure(failure) => unexpected("a module", &failure),
            })
        })?;
        self.instantiate(&module).map_err(|refusal| match refusal {
            Refusal::Lacking(proposal) => Err(Skipped(proposal)),
            Refusal::Failure(failure) => Ok(failure),
        })
    }

    fn unlinkable(&self, module: Wat, message: &str) -> Outcome {
        let failure = match self.link(module) {
            Ok(_) => return Failed("the module was instantiated".to_owned()),
            Err(Ok(failure)) => failure,
            Err(Err(outcome)) => return outcome,
        };
        match message {
            "unknown import" if failure.status == STATUS_UNRESOLVED_IMPORT => Passed,
            "incompatible import type" | "memory types incompatible" if failure.status == STATUS_INCOMPATIBLE_IMPORT => Passed,
            _ => unexpected(message, &failure),
        }
    }
}

fn unexpected(wanted: &str, failure: &Failure) -> Outcome {
    Failed(format!("expected {wanted}, found status {}, trap code {}: {}", failure.status, failure.trap, failure.message))
}

/// Returns whether it trapped with the code of the suite's message.
fn trapped(message: &str, result: Result<Vec<Value>, Failure>) -> Outcome {
    let Some((_, codes)) = TRAPS.iter().find(|(words, _)| message.starts_with(words)) else {
        return Failed(format!("the suite says `{message}`, which is not known here"));
    };
    match result {
        Ok(_) => Failed(format!("expected the trap `{message}`, but it returned")),
        Err(failure) if failure.status == STATUS_TRAP && codes.contains(&failure.trap) => Passed,
        Err(failure) => unexpected(&format!("the trap `{message}`"), &failure),
    }
}
