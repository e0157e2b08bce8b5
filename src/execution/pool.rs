//! Pools of contexts that were prepared alike, for hosts that run each request in a context of its own.

use super::shared::SharedContext;
use crate::context::{Context, Links};
use crate::status::{Error, Result, counted};
use libvm_abi as abi;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

/// A pool: its unused contexts, and which of its contexts are used.
pub struct Pool {
    /// Maximum number of its contexts; 0 for no limit.
    limit: usize,
    links: Arc<Links>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Number of contexts that exist or are being created.
    count: usize,
    /// By the part of the engine that the contexts are in: a thread takes from the one that is used the least.
    parts: Vec<Part>,
    taken: HashMap<usize, Taken>,
}

#[derive(Default)]
struct Part {
    idle: Vec<Idle>,
    taken: usize,
}

/// A context that belongs to the pool alone.
struct Idle(*mut SharedContext);

// SAFETY: contexts are shared by threads.
unsafe impl Send for Idle {}

/// A context that the host has.
struct Taken {
    part: usize,
    /// Whether a thread is returning it.
    returning: bool,
}

/// Why a new context was not prepared.
pub enum Unprepared {
    /// It failed; the pool deletes the context.
    Failed(Error),
    /// It failed, and the context is no longer the pool's: its new owner deletes it.
    Lost(Error),
}

impl From<Error> for Unprepared {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// The place of a context in its pool, which is free when the context is deleted.
struct Place {
    pool: Weak<Pool>,
    context: usize,
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(pool) = self.pool.upgrade() {
            let mut state = pool.state();
            state.count -= 1;
            state.let_go(self.context);
        }
    }
}

impl State {
    fn part(&mut self, index: usize) -> &mut Part {
        if self.parts.len() <= index {
            self.parts.resize_with(index + 1, Part::default);
        }
        &mut self.parts[index]
    }

    fn hand_out(&mut self, context: *mut SharedContext, part: usize) {
        self.part(part).taken += 1;
        self.taken.insert(context as usize, Taken { part, returning: false });
    }

    /// Forgets a context that the host has, and returns its part.
    fn let_go(&mut self, context: usize) -> Option<usize> {
        let part = self.taken.remove(&context)?.part;
        self.parts[part].taken -= 1;
        Some(part)
    }

    fn take_idle(&mut self) -> Option<*mut SharedContext> {
        let parts = self.parts.iter().enumerate().filter(|(_, part)| !part.idle.is_empty());
        let (index, _) = parts.min_by_key(|(_, part)| part.taken)?;
        let Idle(context) = self.parts[index].idle.pop()?;
        self.hand_out(context, index);
        Some(context)
    }

    fn is_idle(&self, context: *const SharedContext) -> bool {
        self.parts.iter().any(|part| part.idle.iter().any(|idle| idle.0.cast_const() == context))
    }

    fn idle(&self) -> usize {
        self.parts.iter().map(|part| part.idle.len()).sum()
    }
}

