//! `libvm run`.

mod call;
mod guest;
mod interrupt;
mod parse;
mod stopped;
mod values;
mod warnings;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::imports;
use crate::module_file;
use crate::output::Output;
use crate::plugins::{Plugins, Wanted};
use crate::text;
use crate::words;
use clap::Args;
use interrupt::Interrupts;
use parse::{Directory, Variable};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;
use vm::{Context, ContextConfig, Engine, EngineConfig, Status, Tier};
use warnings::Warnings;

/// The function with which a command begins.
const START: &str = "_start";

const EXAMPLES: &str = "\
Examples:
  libvm run app.wasm
  libvm run --dir ./data:/data:ro --env LANG=C app.wasm --verbose in.txt
  libvm run --invoke sum --plugin ./calc.so app.wasm 20 22
  libvm run --plugin process --grant process:exec:git tool.wasm
  libvm run --timeout 50ms --max-memory 16MiB app.wasm";

/// Run a WebAssembly module
///
/// Runs a WASI program, or calls one of the functions of a module (--invoke). The guest can access only what options give it.
/// Nothing but its output, and the results of --invoke, goes to standard output.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES, override_usage = "libvm run [OPTIONS] <FILE> [ARGUMENTS]...")]
pub struct Run {
    /// Call this function of the module; the arguments are its parameters, and its results are printed
    #[arg(long, value_name = "FUNCTION")]
    invoke: Option<String>,
    /// Make a directory available to the guest, under another name if there is one, for reading only with :ro
    #[arg(long = "dir", value_name = "HOST[:GUEST[:ro]]", value_parser = parse::directory, help_heading = "What the guest can access")]
    directories: Vec<Directory>,
    /// Set an environment variable of the guest; without a value, to that of libvm
    #[arg(long = "env", value_name = "NAME[=VALUE]", value_parser = parse::variable, help_heading = "What the guest can access")]
    variables: Vec<Variable>,
    #[command(flatten)]
    plugins: Plugins,
    /// Stop the guest after this time, as in 50ms, 2s, 1.5m; a number alone is seconds
    #[arg(long, value_name = "TIME", value_parser = parse::time, help_heading = "Limits")]
    timeout: Option<Duration>,
    /// Stop the guest when it has used this many units of fuel, about one for each instruction
    #[arg(long, value_name = "UNITS", value_parser = parse::units, help_heading = "Limits")]
    fuel: Option<u64>,
    /// The most memory of the guest, as in 16MiB, 1G; a number alone is bytes
    #[arg(long, value_name = "SIZE", value_parser = parse::size, help_heading = "Limits")]
    max_memory: Option<u64>,
    /// Interpret the guest, compile it to machine code first, or begin interpreted; without it, as the configuration or LIBVM_TIER says
    #[arg(long, value_name = "TIER", value_parser = parse::tiers())]
    tier: Option<Tier>,
    /// Run this machine code of the module, which `libvm compile` has written: it is trusted as the command itself
    #[arg(long, value_name = "FILE.cwasm")]
    code: Option<PathBuf>,
    /// Run faster, when interpreted; errors do not name the functions of the guest that they occurred in
    #[arg(long, help_heading = "Limits")]
    no_backtrace: bool,
    /// The module, in the binary or the text format, and the arguments of the guest
    #[arg(help_heading = "Arguments", value_names = ["FILE", "ARGUMENTS"], required = true, num_args = 1.., trailing_var_arg = true, allow_hyphen_values = true)]
    command: Vec<OsString>,
}

impl Run {
    fn file(&self) -> &Path {
        Path::new(self.command.first().map_or("".as_ref(), OsString::as_os_str))
    }

