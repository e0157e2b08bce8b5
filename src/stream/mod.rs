//! Streams: events of a source pass through stages to sinks.
//!
//! [`Stream`] is what the host has: settings, parts, and one run at a time. `Runner` drives the events, which are in a `Flow`.

mod counters;
mod flow;
pub mod guest;
mod part;
mod parts;
mod runner;
mod settings;
#[allow(clippy::module_inception)] // the module is named after its subject
mod stream;
#[cfg(test)]
mod tests;

pub use counters::{State, Statistics};
pub use settings::ErrorPolicy;
pub use stream::Stream;
