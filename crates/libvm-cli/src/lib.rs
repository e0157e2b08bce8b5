//! The command `libvm`, as a library: its program is [`main`], and what describes it (completions, manual pages, tests of the
//! documentation) starts from [`command`].
//!
//! Each subcommand has a file with the type of its arguments and a function `run(&arguments, &output) -> Result<Exit, Failure>`.
#![forbid(unsafe_code)]

mod arguments;
mod compile;
mod completions;
mod exit;
mod failure;
mod imports;
mod inspect;
mod manual;
mod module_file;
mod output;
mod plugin;
mod plugins;
mod process;
mod progress;
mod run;
mod scaffold;
mod sdk;
#[cfg(unix)]
mod signals;
mod table;
mod text;
mod validate;
mod words;

pub use exit::Exit;

use arguments::{Arguments, Subcommand};
use clap::{CommandFactory, FromArgMatches};
use failure::Failure;
use output::Output;
use std::ffi::OsString;

/// Runs the command with its arguments, the name of the program first, and returns what the process exits with.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> Exit {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let before = arguments::before_parsing(&arguments);
    match &arguments[..] {
        [_, word, directory] if word == manual::WORD => {
            let written = manual::write(directory.as_ref());
            return written.unwrap_or_else(|failure| Output::new(before.json, before.color).failure(&failure));
        }
        [_, word, rest @ ..] if word == plugin::WORKER => return plugin::work(rest),
        _ => {}
    }
    let parsed = command().color(before.color).try_get_matches_from(&arguments);
    match parsed.and_then(|matches| Arguments::from_arg_matches(&matches)) {
        Ok(Arguments { global, command }) => {
            let output = Output::new(global.json, global.color);
            dispatch(&command, &output).unwrap_or_else(|failure| output.failure(&failure))
        }
        // Help and the version are answers.
        Err(answer) if !answer.use_stderr() => {
            let printed = answer.print();
            printed
                .map_or_else(|error| Output::new(before.json, before.color).failure(&Failure::output(&error)), |()| Exit::SUCCESS)
        }
        Err(error) if before.json => Output::new(true, before.color).failure(&Failure::usage(error)),
        Err(error) => {
            let output = Output::new(false, before.color);
            // Colours cannot be told from the control characters of an argument, which the message repeats.
            if arguments.iter().any(|argument| text::has_control(&argument.to_string_lossy())) {
                return output.failure(&Failure::usage(error));
            }
            // There is no other place to say it.
            let _ = error.print();
            Exit::USAGE
        }
    }
}

/// Returns the description of the command line.
pub fn command() -> clap::Command {
    Arguments::command()
}

fn dispatch(command: &Subcommand, output: &Output) -> Result<Exit, Failure> {
    match command {
        Subcommand::Compile(arguments) => compile::run(arguments, output),
        Subcommand::Completions(arguments) => completions::run(arguments, output),
        Subcommand::Plugin(arguments) => plugin::run(arguments, output),
        Subcommand::Inspect(arguments) => inspect::run(arguments, output),
        Subcommand::Run(arguments) => run::run(arguments, output),
        Subcommand::Validate(arguments) => validate::run(arguments, output),
    }
}
