//! `libvm validate`.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;
use crate::{module_file, text};
use serde::Serialize;
use std::path::PathBuf;

/// Check that modules are valid
///
/// Prints a line for each file, and exits with 1 if one of them is not valid.
#[derive(clap::Args)]
pub struct Validate {
    /// Modules, in the binary or the text format; - is standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

#[derive(Serialize)]
struct Verdict {
    file: String,
    valid: bool,
    /// What is wrong, with the offset in the file.
    error: Option<String>,
}

pub fn run(arguments: &Validate, output: &Output) -> Result<Exit, Failure> {
    let engine = vm::Engine::new()?;
    let mut verdicts = Vec::new();
    for path in &arguments.files {
        let shown = module_file::shown(path);
        let bytes = module_file::read(path, output)?;
        let checked = {
            let _progress = output.progress(format!("validating {shown}"));
            vm::Module::validate(&engine, bytes)
        };
        let error = checked.err().map(|error| text::lines(&error.message()));
        verdicts.push(Verdict { file: shown, valid: error.is_none(), error });
    }
    let lines = verdicts.iter().map(|verdict| match &verdict.error {
        None => format!("{}: valid\n", verdict.file),
        Some(error) => format!("{}: not valid: {error}\n", verdict.file),
    });
    output.answer(&serde_json::json!({ "files": verdicts }), lines.collect::<String>())?;
    Ok(if verdicts.iter().all(|verdict| verdict.valid) { Exit::SUCCESS } else { Exit::NO })
}
