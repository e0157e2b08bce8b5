//! What the guest can access through WASI.

use super::{Run, text_of};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::text;
use vm::{Wasi, WasiRights};

/// Makes the environment of the guest.
///
/// # Errors
/// A directory that does not exist, arguments that are not UTF-8.
pub fn wasi(arguments: &Run) -> Result<Wasi, Failure> {
    let wasi = Wasi::new()?;
    let mut words = vec![text_of(arguments.file())?];
    if arguments.invoke.is_none() {
        for argument in arguments.arguments() {
            words.push(text_of(argument.as_ref())?);
        }
    }
    wasi.set_arguments(&words)?.inherit_input();
    for variable in &arguments.variables {
        let value = match &variable.value {
            Some(value) => Some(value.clone()),
            None => inherited(&variable.name)?,
        };
        if let Some(value) = value {
            wasi.add_environment(&variable.name, &value)?;
        }
    }
    for directory in &arguments.directories {
        let rights = if directory.is_read_only { WasiRights::READ } else { WasiRights::READ | WasiRights::WRITE };
        wasi.add_directory(&directory.host, &directory.guest, rights).map_err(|error| {
            let message = format!("--dir {}: {}", text::path(&directory.host), text::lines(&error.message()));
            Failure::from_library(Exit::USAGE, &error).with_message(message)
        })?;
    }
    Ok(wasi)
}

fn inherited(name: &str) -> Result<Option<String>, Failure> {
    match std::env::var(name) {
        Ok(value) => Ok(Some(value)),
        Err(std::env::VarError::NotPresent) => Ok(None),
        Err(std::env::VarError::NotUnicode(_)) => {
            let message = format!("the environment variable {} is not UTF-8, which those of guests are", text::name(name));
            Err(Failure::new(Exit::USAGE, message))
        }
    }
}
