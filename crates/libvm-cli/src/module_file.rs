//! Files of modules, in the binary or the text format.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;
use crate::{text, words};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use vm::{Engine, EngineConfig, Module, Status, Tier};

/// The path that stands for standard input.
const STANDARD_INPUT: &str = "-";
/// The most bytes of a module, in either format.
const MOST: u64 = 1 << 30;
/// What is read at once.
const PART: usize = 1 << 20;

/// The module of a file, in the binary format.
pub struct ModuleFile {
    path: PathBuf,
    bytes: Vec<u8>,
}

/// What to do where guests cannot be compiled.
pub const TIER_HINT: &str = "--tier interpreter, the default, runs modules everywhere";

impl ModuleFile {
    /// Returns how messages name the file.
    pub fn shown(&self) -> String {
        shown(&self.path)
    }

    /// Returns the module.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Loads the module with its machine code, which `libvm compile` has written.
    ///
    /// # Errors
    /// The code is not of this module, version and engine.
    pub fn load_code(&self, engine: &Engine, code: &Path) -> Result<Module, Failure> {
        let loaded = if self.path == Path::new(STANDARD_INPUT) {
            Module::from_compiled(engine, &self.bytes, code)
        } else {
            Module::from_compiled_of_file(engine, &self.bytes, &self.path, code)
        };
        loaded.map_err(|error| {
            let exit = if error.status() == Status::FILE_NOT_FOUND { Exit::NOT_FOUND } else { Exit::NOT_RUNNABLE };
            Failure::from_library(exit, &error).with_message(words::message(&error))
        })
    }

    /// Loads the module.
    ///
    /// # Errors
    /// It is not valid.
    pub fn load(&self, engine: &Engine, output: &Output) -> Result<Module, Failure> {
        let _progress = output.progress(format!("loading {}", self.shown()));
        let loaded = if self.path == Path::new(STANDARD_INPUT) {
            Module::from_buffer(engine, &self.bytes)
        } else {
            Module::from_buffer_of_file(engine, &self.bytes, &self.path)
        };
        loaded.map_err(|error| {
            let message = format!("{}: {}", self.shown(), words::message(&error));
            // There is a cache, which does not have the code of the module, and no compiler.
            match error.status() == Status::UNSUPPORTED {
                true => Failure::library(&error).with_message(message).hint(TIER_HINT),
                false => Failure::from_library(Exit::NOT_RUNNABLE, &error).with_message(message),
            }
        })
    }
}

/// Returns the configuration of an engine that reads modules and runs none, whatever LIBVM_TIER says.
pub fn reader() -> EngineConfig {
    let mut config = EngineConfig::new();
    config.set_tier(Tier::Interpreter);
    config
}

/// Reads a file, or standard input for `-`, and translates text to a binary module.
///
/// # Errors
/// The file cannot be read, or its text has an error.
pub fn read(path: &Path, output: &Output) -> Result<ModuleFile, Failure> {
    let shown = shown(path);
    let progress = output.progress(format!("reading {shown}"));
    let failed = |error: &io::Error| Failure::file("cannot read", path, error);
    let (mut file, size): (Box<dyn Read>, u64) = if path == Path::new(STANDARD_INPUT) {
        (Box::new(io::stdin().lock()), 0)
    } else {
        let file = File::open(path).map_err(|error| failed(&error))?;
        let about = file.metadata().map_err(|error| failed(&error))?;
        if about.is_dir() {
            return Err(Failure::new(Exit::NOT_RUNNABLE, format!("{shown} is a directory, not a module")));
        }
        (Box::new(file), about.len())
    };
    let mut bytes = Vec::new();
    loop {
        let part = file.by_ref().take(PART as u64).read_to_end(&mut bytes).map_err(|error| failed(&error))?;
        progress.set(bytes.len() as u64, size);
        if bytes.len() as u64 > MOST {
            return Err(Failure::new(Exit::NOT_RUNNABLE, format!("{shown} has more than {MOST} bytes, the most of a module")));
        }
        if part == 0 {
            break;
        }
    }
    drop(progress);
    Ok(ModuleFile { path: path.to_owned(), bytes: translate(bytes, path, output)? })
}

/// Returns how messages name the file.
pub fn shown(path: &Path) -> String {
    if path == Path::new(STANDARD_INPUT) { "standard input".into() } else { text::path(path) }
}

fn translate(bytes: Vec<u8>, path: &Path, output: &Output) -> Result<Vec<u8>, Failure> {
    if !is_text(&bytes, path) {
        return Ok(bytes);
    }
    let _progress = output.progress(format!("translating {}", shown(path)));
    wat::parse_bytes(&bytes).map(|binary| binary.into_owned()).map_err(|mut error| {
        error.set_path(path);
        Failure::new(Exit::NOT_RUNNABLE, text::short_lines(&error.to_string())).with_status(Status::BAD_MODULE)
    })
}

/// Binary modules begin with a NUL; text begins with a parenthesis or a comment, after white space, or is in a file whose name says so.
fn is_text(bytes: &[u8], path: &Path) -> bool {
    let first = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
    first != Some(&0) && (path.extension().is_some_and(|ending| ending == "wat") || matches!(first, Some(b'(' | b';')))
}
