//! Somebody who runs wasm, in C or in Rust: what every peer of libvm does.
use libloading::Library;
use std::ffi::{CStr, c_char, c_void};
use std::path::Path;
use std::ptr::NonNull;

/// Somebody who runs wasm.
pub struct Peer {
    /// Its name in the tables.
    pub name: &'static str,
    prepare: Prepare,
}

type Prepare = Box<dyn Fn(&'static [u8]) -> Result<Box<dyn Prepared>, String>>;

/// A module that was loaded and validated. Contexts may be made from it on several threads.
pub trait Prepared: Sync {
    /// Makes a context with an instance. The import `host.f` adds two i32; other imports trap.
    ///
    /// # Errors
    /// Why it cannot.
    fn instantiate(&self) -> Result<Box<dyn Context + '_>, String>;
}

/// An instance that runs.
pub trait Context {
    /// Calls the export `run`.
    fn run(&mut self, n: u32) -> u64;
    /// Calls the export `f` so many times, and gives the sum.
    fn call(&mut self, n: u32) -> u64;
}

impl Peer {
    /// A peer in Rust.
    pub fn new(name: &'static str, prepare: impl Fn(&'static [u8]) -> Result<Box<dyn Prepared>, String> + 'static) -> Self {
        Self { name, prepare: Box::new(prepare) }
    }

    /// A peer in C, in a library of its own.
    ///
    /// # Errors
    /// Why there is none.
    pub fn load(name: &'static str, path: &Path) -> Result<Self, String> {
        let problem = |error: libloading::Error| format!("{}: {error}", path.display());
        // SAFETY: the library was built by `cargo xtask bench` from benches/peers/c/, and has no constructors of its own.
        let library = unsafe { Library::new(path) }.map_err(problem)?;
        // SAFETY: benches/peers/c/peer.h defines it with this layout.
        let table = unsafe { library.get::<*const Table>("peer") }.map_err(problem)?;
        // SAFETY: the library stays.
        let table: &'static Table = unsafe { &**table };
        std::mem::forget(library);
        Ok(Self::in_c(name, table))
    }

    /// A peer in C, with its functions.
    pub fn in_c(name: &'static str, table: &'static Table) -> Self {
        Self::new(name, move |wasm| CPrepared::new(table, wasm).map(|prepared| Box::new(prepared) as Box<dyn Prepared>))
    }

    /// Loads and validates a module.
    ///
    /// # Errors
    /// Why it cannot.
    pub fn prepare(&self, wasm: &'static [u8]) -> Result<Box<dyn Prepared>, String> {
        (self.prepare)(wasm)
    }
}

/// `Peer` of `benches/peers/c/peer.h`.
#[repr(C)]
pub struct Table {
    prepare: unsafe extern "C" fn(*const u8, usize, *mut c_char) -> Option<NonNull<c_void>>,
    instantiate: unsafe extern "C" fn(NonNull<c_void>, *mut c_char) -> Option<NonNull<c_void>>,
    run: unsafe extern "C" fn(NonNull<c_void>, u32) -> u64,
    call: unsafe extern "C" fn(NonNull<c_void>, u32) -> u64,
    close: unsafe extern "C" fn(NonNull<c_void>),
    release: unsafe extern "C" fn(NonNull<c_void>),
}

/// Gives what a function made, or why it made nothing.
fn made(make: impl FnOnce(*mut c_char) -> Option<NonNull<c_void>>) -> Result<NonNull<c_void>, String> {
    let mut why = [0 as c_char; 256];
    make(why.as_mut_ptr()).ok_or_else(|| {
        // SAFETY: who fails writes a text that ends with NUL, in at most 256 bytes.
        unsafe { CStr::from_ptr(why.as_ptr()) }.to_string_lossy().into_owned()
    })
}

struct CPrepared {
    table: &'static Table,
    prepared: NonNull<c_void>,
}

// SAFETY: peer.h says that contexts share it.
unsafe impl Sync for CPrepared {}

impl CPrepared {
    fn new(table: &'static Table, wasm: &'static [u8]) -> Result<Self, String> {
        // SAFETY: the bytes stay, and there is room for why.
        let prepared = made(|why| unsafe { (table.prepare)(wasm.as_ptr(), wasm.len(), why) })?;
        Ok(Self { table, prepared })
    }
}

impl Prepared for CPrepared {
    fn instantiate(&self) -> Result<Box<dyn Context + '_>, String> {
        // SAFETY: it was made by `prepare`, and is not released before its contexts are closed.
        let context = made(|why| unsafe { (self.table.instantiate)(self.prepared, why) })?;
        Ok(Box::new(CContext { table: self.table, context }))
    }
}

impl Drop for CPrepared {
    fn drop(&mut self) {
        // SAFETY: made by `prepare`; contexts borrow it and are gone.
        unsafe { (self.table.release)(self.prepared) }
    }
}

struct CContext {
    table: &'static Table,
    context: NonNull<c_void>,
}

impl Context for CContext {
    fn run(&mut self, n: u32) -> u64 {
        // SAFETY: made by `instantiate` and not closed.
        unsafe { (self.table.run)(self.context, n) }
    }

    fn call(&mut self, n: u32) -> u64 {
        // SAFETY: as above.
        unsafe { (self.table.call)(self.context, n) }
    }
}

impl Drop for CContext {
    fn drop(&mut self) {
        // SAFETY: as above; this happens once.
        unsafe { (self.table.close)(self.context) }
    }
}
