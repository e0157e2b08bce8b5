//! Functions of guests.
#![forbid(unsafe_code)]

use super::context::Context;
use super::error::Result;
use super::reference::FuncRef;
use super::value::{WasmArgs, WasmResults, are_numbers, check_results};
use crate::engine::{Handle, Store, Tier};
use crate::status::{self, Error};
use crate::value::{FuncType, ValType};
use libvm_abi::{self as abi, RawValue};
use std::marker::PhantomData;

/// How many values a call mostly has, and the most arguments or results.
const FEW: usize = 4;
const MOST: usize = 12;

/// A function of a context. It is valid until its instance is removed, or the context is reset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Func(Handle);

impl From<Handle> for Func {
    fn from(handle: Handle) -> Self {
        Self(handle)
    }
}

impl From<Func> for Handle {
    fn from(func: Func) -> Self {
        func.0
    }
}

impl Func {
    /// Calls the function.
    ///
    /// # Errors
    /// Those of [`Context::execute`].
    pub fn call<R: WasmResults>(self, context: &mut Context, args: impl WasmArgs) -> Result<R> {
        context.with(|context| {
            let ty = context.store().func_type(self.0)?;
            check_results::<R>(&ty)?;
            let mut room = R::room(ty.results.len());
            args.with(|args| context.store().call(self.0, args, room.as_mut()))?;
            Ok(R::from_room(room))
        })
    }

    /// Returns the type.
    ///
    /// # Errors
    /// [`STALE`](crate::Status::STALE), [`WRONG_CONTEXT`](crate::Status::WRONG_CONTEXT), [`BUSY`](crate::Status::BUSY),
    /// [`REENTRANT`](crate::Status::REENTRANT).
    pub fn ty(self, context: &Context) -> Result<FuncType> {
        context.with(|context| context.store().func_type(self.0))
    }

    /// Checks the type once, so that calls need not.
    ///
    /// # Errors
    /// [`WRONG_TYPE`](crate::Status::WRONG_TYPE) for another type, and as for [`ty`](Self::ty).
    pub fn typed<A: WasmArgs, R: WasmResults>(self, context: &Context) -> Result<TypedFunc<A, R>> {
        let ty = self.ty(context)?;
        let same = |wanted: Option<&[_]>, found: &[_]| wanted.is_none_or(|wanted| wanted == found);
        if !same(A::TYPES, &ty.params) || !same(R::TYPES, &ty.results) {
            let wanted = FuncType::new(A::TYPES.unwrap_or(&ty.params), R::TYPES.unwrap_or(&ty.results));
            let message = format!("the function is {ty}, but {wanted} was asked for");
            return Err(Error::new(abi::STATUS_WRONG_TYPE, message).into());
        }
        let compiled = context.with(|context| Ok(context.store().tier() == Tier::Compiled))?;
        Ok(TypedFunc { func: self, results: ty.results.len(), compiled, marker: PhantomData })
    }

    /// Returns a reference to the function, as wasm sees it.
    ///
    /// # Errors
    /// As for [`ty`](Self::ty).
    pub fn to_ref(self, context: &mut Context) -> Result<FuncRef> {
        context.with(|context| {
            context.store().retain_ref(self.0)?;
            FuncRef::own(self.0).ok_or_else(|| Error::new(abi::STATUS_NULL_ARGUMENT, "the handle is null"))
        })
    }
}

/// A function whose type was checked: the fastest way to call a guest. Numbers reach [compiled](Tier::Compiled) guests without their types.
///
/// ```
/// # fn main() -> vm::Result<()> {
/// # let wasm = wat::parse_str(r#"(module (func (export "sum") (param i32 i32) (result i32)
/// #     (i32.add (local.get 0) (local.get 1))))"#).unwrap();
/// # let engine = vm::Engine::new()?;
/// # let module = vm::Module::from_buffer(&engine, wasm)?;
/// # let mut context = vm::Context::new(&engine)?;
/// # let instance = context.instantiate(&module)?;
/// let sum = instance.function(&mut context, "sum")?.typed::<(i32, i32), i32>(&context)?;
/// assert_eq!(sum.call(&mut context, (20, 22))?, 42);
/// # Ok(())
/// # }
/// ```
pub struct TypedFunc<A, R> {
    func: Func,
    results: usize,
    /// Whether the guest is compiled.
    compiled: bool,
    marker: PhantomData<fn(A) -> R>,
}

impl<A, R> Clone for TypedFunc<A, R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<A, R> Copy for TypedFunc<A, R> {}

impl<A: WasmArgs, R: WasmResults> TypedFunc<A, R> {
    /// Calls the function.
    ///
    /// # Errors
    /// Those of [`Context::execute`].
    #[inline]
    pub fn call(self, context: &mut Context, args: A) -> Result<R> {
        context.with(|context| -> status::Result<R> {
            let mut room = R::room(self.results);
            match Self::NUMBERS {
                Some(types) if self.compiled => self.call_numbers(context.store(), types, &args, room.as_mut())?,
                _ => args.with(|args| context.store().call(self.func.0, args, room.as_mut()))?,
            }
            Ok(R::from_room(room))
        })
    }

    /// The types, if all of them are known and numbers.
    const NUMBERS: Option<(&'static [ValType], &'static [ValType])> = match (A::TYPES, R::TYPES) {
        (Some(params), Some(results)) if are_numbers(params) && are_numbers(results) => Some((params, results)),
        _ => None,
    };

    #[inline]
    fn call_numbers(
        self,
        store: &mut Store,
        types: (&[ValType], &[ValType]),
        args: &A,
        results: &mut [abi::Value],
    ) -> status::Result<()> {
        let count = types.0.len().max(types.1.len());
        let (mut few, mut many);
        let values: &mut [RawValue] = if count <= FEW {
            few = [RawValue::ZERO; FEW];
            &mut few[..count]
        } else {
            many = [RawValue::ZERO; MOST];
            &mut many[..count]
        };
        args.with(|args| values.iter_mut().zip(args).for_each(|(value, arg)| *value = RawValue::from_value(arg)));
        store.call_prepared(self.func.0, types, values)?;
        for ((result, ty), value) in results.iter_mut().zip(types.1).zip(&*values) {
            *result = value.to_value(ty.to_abi());
        }
        Ok(())
    }

    /// Returns the function.
    pub fn func(self) -> Func {
        self.func
    }
}

impl FuncRef {
    /// Returns the function, which can be called as long as the reference is held.
    pub fn func(&self) -> Func {
        self.handle().into()
    }
}
