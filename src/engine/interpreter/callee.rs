//! How a function is called: common types use wasmi's typed calls, which compare no types at run time.
#![forbid(unsafe_code)]

use crate::value::ValType;
use libvm_abi::{RawValue, Value};
use wasmi::{AsContext, F64, Func, StoreContextMut, TypedFunc, WasmResults};

/// A function and the fastest way to call it.
#[derive(Clone, Copy)]
pub enum Callee {
    /// Its type is compared in every call.
    Any(Func),
    Nothing(Params<()>),
    I32(Params<i32>),
    I64(Params<i64>),
    F64(Params<F64>),
}

/// The types of the arguments and the room for results; then the outcome of the call.
type Answer = Option<Result<(), wasmi::Error>>;

impl Callee {
    /// Returns the way to call a function, by its type.
    #[cold] // it is large, and need not be fast
    pub fn new(store: &impl AsContext, func: Func) -> Self {
        let ty = func.ty(store);
        let params = ty.params();
        let typed = match ty.results() {
            [] => Params::new(store, func, params).map(Self::Nothing),
            [wasmi::ValType::I32] => Params::new(store, func, params).map(Self::I32),
            [wasmi::ValType::I64] => Params::new(store, func, params).map(Self::I64),
            [wasmi::ValType::F64] => Params::new(store, func, params).map(Self::F64),
            _ => None,
        };
        typed.unwrap_or(Self::Any(func))
    }

    /// The function itself.
    pub fn func(self) -> Func {
        match self {
            Self::Any(func) => func,
            Self::Nothing(by) => by.func(),
            Self::I32(by) => by.func(),
            Self::I64(by) => by.func(),
            Self::F64(by) => by.func(),
        }
    }

    /// Calls a function of a common type; returns `None` if it has another type, or the values are not of its type.
    #[inline]
    pub fn call<T>(self, store: &mut StoreContextMut<'_, T>, args: &[Value], results: &mut [Value]) -> Answer {
        match (self, results) {
            (Self::Nothing(by), []) => by.call(store, args, |()| {}),
            (Self::I32(by), [result]) => by.call(store, args, |value| *result = Value::i32(value)),
            (Self::I64(by), [result]) => by.call(store, args, |value| *result = Value::i64(value)),
            (Self::F64(by), [result]) => by.call(store, args, |value| *result = Value::f64_bits(value.to_bits())),
            _ => None,
        }
    }

    /// Calls a function of a common type with so many numbers of its type, in whose place the result is written; returns `None` if it has
    /// another type.
    #[inline(always)] // on the path of prepared calls
    pub fn call_raw<T>(self, store: &mut StoreContextMut<'_, T>, params: usize, values: &mut [RawValue]) -> Answer {
        let args = values.get(..params)?;
        let result = match self {
            Self::Any(_) => return None,
            Self::Nothing(by) => return by.call(store, args, |()| {}),
            Self::I32(by) => by.call(store, args, |value| RawValue::from_value(&Value::i32(value))),
            Self::I64(by) => by.call(store, args, |value| RawValue::from_value(&Value::i64(value))),
            Self::F64(by) => by.call(store, args, |value| RawValue::from_value(&Value::f64_bits(value.to_bits()))),
        };
        Some(result?.map(|result| values[0] = result))
    }
}

/// The parameters for one kind of result; one letter for each.
#[allow(clippy::upper_case_acronyms)]
pub enum Params<R> {
    Nothing(TypedFunc<(), R>),
    I(TypedFunc<i32, R>),
    L(TypedFunc<i64, R>),
    D(TypedFunc<F64, R>),
    II(TypedFunc<(i32, i32), R>),
    IL(TypedFunc<(i32, i64), R>),
    LI(TypedFunc<(i64, i32), R>),
    LL(TypedFunc<(i64, i64), R>),
    DD(TypedFunc<(F64, F64), R>),
    III(TypedFunc<(i32, i32, i32), R>),
    IIII(TypedFunc<(i32, i32, i32, i32), R>),
}

impl<R> Copy for Params<R> {}

