//! `libvm validate`.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;
use crate::{module_file, words};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// Check that modules are valid
///
/// Prints a line for each file. Exits with 1 if one of them is not valid, and with 126 or 127 if one cannot be read.
#[derive(clap::Args)]
pub struct Validate {
    /// Modules, in the binary or the text format; - is standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

#[derive(Serialize)]
struct Verdict {
    file: String,
    /// `None` if the file cannot be read.
    valid: Option<bool>,
    /// What is wrong, with the offset in the file, or with line and column of text; or why it cannot be read.
    error: Option<String>,
    /// Where in the file, if it is in the binary format.
    offset: Option<u64>,
}

pub fn run(arguments: &Validate, output: &Output) -> Result<Exit, Failure> {
    let engine = vm::Engine::with_config(&module_file::reader())?;
    let (mut verdicts, mut unread) = (Vec::new(), Vec::new());
    for path in &arguments.files {
        let file = module_file::shown(path);
        let error = match module_file::read(path, output) {
            Err(failure) if failure.status() == Some(vm::Status::BAD_MODULE) => Some((failure.message().to_owned(), None)),
            // The other files have an answer.
            Err(failure) => {
                if !output.is_json() {
                    output.failure(&failure);
                }
                verdicts.push(Verdict { file, valid: None, error: Some(failure.message().to_owned()), offset: None });
                unread.push(failure);
                continue;
            }
            Ok(module) => validate(&engine, module.bytes(), path, output),
        };
        let (error, offset) = error.map_or((None, None), |(error, offset)| (Some(error), offset));
        verdicts.push(Verdict { file, valid: Some(error.is_none()), error, offset });
    }
    let lines = verdicts.iter().map(|verdict| match (verdict.valid, &verdict.error) {
        (None, _) => String::new(),
        (_, None) => format!("{}: valid\n", verdict.file),
        (_, Some(error)) => format!("{}: not valid: {error}\n", verdict.file),
    });
    output.answer(&serde_json::json!({ "files": verdicts }), lines.collect::<String>())?;
    let Some(failure) = together(unread) else {
        let all = verdicts.iter().all(|verdict| verdict.valid == Some(true));
        return Ok(if all { Exit::SUCCESS } else { Exit::NO });
    };
    // As text, each has been printed.
    if output.is_json() { Err(failure) } else { Ok(failure.exit()) }
}

/// Returns one failure for all files that cannot be read.
fn together(mut unread: Vec<Failure>) -> Option<Failure> {
    let last = unread.pop()?;
    if unread.is_empty() {
        return Some(last);
    }
    let exit = if unread.iter().all(|failure| failure.exit() == last.exit()) { last.exit() } else { Exit::NOT_RUNNABLE };
    let count = unread.len() + 1;
    Some(Failure::new(exit, format!("{count} files cannot be read; `error` of each in `files` has the reason")))
}

fn validate(engine: &vm::Engine, bytes: &[u8], path: &Path, output: &Output) -> Option<(String, Option<u64>)> {
    let _progress = output.progress(format!("validating {}", module_file::shown(path)));
    let error = vm::Module::validate(engine, bytes).err()?;
    let message = words::message(&error);
    let message = message.strip_prefix("the module is not valid: ").unwrap_or(&message).to_owned();
    let offset = offset(&message);
    Some((message, offset))
}

/// Reads the offset in a message of the library.
fn offset(message: &str) -> Option<u64> {
    let (_, rest) = message.rsplit_once("offset 0x")?;
    let end = rest.find(|letter: char| !letter.is_ascii_hexdigit()).unwrap_or(rest.len());
    u64::from_str_radix(&rest[..end], 16).ok()
}
