//! Values of scripts: conversion of arguments for the C API, comparison of results with the expected ones.
use crate::capi::*;
use crate::vm::{Failure, OwnedContext};
use wast::core::{AbstractHeapType, HeapType, NanPattern, V128Pattern, WastArgCore, WastRetCore};
use wast::token::{F32 as Float32, F64 as Float64};

/// Creates a value from its bytes in memory.
pub fn new(kind: u32, bytes: &[u8]) -> Value {
    let mut value = Value { kind, ..Value::default() };
    value.of[..bytes.len()].copy_from_slice(bytes);
    value
}

fn bytes<const N: usize>(value: &Value) -> [u8; N] {
    value.of[..N].try_into().expect("N is at most 16")
}

/// Returns the reference of a funcref or externref.
pub fn reference(value: &Value) -> Handle {
    Handle {
        context: u64::from_ne_bytes(bytes(value)),
        slot: u32::from_ne_bytes(value.of[8..12].try_into().expect("4 bytes")),
        generation: u32::from_ne_bytes(value.of[12..].try_into().expect("4 bytes")),
    }
}

fn of_reference(kind: u32, reference: Handle) -> Value {
    let mut value = new(kind, &reference.context.to_ne_bytes());
    value.of[8..12].copy_from_slice(&reference.slot.to_ne_bytes());
    value.of[12..].copy_from_slice(&reference.generation.to_ne_bytes());
    value
}

/// Converts an argument; returns `None` if libvm has no such type.
pub fn argument(context: &OwnedContext, argument: &WastArgCore) -> Result<Option<Value>, Failure> {
    Ok(Some(match argument {
        WastArgCore::I32(number) => new(I32, &number.to_ne_bytes()),
        WastArgCore::I64(number) => new(I64, &number.to_ne_bytes()),
        WastArgCore::F32(number) => new(F32, &number.bits.to_ne_bytes()),
        WastArgCore::F64(number) => new(F64, &number.bits.to_ne_bytes()),
        WastArgCore::V128(vector) => new(V128, &vector.to_le_bytes()),
        WastArgCore::RefNull(ty) => match kind_of(ty) {
            Some(kind) => of_reference(kind, Handle::default()),
            None => return Ok(None),
        },
        WastArgCore::RefExtern(number) => of_reference(EXTERNREF, context.host_object(*number)?),
        WastArgCore::RefHost(_) => return Ok(None),
    }))
}

fn kind_of(ty: &HeapType) -> Option<u32> {
    match ty {
        HeapType::Abstract { shared: false, ty: AbstractHeapType::Func } => Some(FUNCREF),
        HeapType::Abstract { shared: false, ty: AbstractHeapType::Extern } => Some(EXTERNREF),
        _ => None,
    }
}

/// Returns whether a result is as expected.
pub fn matches(context: &OwnedContext, found: &Value, expected: &WastRetCore) -> Result<bool, Failure> {
    let is_reference = found.kind == FUNCREF || found.kind == EXTERNREF;
    let is_null = reference(found).context == 0;
    Ok(match expected {
        WastRetCore::I32(number) => found.kind == I32 && i32::from_ne_bytes(bytes(found)) == *number,
        WastRetCore::I64(number) => found.kind == I64 && i64::from_ne_bytes(bytes(found)) == *number,
        WastRetCore::F32(pattern) => found.kind == F32 && matches_f32(u32::from_ne_bytes(bytes(found)), pattern),
        WastRetCore::F64(pattern) => found.kind == F64 && matches_f64(u64::from_ne_bytes(bytes(found)), pattern),
        WastRetCore::V128(pattern) => found.kind == V128 && matches_v128(&found.of, pattern),
        WastRetCore::RefNull(ty) => is_reference && is_null && ty.as_ref().is_none_or(|ty| kind_of(ty) == Some(found.kind)),
        WastRetCore::RefExtern(None) => found.kind == EXTERNREF && !is_null,
        WastRetCore::RefExtern(Some(number)) => {
            found.kind == EXTERNREF && !is_null && context.number_of(reference(found))? == *number as usize
        }
        WastRetCore::RefFunc(None) => found.kind == FUNCREF && !is_null,
        WastRetCore::Either(cases) => {
            for case in cases {
                if matches(context, found, case)? {
                    return Ok(true);
                }
            }
            false
        }
        _ => false,
    })
}

