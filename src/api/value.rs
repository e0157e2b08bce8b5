//! Values, and the Rust types that they are.
#![forbid(unsafe_code)]

use super::convert::conversions;
use super::reference::{ExternRef, FuncRef};
use crate::status::{Error, Result};
use crate::value::{FuncType, ValType, type_name};
use libvm_abi as abi;

mod sealed {
    pub trait Sealed {}
}
use sealed::Sealed;

/// A value of any wasm type. References in it are held until it is dropped.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A 32-bit integer.
    I32(i32),
    /// A 64-bit integer.
    I64(i64),
    /// A 32-bit float.
    F32(f32),
    /// A 64-bit float.
    F64(f64),
    /// A 128-bit vector, little-endian.
    V128(u128),
    /// A reference to a function, or null.
    FuncRef(Option<FuncRef>),
    /// A reference to an object of the host, or null.
    ExternRef(Option<ExternRef>),
}

impl Value {
    /// Returns the type.
    pub fn ty(&self) -> ValType {
        match self {
            Self::I32(_) => ValType::I32,
            Self::I64(_) => ValType::I64,
            Self::F32(_) => ValType::F32,
            Self::F64(_) => ValType::F64,
            Self::V128(_) => ValType::V128,
            Self::FuncRef(_) => ValType::FuncRef,
            Self::ExternRef(_) => ValType::ExternRef,
        }
    }

    /// Returns the value as the ABI has it; references in it are borrowed.
    pub(super) fn to_abi(&self) -> abi::Value {
        match self {
            Self::I32(value) => value.to_abi(),
            Self::I64(value) => value.to_abi(),
            Self::F32(value) => value.to_abi(),
            Self::F64(value) => value.to_abi(),
            Self::V128(value) => value.to_abi(),
            Self::FuncRef(value) => value.to_abi(),
            Self::ExternRef(value) => value.to_abi(),
        }
    }

    /// Takes ownership of a value that libvm has made.
    pub(super) fn from_abi(value: &abi::Value) -> Self {
        match ValType::from_abi(value.kind) {
            Some(ValType::I64) => Self::I64(i64::from_abi(value)),
            Some(ValType::F32) => Self::F32(f32::from_abi(value)),
            Some(ValType::F64) => Self::F64(f64::from_abi(value)),
            Some(ValType::V128) => Self::V128(u128::from_abi(value)),
            Some(ValType::FuncRef) => Self::FuncRef(WasmType::from_abi(value)),
            Some(ValType::ExternRef) => Self::ExternRef(WasmType::from_abi(value)),
            Some(ValType::I32) | None => Self::I32(i32::from_abi(value)),
        }
    }
}

/// A Rust type of a wasm value: `i32`, `u32`, `i64`, `u64`, `f32`, `f64`, `bool` (an i32), `u128` (a v128), `Option<FuncRef>` and
/// `Option<ExternRef>`.
pub trait WasmType: Sealed + Sized + Send + 'static {
    #[doc(hidden)]
    const TYPE: ValType;

    #[doc(hidden)]
    fn to_abi(&self) -> abi::Value;

    /// Takes ownership of a value of the type.
    #[doc(hidden)]
    fn from_abi(value: &abi::Value) -> Self;
}

/// A number: a [`WasmType`] that is not a reference.
pub trait Number: WasmType + Copy {}

macro_rules! numbers {
    ($($ty:ty: $kind:ident, |$value:ident| $to:expr, |$abi:ident| $from:expr;)*) => {$(
        impl Sealed for $ty {}

        impl WasmType for $ty {
            const TYPE: ValType = ValType::$kind;

            #[inline(always)]
            fn to_abi(&self) -> abi::Value {
                let $value = *self;
                $to
            }

            #[inline(always)]
            fn from_abi($abi: &abi::Value) -> Self {
                $from
            }
        }

        impl Number for $ty {}
    )*};
}

numbers! {
    i32: I32, |value| abi::Value::i32(value), |value| value.bits_32() as i32;
    u32: I32, |value| abi::Value::i32(value as i32), |value| value.bits_32();
    bool: I32, |value| abi::Value::i32(value.into()), |value| value.bits_32() != 0;
    i64: I64, |value| abi::Value::i64(value), |value| value.bits_64() as i64;
    u64: I64, |value| abi::Value::i64(value as i64), |value| value.bits_64();
    f32: F32, |value| abi::Value::f32_bits(value.to_bits()), |value| f32::from_bits(value.bits_32());
    f64: F64, |value| abi::Value::f64_bits(value.to_bits()), |value| f64::from_bits(value.bits_64());
    u128: V128, |value| abi::Value::v128(value), |value| value.bits_128();
}

conversions! {
    Value,
    i32: |value| Self::I32(value);
    i64: |value| Self::I64(value);
    f32: |value| Self::F32(value);
    f64: |value| Self::F64(value);
    u128: |value| Self::V128(value);
    Option<FuncRef>: |value| Self::FuncRef(value);
    Option<ExternRef>: |value| Self::ExternRef(value);
}

impl Sealed for Option<FuncRef> {}

impl WasmType for Option<FuncRef> {
    const TYPE: ValType = ValType::FuncRef;

    fn to_abi(&self) -> abi::Value {
        abi::Value::func_ref(self.as_ref().map_or(abi::Ref::default(), FuncRef::handle))
    }

    fn from_abi(value: &abi::Value) -> Self {
        FuncRef::own(value.reference())
    }
}

impl Sealed for Option<ExternRef> {}

impl WasmType for Option<ExternRef> {
    const TYPE: ValType = ValType::ExternRef;

