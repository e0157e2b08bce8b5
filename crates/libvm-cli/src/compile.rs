//! `libvm compile`.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;
use crate::{module_file, text};
use serde_json::json;
use std::num::NonZero;
use std::path::{Path, PathBuf};

const EXAMPLES: &str = "\
Examples:
  libvm compile app.wasm
  libvm compile --interruptible --backtraces app.wasm && libvm run --code app.cwasm app.wasm";

/// Compile a module ahead of time
///
/// Writes code for the compiled engine, which hosts load with VM_ModuleLoadCompiled, and `libvm run` with --code. It runs with this version of libvm only, on machines whose processor has the same instructions, in engines with the same options.
/// Loading code is running it: load what you have compiled yourself.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Compile {
    /// Module, in the binary or the text format; - is standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// File to write [default: FILE with the ending .cwasm]
    #[arg(long, short, value_name = "FILE.cwasm")]
    output: Option<PathBuf>,
    /// Compile for all processors of the architecture
    #[arg(long)]
    portable: bool,
    /// For engines that can be interrupted, such as that of `libvm run`
    #[arg(long, help_heading = "Options of the engine")]
    interruptible: bool,
    /// For engines whose errors name the functions of guests, such as that of `libvm run` without --no-backtrace
    #[arg(long, help_heading = "Options of the engine")]
    backtraces: bool,
    /// For engines that meter fuel, such as that of `libvm run --fuel`
    #[arg(long, help_heading = "Options of the engine")]
    fuel: bool,
    /// Threads that compile [default: one for each processor]
    #[arg(long, value_name = "NUMBER")]
    threads: Option<NonZero<usize>>,
}

pub fn run(arguments: &Compile, output: &Output) -> Result<Exit, Failure> {
    let target = target(arguments)?;
    let module = module_file::read(&arguments.file, output)?;
    let shown = module.shown();
    module.load(&vm::Engine::with_config(&module_file::reader())?, output)?;
    let code = {
        let _progress = output.progress(format!("compiling {shown}"));
        code(module.bytes(), arguments)?
    };
    vm::files::replace(&target, &code).map_err(|error| Failure::file("cannot write to", &target, &error))?;
    let (path, bytes) = (text::path(&target), code.len());
    let document = json!({ "file": shown, "path": target.to_string_lossy(), "bytes": bytes });
    output.answer(&document, format!("compiled {shown}: {path} ({bytes} bytes)\n"))?;
    Ok(Exit::SUCCESS)
}

/// Returns the file to write.
fn target(arguments: &Compile) -> Result<PathBuf, Failure> {
    let file = &arguments.file;
    let target = match &arguments.output {
        Some(output) => output.clone(),
        None if file == Path::new("-") => {
            let message = "the code of standard input has no file";
            return Err(Failure::new(Exit::USAGE, message).hint("name it with --output"));
        }
        None => file.with_extension("cwasm"),
    };
    let real = |path: &Path| path.canonicalize().ok();
    if real(&target).is_some_and(|found| Some(found) == real(file)) {
        let message = format!("the code would be written over the module {}", text::path(file));
        return Err(Failure::new(Exit::USAGE, message).hint("name another file with --output"));
    }
    Ok(target)
}

#[cfg(feature = "compiled")]
fn code(wasm: &[u8], arguments: &Compile) -> Result<Vec<u8>, Failure> {
    use vm::engine::{Engine, EngineConfig, Module};
    let threads = arguments.threads.map_or_else(vm::thread::processors, NonZero::get);
    let mut config = EngineConfig::default();
    config.set_tier(vm::Tier::Interpreter);
    config.set_interruptible(arguments.interruptible);
    config.set_backtraces(arguments.backtraces);
    config.set_fuel_metering(arguments.fuel);
    let engine = Engine::new(config).map_err(vm::Error::from)?;
    Ok(Module::export(&engine, wasm, arguments.portable, threads).map_err(vm::Error::from)?)
}

#[cfg(not(feature = "compiled"))]
fn code(_: &[u8], _: &Compile) -> Result<Vec<u8>, Failure> {
    let message = "this build of libvm has no compiled engine; build it with the cargo feature `compiled`";
    Err(Failure::new(Exit::FAILED, message).with_status(vm::Status::UNSUPPORTED))
}