fn matches_f32(bits: u32, pattern: &NanPattern<Float32>) -> bool {
    match pattern {
        NanPattern::CanonicalNan => bits & 0x7fff_ffff == 0x7fc0_0000,
        NanPattern::ArithmeticNan => bits & 0x7fc0_0000 == 0x7fc0_0000,
        NanPattern::Value(number) => bits == number.bits,
    }
}

fn matches_f64(bits: u64, pattern: &NanPattern<Float64>) -> bool {
    match pattern {
        NanPattern::CanonicalNan => bits & 0x7fff_ffff_ffff_ffff == 0x7ff8_0000_0000_0000,
        NanPattern::ArithmeticNan => bits & 0x7ff8_0000_0000_0000 == 0x7ff8_0000_0000_0000,
        NanPattern::Value(number) => bits == number.bits,
    }
}

/// Compares lane by lane; vectors are little-endian everywhere.
fn matches_v128(found: &[u8; 16], pattern: &V128Pattern) -> bool {
    fn lanes<const N: usize, T>(found: &[u8; 16], expected: &[T], same: impl Fn([u8; N], &T) -> bool) -> bool {
        let found = found.chunks_exact(N).map(|lane| lane.try_into().expect("N bytes"));
        found.zip(expected).all(|(lane, expected)| same(lane, expected))
    }
    match pattern {
        V128Pattern::I8x16(expected) => lanes(found, expected, |lane, number| i8::from_le_bytes(lane) == *number),
        V128Pattern::I16x8(expected) => lanes(found, expected, |lane, number| i16::from_le_bytes(lane) == *number),
        V128Pattern::I32x4(expected) => lanes(found, expected, |lane, number| i32::from_le_bytes(lane) == *number),
        V128Pattern::I64x2(expected) => lanes(found, expected, |lane, number| i64::from_le_bytes(lane) == *number),
        V128Pattern::F32x4(expected) => lanes(found, expected, |lane, pattern| matches_f32(u32::from_le_bytes(lane), pattern)),
        V128Pattern::F64x2(expected) => lanes(found, expected, |lane, pattern| matches_f64(u64::from_le_bytes(lane), pattern)),
    }
}

/// Formats a result.
pub fn show(value: &Value) -> String {
    match value.kind {
        I32 => format!("i32 {}", i32::from_ne_bytes(bytes(value))),
        I64 => format!("i64 {}", i64::from_ne_bytes(bytes(value))),
        F32 => format!("f32 {:#010x}", u32::from_ne_bytes(bytes(value))),
        F64 => format!("f64 {:#018x}", u64::from_ne_bytes(bytes(value))),
        V128 => format!("v128 {:#034x}", u128::from_le_bytes(value.of)),
        kind => format!("type {kind}, {}", if reference(value).context == 0 { "null" } else { "a reference" }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nan_patterns_tell_nans_apart() {
        let (canonical, arithmetic) = (NanPattern::CanonicalNan, NanPattern::ArithmeticNan);
        for (bits, is_canonical, is_arithmetic) in [
            (0x7fc0_0000, true, true),
            (0xffc0_0000, true, true),
            (0x7fc0_0001, false, true),
            (0xffe0_0000, false, true),
            (0x7fa0_0000, false, false),
            (0x7f80_0000, false, false),
            (0, false, false),
        ] {
            assert_eq!(matches_f32(bits, &canonical), is_canonical, "{bits:#x}");
            assert_eq!(matches_f32(bits, &arithmetic), is_arithmetic, "{bits:#x}");
        }
        assert!(matches_f64(0xfff8_0000_0000_0000, &NanPattern::CanonicalNan));
        assert!(!matches_f64(0x7ff8_0000_0000_0001, &NanPattern::CanonicalNan));
        assert!(!matches_f64(0x7ff0_0000_0000_0001, &NanPattern::ArithmeticNan));
        assert!(!matches_f32(0x8000_0000, &NanPattern::Value(Float32 { bits: 0 })), "-0 is not 0");
    }

    #[test]
    fn every_lane_counts() {
        let mut vector = [0; 16];
        assert!(matches_v128(&vector, &V128Pattern::I16x8([0; 8])));
        vector[15] = 1;
        assert!(!matches_v128(&vector, &V128Pattern::I16x8([0; 8])));
        assert!(matches_v128(&vector, &V128Pattern::I16x8([0, 0, 0, 0, 0, 0, 0, 256])));
    }
}
