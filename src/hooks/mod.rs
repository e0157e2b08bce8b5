//! Hooks: functions of plug-ins and of the host that are called at a named point with an event, one after the other.
//!
//! An [`Event`] has values by key, and is used by one [`Invocation`] at a time. That calls the [`Hook`]s of a point in order, and stops
//! where one of them suspends the event, until its token is completed.

mod call;
mod event;
mod fields;
mod frame;
mod handle;
mod hook;
mod invocation;
mod point;
mod suspension;
mod table;
mod token;

pub use event::{Event, bit_of};
pub use fields::Field;
pub use handle::Handle;
pub use hook::{Hook, HookInfo, HostHook, Owner, Place, Position};
pub use invocation::{Invocation, Step};
pub use point::{Points, check as check_point, check_any as check_any_point, is_own, own};
pub use suspension::Suspends;
pub use table::TABLE;
pub use token::complete;

use std::any::Any;

/// Locks what all events of the process share until the result is dropped, for use around `fork`.
pub fn hold_locks() -> Box<dyn Any> {
    Box::new((frame::unused(), token::all()))
}
