//! Configurations of contexts.
#![forbid(unsafe_code)]

use super::error::{Error, Result, Status};
use crate::engine::{Limit, LimitRequest, StoreLimits};
use crate::{context, panics};
use std::sync::Arc;

/// The configuration of a [`Context`](super::Context).
#[derive(Clone, Default)]
pub struct ContextConfig(context::ContextConfig);

macro_rules! limits {
    ($($(#[$doc:meta])* $name:ident: $field:ident: $ty:ty;)*) => {$(
        $(#[$doc])*
        pub fn $name(&mut self, value: $ty) -> &mut Self {
            self.limits().$field = value as _;
            self
        }
    )*};
}

impl ContextConfig {
    /// Creates the default configuration.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the name: contexts with the same name share the state of their plug-ins.
    ///
    /// # Errors
    /// [`INVALID_ARGUMENT`](Status::INVALID_ARGUMENT) for an empty name.
    pub fn set_name(&mut self, name: &str) -> Result<&mut Self> {
        if name.is_empty() {
            return Err(Error::with_status(Status::INVALID_ARGUMENT, "the name of a context has at least one character"));
        }
        self.0.name = Some(name.to_owned());
        Ok(self)
    }

    /// Sets whether imported functions that nothing provides are bound to functions that trap when they are called.
    pub fn set_unknown_imports_trap(&mut self, trap: bool) -> &mut Self {
        self.0.unknown_imports_trap = trap;
        self
    }

    limits! {
        /// Limits the bytes of all linear memories together.
        set_memory_limit: memory_bytes: u64;
        /// Limits the bytes of each linear memory.
        set_memory_size_limit: memory_size: u64;
        /// Limits the elements of all tables together.
        set_table_limit: table_elements: u64;
        /// Limits the number of instances, of memories and of tables.
        set_instance_limit: instances: usize;
        /// Limits the number of externrefs.
        set_reference_limit: references: u64;
        /// Limits the number of files and directories that guests have open through WASI.
        set_open_file_limit: open_files: usize;
        /// Sets whether a blocking call of a guest may wait for a host function that suspends.
        set_may_block: may_block: bool;
    }

    /// Limits how deeply calls from the host into guests can be nested.
    ///
    /// # Errors
    /// [`INVALID_ARGUMENT`](Status::INVALID_ARGUMENT) for a depth that is not possible.
    pub fn set_call_depth_limit(&mut self, calls: usize) -> Result<&mut Self> {
        self.limits().set_call_depth(calls)?;
        Ok(self)
    }

    /// Sets a function that is asked when a guest would exceed a limit, and returns the new value of the limit: a value below what is
    /// wanted refuses the growth.
    pub fn set_limit_callback(&mut self, callback: impl Fn(&LimitRequest) -> u64 + Send + Sync + 'static) -> &mut Self {
        let ask = move |request: &LimitRequest| panics::catch(|| callback(request)).unwrap_or(request.most);
        self.limits().callback = Some(Arc::new(ask));
        self
    }

    /// Limits how often hooks may ask for their event to be passed to all hooks again.
    pub fn set_hook_retry_limit(&mut self, limit: u32) -> &mut Self {
        self.0.hook_retries = Some(limit);
        self
    }

    /// Returns the present value of a limit.
    pub fn limit(&self, limit: Limit) -> u64 {
        self.0.limits.get(limit)
    }

    fn limits(&mut self) -> &mut StoreLimits {
        Arc::make_mut(&mut self.0.limits)
    }

    pub(super) fn inner(&self) -> &context::ContextConfig {
        &self.0
    }

    pub(super) fn inner_mut(&mut self) -> &mut context::ContextConfig {
        &mut self.0
    }
}
