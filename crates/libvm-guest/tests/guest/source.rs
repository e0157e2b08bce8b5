//! A guest, compiled to wasm by ../wasm.rs, with the parameters of `capi-tests/guests/c/`.
#![no_std]

libvm_guest::param!("regex", 1, r"^[a-z]+@[a-z]+\.(com|org)$");
libvm_guest::param!("regex", 4_000_000_000, "\"(\\w+)\" % [;]#\t€$1".as_bytes());

#[link(wasm_import_module = "regex")]
unsafe extern "C" {
    safe fn is_match(id: u32, text: *const u8, size: u32) -> i32;
}

/// Returns whether a text in the memory has digits.
#[unsafe(no_mangle)]
pub extern "C" fn has_digits(text: *const u8, size: u32) -> i32 {
    libvm_guest::param!("regex.regex", 3, b"(?P<sign>[-+])?[0-9]+");
    is_match(3, text, size)
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
