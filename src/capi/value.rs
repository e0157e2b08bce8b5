//! The constructors that types.h has inline, for languages that cannot inline C.

use super::guard::guard_value;
use libvm_abi::{Ref, Value};

/// See types.h.
#[unsafe(no_mangle)]
pub extern "C" fn VM_RefNull() -> Ref {
    Ref::default()
}

/// See types.h.
#[unsafe(no_mangle)]
pub extern "C" fn VM_ValueI32(value: i32) -> Value {
    Value::i32(value)
}

/// See types.h.
#[unsafe(no_mangle)]
pub extern "C" fn VM_ValueI64(value: i64) -> Value {
    Value::i64(value)
}

/// See types.h.
#[unsafe(no_mangle)]
pub extern "C" fn VM_ValueF32(value: f32) -> Value {
    Value::f32_bits(value.to_bits())
}

/// See types.h.
#[unsafe(no_mangle)]
pub extern "C" fn VM_ValueF64(value: f64) -> Value {
    Value::f64_bits(value.to_bits())
}

/// See types.h; NULL gives no value.
#[unsafe(no_mangle)]
pub extern "C" fn VM_ValueV128(bytes: Option<&[u8; 16]>) -> Value {
    guard_value(Value::NONE, || bytes.map_or(Value::NONE, |bytes| Value::v128(u128::from_le_bytes(*bytes))))
}

/// See types.h.
#[unsafe(no_mangle)]
pub extern "C" fn VM_ValueFuncRef(r#ref: Ref) -> Value {
    Value::func_ref(r#ref)
}

/// See types.h.
#[unsafe(no_mangle)]
pub extern "C" fn VM_ValueExternRef(r#ref: Ref) -> Value {
    Value::extern_ref(r#ref)
}
