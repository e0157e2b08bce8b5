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

/// An array to write results to, which are no values before.
///
/// # Safety
/// `items` is NULL or points to room for `count` values that nothing else uses while the result lives.
#[inline]
unsafe fn results<'a>(items: *mut abi::Value, count: usize) -> Result<&'a mut [abi::Value]> {
    if count == 0 {
        return Ok(&mut []);
    }
    check_length(items, count, "results")?;
    for index in 0..count {
        // SAFETY: the caller of this function promises the room.
        unsafe { items.add(index).write(abi::Value::NONE) };
    }
    // SAFETY: not NULL, aligned, written just now, and the caller of this function promises the rest.
    Ok(unsafe { std::slice::from_raw_parts_mut(items, count) })
}

/// The arguments of a call, and the room for its results, which are no values before. Both may be one array: then the
/// arguments are copied to `copy`.
///
/// # Safety
/// As `slice` and `results`, but that they may overlap.
#[inline]
pub(super) unsafe fn values<'a>(
    (args, arg_count): (*const abi::Value, usize),
    (out, room): (*mut abi::Value, usize),
    copy: &'a mut Vec<abi::Value>,
) -> Result<(&'a [abi::Value], &'a mut [abi::Value])> {
    // SAFETY: promised by the caller of this function; nothing is written while the slice is there, but for what is copied.
    unsafe {
        let mut args = slice(args, arg_count, "args")?;
        check_length(out, room, "results")?;
        let (from, to) = (args.as_ptr_range(), (out.cast_const(), out.wrapping_add(room).cast_const()));
        if from.start < to.1 && to.0 < from.end {
            copy.extend_from_slice(args);
            args = copy;
        }
        Ok((args, results(out, room)?))
    }
}

/// Hands an object out to C.
pub(super) fn hand_out<T>(out: &mut *mut T, object: T) {
    *out = Box::into_raw(Box::new(object));
}

/// A C text of what Rust says, with NULs made visible.
pub(super) fn c_text(text: &str) -> std::ffi::CString {
    std::ffi::CString::new(text.replace('\0', "\u{fffd}")).unwrap_or_default()
}
