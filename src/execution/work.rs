//! What an execution runs.
#![forbid(unsafe_code)]

use crate::context::{Context, NewInstance, called_as};
use crate::engine::{Handle, Kind, Module};
use crate::hooks::Event;
use crate::status::{Error, Result, Status};
use crate::text;
use libvm_abi::Value;
use std::sync::Arc;

/// What an execution runs.
pub enum Work {
    /// A function.
    Function,
    /// An exported function with this name.
    Export(String),
    /// The functions that an instance begins with.
    Instance(NewInstance),
    /// The hooks of a point, with their answer.
    Hooks(Arc<Event>, Status),
}

impl Work {
    /// Returns the work and the function of a call.
    ///
    /// # Errors
    /// Those of `Store::check_args`.
    pub fn function(context: &mut Context, func: Handle, args: &[Value]) -> Result<(Self, Option<Handle>)> {
        context.store().check_args(func, args)?;
        Ok((Self::Function, Some(func)))
    }

    /// Returns the work and the function of a call of an export.
    ///
    /// # Errors
    /// Those of `Store::find` and `Store::check_args`.
    pub fn export(context: &mut Context, instance: Handle, name: &str, args: &[Value]) -> Result<(Self, Option<Handle>)> {
        let func = context.store().find(instance, Kind::Func, name)?;
        context.store().check_args(func, args).map_err(|error| called_as(name, error))?;
        Ok((Self::Export(name.to_owned()), Some(func)))
    }

    /// Returns the work and the first function of an instantiation, if it has one.
    ///
    /// # Errors
    /// Those of `Context::link`.
    pub fn instantiate(context: &mut Context, module: &Arc<Module>) -> Result<(Self, Option<Handle>)> {
        let mut instance = context.link(module)?;
        let first = context.next_call(&mut instance);
        Ok((Self::Instance(instance), first))
    }

    /// Returns what messages call it.
    pub fn name(&self) -> String {
        match self {
            Self::Function => "a call of a function".to_owned(),
            Self::Export(name) => format!("a call of `{}`", text::name(name)),
            Self::Instance(_) => "an instantiation".to_owned(),
            Self::Hooks(event, _) => format!("the hooks at `{}`", text::name(event.point_name())),
        }
    }

    /// Takes the next function to call.
    pub fn next_call(&mut self, context: &mut Context) -> Option<Handle> {
        match self {
            Self::Instance(instance) => context.next_call(instance),
            _ => None,
        }
    }

    /// Returns the instance that is created.
    pub fn instance(&self) -> Option<Handle> {
        match self {
            Self::Instance(instance) => Some(instance.handle()),
            _ => None,
        }
    }

    /// Returns the answer of the hooks.
    pub fn answer(&self) -> Option<Status> {
        match self {
            Self::Hooks(_, answer) => Some(*answer),
            _ => None,
        }
    }

    /// Concludes the work in its context.
    pub fn succeeded(&self, context: &mut Context) {
        if let Self::Instance(instance) = self {
            context.keep_instance(instance);
        }
    }

    /// Concludes the work in its context, and returns the error with what was done.
    pub fn failed(&self, context: &mut Context, error: Error) -> Error {
        match self {
            Self::Function | Self::Hooks(..) => error,
            Self::Export(name) => called_as(name, error),
            Self::Instance(instance) => context.drop_instance(instance, error),
        }
    }
}
