//! A call that is watched: which function is called, and how it ends.
#![forbid(unsafe_code)]

use crate::engine::handles::Handle;
use crate::status::{Error, Status};
use libvm_abi::{self as abi, Value};
use std::sync::Arc;

/// A function that is called.
#[derive(Clone, Copy)]
pub struct Called<'a> {
    /// The module that a host function belongs to.
    pub module: Option<&'a str>,
    /// Its name; `None` for a function of a guest that was reached by a reference.
    pub function: Option<&'a str>,
    /// The plug-in of a host function.
    pub plugin: Option<&'a Arc<str>>,
    /// The instance that imports the host function, or exports the function of the guest.
    pub instance: Option<Handle>,
}

/// How a call ended.
#[derive(Clone, Copy)]
pub enum Ended<'a> {
    /// It returned these results.
    Returned(&'a [Value]),
    /// It failed.
    Failed(&'a Error),
    /// The host function suspended it.
    Suspended,
}

impl Ended<'_> {
    /// Returns the status that it ended with.
    pub fn status(&self) -> Status {
        match self {
            Self::Returned(_) => abi::STATUS_OK,
            Self::Failed(error) => error.status(),
            Self::Suspended => abi::STATUS_PENDING,
        }
    }
}

/// Whose code runs.
pub(super) enum Side {
    /// That of a guest, which the host has called.
    Guest { instance: Option<Handle>, function: Option<Box<str>> },
    /// That of a host function, of this plug-in.
    Host(Option<Arc<str>>),
}

impl Side {
    pub fn plugin(&self) -> Option<&Arc<str>> {
        match self {
            Self::Guest { .. } => None,
            Self::Host(plugin) => plugin.as_ref(),
        }
    }
}
