//! Suspended host calls: what continues them, and the tokens by which any thread completes them.

use super::control::Control;
use super::number::{self, Numbers};
use crate::stack;
use crate::status::{Error, Result, counted, failure_name};
use crate::value::{self, ValType};
use libvm_abi::{self as abi, Value};
use std::mem::ManuallyDrop;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What a callback passed to suspend its call. It is resumed or cancelled, and then released, each once.
pub struct Suspension {
    given: abi::Suspension,
    resumed: bool,
}

// SAFETY: the pointer is only passed to the functions beside it, whose owner promises that they may be called on each thread that
// uses the context, or ends it.
unsafe impl Send for Suspension {}

impl Suspension {
    /// Owns what a callback passed.
    pub fn new(given: abi::Suspension) -> Self {
        Self { given, resumed: false }
    }

    /// Replaces what the callback passed with what `wrap` makes of it.
    pub fn map(self, wrap: impl FnOnce(abi::Suspension) -> abi::Suspension) -> Self {
        let kept = ManuallyDrop::new(self);
        Self { given: wrap(kept.given), resumed: kept.resumed }
    }

    /// Returns whether a function continues the call.
    pub fn has_resume(&self) -> bool {
        self.given.resume.is_some()
    }

    /// Returns the function that continues the call and its first argument; from now on the suspension is not cancelled.
    pub fn take_resume(&mut self) -> Option<(abi::Resume, *mut std::ffi::c_void)> {
        self.resumed = true;
        self.given.resume.map(|resume| (resume, self.given.user))
    }
}

impl Drop for Suspension {
    fn drop(&mut self) {
        if let Some(cancel) = self.given.cancel.filter(|_| !self.resumed) {
            // SAFETY: the callback passed it with its argument, and it is called once.
            stack::on_thread(|| unsafe { cancel(self.given.user) });
        }
        if let Some(release) = self.given.release {
            // SAFETY: as above; nothing is called with the pointer afterwards.
            stack::on_thread(|| unsafe { release(self.given.user) });
        }
    }
}

/// How a suspended call was completed.
#[derive(Debug)]
pub struct Completion {
    /// `STATUS_OK`, or a failure.
    pub status: abi::Status,
    /// The results, or the values for the function that continues the call.
    pub values: Vec<Value>,
    /// The text of a failure.
    pub text: Option<String>,
    /// The error of a guest function that the suspended call had started.
    pub guest: Option<Error>,
    /// Whether the references in the values are lent to the call; otherwise they belong to whoever completed it.
    pub lends: bool,
}

impl Completion {
    /// A completion with results.
    pub fn with(values: Vec<Value>) -> Self {
        Self { status: abi::STATUS_OK, values, text: None, guest: None, lends: false }
    }

    /// The completion of a call whose guest function returned these results.
    pub fn of_results(values: Vec<Value>) -> Self {
        Self { lends: true, ..Self::with(values) }
    }

    /// A completion with a failure.
    pub fn failed(status: abi::Status, text: Option<String>) -> Self {
        Self { status, values: Vec::new(), text, guest: None, lends: false }
    }

    /// The completion of a call whose guest function failed.
    pub fn of_guest(error: Error) -> Self {
        let text = Some(error.message().to_owned());
        Self { status: error.status(), values: Vec::new(), text, guest: Some(error), lends: true }
    }
}

enum State {
    Waiting,
    Completed(Completion),
    Ended,
}

/// What a token names: a host call that waits for its completion.
pub struct Awaited {
    /// The types of the results; `None` if a function continues the call, which takes any numbers.
    expected: Option<Box<[ValType]>>,
    state: Mutex<State>,
    control: Arc<Control>,
}

/// The calls that any thread may complete.
static TOKENS: Numbers<Arc<Awaited>> = Numbers::new();

/// Locks the table of tokens, for use around `fork`.
pub(super) fn tokens() -> impl Drop {
    TOKENS.hold()
}

