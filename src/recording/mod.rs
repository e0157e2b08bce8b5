//! Recordings of what comes from the host, and their replay without it.
//!
//! A recording has each call between host and guests, with arguments and results, each change that the host has made of a guest's
//! memory, tables and globals, completions of suspended calls, and where executions were ended. In a replay the guests run again; host
//! functions are replaced with ones that take the recording's entries.

mod changes;
mod disk;
mod entry;
mod file;
mod names;
mod record;
mod replay;
mod stand_in;

pub use disk::{ToFile, open};
pub use file::Sink;
pub use record::Recording;
pub use replay::{Replay, Replayed};
