//! Callers in every situation, without C: `docs/testing.md` says how Miri runs this and finds out about aliases and lifetimes
//! that no sanitizer sees.

use super::*;
use crate::capi::caller::*;
use crate::capi::reference::VM_RefCreateExtern;
use libvm_abi::Ref;
use std::sync::atomic::{AtomicU32, Ordering};

const WAT: &str = r#"(module
  (import "host" "f" (func $f (param i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "run") (param i32) (drop (call $f (local.get 0))))
  (func (export "again") (param i32) (result i32) (call $f (local.get 0)))
  (func (export "same") (param externref) (result externref) (local.get 0)))"#;

static FREED: AtomicU32 = AtomicU32::new(0);

unsafe extern "C" fn count(_: *mut c_void) {
    FREED.fetch_add(1, Ordering::Relaxed);
}

/// What the callback is told by its user pointer.
struct Plan {
    context: *mut Context,
    delete: bool,
    stale: Vec<*mut Caller>,
}

/// Goes down as many levels as its argument says, and uses its caller before, during and after each.
unsafe extern "C-unwind" fn down(user: *mut c_void, caller: *mut Caller, args: *const Value, results: *mut Value) -> Status {
    // SAFETY: the user is the plan, which nobody else has in his hand meanwhile; arguments and results are those of the signature.
    unsafe {
        let plan = user.cast::<Plan>();
        let level = (*args).bits_32() as i32;
        let (mut size, mut byte, mut lent) = (0, 0u8, Ref::default());
        assert_eq!(VM_CallerGetMemorySize(caller, &mut size), 0);
        assert_eq!(VM_CallerWriteMemory(caller, 8, (&raw const level).cast(), 4), 0);
        assert_eq!(VM_CallerReadMemory(caller, size, (&raw mut byte).cast(), 1), abi::STATUS_OUT_OF_BOUNDS);
        assert_eq!(VM_CallerCreateExternRef(caller, user, Some(count), &mut lent), 0);
        let (argument, mut result) = (Value::extern_ref(lent), Value::NONE);
        assert_eq!(VM_CallerCall(caller, c"same".as_ptr(), &argument, 1, &mut result, 1), 0);
        let mut pointer = ptr::null_mut();
        assert_eq!(VM_CallerGetExternRef(caller, result.reference(), &mut pointer), 0);
        assert_eq!(pointer, user);
        if level > 0 {
            let next = Value::i32(level - 1);
            assert_eq!(VM_CallerCall(caller, c"again".as_ptr(), &next, 1, results, 1), 0);
        } else if (*plan).delete {
            VM_ContextDelete((*plan).context);
        }
        for index in 0..(*plan).stale.len() {
            let other = (&(*plan).stale)[index];
            let status = VM_CallerGetMemorySize(other, &mut size);
            assert!([0, abi::STATUS_STALE, abi::STATUS_REENTRANT].contains(&status), "{status}");
        }
        (*plan).stale.push(caller);
        results.write(Value::i32(level));
    }
    abi::STATUS_OK
}

/// A guest that has a plan, which is reached through its pointer only: the callback has it too.
fn guest(delete: bool) -> (Guest, *mut Plan) {
    let plan = Box::into_raw(Box::new(Plan { context: ptr::null_mut(), delete, stale: Vec::new() }));
    let guest = Guest::from_wat(WAT, "(i)i", down, plan.cast(), None);
    // SAFETY: nothing runs.
    unsafe { (*plan).context = guest.context };
    (guest, plan)
}

#[test]
fn callers_nest_and_go_stale() {
    let (guest, plan) = guest(false);
    for level in [0, 3, 1] {
        guest.run(level).unwrap();
    }
    // SAFETY: nothing runs any more.
    for caller in unsafe { Box::from_raw(plan) }.stale {
        let mut size = 0;
        // SAFETY: a caller is never freed.
        assert_eq!(unsafe { VM_CallerGetMemorySize(caller, &mut size) }, abi::STATUS_STALE);
    }
}

#[test]
fn a_context_is_deleted_in_a_nested_callback_of_its_own() {
    let (mut guest, plan) = guest(true);
    let mut reference = Ref::default();
    // SAFETY: the context is there until the callback deletes it.
    let created = unsafe { VM_RefCreateExtern(shared(guest.context), ptr::null_mut(), Some(count), Some(&mut reference), None) };
    assert_eq!(created, 0);
    guest.run(2).unwrap();
    guest.context = ptr::null_mut();
    let freed = FREED.load(Ordering::Relaxed);
    assert!(freed >= 4, "{freed} of at least 4 references were freed");
    // SAFETY: nothing runs any more.
    drop(unsafe { Box::from_raw(plan) });
}

/// Writes through two buffers that overlap, and uses the caller in between.
unsafe extern "C-unwind" fn overlap(user: *mut c_void, caller: *mut Caller, args: *const Value, results: *mut Value) -> Status {
    // SAFETY: the user is a number, which nobody else has in his hand meanwhile; the arguments are two buffers of 4 bytes.
    unsafe {
        let (first, second) = ((*args).of.buffer, (*args.add(1)).of.buffer);
        let (mut byte, mut lent) = (0u8, Ref::default());
        *first.data.add(2) = 7;
        assert_eq!(*second.data, 7);
        *second.data.add(1) = 8;
        assert_eq!(VM_CallerReadMemory(caller, 10, (&raw mut byte).cast(), 1), 0);
        assert_eq!((byte, *first.data.add(3)), (7, 8));
        assert_eq!(VM_CallerCreateExternRef(caller, ptr::null_mut(), None, &mut lent), 0);
        *first.data = 9;
        assert_eq!(VM_CallerReadMemory(caller, 8, (&raw mut byte).cast(), 1), 0);
        assert_eq!(byte, 9);
        *user.cast::<u32>() += 1;
        results.write(Value::i32(0));
    }
    abi::STATUS_OK
}

#[test]
fn buffers_overlap_in_a_start_function_and_after_it() {
    let wat = r#"(module
      (import "host" "f" (func $f (param i32 i32 i32 i32) (result i32)))
      (memory (export "memory") 1)
      (func $go (drop (call $f (i32.const 8) (i32.const 4) (i32.const 10) (i32.const 4))))
      (start $go)
      (func (export "run") (param i32) (call $go)))"#;
    let mut called = 0u32;
    let guest = Guest::from_wat(wat, "(*~*~)i", overlap, (&raw mut called).cast(), None);
    guest.run(0).unwrap();
    drop(guest);
    assert_eq!(called, 2);
}
