//! Exit codes.

/// What the process exits with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exit(i32);

impl Exit {
    /// The command has done what was asked.
    pub const SUCCESS: Self = Self(0);
    /// The answer is no: invalid, damaged, not found.
    pub const NO: Self = Self(1);
    /// The command line is wrong.
    pub const USAGE: Self = Self(2);
    /// The guest was stopped by a limit of time or fuel, as by `timeout`.
    pub const TIMEOUT: Self = Self(124);
    /// libvm has failed.
    pub const FAILED: Self = Self(125);
    /// The file cannot be run.
    pub const NOT_RUNNABLE: Self = Self(126);
    /// The file does not exist.
    pub const NOT_FOUND: Self = Self(127);

    /// The guest has trapped: as a native program that aborts.
    pub const TRAPPED: Self = Self(134);

    /// The exit code of a guest.
    pub const fn guest(code: i32) -> Self {
        Self(code)
    }

    /// A signal has ended the command, as shells report it.
    pub const fn signal(number: i32) -> Self {
        Self(128 + number)
    }

    /// Returns the number; the system keeps the low eight bits.
    pub const fn code(self) -> i32 {
        self.0
    }
}