impl<R> Clone for Params<R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<R: WasmResults> Params<R> {
    fn new(store: &impl AsContext, func: Func, params: &[wasmi::ValType]) -> Option<Self> {
        use wasmi::ValType::{F64, I32, I64};
        match params {
            [] => func.typed(store).map(Self::Nothing),
            [I32] => func.typed(store).map(Self::I),
            [I64] => func.typed(store).map(Self::L),
            [F64] => func.typed(store).map(Self::D),
            [I32, I32] => func.typed(store).map(Self::II),
            [I32, I64] => func.typed(store).map(Self::IL),
            [I64, I32] => func.typed(store).map(Self::LI),
            [I64, I64] => func.typed(store).map(Self::LL),
            [F64, F64] => func.typed(store).map(Self::DD),
            [I32, I32, I32] => func.typed(store).map(Self::III),
            [I32, I32, I32, I32] => func.typed(store).map(Self::IIII),
            _ => return None,
        }
        .ok()
    }

    fn func(self) -> Func {
        *match &self {
            Self::Nothing(typed) => typed.func(),
            Self::I(typed) => typed.func(),
            Self::L(typed) => typed.func(),
            Self::D(typed) => typed.func(),
            Self::II(typed) => typed.func(),
            Self::IL(typed) => typed.func(),
            Self::LI(typed) => typed.func(),
            Self::LL(typed) => typed.func(),
            Self::DD(typed) => typed.func(),
            Self::III(typed) => typed.func(),
            Self::IIII(typed) => typed.func(),
        }
    }

    #[inline(always)]
    fn call<T, Q>(
        self,
        store: &mut StoreContextMut<'_, T>,
        args: &[impl Argument],
        put: impl FnOnce(R) -> Q,
    ) -> Option<Result<Q, wasmi::Error>> {
        let outcome = match (self, args) {
            (Self::Nothing(typed), []) => typed.call(store, ()),
            (Self::I(typed), [a]) => typed.call(store, a.i32()?),
            (Self::L(typed), [a]) => typed.call(store, a.i64()?),
            (Self::D(typed), [a]) => typed.call(store, a.f64()?),
            (Self::II(typed), [a, b]) => typed.call(store, (a.i32()?, b.i32()?)),
            (Self::IL(typed), [a, b]) => typed.call(store, (a.i32()?, b.i64()?)),
            (Self::LI(typed), [a, b]) => typed.call(store, (a.i64()?, b.i32()?)),
            (Self::LL(typed), [a, b]) => typed.call(store, (a.i64()?, b.i64()?)),
            (Self::DD(typed), [a, b]) => typed.call(store, (a.f64()?, b.f64()?)),
            (Self::III(typed), [a, b, c]) => typed.call(store, (a.i32()?, b.i32()?, c.i32()?)),
            (Self::IIII(typed), [a, b, c, d]) => typed.call(store, (a.i32()?, b.i32()?, c.i32()?, d.i32()?)),
            _ => return None,
        };
        Some(outcome.map(put))
    }
}

/// An argument, if it is of the type that is asked for.
trait Argument {
    fn i32(&self) -> Option<i32>;
    fn i64(&self) -> Option<i64>;
    fn f64(&self) -> Option<F64>;
}

impl Argument for Value {
    #[inline(always)]
    fn i32(&self) -> Option<i32> {
        (self.kind == ValType::I32.to_abi()).then(|| self.bits_32() as i32)
    }

    #[inline(always)]
    fn i64(&self) -> Option<i64> {
        (self.kind == ValType::I64.to_abi()).then(|| self.bits_64() as i64)
    }

    #[inline(always)]
    fn f64(&self) -> Option<F64> {
        (self.kind == ValType::F64.to_abi()).then(|| F64::from_bits(self.bits_64()))
    }
}

/// Its type was compared before.
impl Argument for RawValue {
    #[inline(always)]
    fn i32(&self) -> Option<i32> {
        Some(self.bits_32() as i32)
    }

    #[inline(always)]
    fn i64(&self) -> Option<i64> {
        Some(self.bits_64() as i64)
    }

    #[inline(always)]
    fn f64(&self) -> Option<F64> {
        Some(F64::from_bits(self.bits_64()))
    }
}
