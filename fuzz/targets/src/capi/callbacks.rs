//! What libvm calls: host functions, streams of WASI, the log. Each takes steps of the sequence.

use super::world::World;
use libvm_abi::{self as abi, Status, Value};
use std::ffi::{c_char, c_void};

/// A host function: takes steps, uses its caller, and answers whatever the input says.
pub unsafe extern "C-unwind" fn host(
    user: *mut c_void,
    caller: *mut abi::Caller,
    args: *const Value,
    results: *mut Value,
) -> Status {
    let world = World::current().expect("guests run on the thread of the sequence");
    // SAFETY: arguments, results and caller are this call's.
    unsafe {
        for index in 0..(*caller).arg_count as usize {
            let argument = *args.add(index);
            assert!((abi::VALTYPE_I32..=abi::VALTYPE_BUFFER).contains(&argument.kind));
            if argument.kind == abi::VALTYPE_BUFFER {
                // A piece of the guest's memory may be read and written until the guest runs again.
                let abi::Buffer { data, size } = argument.of.buffer;
                (0..size).for_each(|index| *data.add(index) ^= 1);
            }
            if argument.reference().context != 0 {
                world.remember(argument.reference());
            }
        }
        let wanted = world.results_of(user);
        assert_eq!(wanted.len(), (*caller).result_count as usize);
        let answer = call(world, caller);
        for (index, ty) in wanted.iter().enumerate() {
            assert_eq!((*results.add(index)).kind, abi::VALTYPE_NONE);
            let value = world.value();
            let fits = Value { kind: *ty, ..value };
            // References must be true to be taken; a number of any bits is one.
            let reference = matches!(*ty, abi::VALTYPE_FUNCREF | abi::VALTYPE_EXTERNREF);
            results.add(index).write(if reference || world.draw::<u8>() >= 230 { value } else { fits });
        }
        answer
    }
}

/// Takes steps of the sequence inside a call, and gives what the callback is to answer.
///
/// # Safety
/// `caller` is that of the running call.
pub unsafe fn call(world: &World, caller: *mut abi::Caller) -> Status {
    {
        let mut callers = world.callers.borrow_mut();
        if callers.len() >= 8 {
            callers.remove(0);
        }
        callers.push(caller);
    }
    super::nested(world);
    match world.draw::<u8>() {
        0..200 => abi::STATUS_OK,
        // SAFETY: the caller is this call's.
        200..220 => unsafe { ((*(*caller).table).trap)(caller, world.text()) },
        220..240 => -i32::from(world.draw::<u8>()) * 100,
        _ => world.draw(),
    }
}

/// The status of a stream's callback: mostly success, else a failure or nonsense.
fn answer(world: &World) -> Status {
    match world.draw::<u8>() {
        0..200 => abi::STATUS_OK,
        200..240 => -i32::from(world.draw::<u8>()) * 100,
        _ => world.draw(),
    }
}

/// The guest's input: fewer, as many, or more bytes than asked for, or a failure.
pub unsafe extern "C" fn read(_: *mut c_void, data: *mut u8, size: usize, count: *mut usize) -> Status {
    let Some(world) = World::current() else { return abi::STATUS_IO };
    super::nested(world);
    let claimed = usize::from(world.draw::<u8>() & 127);
    for index in 0..claimed.min(size) {
        // SAFETY: there is room for `size` bytes.
        unsafe { data.add(index).write(b'x') };
    }
    // SAFETY: there is room for a number.
    unsafe { count.write(claimed) };
    answer(world)
}

/// The guest's output: takes fewer, as many, or more bytes than there are, or fails.
pub unsafe extern "C" fn write(_: *mut c_void, data: *const u8, size: usize, count: *mut usize) -> Status {
    let Some(world) = World::current() else { return abi::STATUS_IO };
    // SAFETY: there are `size` bytes.
    let sum = (0..size).fold(0u8, |sum, index| sum ^ unsafe { data.add(index).read() });
    super::nested(world);
    // SAFETY: there is room for a number.
    unsafe { count.write(usize::from(world.draw::<u8>() & 127) + usize::from(sum & 1)) };
    answer(world)
}

/// Is asked at a limit: raises some.
pub unsafe extern "C" fn limit(_: *mut c_void, request: *const crate::c::VM_LimitRequest) -> u64 {
    // SAFETY: valid until this returns.
    let request = unsafe { &*request };
    assert!(request.wanted > request.limit && request.used <= request.wanted);
    if let Some(world) = World::current() {
        super::nested(world);
    }
    if request.wanted % 3 == 0 { request.wanted } else { request.limit }
}

/// The log.
pub unsafe extern "C" fn log(_: *mut c_void, level: abi::LogLevel, source: *const c_char, text: *const c_char) {
    assert!((abi::LOG_ERROR..=abi::LOG_TRACE).contains(&level));
    // SAFETY: both are texts.
    unsafe {
        assert!(std::ffi::CStr::from_ptr(source).to_str().is_ok() && std::ffi::CStr::from_ptr(text).to_str().is_ok());
    }
    if let Some(world) = World::current() {
        super::nested(world);
    }
}
