//! The Rust API, used as a host uses it.
#![forbid(unsafe_code)]

mod asynchronous;
mod asynchronous_hooks;
mod attacks;
mod bytes;
mod calls;
mod configuration;
mod coverage;
mod executions;
mod functions;
mod hooks;
mod loops;
mod misuse;
mod numbers;
mod packages;
mod plugins;
mod pools;
mod recordings;
mod streams;
mod taste;

use std::fmt::Debug;
use vm::{Context, Engine, Error, Instance, Module, Status};

/// Returns the module of a text.
fn wasm(text: &str) -> Vec<u8> {
    wat::parse_str(text).unwrap()
}

/// Returns a context with a module instantiated.
fn context_with(text: &str) -> (Context, Instance) {
    let engine = Engine::new().unwrap();
    let mut context = Context::new(&engine).unwrap();
    let module = Module::from_buffer(&engine, wasm(text)).unwrap();
    let instance = context.instantiate(&module).unwrap();
    (context, instance)
}

/// Checks the status of a failure, and returns its message.
#[track_caller]
fn fails<T: Debug>(status: Status, result: Result<T, Error>) -> String {
    let error = result.unwrap_err();
    assert_eq!(error.status(), status, "{error}");
    error.message()
}