impl Awaited {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn check(&self, completion: &Completion) -> Result<()> {
        if completion.status != abi::STATUS_OK {
            return Ok(());
        }
        let Some(expected) = &self.expected else {
            let reference = completion.values.iter().position(|value| !is_number(value.kind));
            return reference.map_or(Ok(()), |index| {
                let found = value::type_name(completion.values[index].kind);
                let message = format!("value {} is {found}; a suspension with `resume` is completed with numbers", index + 1);
                Err(Error::new(abi::STATUS_WRONG_TYPE, message))
            });
        };
        if completion.values.len() != expected.len() {
            let message = format!(
                "the suspended host function has {}, but {} passed",
                counted(expected.len(), "result"),
                if completion.values.len() == 1 { "1 was".to_owned() } else { format!("{} were", completion.values.len()) }
            );
            return Err(Error::new(abi::STATUS_WRONG_COUNT, message));
        }
        for (index, (value, expected)) in completion.values.iter().zip(expected).enumerate() {
            if value.kind != expected.to_abi() {
                let found = value::type_name(value.kind);
                let message =
                    format!("result {} is {found}, but the suspended host function returns {expected} there", index + 1);
                return Err(Error::new(abi::STATUS_WRONG_TYPE, message));
            }
        }
        Ok(())
    }

    /// Completes the call from the thread of its context.
    pub fn complete(&self, completion: Completion) {
        *self.state() = State::Completed(completion);
    }

    /// Takes the completion, if there is one.
    fn take(&self) -> Option<Completion> {
        let mut state = self.state();
        match std::mem::replace(&mut *state, State::Ended) {
            State::Completed(completion) => Some(completion),
            other => {
                *state = other;
                None
            }
        }
    }
}

fn is_number(kind: abi::ValType) -> bool {
    ValType::from_abi(kind).is_some_and(|ty| !matches!(ty, ValType::FuncRef | ValType::ExternRef))
}

/// A host call that waits for its completion, with what continues it.
pub struct Waiting {
    pub suspension: Suspension,
    pub awaited: Arc<Awaited>,
    token: u64,
}

impl Waiting {
    /// Suspends a call of a function with these results. If the completion comes from elsewhere the token names it; otherwise the
    /// token is stale from the start.
    pub fn new(suspension: Suspension, results: &[ValType], control: Arc<Control>, from_elsewhere: bool) -> Self {
        let expected = (!suspension.has_resume()).then(|| results.into());
        let awaited = Arc::new(Awaited { expected, state: Mutex::new(State::Waiting), control });
        let token = TOKENS.insert(Arc::clone(&awaited));
        if !from_elsewhere {
            TOKENS.remove(token);
        }
        Self { suspension, awaited, token }
    }

    /// Returns the number by which any thread completes the call.
    pub fn token(&self) -> u64 {
        self.token
    }

    /// Returns whether the call was completed.
    pub fn is_completed(&self) -> bool {
        matches!(*self.awaited.state(), State::Completed(_))
    }

    /// Takes the completion, if there is one.
    pub fn take(&self) -> Option<Completion> {
        self.awaited.take()
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        TOKENS.remove(self.token);
        *self.awaited.state() = State::Ended;
    }
}

/// Completes the call that a token names.
///
/// # Errors
/// `STATUS_STALE` if it was completed, cancelled, or the token is not of this library; `STATUS_WRONG_TYPE` and `STATUS_WRONG_COUNT` for
/// other results than the function has: then the call can still be completed.
pub fn complete(token: u64, completion: Completion) -> Result<()> {
    let stale = || {
        let what = number::describe(token, "a suspended call");
        Error::new(abi::STATUS_STALE, format!("{what}, and cannot be completed"))
    };
    let awaited = TOKENS.get(token).ok_or_else(stale)?;
    awaited.check(&completion)?;
    {
        let mut state = awaited.state();
        if !matches!(*state, State::Waiting) {
            return Err(stale());
        }
        *state = State::Completed(completion);
    }
    TOKENS.remove(token);
    awaited.control.wake();
    Ok(())
}

/// Completes the call that a token names with a failure.
///
/// # Errors
/// `STATUS_STALE`, as for `complete`; `STATUS_INVALID_ARGUMENT` for a status that is not a failure: then the call can still be
/// completed.
pub fn complete_with_failure(token: u64, status: abi::Status, text: Option<String>) -> Result<()> {
    if failure_name(status).is_none() {
        let message = format!("{status} is not the status of a failure");
        return Err(Error::new(abi::STATUS_INVALID_ARGUMENT, message));
    }
    complete(token, Completion::failed(status, text))
}
