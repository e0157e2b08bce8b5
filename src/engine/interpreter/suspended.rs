//! Host calls that were suspended, and the calls of the guest that wait for them.
#![forbid(unsafe_code)]

use super::trace::Base;
use crate::engine::bound::BoundRef;
use crate::engine::handles::Handle;
use crate::engine::released;
use crate::engine::suspend::{Completion, Waiting};
use crate::status::Result;
use libvm_abi::{self as abi, Value};
use std::ffi::c_void;
use wasmi::{Func, ResumableCallHostTrap, ResumableCallOutOfFuel, StoreContextMut, Val};

/// A request of a running callback to suspend its call.
pub struct Request {
    /// The number of the call.
    pub call: u64,
    pub waiting: Waiting,
    pub start: Option<Start>,
}

/// The guest's function that is to be called while the host call is suspended, with its arguments.
pub struct Start {
    pub func: Func,
    pub handle: Handle,
    pub args: Box<[Value]>,
    pub inputs: Vec<Val>,
}

/// Continues a suspended call in a store with data of type `T`: calls the function of its suspension with the completion, the
/// arguments as wasm passed them, and the room for results.
pub type Resume<T> =
    fn(BoundRef, &mut StoreContextMut<'_, T>, (abi::Resume, *mut c_void), &Completion, &[Value], &mut [Value]) -> Result<()>;

/// A suspended host call.
pub struct Suspended<T> {
    pub bound: BoundRef,
    /// The arguments as wasm passed them, if they are needed again; their references are retained.
    pub args: Box<[Value]>,
    pub waiting: Waiting,
    pub start: Option<Start>,
    pub resume: Resume<T>,
}

impl<T> Drop for Suspended<T> {
    fn drop(&mut self) {
        for arg in self.args.iter().filter(|arg| arg.reference().context != 0) {
            released::release(arg.reference());
        }
    }
}

/// The calls that one call from the host into the guest began, innermost last.
pub struct Pile<T>(pub Vec<Level<T>>);

/// A call of the guest.
pub struct Level<T> {
    /// Number of its results.
    pub results: usize,
    pub base: Base,
    pub at: At<T>,
}

/// Where a call of the guest is.
pub enum At<T> {
    /// In the guest: the slice of fuel was used up.
    Slice(ResumableCallOutOfFuel),
    /// In a host function that the guest called.
    Host(ResumableCallHostTrap, Suspended<T>),
    /// In a host function whose results are those of the call: it was called itself, or in tail position.
    Direct(Suspended<T>),
    /// The call is running, or it has failed.
    Running,
}

impl<T> At<T> {
    /// Returns the host call in which a call is suspended.
    pub fn suspended(&self) -> Option<&Suspended<T>> {
        match self {
            Self::Host(_, suspended) | Self::Direct(suspended) => Some(suspended),
            Self::Slice(_) | Self::Running => None,
        }
    }
}

impl<T> Pile<T> {
    /// Returns the host call in which the innermost call is suspended.
    pub fn innermost(&mut self) -> Option<&mut Suspended<T>> {
        match &mut self.0.last_mut()?.at {
            At::Host(_, suspended) | At::Direct(suspended) => Some(suspended),
            At::Slice(_) | At::Running => None,
        }
    }
}

impl<T> Drop for Pile<T> {
    fn drop(&mut self) {
        // What is suspended is cancelled, innermost first.
        while self.0.pop().is_some() {}
    }
}
