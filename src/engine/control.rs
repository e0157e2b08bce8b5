//! What other threads reach of an execution: they cancel it, and tell it that it can go on.
//!
//! A control belongs to one execution. Its number is created when somebody asks for it, so that executions without one cost nothing;
//! the number is stale as soon as the execution has ended.
#![forbid(unsafe_code)]

use super::number::{self, Numbers};
use crate::status::{Error, Result};
use libvm_abi as abi;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::time::Instant;

/// Is told, on any thread, that a suspended execution can go on: something was completed, or it was cancelled, or its time is over.
pub trait Wake: Send + Sync {
    /// Is called on any thread; must not wait.
    fn wake(&self);
}

/// The controls that have a number.
static NUMBERS: Numbers<Weak<Control>> = Numbers::new();

/// Locks the table of numbers, for use around `fork`.
pub(super) fn numbers() -> impl Drop {
    NUMBERS.hold()
}

#[derive(Default)]
struct Signals {
    /// Whether something happened since the execution last looked.
    woken: bool,
    waker: Option<Arc<dyn Wake>>,
}

/// What other threads reach of one execution.
#[derive(Default)]
pub struct Control {
    number: OnceLock<u64>,
    cancelled: AtomicBool,
    signals: Mutex<Signals>,
    changed: Condvar,
    /// Interrupts running guests, so that they look at the control.
    interrupt: OnceLock<Arc<dyn Wake>>,
}

impl Control {
    fn signals(&self) -> MutexGuard<'_, Signals> {
        self.signals.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Cancels the execution: it ends at its next look at the control.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Release);
        if let Some(interrupt) = self.interrupt.get() {
            interrupt.wake();
        }
        self.wake();
    }

    /// Sets what interrupts running guests, so that they look at the control.
    #[cfg(feature = "compiled")]
    pub(super) fn interrupt_by(&self, interrupt: Arc<dyn Wake>) {
        self.interrupt.get_or_init(|| interrupt);
    }

    /// Returns whether the execution was cancelled.
    #[inline]
    pub fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Acquire)
    }

    /// Returns whether somebody besides its context may know it.
    pub(super) fn is_known(self: &Arc<Self>) -> bool {
        self.number.get().is_some() || Arc::strong_count(self) > 2
    }

    /// Wakes the execution if it is suspended; otherwise it does not wait when it next would.
    pub fn wake(&self) {
        let mut signals = self.signals();
        signals.woken = true;
        let waker = signals.waker.clone();
        drop(signals);
        self.changed.notify_all();
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Sets what is told when the execution can go on, besides the thread that waits for it. The caller clears it at the end of the
    /// execution.
    pub fn set_waker(&self, waker: Option<Arc<dyn Wake>>) {
        let former = std::mem::replace(&mut self.signals().waker, waker);
        drop(former);
    }

    /// Waits until somebody wakes the execution, or until a time; returns whether somebody did.
    pub fn wait(&self, until: Option<Instant>) -> bool {
        let mut signals = self.signals();
        while !std::mem::take(&mut signals.woken) {
            signals = match until {
                None => self.changed.wait(signals).unwrap_or_else(PoisonError::into_inner),
                Some(until) => {
                    let left = until.saturating_duration_since(Instant::now());
                    if left.is_zero() {
                        return false;
                    }
                    self.changed.wait_timeout(signals, left).unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
        true
    }
}

impl Drop for Control {
    fn drop(&mut self) {
        if let Some(number) = self.number.get() {
            NUMBERS.remove(*number);
        }
    }
}

/// The control of a context's running execution, or else of its next one.
#[derive(Default)]
pub struct Controls(Mutex<Arc<Control>>);

impl Controls {
    fn slot(&self) -> MutexGuard<'_, Arc<Control>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the control of the running execution, or else of the next one.
    pub fn current(&self) -> Arc<Control> {
        Arc::clone(&self.slot())
    }

    /// Returns the number of the running execution, or else of the next one.
    pub fn number(&self) -> u64 {
        let control = self.current();
        *control.number.get_or_init(|| NUMBERS.insert(Arc::downgrade(&control)))
    }

    /// Ends the execution, or the next one before it has begun: nobody reaches it any more. Returns the control of the next one.
    pub(super) fn renew(&self) -> Arc<Control> {
        let mut slot = self.slot();
        let mut next = Control::default();
        next.interrupt.clone_from(&slot.interrupt);
        let next = Arc::new(next);
        let ended = std::mem::replace(&mut *slot, Arc::clone(&next));
        drop(slot);
        if let Some(number) = ended.number.get() {
            NUMBERS.remove(*number);
        }
        next
    }
}

/// Cancels the execution with a number.
///
/// # Errors
/// `STATUS_STALE` if it has ended, or the number is of another copy of the library.
pub fn cancel(number: u64) -> Result<()> {
    let control = NUMBERS.get(number).and_then(|control| control.upgrade());
    let control = control.ok_or_else(|| {
        let what = number::describe(number, "an execution");
        Error::new(abi::STATUS_STALE, format!("{what}; VM_ContextGetCancelId returns the number of the next one"))
    })?;
    control.cancel();
    Ok(())
}
