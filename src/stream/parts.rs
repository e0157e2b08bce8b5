//! The parts of a stream, which are opened together.
#![forbid(unsafe_code)]

use super::flow::OpenSink;
use super::runner::enter;
use crate::execution::SharedContext;
use crate::plugin::stream::{Capacity, Listener, Monitor, OpenedSource, Opening, Signal, Sink, Source};
use crate::plugin::{GivenOptions, Plugin};
use crate::status::{Error, Result};
use libvm_abi as abi;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The name of the source.
pub const SOURCE: &str = "source";
/// The name of the sink for events that failed.
pub const DEAD_LETTER: &str = "dead-letter";

/// A source or sink with its name in the stream.
pub struct Part<T> {
    pub name: String,
    pub declared: T,
}

/// The parts of a stream, and what they are opened with.
#[derive(Default)]
pub struct Parts {
    pub source: Option<Part<Source>>,
    pub sinks: Vec<Part<Sink>>,
    pub dead_letter: Option<Part<Sink>>,
    /// The options that the host has set for the stream, by name of the part.
    pub options: BTreeMap<String, GivenOptions>,
    pub capacity: Capacity,
    pub listener: Option<Listener>,
}

/// The opened parts of a stream.
pub struct Opened {
    pub source: OpenedSource,
    pub sinks: Vec<OpenSink>,
    pub dead_letter: Option<OpenSink>,
    /// Those of all parts, with their names.
    pub monitors: Vec<(String, Monitor)>,
}

impl Parts {
    /// Opens the sinks, and then the source.
    ///
    /// # Errors
    /// `STATUS_NOT_FOUND` without a source, those of the parts, `STATUS_BUSY`, `STATUS_REENTRANT`, `STATUS_STALE` for the context.
    pub fn open(&self, stream: &str, context: &SharedContext, signal: &Arc<Signal>) -> Result<Opened> {
        let none = || Error::new(abi::STATUS_NOT_FOUND, "there is no source; set one (VM_StreamSetSource)");
        let part = self.source.as_ref().ok_or_else(none)?;
        let mut monitors = Vec::new();
        let mut open_sink = |part: &Part<Sink>| {
            let open = |opening: &Opening<'_>| part.declared.open(opening);
            let sink = self.open_part(stream, context, signal, &part.name, part.declared.plugin(), open)?;
            monitors.push((part.name.clone(), sink.monitor()));
            Ok::<_, Error>(OpenSink::new(&part.name, Box::new(sink)))
        };
        let sinks = self.sinks.iter().map(&mut open_sink).collect::<Result<_>>()?;
        let dead_letter = self.dead_letter.as_ref().map(&mut open_sink).transpose()?;
        let open = |opening: &Opening<'_>| part.declared.open(opening);
        let source = self.open_part(stream, context, signal, &part.name, part.declared.plugin(), open)?;
        monitors.push((part.name.clone(), source.monitor()));
        Ok(Opened { source, sinks, dead_letter, monitors })
    }

    /// Opens a part with what its context and its stream have set. The context is not in use meanwhile.
    fn open_part<R>(
        &self,
        stream: &str,
        context: &SharedContext,
        signal: &Arc<Signal>,
        part: &str,
        plugin: Option<&Arc<Plugin>>,
        open: impl FnOnce(&Opening<'_>) -> Result<R>,
    ) -> Result<R> {
        let mut entered = enter(context)?;
        let context = entered.context();
        let mut given = plugin.and_then(|plugin| context.options_of(plugin.name())).cloned().unwrap_or_default();
        let own = self.options.get(part).into_iter().flatten();
        given.extend(own.map(|(key, value)| (key.clone(), value.clone())));
        let (grants, logger) = (context.grants().clone(), context.logger().clone());
        drop(entered);
        let listener = self.listener.clone();
        let (given, grants, logger, capacity) = (&given, &grants, &logger, self.capacity);
        open(&Opening { stream, part, given, grants, logger, signal, capacity, listener })
    }
}
