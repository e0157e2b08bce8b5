//! Guest buffers: pointers and lengths that wasm gives become checked pieces of its memory before the callback sees them.

use super::HostCall;
use crate::engine::error::HostFailure;
use crate::engine::store::State;
use crate::limits::INLINE_VALUES;
use crate::status::{Error, TrapCode, counted};
use crate::value::Param;
use libvm_abi::{self as abi, Buffer, Value, ValueOf};
use std::slice;
use wasmi::{AsContextMut, Caller, StoreContextMut};

/// Calls `work` with the arguments as the callback sees them.
pub(super) fn pass(
    call: &HostCall,
    caller: &mut Caller<'_, State>,
    args: *const Value,
    work: impl FnOnce(StoreContextMut<'_, State>, *const Value) -> Result<(), wasmi::Error>,
) -> Result<(), wasmi::Error> {
    let count = call.function.signature.params.len();
    if count <= INLINE_VALUES {
        let mut seen = [Value::NONE; INLINE_VALUES];
        convert(call, caller, args, &mut seen[..count]).map_err(failed)?;
        work(caller.as_context_mut(), seen.as_ptr())
    } else {
        let mut seen = vec![Value::NONE; count];
        convert(call, caller, args, &mut seen).map_err(failed)?;
        work(caller.as_context_mut(), seen.as_ptr())
    }
}

fn failed(error: Error) -> wasmi::Error {
    wasmi::Error::host(HostFailure(error))
}

fn convert(call: &HostCall, caller: &mut Caller<'_, State>, args: *const Value, seen: &mut [Value]) -> Result<(), Error> {
    let Some(memory) = call.guest.memory(|name| caller.get_export(name)) else {
        return Err(call.function.error(abi::STATUS_TRAP, "takes guest memory, and the guest exports none"));
    };
    let memory = memory.data_mut(caller);
    // SAFETY: the trampoline gives as many arguments as the function's type in wasm has.
    let mut args = unsafe { slice::from_raw_parts(args, call.ty.params.len()) }.iter();
    let mut next = || args.next().expect("the type has a parameter for each argument");
    for (index, (seen, param)) in seen.iter_mut().zip(&call.function.signature.params).enumerate() {
        *seen = match param {
            Param::Value(_) => *next(),
            Param::Buffer => {
                let (address, size) = (number(next()), number(next()));
                let end = address.checked_add(size).filter(|end| *end <= memory.len() as u64);
                let Some(end) = end else { return Err(outside(call, index, address, size, memory.len())) };
                buffer(&mut memory[address as usize..end as usize])
            }
            Param::Text => {
                let address = number(next());
                let rest = usize::try_from(address).ok().and_then(|address| memory.get_mut(address..));
                let length = rest.as_ref().and_then(|rest| rest.iter().position(|byte| *byte == 0));
                match (rest, length) {
                    (Some(rest), Some(length)) => buffer(&mut rest[..length]),
                    _ => return Err(endless(call, index, address, memory.len())),
                }
            }
        };
    }
    Ok(())
}

/// A pointer or length, which wasm gives as an unsigned number.
fn number(value: &Value) -> u64 {
    if value.kind == abi::VALTYPE_I64 { value.bits_64() } else { u64::from(value.bits_32()) }
}

fn buffer(bytes: &mut [u8]) -> Value {
    Value::new(abi::VALTYPE_BUFFER, ValueOf { buffer: Buffer { data: bytes.as_mut_ptr(), size: bytes.len() } })
}

#[cold]
fn outside(call: &HostCall, index: usize, address: u64, size: u64, total: usize) -> Error {
    let what = format!(
        "was given {} at address {address} as its argument {}: outside of the guest's memory of {}",
        counted(size, "byte"),
        index + 1,
        counted(total, "byte")
    );
    call.function.error(abi::STATUS_TRAP, &what).with_trap(TrapCode::MemoryOutOfBounds)
}

#[cold]
fn endless(call: &HostCall, index: usize, address: u64, total: usize) -> Error {
    let what = format!(
        "was given a string at address {address} as its argument {}, which does not end with NUL in the guest's memory of {total} bytes",
        index + 1
    );
    call.function.error(abi::STATUS_TRAP, &what).with_trap(TrapCode::MemoryOutOfBounds)
}