impl Pool {
    /// Creates an empty pool of at most so many contexts; 0 for no limit.
    pub fn new(limit: usize) -> Arc<Self> {
        Arc::new(Self { limit, links: Arc::default(), state: Mutex::default() })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns how many of its contexts are unused, and how many the host has.
    pub fn counts(&self) -> (usize, usize) {
        let state = self.state();
        (state.idle(), state.taken.len())
    }

    /// Returns an unused context, or a new one, which `create` creates and `prepare` prepares.
    ///
    /// # Errors
    /// `STATUS_LIMIT`, and those of `prepare` and `Context::prepared`.
    pub fn take(
        self: &Arc<Self>,
        create: impl FnOnce() -> Context,
        prepare: impl FnOnce(*mut SharedContext) -> Result<(), Unprepared>,
    ) -> Result<*mut SharedContext> {
        let mut state = self.state();
        if let Some(context) = state.take_idle() {
            return Ok(context);
        }
        if self.limit > 0 && state.count >= self.limit {
            let (taken, limit) = (state.taken.len(), counted(self.limit, "context"));
            let message = format!(
                "the pool has {limit}, its limit, and {taken} of them are taken; return one (VM_ContextPoolReturn), or create the pool \
                 with a higher limit"
            );
            return Err(Error::new(abi::STATUS_LIMIT, message).retry());
        }
        state.count += 1;
        drop(state);
        let (context, part) = self.make(create, prepare)?;
        self.state().hand_out(context, part);
        Ok(context)
    }

    /// Creates a context if there are fewer than `count`; returns whether there may be fewer still.
    ///
    /// # Errors
    /// `STATUS_LIMIT` for a count above the limit, and those of `take`.
    pub fn fill(
        self: &Arc<Self>,
        count: usize,
        create: impl FnOnce() -> Context,
        prepare: impl FnOnce(*mut SharedContext) -> Result<(), Unprepared>,
    ) -> Result<bool> {
        if self.limit > 0 && count > self.limit {
            let message = format!("the pool can have {} and not {count}", counted(self.limit, "context"));
            return Err(Error::new(abi::STATUS_LIMIT, message));
        }
        let mut state = self.state();
        if state.count >= count {
            return Ok(false);
        }
        state.count += 1;
        drop(state);
        let (context, part) = self.make(create, prepare)?;
        self.state().part(part).idle.push(Idle(context));
        Ok(true)
    }

    /// Creates and prepares a context that was counted before.
    fn make(
        self: &Arc<Self>,
        create: impl FnOnce() -> Context,
        prepare: impl FnOnce(*mut SharedContext) -> Result<(), Unprepared>,
    ) -> Result<(*mut SharedContext, usize)> {
        /// Deletes the context when it is not wanted.
        struct New(Idle);
        impl Drop for New {
            fn drop(&mut self) {
                // SAFETY: it was created here, and nobody has it.
                unsafe { SharedContext::close(self.0.0) }
            }
        }
        let new = New(Idle(SharedContext::create(create())));
        // SAFETY: it was created above.
        let shared = unsafe { &*new.0.0 };
        let place = Place { pool: Arc::downgrade(self), context: new.0.0 as usize };
        shared.enter()?.context().drop_with(Box::new(place));
        match prepare(new.0.0) {
            Ok(()) => {}
            Err(Unprepared::Failed(error)) => return Err(error),
            Err(Unprepared::Lost(error)) => {
                std::mem::forget(new);
                return Err(error);
            }
        }
        shared.check_left()?;
        let mut entered = shared.enter()?;
        entered.context().prepared(&self.links)?;
        let part = entered.context().store().part();
        drop(entered);
        let context = new.0.0;
        std::mem::forget(new);
        Ok((context, part))
    }

    /// Takes back a context that the host has: it is restored for its next use, or deleted if that is not possible. An unfinished
    /// execution is cancelled.
    ///
    /// # Errors
    /// `STATUS_INVALID_ARGUMENT` if the host does not have this context of the pool, `STATUS_BUSY`, `STATUS_REENTRANT`: then nothing
    /// has changed.
    ///
    /// # Safety
    /// A context that the pool has handed out was not deleted.
    pub unsafe fn give_back(&self, context: *mut SharedContext) -> Result<()> {
        let mut state = self.state();
        match state.taken.get_mut(&(context as usize)) {
            Some(Taken { returning: true, .. }) => {
                return Err(Error::new(abi::STATUS_BUSY, "another thread is returning the context to the pool"));
            }
            Some(taken) => taken.returning = true,
            None => {
                let why = if state.is_idle(context) { "was returned to the pool before" } else { "is not of this pool" };
                return Err(Error::new(abi::STATUS_INVALID_ARGUMENT, format!("the context {why}; return each context once")));
            }
        }
        drop(state);
        // SAFETY: it is of this pool, and the host has not deleted it.
        let restored = unsafe { &*context }.restore(Context::restore);
        let (fits, data) = restored.inspect_err(|_| {
            if let Some(taken) = self.state().taken.get_mut(&(context as usize)) {
                taken.returning = false;
            }
        })?;
        // Freed where its free function may use the pool.
        drop(data);
        let mut state = self.state();
        // Callbacks that were called meanwhile may have deleted it.
        let is_there = state.taken.get(&(context as usize)).is_some_and(|taken| taken.returning);
        if is_there && fits {
            let part = state.let_go(context as usize);
            part.into_iter().for_each(|part| state.part(part).idle.push(Idle(context)));
        } else if is_there {
            drop(state);
            // SAFETY: it is still there, and nobody else has it.
            unsafe { SharedContext::close(context) };
        }
        Ok(())
    }

    /// Deletes the unused contexts. Those that the host has stay as they are.
    pub fn clear(&self) {
        let idle: Vec<Idle> = self.state().parts.iter_mut().flat_map(|part| std::mem::take(&mut part.idle)).collect();
        for Idle(context) in idle {
            // SAFETY: it belonged to the pool alone.
            unsafe { SharedContext::close(context) };
        }
    }
}
