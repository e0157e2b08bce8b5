//! Host calls that were suspended, and the calls of the guest that wait for them.
#![forbid(unsafe_code)]

use super::trace::Base;
use crate::backtrace::Frame;
use crate::engine::bound::BoundRef;
use crate::engine::handles::Handle;
use crate::engine::released;
use crate::engine::suspend::{Completion, Waiting};
#[cfg(feature = "wasi")]
use crate::engine::wasi::{Alarms, MODULE, WasiState};
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

/// The guest's function that is to be called while the host call is suspended, with its arguments; references are retained.
pub struct Start {
    pub func: Func,
    pub handle: Handle,
    pub args: Box<[Value]>,
    pub inputs: Vec<Val>,
}

impl Drop for Start {
    fn drop(&mut self) {
        release_all(&self.args);
        released::release(self.handle);
    }
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
        release_all(&self.args);
    }
}

/// Releases the references among values.
fn release_all(values: &[Value]) {
    for value in values.iter().filter(|value| value.reference().context != 0) {
        released::release(value.reference());
    }
}

/// A function of WASI on the guest's memory and the context's environment.
#[cfg(feature = "wasi")]
pub type WasiWork = dyn Fn(&mut [u8], &mut WasiState) -> Result<i32> + Send + Sync;

/// A call of a function of WASI that was left because it would have had to wait.
#[cfg(feature = "wasi")]
pub struct WasiCall {
    pub name: &'static str,
    pub memory: wasmi::Memory,
    pub work: Box<WasiWork>,
    /// Wake the execution when it is time to run the function again.
    pub alarms: Alarms,
    /// Whether nobody has had the chance to wake it.
    pub is_new: bool,
}

/// A call that waits.
pub enum Held<T> {
    /// For its completion.
    Host(Suspended<T>),
    /// Until it is time to run it again.
    #[cfg(feature = "wasi")]
    Wasi(WasiCall),
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
    Host(ResumableCallHostTrap, Held<T>),
    /// In a host function whose results are those of the call: it was called itself, or in tail position.
    Direct(Held<T>),
    /// The call is running, or it has failed.
    Running,
}

impl<T> At<T> {
    /// Returns the frame of the host function in which a call is suspended.
    pub fn frame(&self) -> Option<Frame> {
        match self {
            Self::Host(_, Held::Host(suspended)) | Self::Direct(Held::Host(suspended)) => {
                Some(suspended.bound.call.function.frame())
            }
            #[cfg(feature = "wasi")]
            Self::Host(_, Held::Wasi(call)) | Self::Direct(Held::Wasi(call)) => Some(Frame::host(MODULE, call.name, None)),
            Self::Slice(_) | Self::Running => None,
        }
    }
}

impl<T> Pile<T> {
    /// Returns the host call whose completion the innermost call waits for.
    pub fn innermost(&mut self) -> Option<&mut Suspended<T>> {
        match &mut self.0.last_mut()?.at {
            At::Host(_, Held::Host(suspended)) | At::Direct(Held::Host(suspended)) => Some(suspended),
            _ => None,
        }
    }
}

impl<T> Drop for Pile<T> {
    fn drop(&mut self) {
        // What is suspended is cancelled, innermost first.
        while self.0.pop().is_some() {}
    }
}
