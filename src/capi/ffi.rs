//! From C's pointers to Rust's references: every cast of the C API.

use crate::status::{Error, Result};
use crate::text;
use libvm_abi as abi;
use std::ffi::{CStr, CString, c_char};
use std::path::Path;

/// An object that C passes without `const`, because the call changes it, although Rust only shares it: the header has `T *`.
#[repr(transparent)]
pub struct Shared<'a, T>(&'a T);

impl<T> Clone for Shared<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Shared<'_, T> {}

impl<'a, T> Shared<'a, T> {
    /// The object.
    #[inline]
    pub(super) fn get(self) -> &'a T {
        self.0
    }
}

impl<'a, T> From<&'a T> for Shared<'a, T> {
    #[inline]
    fn from(object: &'a T) -> Self {
        Self(object)
    }
}

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

/// A required object.
#[inline]
pub(super) fn shared<'a, T>(object: Option<Shared<'a, T>>, what: &str) -> Result<&'a T> {
    required(object, what).map(Shared::get)
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
        let message = format!(
            "{what} is not valid UTF-8 from byte {} on: \"{}\"",
            error.valid_up_to(),
            text::name(&bytes.to_string_lossy())
        );
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

/// Whether there can be an array of `count` items.
#[inline]
fn can_be<T>(items: *const T, count: usize) -> bool {
    !items.is_null() && items.is_aligned() && count <= isize::MAX as usize / size_of::<T>().max(1)
}

/// Why there cannot be an array.
#[cold]
fn no_array<T>(items: *const T, count: usize, what: &str) -> Error {
    if items.is_null() {
        Error::new(abi::STATUS_NULL_ARGUMENT, format!("{what} is NULL, but its size is {count}"))
    } else if !items.is_aligned() {
        Error::new(abi::STATUS_INVALID_ARGUMENT, format!("{what} is not aligned to {} bytes", align_of::<T>()))
    } else {
        Error::new(abi::STATUS_INVALID_ARGUMENT, format!("{what} cannot have the size {count}"))
    }
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
    if !can_be(items, count) {
        return Err(no_array(items, count, what));
    }
    // SAFETY: not NULL, aligned, and the caller of this function promises the rest.
    Ok(unsafe { std::slice::from_raw_parts(items, count) })
}

/// An array that is changed; (NULL, 0) is empty.
///
/// # Safety
/// As `slice`, and nothing else uses the items while the result lives.
#[inline]
pub(super) unsafe fn slice_mut<'a, T>(items: *mut T, count: usize, what: &str) -> Result<&'a mut [T]> {
    if can_be(items, count) {
        // SAFETY: not NULL, aligned, and the caller of this function promises the rest.
        return Ok(unsafe { std::slice::from_raw_parts_mut(items, count) });
    }
    if count == 0 { Ok(&mut []) } else { Err(no_array(items, count, what)) }
}

/// Runs a call with its arguments and the room for its results, which are no values before. Both may be one array.
///
/// # Safety
/// As `slice`; the results may overlap the arguments, and nothing else uses them meanwhile.
#[inline]
pub(super) unsafe fn with_values(
    (args, arg_count): (*const abi::Value, usize),
    (out, room): (*mut abi::Value, usize),
    work: impl FnOnce(&[abi::Value], &mut [abi::Value]) -> Result<()>,
) -> Result<()> {
    // SAFETY: promised by the caller of this function.
    let args = unsafe { slice(args, arg_count, "args")? };
    if room == 0 {
        return work(args, &mut []);
    }
    if !can_be(out, room) {
        return Err(no_array(out, room, "results"));
    }
    let (from, to) = (args.as_ptr_range(), (out.cast_const(), out.wrapping_add(room).cast_const()));
    if from.start < to.1 && to.0 < from.end {
        let copy = args.to_vec();
        // SAFETY: as below.
        return work(&copy, unsafe { cleared(out, room) });
    }
    // SAFETY: not NULL, aligned, apart from the arguments, and the caller of this function promises the rest.
    work(args, unsafe { cleared(out, room) })
}

/// Room for values, made no values.
///
/// # Safety
/// There is room for so many, of which nothing else knows while the result lives.
#[inline]
unsafe fn cleared<'a>(out: *mut abi::Value, room: usize) -> &'a mut [abi::Value] {
    // SAFETY: promised by the caller of this function.
    unsafe {
        abi::Value::clear(out, room);
        std::slice::from_raw_parts_mut(out, room)
    }
}

/// Hands an object out to C.
pub(super) fn hand_out<T>(out: &mut *mut T, object: T) {
    *out = Box::into_raw(Box::new(object));
}

/// A path as a C string: byte for byte on Unix, elsewhere UTF-8.
pub(super) fn c_path(path: &Path) -> CString {
    CString::new(path.as_os_str().as_encoded_bytes()).unwrap_or_default()
}

/// A C text of what Rust says, with NULs made visible.
pub(super) fn c_text(text: &str) -> CString {
    CString::new(text.replace('\0', "\u{fffd}")).unwrap_or_default()
}
