//! A function with what its parameters need to know of the plug-in.
use crate::data::{Compiled, Kind};
use libvm_abi as abi;
use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The most parameters of a function.
pub(crate) const MOST: usize = 8;

/// A function, which its callback finds by its address, and for each parameter the index of its compiler.
pub(crate) struct Bound<F> {
    pub compilers: [u32; MOST],
    pub function: F,
}

/// [`Bound`] with any function.
pub(crate) trait Bind: Send + Sync {
    /// Finds the compilers of the parameters.
    fn bind(&mut self, name: &str, parameters: &[Option<Compiled>], kinds: &[Kind]) -> Result<(), String>;

    /// Returns the address for the callback.
    fn address(&self) -> *mut c_void;

    /// Returns the function that frees it by its address, if it is in a box that is not freed otherwise.
    fn free(&self) -> abi::Free;
}

impl<F> Bound<F> {
    pub fn new(function: F) -> Self {
        Self { compilers: [0; MOST], function }
    }
}

impl<F: Send + Sync> Bind for Bound<F> {
    fn bind(&mut self, name: &str, parameters: &[Option<Compiled>], kinds: &[Kind]) -> Result<(), String> {
        for (place, parameter) in self.compilers.iter_mut().zip(parameters) {
            let Some(compiled) = parameter else { continue };
            let found = kinds.iter().position(|kind| kind.compiled.id == compiled.id).ok_or_else(|| {
                format!("its function `{name}` takes a parameter of type `{}`, which none of its compilers makes", compiled.name)
            })?;
            *place = found as u32;
        }
        Ok(())
    }

    fn address(&self) -> *mut c_void {
        std::ptr::from_ref(self).cast_mut().cast()
    }

    fn free(&self) -> abi::Free {
        free::<F>
    }
}

unsafe extern "C" fn free<F>(data: *mut c_void) {
    // SAFETY: the address of a box that nothing else frees, and libvm frees it once.
    let bound = unsafe { Box::from_raw(data.cast::<Bound<F>>()) };
    // There is no host here to tell of a panic.
    let _ = catch_unwind(AssertUnwindSafe(|| drop(bound)));
}
