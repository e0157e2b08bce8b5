//! Wakers of futures that a suspended call or event waits for.
#![forbid(unsafe_code)]

use crate::{panics, status};
use libvm_abi::Token;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Wake, Waker};

/// Completes what is suspended when its future is woken, so that it goes on where the future is polled again.
pub(super) struct Waking {
    complete: fn(Token) -> status::Result<()>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// The number by which it is completed; 0 before it is suspended, and after it was completed.
    token: Token,
    /// Whether the future was woken before.
    is_woken: bool,
}

impl Waking {
    /// Creates it for one poll of a future, with the function that completes a token, and the waker.
    pub fn new(complete: fn(Token) -> status::Result<()>) -> (Arc<Self>, Waker) {
        let this = Arc::new(Self { complete, state: Mutex::default() });
        (Arc::clone(&this), Waker::from(this))
    }

    /// Sets the number by which it is completed, at once if the future was woken before.
    pub fn set_token(&self, token: Token) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.token = token;
        if state.is_woken {
            drop(state);
            self.complete();
        }
    }

    fn complete(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.is_woken = true;
        let token = std::mem::take(&mut state.token);
        drop(state);
        if token != 0 {
            // Nothing waits for it any more if that fails.
            let _ = panics::catch(|| (self.complete)(token));
        }
    }
}

impl Wake for Waking {
    fn wake(self: Arc<Self>) {
        self.complete();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.complete();
    }
}
