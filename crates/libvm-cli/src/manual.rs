//! The manual pages. Builds write them with `libvm manual DIR`, which is not part of the command line: neither help nor completions
//! have it.

use crate::exit::Exit;
use crate::failure::Failure;
use clap::Command;
use clap_mangen::Man;
use std::io;
use std::path::Path;

/// The word in place of a subcommand.
pub const WORD: &str = "manual";

/// Writes `libvm.1`, and a page for each subcommand, into a directory, which is created.
pub fn write(directory: &Path) -> Result<Exit, Failure> {
    let mut command = crate::command();
    command.build();
    let source = format!("libvm {}", env!("CARGO_PKG_VERSION"));
    let written = std::fs::create_dir_all(directory).and_then(|()| write_pages(&command, &source, directory));
    written.map_err(|error| Failure::file("cannot write to", directory, &error))?;
    Ok(Exit::SUCCESS)
}

fn write_pages(command: &Command, source: &str, directory: &Path) -> io::Result<()> {
    for inner in command.get_subcommands().filter(|inner| !inner.is_hide_set()) {
        write_pages(inner, source, directory)?;
    }
    Man::new(command.clone()).source(source).manual("libvm").generate_to(directory).map(drop)
}
