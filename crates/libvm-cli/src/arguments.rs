//! The command line.

use crate::compile::Compile;
use crate::completions::Completions;
use crate::inspect::Inspect;
use crate::plugin::Plugin;
use crate::run::Run;
use crate::validate::Validate;
use clap::builder::styling::{AnsiColor, Style, Styles};
use clap::{Args, ColorChoice, Parser};
use std::ffi::OsString;

const STYLES: Styles = Styles::styled()
    .header(Style::new().bold().underline())
    .usage(Style::new().bold().underline())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());

const EXIT_CODES: &str = "\
Exit codes:
  0    done; `run` exits with the code of the guest
  1    the answer is no: not valid, damaged, not found
  2    the command line is wrong
  124  the guest was stopped by --timeout or --fuel
  125  libvm has failed
  126  the file cannot be run
  127  the file or plug-in does not exist
  130  interrupted by Ctrl-C
  134  the guest trapped";

/// Run WebAssembly, and manage plug-ins and their packages.
#[derive(Parser)]
#[command(name = "libvm", bin_name = "libvm", version, styles = STYLES, after_help = EXIT_CODES, infer_subcommands = false)]
#[command(disable_help_subcommand = true, subcommand_required = true, arg_required_else_help = true, max_term_width = 100)]
pub struct Arguments {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Subcommand,
}

/// What all subcommands have.
#[derive(Args)]
pub struct Global {
    /// Print one JSON document instead of text
    #[arg(long, global = true, help_heading = "Output")]
    pub json: bool,
    /// When to use colours; without this, NO_COLOR turns them off
    #[arg(long, global = true, value_name = "WHEN", default_value_t = ColorChoice::Auto, help_heading = "Output")]
    pub color: ColorChoice,
}

#[derive(clap::Subcommand)]
pub enum Subcommand {
    Run(Box<Run>),
    Inspect(Inspect),
    Validate(Validate),
    Compile(Compile),
    Plugin(Plugin),
    Completions(Completions),
}

/// What must be known of a command line that cannot be parsed.
pub struct BeforeParsing {
    pub json: bool,
    pub color: ColorChoice,
}

/// Looks for `--json` and `--color` before the command line is parsed, for errors of it, and for help.
pub fn before_parsing(arguments: &[OsString]) -> BeforeParsing {
    let mut found = BeforeParsing { json: false, color: ColorChoice::Auto };
    let mut words = arguments.iter().skip(1).map_while(|word| word.to_str().filter(|word| *word != "--")).peekable();
    while let Some(word) = words.next() {
        found.json |= word == "--json";
        let value = word.strip_prefix("--color").and_then(|rest| match rest {
            "" => words.peek().copied(),
            rest => rest.strip_prefix('='),
        });
        if let Some(color) = value.and_then(|value| value.parse().ok()) {
            found.color = color;
        }
    }
    found
}
