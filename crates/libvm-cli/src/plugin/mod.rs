//! `libvm plugin …`: a file for each subcommand.

mod check;
mod describe;
mod description;
pub mod find;
mod functions;
mod install;
mod interrupt;
mod list;
mod new;
mod pack;
mod pack_list;
pub mod places;
mod streams;
mod test;
mod verify;
mod versions;

pub use check::{WORKER, work};

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
    Describe(describe::Describe),
    Functions(functions::Functions),
    Sources(streams::Sources),
    Sinks(streams::Sinks),
    New(new::New),
    Test(test::Test),
    Check(check::Check),
    Pack(pack::Pack),
    Install(install::Install),
    Update(install::Update),
    Use(versions::Use),
    Remove(versions::Remove),
    Verify(verify::Verify),
}

pub fn run(arguments: &Plugin, output: &Output) -> Result<Exit, Failure> {
    match &arguments.command {
        Subcommand::List(arguments) => list::run(arguments, output),
        Subcommand::Describe(arguments) => describe::run(arguments, output),
        Subcommand::Functions(arguments) => functions::run(arguments, output),
        Subcommand::Sources(arguments) => streams::sources(arguments, output),
        Subcommand::Sinks(arguments) => streams::sinks(arguments, output),
        Subcommand::Check(arguments) => check::run(arguments, output),
        Subcommand::Pack(arguments) => pack::run(arguments, output),
        Subcommand::Install(arguments) => install::install(arguments, output),
        Subcommand::Update(arguments) => install::update(arguments, output),
        Subcommand::Use(arguments) => versions::make_active(arguments, output),
        Subcommand::Remove(arguments) => versions::remove(arguments, output),
        Subcommand::Verify(arguments) => verify::run(arguments, output),
        Subcommand::New(arguments) => new::run(arguments, output),
        Subcommand::Test(arguments) => test::run(arguments, output),
    }
}
