//! The tokens by which any thread completes a suspended event.
#![forbid(unsafe_code)]

use crate::engine::{Numbers, Wake, describe_number};
use crate::status::{Error, Result, Status, failure_name};
use libvm_abi as abi;
use std::ffi::CString;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

/// How a suspended event was completed.
#[derive(Debug)]
pub struct Completion {
    /// The answer of the hook.
    pub answer: Status,
    /// The text of a failure, or for the function that continues the event.
    pub text: Option<CString>,
}

enum State {
    Waiting(Option<Arc<dyn Wake>>),
    Completed(Completion),
    Ended,
}

/// What a token names: an event that waits for its completion.
pub struct Awaited {
    token: OnceLock<u64>,
    state: Mutex<State>,
}

static TOKENS: Numbers<Arc<Awaited>> = Numbers::new();

/// Locks the table of tokens, for use around `fork`.
pub(super) fn all() -> impl Drop {
    TOKENS.hold()
}

impl Awaited {
    /// Creates it with a token.
    pub fn new() -> Arc<Self> {
        let this = Arc::new(Self { token: OnceLock::new(), state: Mutex::new(State::Waiting(None)) });
        this.token.get_or_init(|| TOKENS.insert(Arc::clone(&this)));
        this
    }

    /// Returns the number by which any thread completes the event.
    pub fn token(&self) -> u64 {
        self.token.get().copied().unwrap_or_default()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets what is woken at the completion, at once if it was completed.
    pub fn set_waker(&self, waker: &Arc<dyn Wake>) {
        let mut state = self.state();
        match &mut *state {
            State::Waiting(known) => {
                let former = known.replace(Arc::clone(waker));
                drop(state);
                drop(former);
            }
            State::Completed(_) => {
                drop(state);
                waker.wake();
            }
            State::Ended => {}
        }
    }

    /// Takes the completion, if there is one.
    pub fn take(&self) -> Option<Completion> {
        let mut state = self.state();
        match std::mem::replace(&mut *state, State::Ended) {
            State::Completed(completion) => Some(completion),
            other => {
                *state = other;
                None
            }
        }
    }

    /// Ends it: the token is stale from now on.
    pub fn end(&self) {
        TOKENS.remove(self.token());
        let former = std::mem::replace(&mut *self.state(), State::Ended);
        drop(former);
    }
}

/// Completes the event that a token names.
///
/// # Errors
/// `STATUS_STALE` if it was completed, cancelled, or the token is not of an event of this library; `STATUS_INVALID_ARGUMENT` for what is
/// no answer: then it can still be completed.
pub fn complete(token: u64, answer: Status, text: Option<String>) -> Result<()> {
    let is_answer = matches!(answer, abi::STATUS_OK | abi::STATUS_COMPLETE | abi::STATUS_RETRY) || failure_name(answer).is_some();
    if !is_answer {
        let message = format!(
            "{answer} is not the answer of a hook: VM_STATUS_OK, VM_STATUS_COMPLETE, VM_STATUS_RETRY, or the status of a failure"
        );
        return Err(Error::new(abi::STATUS_INVALID_ARGUMENT, message));
    }
    let stale = || {
        let what = describe_number(token, "a suspended event");
        Error::new(abi::STATUS_STALE, format!("{what}, and cannot be completed"))
    };
    let awaited = TOKENS.get(token).ok_or_else(stale)?;
    let text = text.and_then(|text| CString::new(text.replace('\0', "\u{fffd}")).ok());
    let mut state = awaited.state();
    if !matches!(*state, State::Waiting(_)) {
        return Err(stale());
    }
    let former = std::mem::replace(&mut *state, State::Completed(Completion { answer, text }));
    drop(state);
    TOKENS.remove(token);
    if let State::Waiting(Some(waker)) = former {
        waker.wake();
    }
    Ok(())
}
