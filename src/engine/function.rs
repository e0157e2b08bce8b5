//! Host functions, independent of any context.
#![forbid(unsafe_code)]

use super::raw::{RawCall, RawFunction};
use crate::backtrace::Frame;
use crate::status::{Error, TrapCode};
use crate::text;
use crate::user_data::UserData;
use crate::value::Signature;
use libvm_abi as abi;
use std::any::Any;
use std::ffi::c_void;
use std::sync::Arc;

/// What a host function's first parameter points to.
pub enum Receiver {
    /// The `user` pointer of the function.
    User(UserData),
    /// The plug-in's instance in the context.
    Instance,
    /// What calls an instance under conditions.
    Gated(Box<dyn Gated>),
    /// What calls the callback of a function of numbers.
    Raw(Box<RawFunction>),
}

/// The first parameter of a function that calls a plug-in's function only under conditions, such as on one thread.
pub trait Gated: Send + Sync {
    /// Returns a suspension that keeps to the same conditions.
    fn wrap(&self, suspension: abi::Suspension) -> abi::Suspension;
}

impl Receiver {
    /// Returns the first parameter in a context where the plug-in's instance is `instance`.
    pub(super) fn pointer(&self, instance: *mut c_void) -> *mut c_void {
        match self {
            Self::User(user) => user.pointer(),
            Self::Instance => instance,
            Self::Gated(gated) => (&raw const **gated).cast::<c_void>().cast_mut(),
            Self::Raw(function) => (&raw const **function).cast::<c_void>().cast_mut(),
        }
    }

    /// Returns a suspension of the function that keeps to the conditions for calls of it.
    pub(super) fn wrap(&self, suspension: abi::Suspension) -> abi::Suspension {
        match self {
            Self::Gated(gated) => gated.wrap(suspension),
            Self::User(_) | Self::Instance | Self::Raw(_) => suspension,
        }
    }
}

/// What a function of a plug-in is bound with in a context.
#[derive(Clone)]
pub struct InstancePointers {
    /// The instance, their first parameter.
    pub instance: *mut c_void,
    /// The plug-in's presence in the context, `caller->self`.
    pub myself: *mut abi::PluginInstance,
    /// What the plug-in has compiled for the module that imports the function, if that has parameters.
    pub parameters: Option<Arc<dyn Any + Send + Sync>>,
}

impl InstancePointers {
    /// The pointers for a function that belongs to no plug-in.
    pub const NONE: Self = Self { instance: std::ptr::null_mut(), myself: std::ptr::null_mut(), parameters: None };
}

/// A host function, independent of any context.
pub struct HostFunction {
    /// The wasm module that it belongs to.
    pub module: Arc<str>,
    /// Its name in the module.
    pub name: Box<str>,
    /// Its parameters and results.
    pub signature: Signature,
    /// `FUNCTION_*` of the ABI.
    pub flags: u32,
    /// The function that is called.
    pub callback: abi::Callback,
    /// The value of `caller->data`.
    pub data: UserData,
    /// What the first parameter points to.
    pub receiver: Receiver,
    /// The plug-in's name.
    pub plugin: Option<Arc<str>>,
}

impl HostFunction {
    /// Returns whether it may suspend its guest.
    pub fn may_suspend(&self) -> bool {
        self.flags & abi::FUNCTION_MAY_SUSPEND != 0
    }

    /// Returns what calls it with numbers alone, without their types.
    pub(super) fn raw(&self) -> Option<RawCall> {
        if let Receiver::Raw(function) = &self.receiver { Some(function.call()) } else { None }
    }

    /// Returns whether it is called on the stack of its thread.
    pub fn needs_thread_stack(&self) -> bool {
        self.flags & abi::FUNCTION_THREAD_STACK != 0
    }

    /// Creates an error about this function.
    pub fn error(&self, status: abi::Status, what: &str) -> Error {
        let (module, name) = (text::name(&self.module), text::name(&self.name));
        let error = Error::new(status, format!("host function `{module}.{name}` {what}"));
        self.claim(error.with_trap(TrapCode::HostFunction))
    }

    /// Returns the frame of a call of it.
    pub fn frame(&self) -> Frame {
        Frame::host(&self.module, &self.name, self.plugin.as_deref())
    }

    /// Names this function in an error that it failed with, unless the error names another one or is a trap of the guest that
    /// this function called.
    pub(super) fn claim(&self, error: Error) -> Error {
        let frame = self.frame();
        let error = if error.frames().last() == Some(&frame) { error } else { error.with_frames([frame]) };
        let error = if error.is_guest_trap() { error } else { error.in_function(&self.module, &self.name) };
        // A guest that was called back and called `proc_exit` did not trap.
        let trapped = error.trap() == TrapCode::None && error.status() != abi::STATUS_EXIT;
        let error = if trapped { error.with_trap(TrapCode::HostFunction) } else { error };
        match &self.plugin {
            Some(plugin) if error.plugin().is_none() => error.of_plugin(plugin),
            _ => error,
        }
    }
}
