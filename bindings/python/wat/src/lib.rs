//! The text format for the Python package, as two C functions in its extension module.

/// Converts text to a module. Returns 0 and the module, or another number and a message.
///
/// # Safety
/// `text` points to `size` bytes, `output` and `output_size` to what receives the result.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vmpy_wat_convert(text: *const u8, size: usize, output: *mut *mut u8, output_size: *mut usize) -> i32 {
    // SAFETY: the caller passes that many bytes.
    let text = if size == 0 { &[][..] } else { unsafe { std::slice::from_raw_parts(text, size) } };
    let (bytes, status) = match std::panic::catch_unwind(|| wat::parse_bytes(text).map(std::borrow::Cow::into_owned)) {
        Ok(Ok(module)) => (module, 0),
        Ok(Err(error)) => (error.to_string().into_bytes(), 1),
        Err(_) => (b"the text cannot be converted".to_vec(), 1),
    };
    let bytes = Box::leak(bytes.into_boxed_slice());
    // SAFETY: the caller passes pointers to both.
    unsafe {
        *output_size = bytes.len();
        *output = bytes.as_mut_ptr();
    }
    status
}

/// Frees a result.
///
/// # Safety
/// The result is one of `vmpy_wat_convert`, and is not used any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vmpy_wat_free(output: *mut u8, size: usize) {
    // SAFETY: the slice was leaked from a box of this size.
    drop(unsafe { Box::from_raw(std::ptr::slice_from_raw_parts_mut(output, size)) });
}
