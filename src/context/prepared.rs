//! What the context of a pool was prepared to be.
#![forbid(unsafe_code)]

use super::links::Links;
use super::providers::ProviderId;
use crate::engine::RunLimits;
use crate::log::Receiver;
use std::sync::Arc;

/// What a context of a pool was prepared to be.
pub(super) struct Prepared {
    pub providers: Vec<ProviderId>,
    /// Number of changes of providers that the links of the pool are valid for; `None` if it was not prepared like the others.
    pub linked: Option<u64>,
    pub links: Arc<Links>,
    pub changes: Changes,
    pub has_data: bool,
    pub limits: RunLimits,
    pub fuel: Option<u64>,
    pub receiver: Receiver,
}

/// Numbers of changes that a reset does not undo.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Changes {
    /// Of options, permissions and versions of plug-ins.
    pub settings: u64,
    /// Of the host's data.
    pub data: u64,
}
