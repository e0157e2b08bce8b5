//! `libvm completions`.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;
use clap_complete::Shell;

/// Print the completions for a shell
///
/// Installations of libvm put them where bash, zsh and fish look. Otherwise, for bash:
///
///     libvm completions bash > ~/.local/share/bash-completion/completions/libvm
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Completions {
    /// The shell
    #[arg(value_enum, value_name = "SHELL")]
    shell: Shell,
}

pub fn run(arguments: &Completions, output: &Output) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut crate::command(), "libvm", &mut script);
    output.text(String::from_utf8_lossy(&script))?;
    Ok(Exit::SUCCESS)
}
