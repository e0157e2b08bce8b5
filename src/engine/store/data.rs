//! The data of a context: what its guests have used, what watches it, and what the host keeps in it.
#![forbid(unsafe_code)]

use super::{Running, Store};
use crate::engine::recorded;
use crate::engine::stage::Stage;
use crate::engine::tier::Tier;
use crate::engine::watch::{Recorder, Sentinel, Statistics, Usage, Watch};
use crate::status::{Error, Result};
use crate::user_data::UserData;
use libvm_abi as abi;
use std::sync::Arc;

impl Store {
    /// Returns what its guests have used.
    pub fn usage(&mut self) -> Usage {
        state!(mut self, state => state.usage())
    }

    /// Returns the counters of all calls, or of those of a plug-in; `None` if calls are not counted.
    pub fn statistics(&self, plugin: Option<&str>) -> Option<Statistics> {
        state!(self, state => state.watch.as_ref()?.statistics(plugin))
    }

    /// Checks that a recorder can be set.
    ///
    /// # Errors
    /// `STATUS_ALREADY_EXISTS` if there is one, `STATUS_SEALED` if something was instantiated before, `STATUS_UNSUPPORTED` if the engine
    /// changes the tier.
    pub fn check_recorder(&self) -> Result<()> {
        if self.engine.config().tier() == Tier::Auto {
            let message = "a recording needs guests that always run in the same way, and the engine is one of VM_TIER_AUTO; use another tier";
            return Err(Error::new(abi::STATUS_UNSUPPORTED, message));
        }
        state!(self, state => state.check_recorder())
    }

    /// Records what happens from now on, or compares it with a recording.
    pub fn set_recorder(&mut self, recorder: Box<dyn Recorder>) {
        state!(mut self, state => state.watch.get_or_insert_with(Watch::bare).recorder = Some(recorder));
    }

    /// Sets what is asked before and after the calls of guests from now on; `None` for nothing. A reset removes it.
    pub fn set_sentinel(&mut self, sentinel: Option<Arc<dyn Sentinel>>) {
        state!(mut self, state => state.set_sentinel(sentinel));
    }

    /// Returns what the fuel of guests depends on; 0 if the engine does not meter it.
    pub fn metering(&self) -> u8 {
        state!(self, state => recorded::metering(state))
    }

    /// Ends the recording or the replay.
    ///
    /// # Errors
    /// `STATUS_NOT_FOUND` if there is none, and those of `Recorder::finish`.
    pub fn stop_recorder(&mut self) -> Result<()> {
        access!(self, store => recorded::finish(store))
    }

    /// Returns the largest number of bytes that all linear memories together have had since the store is empty.
    pub fn memory_high_water(&self) -> u64 {
        state!(self, state => state.budgets.high_water())
    }

    /// Returns the host's data, which host functions may request.
    pub fn user_data(&self) -> Option<&UserData> {
        state!(self, state => state.user_data.as_deref())
    }

    /// Sets the host's data, and returns the previous data.
    pub fn set_user_data(&mut self, data: UserData) -> Option<UserData> {
        state!(mut self, state => state.user_data.replace(Box::new(data)).map(|data| *data))
    }

    /// Takes the host's data from it.
    pub fn take_user_data(&mut self) -> Option<UserData> {
        state!(mut self, state => state.user_data.take().map(|data| *data))
    }

    /// Returns the events of the running stage of a stream, to be set and taken.
    pub fn stage(&mut self) -> &mut Option<Box<Stage>> {
        state!(mut self, state => &mut state.stage)
    }
}
