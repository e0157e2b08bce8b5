//! Host calls that were suspended, and the calls of the guest that wait for them.
#![forbid(unsafe_code)]

use super::trace::Base;
use crate::backtrace::Frame;
use crate::engine::backend::Backend;
use crate::engine::bound::BoundRef;
use crate::engine::released::release_all;
use crate::engine::request::Start;
use crate::engine::state::State;
use crate::engine::suspend::{Completion, Waiting};
#[cfg(feature = "wasi")]
use crate::engine::wasi::{Alarms, MODULE, WasiState};
use crate::status::Result;
use libvm_abi::{self as abi, Value};
use std::ffi::c_void;
use wasmi::{ResumableCallHostTrap, ResumableCallOutOfFuel, StoreContextMut};

/// Continues a suspended call in a store of the engine `B`: calls the function of its suspension with the completion, the
/// arguments as wasm passed them, and the room for results.
pub type Resume<B> = fn(
    BoundRef,
    &mut StoreContextMut<'_, State<B>>,
    (abi::Resume, *mut c_void),
    &Completion,
    &[Value],
    &mut [Value],
) -> Result<()>;

/// A suspended host call.
pub struct Suspended<B: Backend> {
    pub bound: BoundRef,
    /// The arguments as wasm passed them, if they are needed again; their references are retained.
    pub args: Box<[Value]>,
    pub waiting: Waiting,
    pub start: Option<Start<B>>,
    pub resume: Resume<B>,
}

impl<B: Backend> Drop for Suspended<B> {
    fn drop(&mut self) {
        release_all(&self.args);
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
pub enum Held<B: Backend> {
    /// For its completion.
    Host(Suspended<B>),
    /// Until it is time to run it again.
    #[cfg(feature = "wasi")]
    Wasi(WasiCall),
}

/// The calls that one call from the host into the guest began, innermost last.
pub struct Pile<B: Backend>(pub Vec<Level<B>>);

/// A call of the guest.
pub struct Level<B: Backend> {
    /// Number of its results.
    pub results: usize,
    pub base: Base,
    pub at: At<B>,
}

/// Where a call of the guest is.
pub enum At<B: Backend> {
    /// In the guest: the slice of fuel was used up.
    Slice(ResumableCallOutOfFuel),
    /// In a host function that the guest called.
    Host(ResumableCallHostTrap, Held<B>),
    /// In a host function whose results are those of the call: it was called itself, or in tail position.
    Direct(Held<B>),
    /// The call is running, or it has failed.
    Running,
}

impl<B: Backend> At<B> {
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

impl<B: Backend> Pile<B> {
    /// Returns the host call whose completion the innermost call waits for.
    pub fn innermost(&mut self) -> Option<&mut Suspended<B>> {
        match &mut self.0.last_mut()?.at {
            At::Host(_, Held::Host(suspended)) | At::Direct(Held::Host(suspended)) => Some(suspended),
            _ => None,
        }
    }
}

impl<B: Backend> Drop for Pile<B> {
    fn drop(&mut self) {
        // What is suspended is cancelled, innermost first.
        while self.0.pop().is_some() {}
    }
}
