//! The plug-ins of a context, with their options and permissions.
#![forbid(unsafe_code)]

use super::context::Context;
use super::convert::conversions;
use super::error::Result;
use super::plugin::{Plugin, PluginRegistry};
use crate::plugin::{self, OptionValue};

conversions! {
    OptionValue,
    &str: |value| Self::String(value.to_owned());
    String: |value| Self::String(value);
    bool: |value| Self::Bool(value);
    i32: |value| Self::Integer(value.into());
    i64: |value| Self::Integer(value);
    f64: |value| Self::Float(value);
    Vec<String>: |value| Self::List(value);
    &[&str]: |value| Self::List(value.iter().map(|item| (*item).to_owned()).collect());
}

impl Context {
    /// Registers a plug-in: its modules can be imported.
    ///
    /// # Errors
    /// [`ALREADY_EXISTS`](crate::Status::ALREADY_EXISTS), [`PLUGIN_OPTION`](crate::Status::PLUGIN_OPTION),
    /// [`PLUGIN_PERMISSION`](crate::Status::PLUGIN_PERMISSION), [`PLUGIN_FAILED`](crate::Status::PLUGIN_FAILED), [`BUSY`](crate::Status::BUSY),
    /// [`REENTRANT`](crate::Status::REENTRANT).
    pub fn register_plugin(&mut self, plugin: &Plugin) -> Result<()> {
        self.with(|context| {
            plugin::end_waiting();
            context.register_plugin(plugin.inner())
        })
    }

    /// Registers all plug-ins of a registry.
    ///
    /// # Errors
    /// As for [`register_plugin`](Self::register_plugin); plug-ins without an error are registered.
    pub fn register_plugins(&mut self, registry: &PluginRegistry) -> Result<()> {
        self.with(|context| {
            plugin::end_waiting();
            context.register_plugins(registry.inner())
        })
    }

    /// Moves the context to another version of a registered plug-in.
    ///
    /// # Errors
    /// [`PLUGIN_NOT_FOUND`](crate::Status::PLUGIN_NOT_FOUND), and as for [`register_plugin`](Self::register_plugin).
    pub fn update_plugin(&mut self, plugin: &Plugin) -> Result<()> {
        self.with(|context| context.update_plugin(plugin.inner()))
    }

    /// Sets an option of a plug-in in this context: a string, a number, a bool or a list. It is checked when the plug-in is registered.
    ///
    /// # Errors
    /// [`SEALED`](crate::Status::SEALED) if the plug-in is registered, [`BUSY`](crate::Status::BUSY), [`REENTRANT`](crate::Status::REENTRANT).
    pub fn set_plugin_option(&mut self, plugin: &str, key: &str, value: impl Into<OptionValue>) -> Result<()> {
        let value = value.into();
        self.with(|context| context.set_option(plugin, key, value))
    }

    /// Grants a plug-in or a host module a permission in this context.
    ///
    /// # Errors
    /// [`INVALID_ARGUMENT`](crate::Status::INVALID_ARGUMENT) for an invalid permission, [`SEALED`](crate::Status::SEALED) if it is registered,
    /// [`BUSY`](crate::Status::BUSY), [`REENTRANT`](crate::Status::REENTRANT).
    pub fn grant_permission(&mut self, plugin: &str, permission: &str) -> Result<()> {
        self.with(|context| context.grant(plugin, permission))
    }
}
