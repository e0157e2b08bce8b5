//! Gates: on which thread, and when, a plug-in's code may run.
#![forbid(unsafe_code)]

use crate::log;
use crate::plugin::threading::turn::{Turn, TurnGuard};
use crate::status::{Error, Result};
use crate::thread;
use libvm_abi as abi;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

/// Where and when a plug-in's code may run.
#[derive(Clone, Default)]
pub enum Gate {
    /// On any thread, at any time.
    #[default]
    Open,
    /// On one thread at a time.
    Serialized(Arc<Turn>),
    /// On the thread on which its instance was created.
    Affine,
}

/// Values to be dropped on another thread than this one.
static WAITING: Mutex<Vec<(u64, Box<dyn Send>)>> = Mutex::new(Vec::new());
/// Number of such values, for a fast check.
static COUNT: AtomicUsize = AtomicUsize::new(0);

/// The turns of serialized plug-ins, by the address of their code.
static TURNS: Mutex<BTreeMap<usize, Weak<Turn>>> = Mutex::new(BTreeMap::new());

pub(super) fn turns() -> MutexGuard<'static, BTreeMap<usize, Weak<Turn>>> {
    TURNS.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(super) fn waiting() -> MutexGuard<'static, Vec<(u64, Box<dyn Send>)>> {
    WAITING.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Gate {
    /// Creates the gate of a plug-in with these descriptor flags. `code` identifies the library: registries that use the same one
    /// share its variables, and therefore the turn.
    pub fn new(flags: u32, code: usize) -> Self {
        if flags & abi::PLUGIN_THREAD_AFFINE != 0 {
            return Self::Affine;
        }
        if flags & abi::PLUGIN_SERIALIZED == 0 {
            return Self::Open;
        }
        let mut turns = turns();
        turns.retain(|_, turn| turn.strong_count() > 0);
        let turn = turns.get(&code).and_then(Weak::upgrade).unwrap_or_default();
        turns.insert(code, Arc::downgrade(&turn));
        Self::Serialized(turn)
    }

    /// Returns whether the gate stops no call.
    pub fn is_open(&self) -> bool {
        matches!(self, Self::Open)
    }

    /// Enters for a call of an instance that was created on the thread `home`; `None` for an instance that is being created,
    /// and for calls that belong to no instance.
    ///
    /// # Errors
    /// `STATUS_WRONG_THREAD`, `STATUS_BUSY`: then no code of the plug-in may run.
    pub fn enter(&self, home: Option<u64>) -> Result<Option<TurnGuard<'_>>> {
        match self {
            Self::Open => Ok(None),
            Self::Serialized(turn) => turn.take().map(Some).ok_or_else(|| {
                let message = "the plug-in is serialized, and another thread is in it, which waits for a plug-in that this thread \
                               is in; try again";
                Error::new(abi::STATUS_BUSY, message)
            }),
            Self::Affine => {
                end_waiting();
                if home.is_none_or(|home| home == thread::number()) {
                    return Ok(None);
                }
                let message = "the plug-in is thread-affine, and its instance was created on another thread; use it there";
                Err(Error::new(abi::STATUS_WRONG_THREAD, message))
            }
        }
    }

    /// Drops a value whose drop runs the plug-in's code, named `noun` in the log: now or, if that is not allowed, on another thread
    /// later. Values that belong to an instance are dropped in this order.
    pub fn finish(&self, plugin: &str, noun: &str, home: Option<u64>, what: impl Send + 'static) {
        match (self, home) {
            (Self::Serialized(turn), _) => turn.finish(what),
            (Self::Affine, Some(home)) if home != thread::number() => {
                let mut waiting = waiting();
                waiting.push((home, Box::new(what)));
                COUNT.store(waiting.len(), Ordering::Release);
                drop(waiting);
                let message = format!(
                    "{noun} of the thread-affine plug-in `{plugin}` was released on another thread than its own: it is \
                     destroyed when that thread next makes or deletes a context, registers a plug-in or calls this one"
                );
                log::log(abi::LOG_WARNING, None, &message);
            }
            _ => drop(what),
        }
    }
}

/// Drops what waits for this thread.
pub fn end_waiting() {
    if COUNT.load(Ordering::Acquire) == 0 {
        return;
    }
    let me = thread::number();
    let mut waiting = waiting();
    let (mine, others): (Vec<_>, Vec<_>) = std::mem::take(&mut *waiting).into_iter().partition(|(home, _)| *home == me);
    *waiting = others;
    COUNT.store(waiting.len(), Ordering::Release);
    // Runs code of plug-ins, which may enter this function again.
    drop(waiting);
    drop(mine);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_library_has_one_turn() {
        let Gate::Serialized(one) = Gate::new(abi::PLUGIN_SERIALIZED, 16) else { panic!("not serialized") };
        let Gate::Serialized(same) = Gate::new(abi::PLUGIN_SERIALIZED, 16) else { panic!("not serialized") };
        let Gate::Serialized(other) = Gate::new(abi::PLUGIN_SERIALIZED, 32) else { panic!("not serialized") };
        assert!(Arc::ptr_eq(&one, &same) && !Arc::ptr_eq(&one, &other));
        assert!(Gate::new(0, 16).is_open());
    }

    #[test]
    fn what_belongs_to_a_thread_ends_there() {
        struct Ended(Arc<Mutex<Vec<u64>>>);
        impl Drop for Ended {
            fn drop(&mut self) {
                self.0.lock().unwrap().push(thread::number());
            }
        }
        let (gate, ended, me) = (Gate::Affine, Arc::default(), thread::number());
        std::thread::scope(|scope| {
            scope.spawn(|| {
                assert_eq!(gate.enter(Some(me)).err().map(|error| error.status()), Some(abi::STATUS_WRONG_THREAD));
                gate.finish("p", "a value", Some(me), Ended(Arc::clone(&ended)));
                end_waiting();
                assert!(ended.lock().unwrap().is_empty());
            });
        });
        assert!(gate.enter(Some(me)).is_ok());
        assert_eq!(*ended.lock().unwrap(), [me]);
    }
}
