//! Values of a store, as a recording has them.
#![forbid(unsafe_code)]

use super::entry::{FuncName, Recorded};
use crate::engine::Handle;
use crate::engine::watch::{Function, Space};
use libvm_abi::{self as abi, Value};
use std::collections::HashMap;

/// The functions that no instance exports and that the host has seen, by what distinguishes them.
#[derive(Default)]
pub struct Seen(HashMap<String, u32>);

impl Seen {
    /// Returns the name of a function that the host passes; `None` if it has not seen the function before.
    pub fn name(&self, function: Function) -> Option<FuncName> {
        match function {
            Function::Export(instance, name) => Some(FuncName::Export(instance, name)),
            Function::Other(identity) => self.0.get(&identity).copied().map(FuncName::Seen),
        }
    }

    /// Returns values that the guest passes to the host, and passes each function that the host has not seen before to `new`.
    pub fn guest_values(
        &mut self,
        values: &[Value],
        space: &mut dyn Space,
        mut new: impl FnMut(Handle, &mut dyn Space),
    ) -> Vec<Recorded> {
        let mut see = |reference: Handle| match space.function_of(reference)? {
            Function::Export(instance, name) => Some(FuncName::Export(instance, name)),
            Function::Other(identity) => {
                let next = self.0.len() as u32;
                let number = *self.0.entry(identity).or_insert(next);
                if number == next {
                    new(reference, space);
                }
                Some(FuncName::Seen(number))
            }
        };
        values.iter().map(|value| record(value, &mut see)).collect()
    }

    /// Returns values that the host passes to the guest; `None` if one is a function that the host has not seen before.
    pub fn host_values(&self, values: &[Value], space: &dyn Space) -> Option<Vec<Recorded>> {
        let mut known = true;
        let mut find = |reference: Handle| {
            let name = space.function_of(reference).and_then(|function| self.name(function));
            known &= name.is_some();
            name
        };
        let values = values.iter().map(|value| record(value, &mut find)).collect();
        known.then_some(values)
    }
}

fn record(value: &Value, name: &mut dyn FnMut(Handle) -> Option<FuncName>) -> Recorded {
    match value.kind {
        abi::VALTYPE_I32 => Recorded::I32(value.bits_32()),
        abi::VALTYPE_I64 => Recorded::I64(value.bits_64()),
        abi::VALTYPE_F32 => Recorded::F32(value.bits_32()),
        abi::VALTYPE_F64 => Recorded::F64(value.bits_64()),
        abi::VALTYPE_V128 => Recorded::V128(value.bits_128()),
        abi::VALTYPE_EXTERNREF => Recorded::Extern(value.reference().context != 0),
        abi::VALTYPE_FUNCREF if value.reference().context == 0 => Recorded::Func(None),
        abi::VALTYPE_FUNCREF => Recorded::Func(name(value.reference())),
        kind => Recorded::Invalid(kind),
    }
}
