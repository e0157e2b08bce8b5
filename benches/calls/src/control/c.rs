//! The C programs `c/control.c` and `c/suspended.c`.
use std::ptr::NonNull;

#[repr(C)]
struct Opaque([u8; 0]);

unsafe extern "C" {
    fn shared_open(wasm: *const u8, size: usize, concurrency: u32, options: u32) -> NonNull<Opaque>;
    fn shared_close(shared: NonNull<Opaque>);
    fn guest_open(shared: NonNull<Opaque>) -> NonNull<Opaque>;
    fn guest_call(guest: NonNull<Opaque>, n: u32) -> u64;
    fn guest_run(guest: NonNull<Opaque>, n: u32) -> u64;
    fn guest_close(guest: NonNull<Opaque>);
    fn contexts_created(shared: NonNull<Opaque>, n: u32) -> u64;
    fn contexts_pooled(shared: NonNull<Opaque>, n: u32) -> u64;
    fn guest_start(guest: NonNull<Opaque>, n: u32);
    fn guest_resume(guest: NonNull<Opaque>, n: u32) -> u64;
    fn guest_spin(guest: NonNull<Opaque>) -> u64;
    fn guest_cancel_id(guest: NonNull<Opaque>) -> u64;
    fn cancel(id: u64) -> u64;
}

/// Options of an engine.
#[derive(Clone, Copy, Debug)]
pub enum Options {
    /// The defaults.
    Plain = 0,
    /// Guests can be interrupted.
    Interruptible = 1,
    /// Guests have fuel.
    Fuel = 2,
    /// Errors have the frames of all functions.
    Backtraces = 4,
}

/// An engine with a module and what its guests import.
pub struct Shared(NonNull<Opaque>);

// SAFETY: engines, modules and host modules are shared by threads.
unsafe impl Sync for Shared {}

impl Shared {
    /// Loads a module in an engine for so many threads, or as many as it is for by default.
    pub fn new(wasm: &[u8], concurrency: Option<u32>, options: Options) -> Self {
        // SAFETY: the bytes are there while the function runs.
        Self(unsafe { shared_open(wasm.as_ptr(), wasm.len(), concurrency.unwrap_or(0), options as u32) })
    }

    /// Instantiates the module in a context of its own.
    pub fn guest(&self) -> Guest {
        // SAFETY: open made it, and it is not closed.
        Guest(unsafe { guest_open(self.0) })
    }

    /// Runs something in so many new contexts.
    pub fn create_contexts(&self, n: u32) -> u64 {
        // SAFETY: as above.
        unsafe { contexts_created(self.0, n) }
    }

    /// Runs something so many times in a context of a pool.
    pub fn take_contexts(&mut self, n: u32) -> u64 {
        // SAFETY: as above; nobody else makes the pool.
        unsafe { contexts_pooled(self.0, n) }
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

    /// Starts `run`, which is suspended so many times.
    pub fn start(&mut self, n: u32) {
        // SAFETY: as above.
        unsafe { guest_start(self.0, n) }
    }

    /// Lets a started `run` go on so many times; returns its result if it has ended.
    pub fn resume(&mut self, n: u32) -> u64 {
        // SAFETY: as above; it was started.
        unsafe { guest_resume(self.0, n) }
    }

    /// Calls `run`, which does not end, and returns the time in nanoseconds when it was cancelled.
    pub fn spin(&mut self) -> u64 {
        // SAFETY: as above.
        unsafe { guest_spin(self.0) }
    }

    /// Returns the number to cancel it with.
    pub fn cancel_id(&mut self) -> u64 {
        // SAFETY: as above.
        unsafe { guest_cancel_id(self.0) }
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        // SAFETY: as above; this happens once.
        unsafe { guest_close(self.0) }
    }
}

/// Cancels an execution, and returns the time in nanoseconds when that began.
pub fn cancel_guest(id: u64) -> u64 {
    // SAFETY: it takes any number.
    unsafe { cancel(id) }
}
