//! The C programs of `c/control.c`.
use std::ptr::NonNull;

#[repr(C)]
struct Opaque([u8; 0]);

unsafe extern "C" {
    fn shared_open(wasm: *const u8, size: usize, concurrency: u32) -> NonNull<Opaque>;
    fn shared_close(shared: NonNull<Opaque>);
    fn guest_open(shared: NonNull<Opaque>) -> NonNull<Opaque>;
    fn guest_call(guest: NonNull<Opaque>, n: u32) -> u64;
    fn guest_run(guest: NonNull<Opaque>, n: u32) -> u64;
    fn guest_close(guest: NonNull<Opaque>);
}

/// An engine with a module and what its guests import.
pub struct Shared(NonNull<Opaque>);

// SAFETY: engines, modules and host modules are shared by threads.
unsafe impl Sync for Shared {}

impl Shared {
    /// Loads a module in an engine for so many threads, or as many as it is for by default.
    pub fn new(wasm: &[u8], concurrency: Option<u32>) -> Self {
        // SAFETY: the bytes are there while the function runs.
        Self(unsafe { shared_open(wasm.as_ptr(), wasm.len(), concurrency.unwrap_or(0)) })
    }

    /// Instantiates the module in a context of its own.
    pub fn guest(&self) -> Guest {
        // SAFETY: open made it, and it is not closed.
        Guest(unsafe { guest_open(self.0) })
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        // SAFETY: as above; this happens once.
        unsafe { shared_close(self.0) }
    }
}

/// A guest in a context of its own.
pub struct Guest(NonNull<Opaque>);

// SAFETY: a context moves between threads.
unsafe impl Send for Guest {}

impl Guest {
    /// Calls `f` so many times.
    pub fn call(&mut self, n: u32) -> u64 {
        // SAFETY: open made it, and it is not closed.
        unsafe { guest_call(self.0, n) }
    }

    /// Calls `run`.
    pub fn run(&mut self, n: u32) -> u64 {
        // SAFETY: as above.
        unsafe { guest_run(self.0, n) }
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        // SAFETY: as above; this happens once.
        unsafe { guest_close(self.0) }
    }
}
