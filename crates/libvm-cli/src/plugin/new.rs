//! `libvm plugin new`.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;
use crate::scaffold::{self, Language, Name};
use crate::sdk::Sdk;
use crate::text;
use serde::Serialize;
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// Make a new plug-in: a directory with sources, tests and a README
///
/// The plug-in has two functions, which its tests call. `libvm plugin test` builds and tests it, without a network.
#[derive(clap::Args)]
pub struct New {
    /// The name of the plug-in, its module and its package: letters, digits, - and _
    #[arg(value_parser = Name::parse)]
    name: Name,
    /// The language
    #[arg(long, value_enum, value_name = "LANGUAGE")]
    lang: Language,
    /// The directory to create; by default NAME in the current directory
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

#[derive(Serialize)]
struct Made<'a> {
    name: &'a str,
    language: &'a str,
    directory: String,
    files: Vec<&'a str>,
}

pub fn run(arguments: &New, output: &Output) -> Result<Exit, Failure> {
    let (name, language) = (&arguments.name, arguments.lang);
    let directory = arguments.dir.clone().unwrap_or_else(|| PathBuf::from(name.as_str()));
    let files = scaffold::files(name, language, &Sdk::find()?)?;
    scaffold::write(&directory, &files)?;

    let shown = text::path(&directory);
    let mut words = format!("created {shown}, a plug-in in {}\n", language.name());
    for (program, advice) in missing(language) {
        let _ = writeln!(words, "  {program} is needed to build it, and was not found: {advice}");
    }
    if directory != Path::new(".") {
        let _ = writeln!(words, "  cd {}", text::shell_word(&shown));
    }
    words.push_str("  libvm plugin test      # builds it, runs its tests, and checks it\n");
    let files = files.iter().map(|(path, _)| path.as_str()).collect();
    output.answer(&Made { name: name.as_str(), language: language.name(), directory: shown, files }, words)?;
    Ok(Exit::SUCCESS)
}

/// Returns the programs that building needs and that are not there, and how to get them.
fn missing(language: Language) -> impl Iterator<Item = (&'static str, &'static str)> {
    use super::test::tools;
    let needed = match language {
        Language::Rust => &[tools::CARGO][..],
        Language::C | Language::Cpp => &[tools::CMAKE],
    };
    needed.iter().copied().filter(|(program, _)| tools::find(program).is_none())
}
