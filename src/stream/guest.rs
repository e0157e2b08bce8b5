//! The module `libvm_stream`, through which the guest of a stage reads its events and emits others.

use crate::engine::{HostFunction, Receiver, Stage, with_caller};
use crate::host::{HostModule, Item, parse_signature};
use crate::panics;
use crate::status::{Error, Result, Status};
use crate::text;
use crate::user_data::UserData;
use libvm_abi::{self as abi, Caller, Value};
use std::ffi::c_void;
use std::sync::Arc;
use std::{ptr, slice};

/// The name of the module.
const NAME: &str = "libvm_stream";

/// Its functions: name, signature, callback.
const FUNCTIONS: &[(&str, &str, abi::Callback)] = &[
    ("event_size", "()i", event_size),
    ("event_read", "(i>~)i", event_read),
    ("event_timestamp", "()I", event_timestamp),
    ("event_position", "()I", event_position),
    ("event_next", "()i", event_next),
    ("metadata_count", "()i", metadata_count),
    ("metadata_key", "(i>~)i", metadata_key),
    ("metadata_value", "(i>~)i", metadata_value),
    ("metadata_find", "(<~>~)i", metadata_find),
    ("set_timestamp", "(I)", set_timestamp),
    ("set_metadata", "(<~<~)", set_metadata),
    ("remove_metadata", "(<~)", remove_metadata),
    ("clear_metadata", "()", clear_metadata),
    ("emit", "(<~)", emit),
    ("forward", "()", forward),
    ("reject", "(<~)", reject),
];

/// Creates the module.
///
/// # Errors
/// None, unless there is an error in this file.
pub fn module() -> Result<Arc<HostModule>> {
    let mut module = HostModule::new(NAME);
    let name: Arc<str> = Arc::from(NAME);
    for (function, signature, callback) in FUNCTIONS {
        let function = HostFunction {
            module: Arc::clone(&name),
            name: (*function).into(),
            signature: parse_signature(signature)?,
            flags: 0,
            callback: *callback,
            data: UserData::new(ptr::null_mut(), None),
            receiver: Receiver::User(UserData::new(ptr::null_mut(), None)),
            plugin: None,
        };
        module.add(&function.name.clone(), Item::Function(Arc::new(function)))?;
    }
    Ok(Arc::new(module))
}

/// The arguments of a call.
#[derive(Clone, Copy)]
struct Args(*const Value);

impl Args {
    fn number(self, index: usize) -> u32 {
        // SAFETY: the signature has a number there.
        unsafe { (*self.0.add(index)).bits_32() }
    }

    fn long(self, index: usize) -> i64 {
        // SAFETY: as above.
        unsafe { (*self.0.add(index)).bits_64() as i64 }
    }

    /// Returns a buffer of the guest, which the host function reads.
    fn read<'a>(self, index: usize) -> &'a [u8] {
        // SAFETY: the signature has a buffer there, which was checked, and which nothing writes to during the call.
        unsafe {
            let buffer = (*self.0.add(index)).of.buffer;
            if buffer.size == 0 { &[] } else { slice::from_raw_parts(buffer.data, buffer.size) }
        }
    }

    /// Writes the beginning of `bytes` to a buffer of the guest; returns how many fit.
    #[inline]
    fn write(self, index: usize, bytes: &[u8]) -> usize {
        // SAFETY: as above, and the bytes are the host's.
        unsafe {
            let buffer = (*self.0.add(index)).of.buffer;
            let count = bytes.len().min(buffer.size);
            ptr::copy_nonoverlapping(bytes.as_ptr(), buffer.data, count);
            count
        }
    }
}

