//! What workers do with the plug-in.
#![forbid(unsafe_code)]

mod calls;
mod cycles;
mod extensions;
mod functions;
mod life;
mod options;

use crate::guest::{self, Callee};
use crate::host::{Context, Engine, Inventory, Module, OptionInfo, Plugin, Refused, Registry, Result, inventory};
use crate::journal::{Journal, Line};
use crate::worker::Job;
use std::time::Instant;

/// A worker at its work.
pub struct Work<'a> {
    pub job: &'a Job,
    pub journal: &'a Journal,
    start: Instant,
}

/// Runs the job.
pub fn run(job: &Job, journal: &Journal, start: Instant) {
    let work = Work { job, journal, start };
    let ran = match job.probe.as_str() {
        "load" => life::load(&work),
        "create" => life::create(&work),
        "instances" => life::instances(&work),
        "threads" => calls::threads(&work),
        "function" => functions::run(&work),
        "option" => options::run(&work),
        "hook" => extensions::hook(&work),
        "source" => extensions::source(&work),
        "sink" => extensions::sink(&work),
        "compiler" => extensions::compiler(&work),
        "contexts" => cycles::contexts(&work),
        "registries" => cycles::registries(&work),
        _ => Ok(()),
    };
    // Failures that have a meaning were reported: this one keeps the probe from doing its work.
    if let Err(error) = ran {
        work.note(&job.probe, format!("not checked: {}", error.message), "");
    }
}

/// The plug-in in a registry.
pub struct Loaded {
    pub engine: Engine,
    // Before the registry, which waits for nothing.
    pub plugin: Plugin,
    pub registry: Registry,
    pub inventory: Inventory,
    pub callees: Vec<Callee>,
    /// A guest that imports all functions. One module, because an engine keeps what it has translated of each.
    pub guest: Module,
}

impl Work<'_> {
    /// Loads the plug-in and those on which it depends.
    pub fn load(&self) -> Result<Loaded> {
        self.journal.begin("loading it (its entry and `initialize`)");
        let (engine, registry) = (Engine::new()?, Registry::new()?);
        for path in &self.job.with {
            registry.load(path)?;
        }
        registry.load(&self.job.path)?;
        let plugin = registry.find(&self.job.name)?;
        self.journal.begin("reading its extensions (`get_extension`)");
        let inventory = inventory(&plugin);
        let callees = Callee::of(&inventory.functions);
        let guest = Module::new(&engine, &guest::build(&callees, &[]))?;
        Ok(Loaded { engine, plugin, registry, inventory, callees, guest })
    }

    /// Creates a context with the plug-in, with values for required options, and with the granted permissions if `granted`.
    pub fn context(&self, loaded: &Loaded, name: Option<&str>, granted: bool) -> Result<Context> {
        let mut context = Context::new(&loaded.engine, name)?;
        for (key, value) in self.values(&loaded.inventory.options) {
            context.set_option(&self.job.name, &key, &value)?;
        }
        if granted {
            for permission in &self.job.grants {
                context.grant(&self.job.name, permission)?;
            }
        }
        context.register(&loaded.registry, None)?;
        Ok(context)
    }

    /// Returns the values that options have in a check: those that were given, and made-up ones where one is required.
    pub fn values(&self, options: &[OptionInfo]) -> Vec<(String, String)> {
        let given =
            |option: &OptionInfo| self.job.options.iter().find(|(key, _)| *key == option.key).map(|(_, value)| value.clone());
        let made_up = |option: &OptionInfo| option.default.is_none().then(|| options::made_up(option));
        let value = |option: &OptionInfo| Some((option.key.clone(), given(option).or_else(|| made_up(option))?));
        options.iter().filter_map(value).collect()
    }

    /// Returns whether functions with this title are called.
    pub fn calls(&self, callee: &Callee) -> bool {
        !self.job.skipped.contains(&callee.title())
    }

    /// Returns whether this part of the worker's time is over, in percent.
    pub fn is_late(&self, percent: u32) -> bool {
        self.start.elapsed() > self.job.timeout * percent / 100
    }

    pub fn note(&self, rule: &str, what: impl Into<String>, remedy: &str) {
        self.journal.note(rule, what, remedy);
    }

    pub fn fault(&self, rule: &str, what: impl Into<String>, remedy: &str) {
        self.journal.fault(rule, what, remedy);
    }

    /// Reports a number or a name to the supervisor.
    pub fn part(&self, kind: &str, fields: &[String]) {
        self.journal.write(&Line::Part(kind.to_owned(), fields.to_vec()));
    }
}

/// Returns the message of a failure that is the plug-in's own fault: what it must never answer. A status alone does not say so, because
/// a plug-in may fail with any.
pub fn misbehaviour(error: &Refused) -> Option<&str> {
    const COMPLAINTS: [&str; 5] = [
        "did not set the type of its result",
        ", which must be ",
        "returned VM_STATUS_PENDING without suspending",
        "return VM_STATUS_PENDING after suspending",
        "which is not a valid status",
    ];
    COMPLAINTS.iter().any(|complaint| error.message.contains(complaint)).then_some(error.message.as_str())
}
