//! `libvm plugin …`: a file for each subcommand.

mod list;
mod new;
mod test;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;

/// List, check, install and make plug-ins
#[derive(clap::Args)]
#[command(subcommand_required = true, arg_required_else_help = true)]
pub struct Plugin {
    #[command(subcommand)]
    command: Subcommand,
}

#[derive(clap::Subcommand)]
enum Subcommand {
    List(list::List),
    New(new::New),
    Test(test::Test),
}

pub fn run(arguments: &Plugin, output: &Output) -> Result<Exit, Failure> {
    match &arguments.command {
        Subcommand::List(arguments) => list::run(arguments, output),
        Subcommand::New(arguments) => new::run(arguments, output),
        Subcommand::Test(arguments) => test::run(arguments, output),
    }
}
