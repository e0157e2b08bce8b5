//! The call of the guest.

use super::interrupt::Interrupts;
use super::{Run, START, stopped, text_of, values};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::module_file::ModuleFile;
use crate::output::Output;
use crate::text;
use serde_json::json;
use std::time::{Duration, Instant};
use vm::{Context, Module, Value};

/// What is called of the guest.
pub struct Call<'a> {
    arguments: &'a Run,
    file: &'a ModuleFile,
    values: Vec<Value>,
}

impl<'a> Call<'a> {
    /// Checks what is to be called before anything of the guest runs.
    ///
    /// # Errors
    /// The module has no such function; the arguments are not those that it takes.
    pub fn new(arguments: &'a Run, module: &Module, file: &'a ModuleFile) -> Result<Self, Failure> {
        let name = arguments.function();
        let mut functions = module.exports().filter_map(|export| match export.ty {
            vm::ExternType::Func(ty) => Some((export.name, ty)),
            _ => None,
        });
        let Some((_, ty)) = functions.find(|(found, _)| *found == name) else {
            return Err(missing(arguments, module, file));
        };
        let mut values = Vec::new();
        if arguments.invoke.is_some() {
            let words = arguments.arguments().iter().map(|word| text_of(word.as_ref())).collect::<Result<Vec<_>, _>>()?;
            values = values::parse(name, &ty.params, &words)?;
        } else if !ty.params.is_empty() || !ty.results.is_empty() {
            let message = format!("{} is not a command: its `{START}` is {ty}, and that of a command is () -> ()", file.shown());
            return Err(Failure::new(Exit::NOT_RUNNABLE, message).hint(format!("call it with --invoke {START}")));
        }
        Ok(Self { arguments, file, values })
    }

    /// Instantiates the module and calls the function; prints its results if they were asked for.
    ///
    /// # Errors
    /// The guest was stopped, or has trapped; the module cannot be instantiated.
    pub fn run(&self, context: &mut Context, module: &Module, interrupts: &Interrupts, output: &Output) -> Result<Exit, Failure> {
        let deadline = self.arguments.timeout.map(|time| Instant::now() + time);
        let begin = |context: &mut Context| -> vm::Result<()> {
            if let Some(deadline) = deadline {
                let left = deadline.saturating_duration_since(Instant::now());
                context.set_timeout(Some(left.max(Duration::from_micros(1))))?;
            }
            if interrupts.begin(context.cancel_id()) {
                return Err(vm::Error::with_status(vm::Status::CANCELLED, "interrupted"));
            }
            Ok(())
        };
        let name = self.arguments.function();
        let called = begin(context)
            .and_then(|()| context.instantiate(module))
            .and_then(|instance| begin(context).map(|()| instance))
            .and_then(|instance| instance.call::<Vec<Value>>(context, name, &self.values[..]));
        match called {
            Err(error) => stopped::ended(&error, self.arguments, self.file),
            Ok(_) if self.arguments.invoke.is_none() => Ok(Exit::SUCCESS),
            Ok(results) => {
                let lines: String = results.iter().map(|value| values::text(value) + "\n").collect();
                let results: Vec<_> = results.iter().map(values::json).collect();
                output.answer(&json!({ "results": results }), lines)?;
                Ok(Exit::SUCCESS)
            }
        }
    }
}

/// Why there is nothing to call.
fn missing(arguments: &Run, module: &Module, file: &ModuleFile) -> Failure {
    const SHOWN: usize = 10;
    let functions = module.exports().filter(|export| matches!(export.ty, vm::ExternType::Func(_)));
    let names: Vec<&str> = functions.map(|export| export.name).collect();
    let mut shown: Vec<String> = names.iter().take(SHOWN).map(|name| format!("`{}`", text::name(name))).collect();
    if names.len() > SHOWN {
        shown.push(format!("{} more", names.len() - SHOWN));
    }
    let shown = shown.join(", ");
    let file = file.shown();
    match &arguments.invoke {
        None if names.is_empty() => Failure::new(Exit::NOT_RUNNABLE, format!("{file} is not a command: it exports no function"))
            .hint("build it as a command: a program with a main function, for WASI preview 1"),
        None => {
            let message = format!("{file} is not a command: it exports no function `{START}`");
            Failure::new(Exit::NOT_RUNNABLE, message).hint(format!("call one of its functions with --invoke: {shown}"))
        }
        Some(name) => {
            let message = format!("{file} exports no function `{}`", text::name(name));
            let meant = vm::similar::nearest(name, names.iter().copied());
            let failure = Failure::new(Exit::NOT_FOUND, message);
            match meant {
                Some(meant) => failure.hint(format!("did you mean `{}`?", text::name(meant))),
                None if names.is_empty() => failure,
                None => failure.hint(format!("it exports {shown}")),
            }
        }
    }
}
