//! Compiling a module.
#![forbid(unsafe_code)]

use crate::threads;
use libvm_codegen::interface::Status;
use libvm_codegen::{Cpu, Settings};
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use wasmtime::{Engine, Strategy};

/// Maximum size of a module in bytes: compiling takes about twenty times as much memory.
pub const MAX_MODULE: usize = 256 << 20;

/// Why there is no code.
#[derive(Debug)]
pub struct Failure {
    /// Its kind.
    pub status: Status,
    /// The reason.
    pub message: String,
}

impl Failure {
    fn new(status: Status, message: impl Into<String>) -> Self {
        Self { status, message: message.into() }
    }

    /// Creates it from what a panic carries.
    pub fn of_panic(carried: Box<dyn Any + Send>) -> Self {
        let text = carried.downcast_ref::<&str>().copied();
        let text = text.or_else(|| carried.downcast_ref::<String>().map(String::as_str)).unwrap_or("a panic without a message");
        let message = format!("an internal error in the compiler: {text}");
        // Dropping it may panic, and what that carries too.
        if let Err(second) = catch_unwind(AssertUnwindSafe(|| drop(carried))) {
            std::mem::forget(second);
        }
        Self::new(Status::Internal, message)
    }
}

/// Compiles a module on threads of its own: the stack of the caller may be small, and what the compiler needs of it depends on the
/// module. They have ended when it returns.
///
/// # Errors
/// A [`Failure`] of each kind.
pub fn compile(wasm: &[u8], settings: &[u8], threads: usize) -> Result<Vec<u8>, Failure> {
    let refused = |message: String| Failure::new(Status::Settings, message);
    let settings = Settings::from_bytes(settings).map_err(refused)?;
    if wasm.len() > MAX_MODULE {
        let message = format!("the module has {} bytes, and at most {MAX_MODULE} can be compiled", wasm.len());
        return Err(Failure::new(Status::Limit, message));
    }
    let threads = threads::usable(threads);
    let engine = engine(&settings, threads).map_err(|error| refused(format!("{error:#}")))?;
    let compiled = threads::run(threads, || engine.precompile_module(wasm));
    let compiled = compiled
        .map_err(|error| Failure::new(Status::System, format!("a thread for compiling could not be started: {error}")))?;
    compiled.map_err(|error| Failure::new(Status::Module, format!("{error:#}")))
}

fn engine(settings: &Settings, threads: usize) -> wasmtime::Result<Engine> {
    let mut config = settings.config();
    config.strategy(Strategy::Cranelift).cranelift_nan_canonicalization(settings.canonical_nans);
    // On one thread nothing of the library for threads is used.
    config.parallel_compilation(threads > 1);
    if settings.cpu == Cpu::Baseline {
        // Instructions beyond those of the architecture are for the machine itself only, which a target is not taken for.
        config.target(libvm_codegen::TARGET)?;
    }
    Engine::new(&config)
}
