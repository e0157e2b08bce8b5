//! The host as plug-ins see it: the table that they are passed, and the services behind it.
//!
//! Plug-ins call these from any thread and from native code below: each catches its panics, and accepts NULL.

mod clock;
mod data;
mod directories;
mod event_loop;
pub(super) mod loop_use;
pub(super) mod object;
mod options;
mod parameters;
pub(super) mod permission;
pub(super) mod presence;
mod state;
mod suspension;
pub(super) mod table;
pub(super) mod text;
pub(super) mod values;
