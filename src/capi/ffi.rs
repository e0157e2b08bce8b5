//! From C's pointers to Rust's references: every cast of the C API.

use crate::status::{Error, Result};
use libvm_abi as abi;
use std::ffi::{CStr, c_char};
use std::path::Path;

/// The error of a required pointer that is NULL.
#[cold]
pub(super) fn null(what: &str) -> Error {
    Error::new(abi::STATUS_NULL_ARGUMENT, format!("{what} is NULL"))
}

/// A required reference.
#[inline]
pub(super) fn required<T>(reference: Option<T>, what: &str) -> Result<T> {
    reference.ok_or_else(|| null(what))
}

/// A text that ends with NUL.
///
/// # Safety
/// `text` is NULL or points to bytes that end with NUL and stay as they are while the result lives.
pub(super) unsafe fn text<'a>(text: *const c_char, what: &str) -> Result<&'a str> {
    if text.is_null() {
        return Err(null(what));
    }
    // SAFETY: the caller of this function promises it.
    let bytes = unsafe { CStr::from_ptr(text) };
    bytes.to_str().map_err(|error| {
        let message = format!("{what} is not UTF-8 from byte {} on: \"{}\"", error.valid_up_to(), bytes.to_string_lossy());
        Error::new(abi::STATUS_BAD_UTF8, message)
    })
}

/// A path: on Unix any bytes, elsewhere UTF-8.
///
/// # Safety
/// As `text`.
pub(super) unsafe fn path<'a>(path: *const c_char, what: &str) -> Result<&'a Path> {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt;
        if path.is_null() {
            return Err(null(what));
        }
        // SAFETY: the caller of this function promises it.
        let bytes = unsafe { CStr::from_ptr(path) }.to_bytes();
        Ok(Path::new(std::ffi::OsStr::from_bytes(bytes)))
    }
    #[cfg(not(unix))]
    {
        // SAFETY: the caller of this function promises it.
        unsafe { text(path, what) }.map(Path::new)
    }
}

fn check_length<T>(pointer: *const T, count: usize, what: &str) -> Result<()> {
    if pointer.is_null() && count > 0 {
        return Err(Error::new(abi::STATUS_NULL_ARGUMENT, format!("{what} is NULL, but its size is {count}")));
    }
    if count > isize::MAX as usize / size_of::<T>().max(1) {
        return Err(Error::new(abi::STATUS_INVALID_ARGUMENT, format!("{what} cannot have the size {count}")));
    }
    if !pointer.is_aligned() {
        return Err(Error::new(abi::STATUS_INVALID_ARGUMENT, format!("{what} is not aligned to {} bytes", align_of::<T>())));
    }
    Ok(())
}

/// An array; (NULL, 0) is empty.
///
/// # Safety
/// `items` is NULL or points to `count` items that stay as they are while the result lives.
#[inline]
pub(super) unsafe fn slice<'a, T>(items: *const T, count: usize, what: &str) -> Result<&'a [T]> {
    if count == 0 {
        return Ok(&[]);
    }
    check_length(items, count, what)?;
    // SAFETY: not NULL, aligned, and the caller of this function promises the rest.
    Ok(unsafe { std::slice::from_raw_parts(items, count) })
}

/// Arguments, and an array to write results to, which are no values before.
///
/// # Safety
/// `args` is as in `slice`; `results` is NULL or points to room for so many values that nothing else uses while they live.
#[inline]
pub(super) unsafe fn args_and_results<'a>(
    (args, arg_count): (*const abi::Value, usize),
    (results, result_count): (*mut abi::Value, usize),
) -> Result<(&'a [abi::Value], &'a mut [abi::Value])> {
    // SAFETY: the caller of this function promises it.
    let args = unsafe { slice(args, arg_count, "args")? };
    if result_count == 0 {
        return Ok((args, &mut []));
    }
    check_length(results, result_count, "results")?;
    let inputs = args.as_ptr_range();
    if inputs.start < results.wrapping_add(result_count).cast_const() && results.cast_const() < inputs.end {
        let message = "args and results overlap; give each an array of its own";
        return Err(Error::new(abi::STATUS_INVALID_ARGUMENT, message));
    }
    for index in 0..result_count {
        // SAFETY: the caller of this function promises the room.
        unsafe { results.add(index).write(abi::Value::NONE) };
    }
    // SAFETY: not NULL, aligned, written just now, apart from `args`, and the caller of this function promises the rest.
    Ok((args, unsafe { std::slice::from_raw_parts_mut(results, result_count) }))
}

/// Hands an object out to C.
pub(super) fn hand_out<T>(out: &mut *mut T, object: T) {
    *out = Box::into_raw(Box::new(object));
}

/// A C text of what Rust says, with NULs made visible.
pub(super) fn c_text(text: &str) -> std::ffi::CString {
    std::ffi::CString::new(text.replace('\0', "\u{fffd}")).unwrap_or_default()
}
