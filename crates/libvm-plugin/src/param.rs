//! The parameters that host functions can have.
use crate::call::{Call, Guest};
use crate::data::Compiled;
use crate::{Error, Result};
use libvm_abi::{self as abi, Value};
use std::ffi::CStr;
use std::marker::PhantomData;

/// What a parameter does with the guest's memory.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Nothing.
    None,
    /// It is a part of it, which is only read.
    Read,
    /// It is a part of it, which may be written.
    Write,
    /// It is the call, which several parameters may have.
    Call,
    /// It is the guest, whose memory it may change and move: no other parameter may have a part of it, or the call.
    Guest,
}

/// The guest of the call that parameters are read for, and what one of them needs to know.
#[derive(Clone, Copy)]
pub struct Place<'a> {
    pub(crate) guest: *mut Guest<'a>,
    /// Null if the plug-in has no compilers.
    pub(crate) parameters: *const abi::ParametersService,
    /// The index of the parameter's compiler.
    pub(crate) compiler: u32,
    marker: PhantomData<&'a ()>,
}

impl Place<'_> {
    #[inline(always)]
    pub(crate) fn new(guest: &mut Guest<'_>, parameters: *const abi::ParametersService) -> Self {
        Self { guest: std::ptr::from_mut(guest).cast(), parameters, compiler: 0, marker: PhantomData }
    }

    #[inline(always)]
    pub(crate) fn with(self, compiler: u32) -> Self {
        Self { compiler, ..self }
    }
}

/// A parameter of a host function: `i32`, `u32`, `i64`, `u64`, `f32`, `f64`, `bool`; parts of the guest's memory: `&[u8]`, `&mut [u8]`,
/// `&str` (pointer and length in wasm) and `&CStr` (a pointer to a NUL-terminated string); a [`Parameter`](crate::Parameter) of the guest's
/// module (an id in wasm); and [`&Call`](Call) or [`&mut Guest`](Guest), which are none in wasm.
///
/// # Safety
/// `SIGNATURE` names what `get` reads.
pub unsafe trait Param {
    /// The same with another lifetime.
    type Item<'a>;
    /// Its part of the signature string.
    const SIGNATURE: &'static str;
    /// What it does with the guest's memory.
    const ACCESS: Access = Access::None;

    /// Returns the compiled type of a [`Parameter`](crate::Parameter).
    fn compiled() -> Option<Compiled> {
        None
    }

    /// Returns the parameter.
    ///
    /// # Safety
    /// `args` points to the arguments of the call from this one on, and `call` to its guest. What the parameters of a call get does not
    /// contradict what [`Access`] says.
    unsafe fn get<'a>(call: Place<'a>, args: *const Value) -> Result<Self::Item<'a>>;

    /// Returns the place of a buffer.
    ///
    /// # Safety
    /// As for `get`.
    unsafe fn range(_args: *const Value) -> (usize, usize) {
        (0, 0)
    }
}

macro_rules! numbers {
    ($($ty:ty, $signature:literal, |$value:ident| $get:expr;)*) => {$(
        // SAFETY: the signature has this type.
        unsafe impl Param for $ty {
            type Item<'a> = Self;
            const SIGNATURE: &'static str = $signature;

            unsafe fn get<'a>(_: Place<'a>, args: *const Value) -> Result<Self> {
                // SAFETY: promised by the caller.
                let $value = unsafe { &*args };
                Ok($get)
            }
        }
    )*};
}

numbers! {
    i32, "i", |value| value.bits_32() as i32;
    u32, "i", |value| value.bits_32();
    bool, "i", |value| value.bits_32() != 0;
    i64, "I", |value| value.bits_64() as i64;
    u64, "I", |value| value.bits_64();
    f32, "f", |value| f32::from_bits(value.bits_32());
    f64, "F", |value| f64::from_bits(value.bits_64());
}

unsafe fn buffer(args: *const Value) -> abi::Buffer {
    // SAFETY: a buffer, by the signature.
    unsafe { (*args).of.buffer }
}

unsafe fn slice<'a>(args: *const Value) -> &'a [u8] {
    // SAFETY: as above.
    let abi::Buffer { data, size } = unsafe { buffer(args) };
    // SAFETY: libvm has checked that it lies in the guest's memory, which does not move while the callback cannot call the guest.
    if size == 0 { &[] } else { unsafe { std::slice::from_raw_parts(data, size) } }
}

