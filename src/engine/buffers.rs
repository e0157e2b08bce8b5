//! Guest buffers: pointers and lengths from wasm become checked ranges of its memory before the callback sees them.

use super::call::HostCall;
use super::guest::NO_MEMORY;
use crate::limits::INLINE_VALUES;
use crate::status::{Error, Result, TrapCode, counted};
use crate::value::Param;
use libvm_abi::{self as abi, Buffer, Value, ValueOf};
use std::mem::MaybeUninit;
use std::slice;

/// Calls `work` with the arguments as the callback sees them; `memory` is the guest's.
///
/// # Safety
/// `args` points to as many values as the function's wasm type has parameters, which are numbers.
pub unsafe fn pass(
    call: &HostCall,
    memory: Option<Memory>,
    args: *const Value,
    work: impl FnOnce(*const Value) -> Result<()>,
) -> Result<()> {
    let Some(memory) = memory else {
        return Err(call.function.error(abi::STATUS_TRAP, &format!("requires guest memory, but the guest {NO_MEMORY}")));
    };
    // SAFETY: promised above.
    let args = unsafe { slice::from_raw_parts(args, call.ty.params.len()) };
    let count = call.function.signature.params.len();
    if count <= INLINE_VALUES {
        let mut seen = [const { MaybeUninit::uninit() }; INLINE_VALUES];
        convert(call, &memory, args, &mut seen[..count])?;
        work(seen.as_ptr().cast())
    } else {
        let mut seen = vec![MaybeUninit::uninit(); count];
        convert(call, &memory, args, &mut seen)?;
        work(seen.as_ptr().cast())
    }
}

/// Writes each argument as the callback sees it.
fn convert(call: &HostCall, memory: &Memory, args: &[Value], seen: &mut [MaybeUninit<Value>]) -> Result<()> {
    let mut args = args.iter();
    let mut next = || args.next().expect("the type has a parameter for each argument");
    for (index, (seen, param)) in seen.iter_mut().zip(&call.function.signature.params).enumerate() {
        let value = match param {
            Param::Value(_) => *next(),
            Param::Buffer => {
                let (address, size) = (number(next()), number(next()));
                memory.piece(address, size).ok_or_else(|| outside(call, index, address, size, memory.size))?
            }
            Param::Text => {
                let address = number(next());
                memory.text(address).ok_or_else(|| endless(call, index, address, memory.size))?
            }
        };
        seen.write(value);
    }
    Ok(())
}

/// The bytes of a linear memory. Ranges of it may overlap, so that they are pointers and never exclusive references.
pub struct Memory {
    start: *mut u8,
    size: usize,
}

impl Memory {
    pub fn new(bytes: &mut [u8]) -> Self {
        Self { start: bytes.as_mut_ptr(), size: bytes.len() }
    }

    /// Returns a range of bytes at an address.
    fn piece(&self, address: u64, size: u64) -> Option<Value> {
        let end = address.checked_add(size)?;
        if end > self.size as u64 {
            return None;
        }
        let data = self.start.wrapping_add(address as usize);
        Some(Value::new(abi::VALTYPE_BUFFER, ValueOf { buffer: Buffer { data, size: size as usize } }))
    }

    /// Returns the bytes at an address up to the next NUL.
    fn text(&self, address: u64) -> Option<Value> {
        let rest = (self.size as u64).checked_sub(address)? as usize;
        // SAFETY: they are inside the memory, which nobody changes meanwhile.
        let rest = unsafe { slice::from_raw_parts(self.start.wrapping_add(address as usize), rest) };
        let size = rest.iter().position(|byte| *byte == 0)?;
        self.piece(address, size as u64)
    }
}

/// Returns a pointer or length, which wasm passes as an unsigned number.
fn number(value: &Value) -> u64 {
    if value.kind == abi::VALTYPE_I64 { value.bits_64() } else { u64::from(value.bits_32()) }
}

#[cold]
fn outside(call: &HostCall, index: usize, address: u64, size: u64, total: usize) -> Error {
    let what = format!(
        "was given {} at address {address} as its argument {}: outside of the guest's memory of {}",
        counted(size, "byte"),
        index + 1,
        counted(total, "byte")
    );
    call.function.error(abi::STATUS_OUT_OF_BOUNDS, &what).with_trap(TrapCode::MemoryOutOfBounds)
}

#[cold]
fn endless(call: &HostCall, index: usize, address: u64, total: usize) -> Error {
    let what = format!(
        "was given a string at address {address} as its argument {}, which does not end with NUL in the guest's memory of {total} bytes",
        index + 1
    );
    call.function.error(abi::STATUS_OUT_OF_BOUNDS, &what).with_trap(TrapCode::MemoryOutOfBounds)
}
