//! The C programs of `c/`.
use std::ffi::c_void;
use std::ptr::NonNull;
// Linked for its C functions.
use wasmi_c_api as _;

/// One library, as `c/bench.h` has it.
#[repr(C)]
pub struct Driver {
    open: unsafe extern "C" fn(i32, *const u8, usize) -> Option<NonNull<c_void>>,
    guest_to_host: unsafe extern "C" fn(NonNull<c_void>, u32) -> u64,
    host_to_guest: unsafe extern "C" fn(NonNull<c_void>, u32) -> u64,
    close: unsafe extern "C" fn(NonNull<c_void>),
}

unsafe extern "C" {
    static libvm_driver: Driver;
    static wasmi_driver: Driver;
    fn count_begin() -> i32;
    fn count_end();
}

/// libvm.
pub fn libvm() -> &'static Driver {
    // SAFETY: a constant of c/libvm.c with this layout.
    unsafe { &libvm_driver }
}

/// wasmi's own C API.
pub fn wasmi() -> &'static Driver {
    // SAFETY: a constant of c/wasmi.c with this layout.
    unsafe { &wasmi_driver }
}

/// A guest and its host in C.
pub struct Guest {
    driver: &'static Driver,
    bench: NonNull<c_void>,
}

impl Guest {
    /// Instantiates the guest of a signature, given by its index; `None` when the library lacks its types.
    pub fn new(driver: &'static Driver, wasm: &[u8], index: usize) -> Option<Self> {
        // SAFETY: the bytes are there while the function runs.
        let bench = unsafe { (driver.open)(index as i32, wasm.as_ptr(), wasm.len()) };
        bench.map(|bench| Self { driver, bench })
    }

    /// Lets the guest call the host `n` times.
    pub fn guest_to_host(&mut self, n: u32) -> u64 {
        // SAFETY: open made it, and it is not closed.
        unsafe { (self.driver.guest_to_host)(self.bench, n) }
    }

    /// Calls the guest `n` times.
    pub fn host_to_guest(&mut self, n: u32) -> u64 {
        // SAFETY: as above.
        unsafe { (self.driver.host_to_guest)(self.bench, n) }
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        // SAFETY: as above; this happens once.
        unsafe { (self.driver.close)(self.bench) }
    }
}

/// Lets callgrind count the instructions of `work`; false when it does not run.
pub fn counted(work: impl FnOnce()) -> bool {
    // SAFETY: requests to callgrind, which are no-ops without it.
    let counting = unsafe { count_begin() } != 0;
    work();
    // SAFETY: as above.
    unsafe { count_end() };
    counting
}
