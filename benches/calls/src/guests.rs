//! Guests of engines with options: the C programs `c/control.c` and `c/suspended.c`.
use std::ffi::{CStr, c_char};
use std::ops::BitOr;
use std::path::Path;
use std::ptr::NonNull;

#[repr(C)]
struct Opaque([u8; 0]);

unsafe extern "C" {
    fn shared_open(wasm: *const u8, size: usize, concurrency: u32, options: u32) -> NonNull<Opaque>;
    fn shared_open_file(path: *const c_char, options: u32) -> NonNull<Opaque>;
    fn shared_close(shared: NonNull<Opaque>);
    fn guest_open(shared: NonNull<Opaque>) -> NonNull<Opaque>;
    fn guest_call(guest: NonNull<Opaque>, n: u32) -> u64;
    fn guest_execute(guest: NonNull<Opaque>, n: u32) -> u64;
    fn guest_call_prepared(guest: NonNull<Opaque>, n: u32) -> u64;
    fn guest_call_entered(guest: NonNull<Opaque>, n: u32) -> u64;
    fn guest_is_compiled(guest: NonNull<Opaque>) -> bool;
    fn guest_run(guest: NonNull<Opaque>, n: u32) -> u64;
    fn guest_close(guest: NonNull<Opaque>);
    fn contexts_created(shared: NonNull<Opaque>, n: u32, runs: bool) -> u64;
    fn contexts_pooled(shared: NonNull<Opaque>, n: u32, runs: bool) -> u64;
    fn guest_start(guest: NonNull<Opaque>, n: u32);
    fn guest_resume(guest: NonNull<Opaque>, n: u32) -> u64;
    fn guest_spin(guest: NonNull<Opaque>) -> u64;
    fn guest_cancel_id(guest: NonNull<Opaque>) -> u64;
    fn cancel(id: u64) -> u64;
}

/// Returns a guest of `benches/peers/guests`.
///
/// # Panics
/// If it is not there.
pub fn wasm(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../peers/guests/{name}.wat"));
    wat::parse_file(path).expect("the guest is well-formed")
}

/// Options of an engine, as `c/control.h` has them. Without a tier among them it interprets.
#[derive(Clone, Copy, Debug)]
pub struct Options(pub u32);

impl Options {
    /// The defaults.
    pub const PLAIN: Self = Self(0);
    /// Guests are compiled.
    pub const COMPILED: Self = Self(1);
    /// Guests are compiled in the background, or come from the cache.
    pub const AUTO: Self = Self(2);
    /// Guests can be interrupted.
    pub const INTERRUPTIBLE: Self = Self(4);
    /// Guests have fuel.
    pub const FUEL: Self = Self(8);
    /// Errors have the frames of all functions.
    pub const BACKTRACES: Self = Self(16);
    /// There is a pool of instances.
    pub const POOLED: Self = Self(32);
    /// Functions of the host take plain numbers.
    pub const RAW: Self = Self(64);
}

impl BitOr for Options {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// An engine with a module and what its guests import.
pub struct Shared(NonNull<Opaque>);

// SAFETY: engines, modules and host modules are shared by threads.
unsafe impl Sync for Shared {}

impl Shared {
    /// Loads a module in an engine for so many threads, or as many as it is for by default.
    pub fn new(wasm: &[u8], concurrency: Option<u32>, options: Options) -> Self {
        // SAFETY: the bytes are there while the function runs.
        Self(unsafe { shared_open(wasm.as_ptr(), wasm.len(), concurrency.unwrap_or(0), options.0) })
    }

    /// Loads a module from a file.
    pub fn from_file(path: &CStr, options: Options) -> Self {
        // SAFETY: the path is there while the function runs.
        Self(unsafe { shared_open_file(path.as_ptr(), options.0) })
    }

    /// Instantiates the module in a context of its own.
    pub fn guest(&self) -> Guest {
        // SAFETY: open made it, and it is not closed.
        Guest(unsafe { guest_open(self.0) })
    }

    /// Creates so many contexts with an instance, in which something runs if `runs`.
    pub fn create_contexts(&self, n: u32, runs: bool) -> u64 {
        // SAFETY: as above.
        unsafe { contexts_created(self.0, n, runs) }
    }

    /// Creates an instance so many times in a context of a pool, in which something runs if `runs`.
    pub fn take_contexts(&mut self, n: u32, runs: bool) -> u64 {
        // SAFETY: as above; nobody else makes the pool.
        unsafe { contexts_pooled(self.0, n, runs) }
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

    /// Calls `f` so many times, by its name.
    pub fn execute(&mut self, n: u32) -> u64 {
        // SAFETY: as above.
        unsafe { guest_execute(self.0, n) }
    }

    /// Calls `f` so many times, by a prepared call.
    pub fn call_prepared(&mut self, n: u32) -> u64 {
        // SAFETY: as above; it has an `f`.
        unsafe { guest_call_prepared(self.0, n) }
    }

    /// Calls `f` so many times, by a prepared call, in a context that is entered once.
    pub fn call_entered(&mut self, n: u32) -> u64 {
        // SAFETY: as above.
        unsafe { guest_call_entered(self.0, n) }
    }

    /// Returns whether it runs machine code.
    pub fn is_compiled(&mut self) -> bool {
        // SAFETY: as above.
        unsafe { guest_is_compiled(self.0) }
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
