//! Resetting a context, for its owner or for its pool.
#![forbid(unsafe_code)]

use super::pending::{Abandoned, cancelled};
use super::shared::{Entered, SharedContext};
use crate::context::Context;
use crate::status::Result;

impl SharedContext {
    /// Resets the context. An unfinished execution is cancelled.
    ///
    /// # Errors
    /// `STATUS_BUSY`, `STATUS_REENTRANT`, and those of `Context::reset`.
    pub fn reset(&self) -> Result<()> {
        let (mut entered, ended) = self.enter_to_reset()?;
        let events = self.end_events();
        let result = entered.context().reset();
        drop(entered);
        events.iter().for_each(|event| event.ended("its context was reset"));
        // Now its callback can use the context.
        if let Some((unfinished, error)) = ended {
            unfinished.ended(error);
        }
        result
    }

    /// Restores the context to what its pool has prepared. An unfinished execution is cancelled; its callback cannot use the context,
    /// which is no longer its owner's.
    ///
    /// # Errors
    /// `STATUS_BUSY`, `STATUS_REENTRANT`: then nothing has changed.
    pub(super) fn restore<R>(&self, restore: impl FnOnce(&mut Context) -> R) -> Result<R> {
        self.check_left()?;
        let (mut entered, ended) = self.enter_to_reset()?;
        if let Some((unfinished, error)) = ended {
            unfinished.ended(error);
        }
        self.end_events().iter().for_each(|event| event.ended("its context was reset"));
        Ok(restore(entered.context()))
    }

    /// Enters the context, and ends the calls of its unfinished execution, which is still to be told.
    fn enter_to_reset(&self) -> Result<(Entered<'_>, Option<Abandoned>)> {
        let (mut entered, unfinished) = match self.enter_unfinished() {
            Some(entered) => (entered, self.unfinished().take()),
            None => (self.enter()?, None),
        };
        let ended = unfinished.map(|unfinished| {
            unfinished.ends();
            (unfinished, entered.abandon(cancelled("its context was reset")))
        });
        Ok((entered, ended))
    }
}
