//! Recording the calls of a context, and replaying a recording in it.
#![forbid(unsafe_code)]

use super::Context;
use crate::recording::{Recording, Replay, Replayed, Sink};
use crate::status::Result;

impl Context {
    /// Records the calls of the context to the sink that `create` returns.
    ///
    /// # Errors
    /// Those of `Store::check_recorder`, and those of the sink.
    pub fn record(&mut self, create: impl FnOnce() -> Result<Box<dyn Sink>>) -> Result<()> {
        self.store.check_recorder()?;
        let recording = Recording::new(create()?, self.store.metering())?;
        self.store.set_recorder(Box::new(recording));
        Ok(())
    }

    /// Replays a recording in the context.
    ///
    /// # Errors
    /// Those of `Store::check_recorder`.
    pub fn replay(&mut self, replayed: Replayed) -> Result<()> {
        self.store.check_recorder()?;
        self.store.set_recorder(Box::new(Replay(replayed.clone())));
        self.rare().replayed = Some(replayed);
        Ok(())
    }

    /// Ends the recording or the replay.
    ///
    /// # Errors
    /// Those of `Store::stop_recorder`.
    pub fn stop_recording(&mut self) -> Result<()> {
        let stopped = self.store.stop_recorder();
        if let Some(replayed) = self.rare.as_mut().and_then(|rare| rare.replayed.take()) {
            replayed.end();
        }
        stopped
    }
}