unsafe fn range(args: *const Value) -> (usize, usize) {
    // SAFETY: as above.
    let abi::Buffer { data, size } = unsafe { buffer(args) };
    (data as usize, data as usize + size)
}

// SAFETY: a buffer that is only read.
unsafe impl Param for &[u8] {
    type Item<'a> = &'a [u8];
    const SIGNATURE: &'static str = "<~";
    const ACCESS: Access = Access::Read;

    unsafe fn get<'a>(_: Place<'a>, args: *const Value) -> Result<&'a [u8]> {
        // SAFETY: promised by the caller.
        Ok(unsafe { slice(args) })
    }

    unsafe fn range(args: *const Value) -> (usize, usize) {
        // SAFETY: promised by the caller.
        unsafe { range(args) }
    }
}

// SAFETY: a buffer that is read and written.
unsafe impl Param for &mut [u8] {
    type Item<'a> = &'a mut [u8];
    const SIGNATURE: &'static str = "*~";
    const ACCESS: Access = Access::Write;

    unsafe fn get<'a>(_: Place<'a>, args: *const Value) -> Result<&'a mut [u8]> {
        // SAFETY: promised by the caller.
        let abi::Buffer { data, size } = unsafe { buffer(args) };
        // SAFETY: as for `slice`; no other slice overlaps it.
        Ok(if size == 0 { &mut [] } else { unsafe { std::slice::from_raw_parts_mut(data, size) } })
    }

    unsafe fn range(args: *const Value) -> (usize, usize) {
        // SAFETY: promised by the caller.
        unsafe { range(args) }
    }
}

// SAFETY: a buffer that is only read.
unsafe impl Param for &str {
    type Item<'a> = &'a str;
    const SIGNATURE: &'static str = "<~";
    const ACCESS: Access = Access::Read;

    unsafe fn get<'a>(_: Place<'a>, args: *const Value) -> Result<&'a str> {
        // SAFETY: promised by the caller.
        let bytes = unsafe { slice(args) };
        let place = |error: std::str::Utf8Error| format!("a string is not UTF-8 at byte {}", error.valid_up_to());
        std::str::from_utf8(bytes).map_err(|error| Error::with_status(abi::STATUS_BAD_UTF8, place(error)))
    }

    unsafe fn range(args: *const Value) -> (usize, usize) {
        // SAFETY: promised by the caller.
        unsafe { range(args) }
    }
}

// SAFETY: a string with its NUL.
unsafe impl Param for &CStr {
    type Item<'a> = &'a CStr;
    const SIGNATURE: &'static str = "$";
    const ACCESS: Access = Access::Read;

    unsafe fn get<'a>(_: Place<'a>, args: *const Value) -> Result<&'a CStr> {
        // SAFETY: as above; the NUL follows the string.
        let buffer = unsafe { buffer(args) };
        // SAFETY: as above.
        Ok(unsafe { CStr::from_ptr(buffer.data.cast()) })
    }

    unsafe fn range(args: *const Value) -> (usize, usize) {
        // SAFETY: promised by the caller.
        let (start, end) = unsafe { range(args) };
        (start, end + 1)
    }
}

// SAFETY: reads no argument.
unsafe impl Param for &Call<'_> {
    type Item<'a> = &'a Call<'a>;
    const SIGNATURE: &'static str = "";
    const ACCESS: Access = Access::Call;

    unsafe fn get<'a>(call: Place<'a>, _: *const Value) -> Result<&'a Call<'a>> {
        // SAFETY: no parameter has the guest.
        Ok(unsafe { &*call.guest })
    }
}

// SAFETY: reads no argument.
unsafe impl Param for &mut Guest<'_> {
    type Item<'a> = &'a mut Guest<'a>;
    const SIGNATURE: &'static str = "";
    const ACCESS: Access = Access::Guest;

    unsafe fn get<'a>(call: Place<'a>, _: *const Value) -> Result<&'a mut Guest<'a>> {
        // SAFETY: no other parameter has the guest or the call.
        Ok(unsafe { &mut *call.guest })
    }
}
