//! Host modules of a context.
#![forbid(unsafe_code)]

use super::caller::Caller;
use super::context::Context;
use super::error::Result;
use super::function::HostFunction;
use super::future::AsyncFunction;
use super::host::HostModule;
use super::value::Value;
use crate::value::FuncType;

impl Context {
    /// Registers a host module.
    ///
    /// # Errors
    /// [`ALREADY_EXISTS`](crate::Status::ALREADY_EXISTS), [`BUSY`](crate::Status::BUSY), [`REENTRANT`](crate::Status::REENTRANT).
    pub fn register_module(&mut self, module: &HostModule) -> Result<()> {
        self.with(|context| context.register_module(module.inner()))
    }

    /// Returns a host module of this context, to add functions to: each is registered at once. For many functions, and to share them
    /// between contexts, a [`HostModule`] is better.
    ///
    /// # Errors
    /// [`BUSY`](crate::Status::BUSY), [`REENTRANT`](crate::Status::REENTRANT).
    pub fn module(&mut self, name: &str) -> Result<ContextModule<'_>> {
        self.with(|_| Ok(()))?;
        Ok(ContextModule { context: self, name: name.to_owned() })
    }
}

/// A host module of one context, to which functions are added one by one.
pub struct ContextModule<'a> {
    context: &'a mut Context,
    name: String,
}

impl ContextModule<'_> {
    /// Adds a function; see [`HostFunction`] for what it can be.
    ///
    /// # Errors
    /// [`ALREADY_EXISTS`](crate::Status::ALREADY_EXISTS).
    pub fn function<M>(self, name: &str, function: impl HostFunction<M>) -> Result<Self> {
        self.register(|module| module.function(name, function).map(|_| ()))
    }

    /// Adds an asynchronous function, as [`HostModule::async_function`].
    ///
    /// # Errors
    /// [`ALREADY_EXISTS`](crate::Status::ALREADY_EXISTS).
    pub fn async_function<M: 'static>(self, name: &str, function: impl AsyncFunction<M>) -> Result<Self> {
        self.register(|module| module.async_function(name, function).map(|_| ()))
    }

    /// Adds a function whose type is known at run time only.
    ///
    /// # Errors
    /// As for [`function`](Self::function).
    pub fn function_with_type<E>(
        self,
        name: &str,
        ty: FuncType,
        function: impl Fn(Caller<'_>, &[Value]) -> Result<Vec<Value>, E> + Send + Sync + 'static,
    ) -> Result<Self>
    where
        E: Into<Box<dyn std::error::Error + Send + Sync>> + 'static,
    {
        self.register(|module| module.function_with_type(name, ty, function).map(|_| ()))
    }

    /// Registers a module with one function: several may have one name.
    fn register(self, add: impl FnOnce(&mut HostModule) -> Result<()>) -> Result<Self> {
        let mut module = HostModule::new(&self.name);
        add(&mut module)?;
        self.context.register_module(&module)?;
        Ok(self)
    }
}