    /// Refuses an option that does not exist: the parser takes it for the file, because all that begins with the file is of the guest.
    fn check_file(&self) -> Result<(), Failure> {
        let word = self.file().to_string_lossy();
        if !word.starts_with('-') || word == "-" || self.file().exists() {
            return Ok(());
        }
        let word = word.split('=').next().unwrap_or_default();
        let message = format!("`{}` is neither an option of `libvm run` nor a file", text::name(word));
        let command = Self::augment_args(clap::Command::new("run"));
        let options = command.get_arguments().filter_map(clap::Arg::get_long);
        let failure = Failure::new(Exit::USAGE, message);
        Err(match vm::similar::nearest(word.trim_start_matches('-'), options) {
            Some(meant) => failure.hint(format!("did you mean --{meant}?")),
            None => failure.hint("`libvm run --help` shows the options"),
        })
    }

    /// Returns the function that is called.
    fn function(&self) -> &str {
        self.invoke.as_deref().unwrap_or(START)
    }

    /// Returns the arguments of the guest. A `--` before them is no argument.
    fn arguments(&self) -> &[OsString] {
        match self.command.get(1..).unwrap_or_default() {
            [first, rest @ ..] if first == "--" => rest,
            all => all,
        }
    }
}

pub fn run(arguments: &Run, output: &Output) -> Result<Exit, Failure> {
    arguments.check_file()?;
    let file = module_file::read(arguments.file(), output)?;
    let wanted = Wanted::new(&arguments.plugins)?;
    let warnings = Warnings::collect();
    let engine = engine(arguments, &wanted)?;
    let module = match &arguments.code {
        Some(code) => file.load_code(&engine, code)?,
        None => file.load(&engine, output)?,
    };
    warnings.show(output);
    let registry = wanted.load(&module, output)?;
    let mut limits = ContextConfig::new();
    wanted.apply_to_context(&mut limits);
    if let Some(bytes) = arguments.max_memory {
        limits.set_memory_limit(bytes);
    }
    let mut context = Context::with_config(&engine, &limits)?;
    wanted.register(&registry, &mut context)?;
    context.register_wasi(&guest::wasi(arguments)?)?;
    imports::require(&mut context, &module, &file)?;
    let call = call::Call::new(arguments, &module, &file)?;
    if let Some(units) = arguments.fuel {
        context.set_fuel(units)?;
    }
    let interrupts = Interrupts::watch()?;
    let ended = call.run(&mut context, &module, &interrupts, output);
    // Plug-ins end before the process does.
    drop(context);
    drop(registry);
    match interrupts.signal() {
        Some(signal) => Ok(Exit::signal(signal)),
        None => ended,
    }
}

fn engine(arguments: &Run, wanted: &Wanted) -> Result<Engine, Failure> {
    let mut config = EngineConfig::new();
    config.set_interruptible(true).set_fuel_metering(arguments.fuel.is_some()).set_backtraces(!arguments.no_backtrace);
    wanted.apply_to_engine(&mut config)?;
    // With its code there is nothing to compile, for which `auto` needs no compiler; fuel is of one engine.
    let code = arguments.code.as_ref().map(|_| if arguments.fuel.is_some() { Tier::Compiled } else { Tier::Auto });
    if let Some(tier) = arguments.tier.or(code) {
        config.set_tier(tier);
    }
    if arguments.tier == Some(Tier::Auto) && arguments.fuel.is_some() {
        let message = "--fuel needs a guest that always runs the same code, and with --tier auto it does not";
        return Err(Failure::new(Exit::USAGE, message).hint("choose --tier interpreter or --tier compiled"));
    }
    Engine::with_config(&config).map_err(|error| {
        let failure = Failure::library(&error);
        // A message that names a key of the configuration says what to do about it, whatever the tier.
        match error.status() == Status::UNSUPPORTED && !words::message(&error).contains("in the configuration") {
            true => failure.hint(module_file::TIER_HINT),
            false => failure,
        }
    })
}

/// A path as an argument, which guests know as text.
fn text_of(path: &Path) -> Result<&str, Failure> {
    path.to_str().ok_or_else(|| {
        let shown = crate::text::path(path);
        Failure::new(Exit::USAGE, format!("{shown} is not UTF-8, which all arguments and paths of guests are"))
    })
}
