//! What is asked before and after the calls of guests, and may refuse them.
#![forbid(unsafe_code)]

use super::call::Ended;
use crate::status::Result;

/// Is asked before and after each call of a guest by the host. It must not use the context.
pub trait Sentinel: Send + Sync {
    /// The host calls a function of a guest, with this name if it is known.
    ///
    /// # Errors
    /// Why the call may not begin.
    fn before(&self, function: Option<&str>) -> Result<()>;

    /// The call has ended.
    ///
    /// # Errors
    /// Why a call that has succeeded fails nevertheless.
    fn after(&self, function: Option<&str>, ended: Ended<'_>) -> Result<()>;
}
