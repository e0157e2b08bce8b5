//! Host functions that are stages of streams, or that the guest of a stage calls.
use super::event::{Held, StreamEvent};
use crate::call::Guest;
use crate::{Error, Result};
use libvm_abi::{self as abi, Status};

impl Guest<'_> {
    fn streamed(status: Status, what: &str) -> Result<()> {
        if status == abi::STATUS_OK { Ok(()) } else { Err(Error::known(status, format!("{what} failed with status {status}"))) }
    }

    /// Returns the event that a stage of a stream handles: in a function that is the stage, or that the guest of a stage calls. A function that is
    /// a stage has no parameters in wasm, and no results.
    ///
    /// ```
    /// # use libvm_plugin::{Guest, Result};
    /// # struct Filter;
    /// # impl Filter {
    /// /// Passes on what is not empty.
    /// fn not_empty(&self, guest: &mut Guest<'_>) -> Result<()> {
    ///     let event = guest.event()?;
    ///     if event.payload.is_empty() { Ok(()) } else { guest.emit(event.with("checked", "yes")) }
    /// }
    /// # }
    /// ```
    ///
    /// # Errors
    /// If no stage is running.
    pub fn event(&self) -> Result<StreamEvent<'_>> {
        let mut event = Held::default().make(StreamEvent::default());
        // SAFETY: the caller is valid during the call.
        let status = unsafe { (self.table().get_event)(self.caller, &mut event) };
        Self::streamed(status, "asking for the event of the stage")?;
        // SAFETY: what it points to is valid until the call ends or continues with the next event, which the borrow forbids.
        Ok(unsafe { StreamEvent::of_host(&event) })
    }

    /// Continues with the next event, in a stage that handles several in one call; returns whether there is one.
    ///
    /// # Errors
    /// As for [`Guest::event`].
    pub fn next_event(&mut self) -> Result<bool> {
        let mut is_next = false;
        // SAFETY: as above.
        let status = unsafe { (self.table().next_event)(self.caller, &mut is_next) };
        Self::streamed(status, "asking for the next event of the stage").map(|()| is_next)
    }

    /// Emits an event from a stage to the next stage or to the sinks. A timestamp of 0 is replaced by that of the event that is handled; the position
    /// is ignored.
    ///
    /// # Errors
    /// If the stage emits more than the host allows, the event is too large, or no stage is running.
    pub fn emit(&self, event: StreamEvent<'_>) -> Result<()> {
        let mut held = Held::default();
        let event = held.make(event);
        // SAFETY: as above; the event is held during the call.
        let status = unsafe { (self.table().emit_event)(self.caller, &event) };
        Self::streamed(status, "emitting an event")
    }
}
