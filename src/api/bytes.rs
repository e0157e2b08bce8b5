//! Calls of guests with strings and bytes.
#![forbid(unsafe_code)]

use super::context::Context;
use super::error::{Error, Result, Status};
use super::func::Func;
use super::instance::Instance;
use super::memory::Memory;
use super::value::{Value, WasmResults};
use crate::value::{FuncType, ValType};

/// The functions by which a guest allocates and frees its memory: with them, a host passes strings and bytes to the guest, and gets them
/// back.
///
/// A string or bytes are two parameters in wasm, address and length. They are allocated before the call, and freed after it, unless the
/// guest was stopped by its budget or has exited. Bytes are returned as two results, address and length, or as an i64 with the address in
/// its upper half, and are freed too.
///
/// ```
/// # fn main() -> vm::Result<()> {
/// # let wasm = wat::parse_str(r#"(module (memory (export "memory") 1) (global $next (mut i32) (i32.const 1024))
/// #     (func (export "allocate") (param i32) (result i32) (global.get $next)
/// #         (global.set $next (i32.add (global.get $next) (local.get 0))))
/// #     (func (export "free") (param i32 i32))
/// #     (func (export "repeat") (param i32 i32 i32) (result i32 i32) (local i32)
/// #         (memory.copy (i32.const 4096) (local.get 0) (local.get 1))
/// #         (memory.copy (i32.add (i32.const 4096) (local.get 1)) (local.get 0) (local.get 1))
/// #         (i32.const 4096) (i32.mul (local.get 1) (local.get 2))))"#).unwrap();
/// # let engine = vm::Engine::new()?;
/// # let mut context = vm::Context::new(&engine)?;
/// # let instance = context.instantiate(&vm::Module::from_buffer(&engine, wasm)?)?;
/// let allocator = instance.allocator(&mut context, "allocate", Some("free"))?;
/// let text = allocator.call_for_string(&mut context, "repeat", &["ho".into(), 2.into()])?;
/// assert_eq!(text, "hoho");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Allocator {
    instance: Instance,
    memory: Memory,
    /// Whether addresses are 64-bit.
    is_64: bool,
    allocate: Func,
    free: Option<(Func, bool)>,
}

/// An argument of a call by an [`Allocator`].
#[derive(Clone, Debug)]
pub enum Argument<'a> {
    /// Bytes, which are copied into the guest's memory.
    Bytes(&'a [u8]),
    /// A value.
    Value(Value),
}

impl<'a> From<&'a [u8]> for Argument<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self::Bytes(bytes)
    }
}

impl<'a> From<&'a str> for Argument<'a> {
    fn from(text: &'a str) -> Self {
        Self::Bytes(text.as_bytes())
    }
}

impl<T: Into<Value>> From<T> for Argument<'_> {
    fn from(value: T) -> Self {
        Self::Value(value.into())
    }
}

/// A block of a guest's memory: its address, and the size with which it was allocated.
#[derive(Clone, Copy)]
struct Block {
    address: u64,
    size: u64,
}

impl Instance {
    /// Returns the functions of a guest that allocate and free its memory, by the names of their exports: `allocate` takes a size and
    /// returns an address; `free` takes an address, or address and size. Without `free`, nothing is freed.
    ///
    /// # Errors
    /// [`NOT_FOUND`](Status::NOT_FOUND) without these functions or a memory named `memory`, [`WRONG_TYPE`](Status::WRONG_TYPE) for
    /// functions of other types, and those of [`function`](Self::function).
    pub fn allocator(self, context: &mut Context, allocate: &str, free: Option<&str>) -> Result<Allocator> {
        let memory = self.memory(context, "memory")?;
        let is_64 = memory.ty(context)?.is_64;
        let ty = if is_64 { ValType::I64 } else { ValType::I32 };
        let func = self.function(context, allocate)?;
        let found = func.ty(context)?;
        if found != FuncType::new([ty], [ty]) {
            return Err(wrong(allocate, &found, &format!("({ty}) -> ({ty})")));
        }
        let free = match free {
            None => None,
            Some(name) => {
                let func = self.function(context, name)?;
                let found = func.ty(context)?;
                let is_address = found.params.iter().all(|param| *param == ty);
                match found.params.len() {
                    1 | 2 if is_address => Some((func, found.params.len() == 2)),
                    _ => return Err(wrong(name, &found, &format!("({ty}) -> () or ({ty}, {ty}) -> ()"))),
                }
            }
        };
        Ok(Allocator { instance: self, memory, is_64, allocate: func, free })
    }
}

fn wrong(name: &str, found: &FuncType, needed: &str) -> Error {
    let name = crate::text::name(name);
    Error::with_status(Status::WRONG_TYPE, format!("the function `{name}` is {found}, but an allocator needs {needed}"))
}

impl Allocator {
    fn number(&self, number: u64) -> Value {
        if self.is_64 { Value::I64(number as i64) } else { Value::I32(number as i32) }
    }

    fn unsigned(&self, value: &Value) -> u64 {
        match value {
            Value::I32(number) => u64::from(*number as u32),
            Value::I64(number) => *number as u64,
            _ => 0,
        }
    }

