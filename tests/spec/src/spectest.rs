//! The host module `spectest` that the suite imports from.
use crate::capi::*;
use crate::values;
use crate::vm::{Failure, OwnedHost};
use std::ffi::c_void;

/// The output of the suite's functions is ignored.
unsafe extern "C" fn print(_: *mut c_void, _: *mut Caller, _: *const Value, _: *mut Value) -> Status {
    STATUS_OK
}

/// Creates it.
pub fn make() -> Result<OwnedHost, Failure> {
    let host = OwnedHost::new("spectest")?;
    for (name, signature) in [
        ("print", "()"),
        ("print_i32", "(i)"),
        ("print_i64", "(I)"),
        ("print_f32", "(f)"),
        ("print_f64", "(F)"),
        ("print_i32_f32", "(if)"),
        ("print_f64_f64", "(FF)"),
    ] {
        host.function(name, signature, print)?;
    }
    for (name, value) in [
        ("global_i32", values::new(I32, &666_i32.to_ne_bytes())),
        ("global_i64", values::new(I64, &666_i64.to_ne_bytes())),
        ("global_f32", values::new(F32, &666.6_f32.to_ne_bytes())),
        ("global_f64", values::new(F64, &666.6_f64.to_ne_bytes())),
    ] {
        host.global(name, &value)?;
    }
    for (name, is_64) in [("table", false), ("table64", true)] {
        host.table(name, &TableType::new(FUNCREF, is_64, 10, 20))?;
    }
    host.memory("memory", &MemoryType::new(1, 2))?;
    Ok(host)
}