    fn to_abi(&self) -> abi::Value {
        abi::Value::extern_ref(self.as_ref().map_or(abi::Ref::default(), ExternRef::handle))
    }

    fn from_abi(value: &abi::Value) -> Self {
        ExternRef::own(value.reference())
    }
}

/// The arguments of a call of a guest: a [`WasmType`], a tuple of up to twelve, or a slice of [`Value`]s.
pub trait WasmArgs {
    /// Their types, if they are known.
    #[doc(hidden)]
    const TYPES: Option<&'static [ValType]>;

    #[doc(hidden)]
    fn with<T>(&self, work: impl FnOnce(&[abi::Value]) -> T) -> T;
}

/// The results of a call of a guest: `()`, a [`WasmType`], a tuple of up to eight, or a `Vec<Value>`.
pub trait WasmResults: Sized {
    /// Their types, if they are known.
    #[doc(hidden)]
    const TYPES: Option<&'static [ValType]>;

    #[doc(hidden)]
    type Room: AsMut<[abi::Value]>;

    #[doc(hidden)]
    fn room(count: usize) -> Self::Room;

    /// Takes ownership of results of these types.
    #[doc(hidden)]
    fn from_room(room: Self::Room) -> Self;
}

impl<T: WasmType> WasmArgs for T {
    const TYPES: Option<&'static [ValType]> = Some(&[T::TYPE]);

    #[inline]
    fn with<R>(&self, work: impl FnOnce(&[abi::Value]) -> R) -> R {
        work(&[self.to_abi()])
    }
}

impl<T: WasmType> WasmResults for T {
    const TYPES: Option<&'static [ValType]> = Some(&[T::TYPE]);
    type Room = [abi::Value; 1];

    #[inline]
    fn room(_: usize) -> Self::Room {
        [abi::Value::NONE]
    }

    #[inline]
    fn from_room(room: Self::Room) -> Self {
        T::from_abi(&room[0])
    }
}

macro_rules! args {
    ($(($($name:ident)*))*) => {$(
        impl<$($name: WasmType),*> WasmArgs for ($($name,)*) {
            const TYPES: Option<&'static [ValType]> = Some(&[$($name::TYPE),*]);

            #[inline]
            #[allow(non_snake_case)]
            fn with<T>(&self, work: impl FnOnce(&[abi::Value]) -> T) -> T {
                let ($($name,)*) = self;
                work(&[$($name.to_abi()),*])
            }
        }
    )*};
}

macro_rules! results {
    ($($count:literal ($($name:ident)*))*) => {$(
        impl<$($name: WasmType),*> WasmResults for ($($name,)*) {
            const TYPES: Option<&'static [ValType]> = Some(&[$($name::TYPE),*]);
            type Room = [abi::Value; $count];

            #[inline]
            fn room(_: usize) -> Self::Room {
                [abi::Value::NONE; $count]
            }

            #[inline]
            #[allow(non_snake_case, clippy::unused_unit)]
            fn from_room(room: Self::Room) -> Self {
                let [$($name),*] = room;
                ($($name::from_abi(&$name),)*)
            }
        }
    )*};
}

args! {
    () (A) (A B) (A B C) (A B C D) (A B C D E) (A B C D E F) (A B C D E F G) (A B C D E F G H) (A B C D E F G H I)
    (A B C D E F G H I J) (A B C D E F G H I J K) (A B C D E F G H I J K L)
}
results! {
    0 () 1 (A) 2 (A B) 3 (A B C) 4 (A B C D) 5 (A B C D E) 6 (A B C D E F) 7 (A B C D E F G) 8 (A B C D E F G H)
}

impl WasmArgs for &[Value] {
    const TYPES: Option<&'static [ValType]> = None;

    fn with<T>(&self, work: impl FnOnce(&[abi::Value]) -> T) -> T {
        let values: Vec<_> = self.iter().map(Value::to_abi).collect();
        work(&values)
    }
}

impl<const N: usize> WasmArgs for [Value; N] {
    const TYPES: Option<&'static [ValType]> = None;

    fn with<T>(&self, work: impl FnOnce(&[abi::Value]) -> T) -> T {
        self.as_slice().with(work)
    }
}

impl WasmResults for Vec<Value> {
    const TYPES: Option<&'static [ValType]> = None;
    type Room = Vec<abi::Value>;

    fn room(count: usize) -> Self::Room {
        vec![abi::Value::NONE; count]
    }

    fn from_room(room: Self::Room) -> Self {
        room.iter().map(Value::from_abi).collect()
    }
}

/// Returns whether no type is that of a reference.
pub(super) const fn are_numbers(types: &[ValType]) -> bool {
    let mut at = 0;
    while at < types.len() {
        if types[at].is_reference() {
            return false;
        }
        at += 1;
    }
    true
}

/// Checks, before it is called, that a function returns what was asked for. Another number of results is refused by the call.
pub(super) fn check_results<R: WasmResults>(ty: &FuncType) -> Result<()> {
    check_kinds::<R>(ty.results.iter().map(|ty| ty.to_abi()))
}

/// Checks that values have the types that were asked for.
pub(super) fn check_kinds<R: WasmResults>(found: impl ExactSizeIterator<Item = abi::ValType>) -> Result<()> {
    let wanted = R::TYPES.unwrap_or_default();
    let mut wrong = wanted.iter().zip(found).enumerate().filter(|(_, (wanted, found))| wanted.to_abi() != *found);
    let Some((index, (wanted, found))) = wrong.next() else { return Ok(()) };
    let message = format!("result {} of the function is {}, but {wanted} was asked for", index + 1, type_name(found));
    Err(Error::new(abi::STATUS_WRONG_TYPE, message))
}
