//! The compiler of libvm's compiled engine: WebAssembly in, code for this processor out. libvm opens the library when it first needs it, and
//! calls the functions that `libvm_codegen::interface` describes.

mod compile;
#[cfg(test)]
mod tests;
mod threads;

pub use compile::{Failure, MAX_MODULE, compile};

use libvm_codegen::interface::{self, Output, Status};
use std::mem::ManuallyDrop;
use std::panic::{self, AssertUnwindSafe};
use std::slice;

const _: interface::Id = libvm_compiler_id;
const _: interface::Compile = libvm_compiler_compile;
const _: interface::Free = libvm_compiler_free;

/// See [`interface::Id`].
///
/// # Safety
/// `size` can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn libvm_compiler_id(size: *mut usize) -> *const u8 {
    // The message of a panic is part of an error; printing it is the host's decision. The hook is that of this library alone.
    panic::set_hook(Box::new(|_| {}));
    let id = libvm_codegen::id();
    // SAFETY: the caller promises it.
    unsafe { size.write(id.len()) };
    id.as_ptr()
}

/// See [`interface::Compile`].
///
/// # Safety
/// `wasm` and `settings` are NULL or have as many bytes as their sizes say; `out` can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn libvm_compiler_compile(
    wasm: *const u8,
    wasm_size: usize,
    settings: *const u8,
    settings_size: usize,
    threads: usize,
    out: *mut Output,
) -> i32 {
    // SAFETY: the caller promises it.
    let (wasm, settings) = unsafe { (bytes(wasm, wasm_size), bytes(settings, settings_size)) };
    let result = panic::catch_unwind(AssertUnwindSafe(|| compile(wasm, settings, threads)));
    let result = result.unwrap_or_else(|payload| Err(Failure::of_panic(payload)));
    let (status, bytes) = match result {
        Ok(code) => (Status::Ok, code),
        Err(failure) => (failure.status, failure.message.into_bytes()),
    };
    // SAFETY: the caller promises it.
    unsafe { out.write(output(bytes)) };
    status as i32
}

/// See [`interface::Free`].
///
/// # Safety
/// `out` is NULL, or points to an output that is empty or that was written by `libvm_compiler_compile`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn libvm_compiler_free(out: *mut Output) {
    // SAFETY: the caller promises it.
    let Some(out) = (unsafe { out.as_mut() }) else { return };
    let Output { bytes, size, capacity } = std::mem::replace(out, Output::EMPTY);
    if !bytes.is_null() {
        // SAFETY: these are the parts of a vector, from `output`, and the output no longer has them.
        drop(unsafe { Vec::from_raw_parts(bytes, size, capacity) });
    }
}

fn output(bytes: Vec<u8>) -> Output {
    let mut bytes = ManuallyDrop::new(bytes);
    Output { bytes: bytes.as_mut_ptr(), size: bytes.len(), capacity: bytes.capacity() }
}

/// # Safety
/// `bytes` is NULL or has `size` bytes, which stay as they are for `'a`.
unsafe fn bytes<'a>(bytes: *const u8, size: usize) -> &'a [u8] {
    if bytes.is_null() {
        return &[];
    }
    // SAFETY: the caller promises it.
    unsafe { slice::from_raw_parts(bytes, size) }
}
