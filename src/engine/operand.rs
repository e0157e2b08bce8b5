//! Values in terms of an engine.
#![forbid(unsafe_code)]

use super::backend::Backend;
use super::entity::{Entity, Handles};
use crate::status::{Error, Result};
use crate::value::{self, ValType};
use libvm_abi::{self as abi, Value};

/// A value in terms of an engine: its reference, if it is one, is resolved. `None` is the null reference.
#[derive(Clone, Copy)]
pub enum Operand<B: Backend> {
    Number(Value),
    Func(Option<B::Func>),
    Object(Option<B::Object>),
}

impl<B: Backend> Operand<B> {
    /// Resolves a value, after comparing its type with `expected`. `what` names its place for the error.
    ///
    /// # Errors
    /// `STATUS_WRONG_TYPE`, and those of an invalid handle.
    pub fn new(handles: &Handles<B>, value: &Value, expected: ValType, what: impl Fn() -> String) -> Result<Self> {
        if value.kind != expected.to_abi() {
            let message = format!("{} is {}, but {expected} is needed", what(), value::type_name(value.kind));
            return Err(Error::new(abi::STATUS_WRONG_TYPE, message));
        }
        let reference = || Some(value.reference()).filter(|reference| reference.context != 0);
        Ok(match expected {
            ValType::FuncRef => Self::Func(reference().map(|func| handles.func(func)).transpose()?),
            ValType::ExternRef => Self::Object(reference().map(|object| handles.object(object)).transpose()?),
            _ => Self::Number(*value),
        })
    }

    /// Returns it as a value for the host. A reference gets a slot of the root table, which the host must release.
    pub fn give(self, handles: &mut Handles<B>) -> Value {
        match self {
            Self::Number(value) => value,
            Self::Func(func) => Value::func_ref(func.map(|func| handles.insert(Entity::Func(func))).unwrap_or_default()),
            Self::Object(object) => {
                Value::extern_ref(object.map(|object| handles.insert(Entity::Object(object))).unwrap_or_default())
            }
        }
    }
}
