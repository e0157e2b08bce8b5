//! The plug-in `process`: guests start programs that the host allows. README.md describes its functions, options and permissions.
mod command;
mod rules;
mod run;
#[cfg_attr(not(target_os = "linux"), path = "elsewhere.rs")]
mod system;

use command::Command;
use libvm_plugin::{Call, Create, Guest, Level, Module, Myself, Options, Pending, Plugin, Result, libvm_plugin};
use rules::Rules;
use run::{Outcome, Run};
use std::sync::Arc;
use std::time::Duration;

/// The options.
#[derive(Default, Options)]
pub struct Settings {
    /// Commands that guests may start: names, which are looked up in `search-path`, or absolute paths
    allow: Vec<String>,
    /// Guests may start every command for which they have the permission
    #[option(name = "allow-all")]
    allow_all: bool,
    /// Directories in which commands without a path are looked up
    #[option(name = "search-path", default = ["/usr/local/bin", "/usr/bin", "/bin"])]
    search_path: Vec<String>,
    /// Variables that commands get from the host's environment; a name that ends in `*` covers all with this beginning
    environment: Vec<String>,
    /// Variables that guests may set for commands; a name that ends in `*` covers all with this beginning
    #[option(name = "guest-environment")]
    guest_environment: Vec<String>,
    /// Most bytes of the standard input of a command
    #[option(name = "max-input", default = 16 << 20, range = 0..=1 << 30)]
    max_input: i64,
    /// Most bytes of the standard output, and of the standard error, of a command; one that writes more is ended
    #[option(name = "max-output", default = 16 << 20, range = 0..=1 << 30)]
    max_output: i64,
    /// The longest timeout in milliseconds, also if a guest sets a longer one
    #[option(name = "max-timeout", default = 3_600_000, range = 0..=0xffff_ffff)]
    max_timeout: i64,
}

/// The plug-in in a context.
pub struct Process {
    rules: Arc<Rules>,
    /// What the guest has set since the last run.
    command: Command,
    /// The last run.
    run: Option<Arc<Run>>,
}

impl Create for Process {
    type Options = Settings;

    fn create(_: Myself, settings: Settings) -> Result<Self> {
        system::check()?;
        let rules = Arc::new(Rules::new(&settings)?);
        Ok(Self { rules, command: Command::default(), run: None })
    }
}

impl Process {
    /// Starts the command that the guest has set, and suspends the guest until it has ended.
    fn run(&mut self, call: &Call<'_>) -> Result<Pending<i32>> {
        let run = Arc::new(Run::default());
        let cancelled = Arc::clone(&run);
        let (completer, pending) = call.suspend_with_cancel(move || cancelled.cancel())?;
        self.run = Some(Arc::clone(&run));
        let mut command = std::mem::take(&mut self.command);
        command.timeout = command.timeout.min(self.rules.max_timeout);
        let ignored = self.rules.environment(&mut command.environment);
        if !ignored.is_empty() {
            call.log(Level::Info, &format!("variables that a guest may not set, by the option `guest-environment`: {ignored}"));
        }
        match self.rules.check(&command.program, |permission| call.is_permitted(permission)) {
            Ok(()) => Run::start(run, command, Arc::clone(&self.rules), completer),
            Err(why) => run.finish(Outcome::not_started(&command.program, &why), completer),
        }
        Ok(pending)
    }

    fn add_stdin(&mut self, bytes: &[u8]) -> Result<()> {
        self.command.add_input(bytes, self.rules.max_input)
    }

    /// Returns the result of the last run.
    fn outcome(&self) -> &Outcome {
        static NONE: Outcome = Outcome { code: 0, output: Vec::new(), errors: Vec::new() };
        self.run.as_ref().map_or(&NONE, |run| run.outcome())
    }
}

impl Plugin for Process {
    fn modules() -> Vec<Module<Self>> {
        let module = Module::new("wasmedge_process")
            .describe("Starts programs, with the functions that the guest crate wasmedge_process_interface imports")
            .function("wasmedge_process_set_prog_name", |me: &mut Self, name: &str| me.command.set_program(name))
            .describe("Sets the program: a name, or an absolute path")
            .function("wasmedge_process_add_arg", |me: &mut Self, argument: &[u8]| me.command.add_argument(argument))
            .describe("Adds an argument")
            .function("wasmedge_process_add_env", |me: &mut Self, name: &[u8], value: &[u8]| me.command.set_variable(name, value))
            .describe("Sets an environment variable")
            .function("wasmedge_process_add_stdin", Self::add_stdin)
            .describe("Adds bytes to the standard input")
            .function("wasmedge_process_set_timeout", |me: &mut Self, ms: u32| {
                me.command.timeout = Duration::from_millis(ms.into());
            })
            .describe("Sets the timeout in milliseconds, otherwise 10000")
            .function("wasmedge_process_run", Self::run)
            .describe("Runs the program until it has ended, and returns its exit code")
            .may_block()
            .function("wasmedge_process_get_exit_code", |me: &Self| me.outcome().code)
            .describe("Returns the exit code of the last run")
            .function("wasmedge_process_get_stdout_len", |me: &Self| me.outcome().output.len() as u32)
            .describe("Returns the size of the standard output of the last run")
            .function("wasmedge_process_get_stdout", |me: &Self, guest: &mut Guest<'_>, address: u32| {
                guest.write(address.into(), &me.outcome().output)
            })
            .describe("Copies the standard output of the last run")
            .function("wasmedge_process_get_stderr_len", |me: &Self| me.outcome().errors.len() as u32)
            .describe("Returns the size of the standard error of the last run")
            .function("wasmedge_process_get_stderr", |me: &Self, guest: &mut Guest<'_>, address: u32| {
                guest.write(address.into(), &me.outcome().errors)
            })
            .describe("Copies the standard error of the last run");
        vec![module]
    }
}

libvm_plugin!(Process);
