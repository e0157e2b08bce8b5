//! Points: where hooks are called. libvm has some of its own; a host declares others, or uses any.
#![forbid(unsafe_code)]

use crate::limits::MAX_POINT_NAME;
use crate::similar;
use crate::status::{Error, Result};
use crate::text;
use libvm_abi as abi;
use std::collections::BTreeMap;

/// The points of libvm.
pub mod own {
    /// A plug-in was registered in a context.
    pub const PLUGIN_REGISTERED: &str = "libvm.plugin.registered";
    /// A context is deleted.
    pub const CONTEXT_CLOSING: &str = "libvm.context.closing";
    /// A module was instantiated.
    pub const MODULE_INSTANTIATED: &str = "libvm.module.instantiated";
    /// The host calls a function of a guest.
    pub const CALL_BEFORE: &str = "libvm.call.before";
    /// A call of a function of a guest has ended.
    pub const CALL_AFTER: &str = "libvm.call.after";
    /// A call of a function of a guest has ended with a trap.
    pub const TRAP: &str = "libvm.trap";
    /// All of them.
    pub const ALL: [&str; 6] = [PLUGIN_REGISTERED, CONTEXT_CLOSING, MODULE_INSTANTIATED, CALL_BEFORE, CALL_AFTER, TRAP];
}

/// Returns whether a name is reserved for points of libvm.
pub fn is_own(point: &str) -> bool {
    point.starts_with("libvm.")
}

/// Checks the name of a point of the host.
///
/// # Errors
/// `STATUS_INVALID_ARGUMENT`.
pub fn check(point: &str) -> Result<()> {
    let why = if point.is_empty() || point.len() > MAX_POINT_NAME {
        format!("it has {} bytes; a name has 1 to {MAX_POINT_NAME}", point.len())
    } else if is_own(point) {
        "names that begin with `libvm.` are points of libvm".to_owned()
    } else {
        return Ok(());
    };
    let message = format!("the hook point `{}` is not valid: {why}", text::name(point));
    Err(Error::new(abi::STATUS_INVALID_ARGUMENT, message))
}

/// Checks the name of a point of the host or of libvm.
///
/// # Errors
/// `STATUS_INVALID_ARGUMENT`.
pub fn check_any(point: &str) -> Result<()> {
    if !is_own(point) {
        return check(point);
    }
    if own::ALL.contains(&point) {
        return Ok(());
    }
    let meant = similar::listed(point, own::ALL.into_iter());
    let message = format!("libvm has no hook point `{}`; it has {meant}", text::name(point));
    Err(Error::new(abi::STATUS_INVALID_ARGUMENT, message))
}

/// The points that a host has declared, with their descriptions.
#[derive(Debug, Default)]
pub struct Points(BTreeMap<String, String>);

impl Points {
    /// Declares a point; a description replaces an earlier one.
    pub fn declare(&mut self, point: &str, description: &str) {
        self.0.insert(point.to_owned(), description.to_owned());
    }

    /// Returns whether hooks at a point are called: at every one, if none is declared.
    pub fn has(&self, point: &str) -> bool {
        if is_own(point) { own::ALL.contains(&point) } else { self.0.is_empty() || self.0.contains_key(point) }
    }

    /// Describes a hook of a plug-in at a point that does not exist.
    pub fn unknown(&self, plugin: &str, point: &str) -> Error {
        let known = own::ALL.into_iter().chain(self.0.keys().map(String::as_str));
        let who = if is_own(point) { "libvm does not have" } else { "the host has not declared" };
        let meant = similar::nearest(point, known).map(|meant| format!("; did you mean `{}`?", text::name(meant)));
        let message = format!(
            "plug-in `{plugin}` has a hook at `{}`, a point that {who}: it is never called{}",
            text::name(point),
            meant.unwrap_or_default()
        );
        Error::new(abi::STATUS_NOT_FOUND, message).of_plugin(plugin)
    }
}
