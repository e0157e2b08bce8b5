//! Stages of a stream.

use super::super::caller::Caller;
use super::super::error::{Error, Result, Status, guard};
use super::super::function;
use super::super::instance::Instance;
use super::super::plugin::Plugin;
use super::super::results::FunctionResults;
use super::Stream;
use super::event::{EventRef, StreamEvent};
use crate::events::check_field;
use std::sync::Arc;

/// How often a stage is called.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StageCalls {
    /// Once for each event.
    #[default]
    Single,
    /// For several events: the function continues with the next one by `event_next` or [`Caller::next_event`]. Events with which it does
    /// not continue are passed to another call.
    Batched,
}

impl StageCalls {
    fn is_batched(self) -> bool {
        self == Self::Batched
    }
}

impl Stream {
    /// Adds a function that a guest exports as the next stage. It has no parameters and no results; it reads its event and emits others
    /// through the module `libvm_stream` ([`Context::register_stream_module`](crate::Context::register_stream_module)). What it does not emit
    /// is dropped.
    ///
    /// # Errors
    /// [`NOT_FOUND`](Status::NOT_FOUND), [`WRONG_TYPE`](Status::WRONG_TYPE), [`WRONG_CONTEXT`](Status::WRONG_CONTEXT),
    /// [`STALE`](Status::STALE), [`SEALED`](Status::SEALED) if the stream was run, [`LIMIT`](Status::LIMIT), [`BUSY`](Status::BUSY),
    /// [`REENTRANT`](Status::REENTRANT).
    pub fn add_guest_stage(&self, instance: Instance, name: &str, calls: StageCalls) -> Result<()> {
        guard(|| self.inner().add_stage(name, calls.is_batched(), |context| context.guest_stage(instance.into(), name)))
    }

    /// Adds a function of a plug-in that is registered in the context as the next stage; no guest is needed for it. `module` is the wasm
    /// module of the plug-in; `None` for the one with its name.
    ///
    /// # Errors
    /// [`PLUGIN_NOT_FOUND`](Status::PLUGIN_NOT_FOUND) if it is not registered, and as for [`add_guest_stage`](Self::add_guest_stage).
    pub fn add_plugin_stage(&self, plugin: &Plugin, module: Option<&str>, name: &str, calls: StageCalls) -> Result<()> {
        guard(|| {
            let find = |context: &mut crate::context::Context| context.plugin_stage(plugin.inner(), module, name);
            self.inner().add_stage(name, calls.is_batched(), find)
        })
    }

    /// Adds a function of the host as the next stage. It uses [`Caller::event`] and [`Caller::emit_event`], and fails as host functions do.
    /// If it returns [`Pending`](crate::Pending), it may suspend its call. It lives until the context is reset or dropped.
    ///
    /// # Errors
    /// [`WRONG_TYPE`](Status::WRONG_TYPE) if it has results, and as for [`add_guest_stage`](Self::add_guest_stage).
    pub fn add_stage<R: FunctionResults + 'static>(
        &self,
        name: &str,
        calls: StageCalls,
        stage: impl Fn(Caller<'_>) -> R + Send + Sync + 'static,
    ) -> Result<()> {
        let bound = function::typed((self.name(), name), stage);
        if !bound.signature.results.is_empty() {
            let text = format!("the stage `{}` has results; a stage emits events instead", crate::text::name(name));
            return Err(Error::with_status(Status::WRONG_TYPE, text));
        }
        let bound = Arc::new(bound);
        guard(|| self.inner().add_stage(name, calls.is_batched(), |context| Ok(context.host_stage(&bound))))
    }
}

impl Caller<'_> {
    /// Returns the event that the stage of a stream handles.
    ///
    /// # Errors
    /// [`NOT_FOUND`](Status::NOT_FOUND) if the function is no stage.
    pub fn event(&self) -> Result<EventRef<'_>> {
        self.with(|call| {
            let event = call.stage()?.event();
            // SAFETY: the batch of the events that are handled neither changes nor moves before the call continues with the next one, which
            // needs this caller mutably, or ends; and as long as this caller is borrowed it calls no guest, which could do so.
            let kept = |text: &str| unsafe { &*std::ptr::from_ref(text) };
            let metadata = event.metadata().map(|(key, value)| (kept(key), kept(value))).collect();
            // SAFETY: as above.
            let payload = unsafe { &*std::ptr::from_ref(event.payload()) };
            Ok(EventRef::new(payload, event.timestamp(), event.position(), metadata))
        })
    }

    /// Continues with the next event of a batched stage; returns whether there is one.
    ///
    /// # Errors
    /// As for [`event`](Self::event).
    pub fn next_event(&mut self) -> Result<bool> {
        self.with(|call| Ok(call.stage()?.advance()))
    }

    /// Emits an event from the stage of a stream: to the next stage, or to the sinks.
    ///
    /// # Errors
    /// [`LIMIT`](Status::LIMIT) for more than [`Stream::set_emit_limits`] allows, [`INVALID_ARGUMENT`](Status::INVALID_ARGUMENT) for metadata
    /// with an empty key or a NUL, and as for [`event`](Self::event).
    pub fn emit_event(&self, event: &StreamEvent) -> Result<()> {
        self.with(|call| {
            let stage = call.stage()?;
            let (position, now) = (stage.event().position(), stage.event().timestamp());
            let timestamp = if event.timestamp == 0 { now } else { event.timestamp };
            let fields = event.metadata.iter().map(|(key, value)| check_field(key.as_bytes(), value.as_bytes()));
            let fields = fields.collect::<crate::status::Result<Vec<_>>>()?;
            stage.emit_with(event.payload.len(), |batch| batch.push(&event.payload, timestamp, position, fields))
        })
    }
}
