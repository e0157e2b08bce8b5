//! What a panic leaves behind.
#![forbid(unsafe_code)]

use std::any::Any;

/// The message of a panic.
pub fn text(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<&str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("a panic without a message")
}