/// Runs the body of a function with the events of the running stage.
///
/// # Safety
/// `caller` was passed to the callback.
#[inline]
unsafe fn run(caller: *mut Caller, work: impl FnOnce(&mut Stage) -> Result<()>) -> Status {
    let work = || {
        // SAFETY: promised above.
        unsafe {
            with_caller(caller, |call| {
                let done = call.stage().and_then(work);
                done.map_err(|error: Error| {
                    let status = error.status();
                    call.set_failure(call.function().error(status, &format!("failed: {}", error.message())));
                    status
                })
            })
        }
    };
    match panics::catch(work) {
        Ok(Ok(())) => abi::STATUS_OK,
        Ok(Err(status)) => status,
        Err(_) => abi::STATUS_INTERNAL,
    }
}

/// Defines a function of the module: `$args` are its arguments, and the value of the body is its result.
macro_rules! function {
    ($name:ident, |$stage:ident, $args:ident| $body:expr) => {
        unsafe extern "C-unwind" fn $name(
            _: *mut c_void,
            caller: *mut Caller,
            args: *const Value,
            results: *mut Value,
        ) -> Status {
            let $args = Args(args);
            let _ = ($args, results);
            // SAFETY: the caller is this call's.
            unsafe {
                run(caller, |$stage| {
                    Answer::give($body?, results);
                    Ok(())
                })
            }
        }
    };
}

/// The result of a function.
trait Answer {
    /// Writes it.
    ///
    /// # Safety
    /// There is room for as many results as the signature has, which has this one.
    unsafe fn give(self, results: *mut Value);
}

impl Answer for () {
    #[inline]
    unsafe fn give(self, _: *mut Value) {}
}

impl Answer for Value {
    #[inline]
    unsafe fn give(self, results: *mut Value) {
        // SAFETY: promised above.
        unsafe { *results = self }
    }
}

/// A size as the guest sees it: events and metadata are far smaller than the largest one.
fn size(bytes: usize) -> Value {
    Value::i32(bytes as i32)
}

/// Writes a string to a buffer of the guest; returns its whole size, or -1 if there is none.
fn write_text(args: Args, index: usize, text: Option<&str>) -> Value {
    text.map_or(Value::i32(-1), |text| {
        args.write(index, text.as_bytes());
        size(text.len())
    })
}

function!(event_size, |stage, args| Ok(size(stage.event().payload().len())));
function!(event_read, |stage, args| {
    let payload = stage.event().payload();
    let rest = payload.get(args.number(0) as usize..).unwrap_or_default();
    Ok(size(args.write(1, rest)))
});
function!(event_timestamp, |stage, args| Ok(Value::i64(stage.event().timestamp())));
function!(event_position, |stage, args| Ok(Value::i64(stage.event().position() as i64)));
function!(event_next, |stage, args| Ok(Value::i32(i32::from(stage.advance()))));
function!(metadata_count, |stage, args| Ok(size(stage.event().metadata().len())));
function!(metadata_key, |stage, args| {
    let field = stage.event().metadata().nth(args.number(0) as usize);
    Ok(write_text(args, 1, field.map(|(key, _)| key)))
});
function!(metadata_value, |stage, args| {
    let field = stage.event().metadata().nth(args.number(0) as usize);
    Ok(write_text(args, 1, field.map(|(_, value)| value)))
});
function!(metadata_find, |stage, args| Ok(write_text(args, 1, stage.event().value(args.read(0)))));
function!(set_timestamp, |stage, args| {
    stage.set_timestamp(args.long(0));
    Ok(())
});
function!(set_metadata, |stage, args| stage.metadata().set(args.read(0), args.read(1)));
function!(remove_metadata, |stage, args| {
    stage.metadata().remove(args.read(0));
    Ok(())
});
function!(clear_metadata, |stage, args| {
    stage.metadata().clear();
    Ok(())
});
function!(emit, |stage, args| stage.emit(args.read(0)));
function!(forward, |stage, args| stage.forward());
function!(reject, |_stage, args| {
    let reason = String::from_utf8_lossy(args.read(0));
    Err::<(), _>(Error::new(abi::STATUS_TRAP, format!("the event was rejected: {}", text::name(&reason))))
});
