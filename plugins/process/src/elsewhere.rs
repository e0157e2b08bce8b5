//! Systems other than Linux, where there are no commands yet: what waits for a process together with its pipes is another thing on each.
use crate::command::Command;
use crate::rules::Rules;
use crate::run::Outcome;
use libvm_plugin::{Error, Result, status};

const LACKING: &str = "the plug-in `process` starts commands on Linux only";

/// Returns whether commands can be started.
///
/// # Errors
/// They cannot.
pub fn check() -> Result<()> {
    Err(Error::with_status(status::UNSUPPORTED, LACKING))
}

/// The processes of a command.
#[derive(Default)]
pub struct Group;

impl Group {
    /// Ends them.
    pub fn kill(&self) {}
}

/// Runs a command.
pub fn execute(_: &Group, command: &Command, rules: &Rules) -> Outcome {
    let why = rules.find(&command.program).err().unwrap_or_else(|| LACKING.to_owned());
    Outcome::not_started(&command.program, &why)
}
