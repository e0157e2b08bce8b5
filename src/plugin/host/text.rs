//! Strings of plug-ins.

use crate::limits::MAX_PLUGIN_TEXT;
use std::ffi::c_char;

/// Returns the bytes before the NUL, or the first [`MAX_PLUGIN_TEXT`] and false if there is no NUL among them.
///
/// # Safety
/// The pointer is not NULL, and may be read up to the NUL or the limit while `'a` lasts.
unsafe fn bytes<'a>(text: *const c_char) -> (&'a [u8], bool) {
    // SAFETY: each byte before the NUL may be read, and the search stops there.
    let length = (0..MAX_PLUGIN_TEXT).find(|index| unsafe { *text.add(*index) } == 0);
    // SAFETY: these bytes were just read.
    let bytes = unsafe { std::slice::from_raw_parts(text.cast(), length.unwrap_or(MAX_PLUGIN_TEXT)) };
    (bytes, length.is_some())
}

/// Reads a string that must be valid; `None` for NULL. The error is the reason.
///
/// # Safety
/// The pointer is NULL, or may be read up to a NUL (or [`MAX_PLUGIN_TEXT`] bytes without one) while `'a` lasts.
pub unsafe fn read<'a>(text: *const c_char) -> Result<Option<&'a str>, String> {
    if text.is_null() {
        return Ok(None);
    }
    // SAFETY: it is not NULL, and the caller promises the rest.
    let (bytes, whole) = unsafe { bytes(text) };
    if !whole {
        return Err(format!("has no NUL within {MAX_PLUGIN_TEXT} bytes"));
    }
    std::str::from_utf8(bytes).map(Some).map_err(|_| "is not valid UTF-8".to_owned())
}

/// Reads a string for display, with invalid parts replaced; `None` for NULL.
///
/// # Safety
/// As for [`read`].
pub unsafe fn read_lossy(text: *const c_char) -> Option<String> {
    if text.is_null() {
        return None;
    }
    // SAFETY: it is not NULL, and the caller promises the rest.
    let (bytes, _) = unsafe { bytes(text) };
    Some(String::from_utf8_lossy(bytes).into_owned())
}