    fn allocate(&self, context: &mut Context, bytes: &[u8]) -> Result<Block> {
        // An address of its own also for nothing.
        let size = (bytes.len() as u64).max(1);
        if !self.is_64 && size > u64::from(u32::MAX) {
            let text = format!("{size} bytes are more than the guest can address");
            return Err(Error::with_status(Status::OUT_OF_BOUNDS, text));
        }
        let found: Vec<Value> = self.allocate.call(context, [self.number(size)])?;
        let address = found.first().map_or(0, |value| self.unsigned(value));
        if address == 0 {
            let text = format!("the guest could not allocate {size} bytes: its function returned 0");
            return Err(Error::with_status(Status::OUT_OF_MEMORY, text));
        }
        let block = Block { address, size };
        match self.memory.write(context, address, bytes) {
            Ok(()) => Ok(block),
            Err(error) => {
                let text = format!("the guest has allocated {size} bytes at {address}, which is outside of its memory: {error}");
                Err(Error::with_status(Status::OUT_OF_BOUNDS, text))
            }
        }
    }

    fn free(&self, context: &mut Context, block: Block) -> Result<()> {
        let Some((free, sized)) = self.free else { return Ok(()) };
        let args = [self.number(block.address), self.number(block.size)];
        let args = if sized { &args[..] } else { &args[..1] };
        free.call::<Vec<Value>>(context, args).map(drop)
    }

    /// Calls an export with strings, bytes and values.
    ///
    /// # Errors
    /// [`OUT_OF_MEMORY`](Status::OUT_OF_MEMORY) if the guest cannot allocate them, [`OUT_OF_BOUNDS`](Status::OUT_OF_BOUNDS) if it
    /// returns an address outside of its memory, and those of [`Context::execute`].
    pub fn call<R: WasmResults>(&self, context: &mut Context, name: &str, args: &[Argument<'_>]) -> Result<R> {
        self.with_blocks(context, name, args, |_, results: R, _| Ok(results))
    }

    /// Calls an export with strings, bytes and values, and returns the bytes that it returns.
    ///
    /// # Errors
    /// [`OUT_OF_BOUNDS`](Status::OUT_OF_BOUNDS) if the bytes are outside of the guest's memory, [`WRONG_TYPE`](Status::WRONG_TYPE) if
    /// the function returns something else, and those of [`call`](Self::call).
    pub fn call_for_bytes(&self, context: &mut Context, name: &str, args: &[Argument<'_>]) -> Result<Vec<u8>> {
        let address = if self.is_64 { ValType::I64 } else { ValType::I32 };
        let ty = self.instance.function(context, name)?.ty(context)?;
        let packed = *ty.results == [ValType::I64] && !self.is_64;
        if !packed && *ty.results != [address, address] {
            let text = format!(
                "the function `{}` is {ty}: bytes are returned as two results, address and length{}",
                crate::text::name(name),
                if self.is_64 { "" } else { ", or as an i64 with the address in its upper half" }
            );
            return Err(Error::with_status(Status::WRONG_TYPE, text));
        }
        self.with_blocks(context, name, args, |context, results: Vec<Value>, blocks| {
            let first = self.unsigned(&results[0]);
            let (address, size) = match results.get(1) {
                Some(length) => (first, self.unsigned(length)),
                None => (first >> 32, first & u64::from(u32::MAX)),
            };
            let bytes = self.memory.span(context, address, size)?.to_vec();
            // What the guest has changed in place is freed with the arguments.
            if address != 0 && !blocks.iter().any(|block| block.address == address) {
                self.free(context, Block { address, size })?;
            }
            Ok(bytes)
        })
    }

    /// Calls an export with strings, bytes and values, and returns the string that it returns.
    ///
    /// # Errors
    /// [`BAD_UTF8`](Status::BAD_UTF8), and those of [`call_for_bytes`](Self::call_for_bytes).
    pub fn call_for_string(&self, context: &mut Context, name: &str, args: &[Argument<'_>]) -> Result<String> {
        let bytes = self.call_for_bytes(context, name, args)?;
        String::from_utf8(bytes).map_err(|error| {
            let text = format!("`{}` returned bytes that are not a string: {error}", crate::text::name(name));
            Error::with_status(Status::BAD_UTF8, text)
        })
    }

    fn with_blocks<R: WasmResults, T>(
        &self,
        context: &mut Context,
        name: &str,
        args: &[Argument<'_>],
        then: impl FnOnce(&mut Context, R, &[Block]) -> Result<T>,
    ) -> Result<T> {
        let mut blocks = Vec::new();
        let done = self.values(context, args, &mut blocks).and_then(|values| {
            let results = context.execute(self.instance, name, values.as_slice())?;
            then(context, results, &blocks)
        });
        if done.as_ref().is_err_and(|error| is_stopped(error.status())) {
            return done;
        }
        let freed = blocks.into_iter().try_for_each(|block| self.free(context, block));
        done.and_then(|found| freed.map(|()| found))
    }

    fn values(&self, context: &mut Context, args: &[Argument<'_>], blocks: &mut Vec<Block>) -> Result<Vec<Value>> {
        let mut values = Vec::with_capacity(2 * args.len());
        for arg in args {
            match arg {
                Argument::Value(value) => values.push(value.clone()),
                Argument::Bytes(bytes) => {
                    let block = self.allocate(context, bytes)?;
                    blocks.push(block);
                    values.extend([self.number(block.address), self.number(bytes.len() as u64)]);
                }
            }
        }
        Ok(values)
    }
}

/// Returns whether a guest that ended so is not to be called again.
fn is_stopped(status: Status) -> bool {
    [Status::TIMEOUT, Status::CANCELLED, Status::OUT_OF_FUEL, Status::EXIT, Status::BUSY, Status::REENTRANT].contains(&status)
}
