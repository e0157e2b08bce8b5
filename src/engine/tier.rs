//! Tiers: whether guests are interpreted or compiled.
#![forbid(unsafe_code)]

use crate::status::{Error, Result};
use crate::{system, text};
use libvm_abi as abi;
use std::ffi::OsStr;

/// The environment variable with the tier of engines whose host chooses none.
const VARIABLE: &str = "LIBVM_TIER";

/// How an engine runs guests. The numbers equal those of `VM_Tier`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(i32)]
pub enum Tier {
    /// The interpreter.
    #[default]
    Interpreter = 0,
    /// Machine code, which is compiled when a module is loaded, unless the cache has it.
    Compiled = 1,
    /// The interpreter until the machine code of a module is ready.
    Auto = 2,
}

impl Tier {
    /// Returns all tiers, in the order of their numbers.
    pub const ALL: [Self; 3] = [Self::Interpreter, Self::Compiled, Self::Auto];

    /// Returns its name in the environment, configurations and the command.
    pub fn name(self) -> &'static str {
        match self {
            Self::Interpreter => "interpreter",
            Self::Compiled => "compiled",
            Self::Auto => "auto",
        }
    }

    /// Returns the tier of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|tier| tier.name() == name)
    }

    /// Returns its C name.
    pub fn c_name(self) -> &'static str {
        match self {
            Self::Interpreter => "VM_TIER_INTERPRETER",
            Self::Compiled => "VM_TIER_COMPILED",
            Self::Auto => "VM_TIER_AUTO",
        }
    }
}

/// A tier, and where the choice was made: messages name that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::engine) struct Choice {
    pub tier: Tier,
    by_environment: bool,
}

impl Choice {
    /// Returns the tier of a host, or that of the environment if the host has chosen none.
    ///
    /// # Errors
    /// `STATUS_INVALID_ARGUMENT` for a value of `LIBVM_TIER` that is not a tier.
    pub fn new(of_host: Option<Tier>) -> Result<Self> {
        let value = || std::env::var_os(VARIABLE).filter(|_| !system::is_privileged());
        match of_host {
            Some(tier) => Ok(Self { tier, by_environment: false }),
            None => Self::of_environment(value().as_deref()),
        }
    }

    fn of_environment(value: Option<&OsStr>) -> Result<Self> {
        let Some(value) = value.filter(|value| !value.is_empty()) else {
            return Ok(Self { tier: Tier::default(), by_environment: false });
        };
        let value = value.to_string_lossy();
        let tier = Tier::from_name(&value).ok_or_else(|| {
            let value = text::name(&value);
            let message = format!("the environment variable {VARIABLE} is \"{value}\"; set it to interpreter, compiled or auto");
            Error::new(abi::STATUS_INVALID_ARGUMENT, message)
        })?;
        Ok(Self { tier, by_environment: true })
    }

    /// Returns an error about the tier, with where it was chosen.
    pub fn refuse(self, status: abi::Status, reason: &str) -> Error {
        self.explain(Error::new(status, reason))
    }

    /// Adds the tier to an error, with where it was chosen.
    pub fn explain(self, error: Error) -> Error {
        let name = self.tier.c_name();
        let chosen =
            if self.by_environment { format!(" (chosen by the environment variable {VARIABLE})") } else { String::new() };
        error.while_doing(&format!("an engine of {name}{chosen} is not possible"))
    }

    /// Refuses the compiled engine in a build without it.
    ///
    /// # Errors
    /// `STATUS_UNSUPPORTED` with the reason.
    pub fn check_availability(self) -> Result<()> {
        if self.tier == Tier::Interpreter || cfg!(feature = "compiled") {
            return Ok(());
        }
        let reason = "this build of libvm has no compiled engine; build it with the cargo feature `compiled`";
        Err(self.refuse(abi::STATUS_UNSUPPORTED, reason))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choose(value: &str) -> Result<Choice> {
        Choice::of_environment(Some(OsStr::new(value)))
    }

    #[test]
    fn the_environment_names_a_tier() {
        for (value, tier) in [("interpreter", Tier::Interpreter), ("compiled", Tier::Compiled), ("auto", Tier::Auto)] {
            assert_eq!(choose(value).unwrap(), Choice { tier, by_environment: true });
        }
        assert_eq!(choose("").unwrap().tier, Tier::Interpreter);
        assert_eq!(Choice::of_environment(None).unwrap().tier, Tier::Interpreter);
        let error = choose("Compiled\x1b[2J").unwrap_err();
        assert_eq!(error.status(), abi::STATUS_INVALID_ARGUMENT);
        let expected = "the environment variable LIBVM_TIER is \"Compiled\\u{1b}[2J\"; set it to interpreter, compiled or auto";
        assert_eq!(error.message(), expected);
    }

    #[test]
    fn an_error_says_where_the_tier_was_chosen() {
        let by_host = Choice::new(Some(Tier::Auto)).unwrap();
        assert_eq!(by_host.refuse(abi::STATUS_UNSUPPORTED, "why").message(), "an engine of VM_TIER_AUTO is not possible: why");
        let expected = "an engine of VM_TIER_COMPILED (chosen by the environment variable LIBVM_TIER) is not possible: why";
        assert_eq!(choose("compiled").unwrap().refuse(abi::STATUS_UNSUPPORTED, "why").message(), expected);
    }
}
