//! What hooks answer.
use super::suspend::Suspended;
use crate::{Error, Result};
use libvm_abi::{self as abi, Status};

/// What a hook answers.
#[derive(Debug)]
pub enum Answer {
    /// The next hook is called.
    Continue,
    /// The hooks that follow are not called: this one has decided.
    Complete,
    /// All hooks are called again, from the first one.
    Retry,
    /// The answer comes later: from [`Event::suspend`](super::Event::suspend).
    Pending(Suspended),
}

impl Answer {
    pub(super) fn status(&self) -> Status {
        match self {
            Self::Continue => abi::STATUS_OK,
            Self::Complete => abi::STATUS_COMPLETE,
            Self::Retry => abi::STATUS_RETRY,
            Self::Pending(_) => abi::STATUS_PENDING,
        }
    }
}

/// What a hook can return: an [`Answer`]; nothing, which is [`Answer::Continue`]; or a [`Result`] of these.
pub trait IntoAnswer {
    /// Converts it to an answer.
    ///
    /// # Errors
    /// The failure of the hook.
    fn into_answer(self) -> Result<Answer>;
}

impl IntoAnswer for Answer {
    fn into_answer(self) -> Result<Answer> {
        Ok(self)
    }
}

impl IntoAnswer for () {
    fn into_answer(self) -> Result<Answer> {
        Ok(Answer::Continue)
    }
}

impl<A: IntoAnswer, E: Into<Error>> IntoAnswer for Result<A, E> {
    fn into_answer(self) -> Result<Answer> {
        self.map_err(Into::into)?.into_answer()
    }
}
