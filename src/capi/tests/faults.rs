//! What goes wrong in host calls: internal errors of libvm become errors of the call, a panic that leaves a callback ends the process with
//! a message, and a result without a type is explained.

use super::*;
use crate::capi::caller::VM_CallerCall;
use crate::engine::fault::{self, Place};
use std::process::{Command, Output};

/// The message of an error, after its status and trap code were compared.
fn message(error: *mut Error, status: Status, trap: i32) -> String {
    // SAFETY: the error is there until it is deleted.
    unsafe {
        assert_eq!(VM_ErrorGetStatus(error.as_ref()), status);
        assert_eq!(VM_ErrorGetTrapCode(error.as_ref()), trap);
        let text = CStr::from_ptr(VM_ErrorGetMessage(error.as_ref())).to_str().unwrap().to_owned();
        VM_ErrorDelete(error);
        text
    }
}

unsafe extern "C-unwind" fn fail(_: *mut c_void, _: *mut Caller, _: *const Value, _: *mut Value) -> Status {
    abi::STATUS_IO
}

#[test]
fn an_internal_error_after_a_callback_leaves_its_frame() {
    let guest = Guest::new("(ii)i", fail);
    for _ in 0..2 {
        fault::arm(Place::AfterCallback);
        let said = message(guest.run(1).unwrap_err(), abi::STATUS_INTERNAL, TRAP_HOST_FUNCTION);
        assert!(said.contains("met an internal error in libvm"), "{said}");
        let said = message(guest.run(1).unwrap_err(), abi::STATUS_IO, TRAP_HOST_FUNCTION);
        assert!(said.contains("VM_STATUS_IO"), "{said}");
    }
}

/// Writes a value but no type.
unsafe extern "C-unwind" fn write_no_type(_: *mut c_void, _: *mut Caller, _: *const Value, results: *mut Value) -> Status {
    // SAFETY: the signature has one result.
    unsafe { (*results).of.i32 = 5 };
    abi::STATUS_OK
}

#[test]
fn a_result_without_a_type_names_the_constructor_of_its_type() {
    let types = [('i', "I32"), ('I', "I64"), ('f', "F32"), ('F', "F64"), ('v', "V128"), ('r', "ExternRef"), ('c', "FuncRef")];
    for (letter, name) in types {
        let guest = Guest::new(&format!("(){letter}"), write_no_type);
        let said = message(guest.run(1).unwrap_err(), abi::STATUS_TRAP, TRAP_HOST_FUNCTION);
        let what = format!("host function `host.f` did not set the type of its result 1, which must be {}", wat_type(letter));
        assert!(said.starts_with(&what), "{said}");
        assert!(said.contains(&format!("`results[0] = VM_Value{name}(")), "{said}");
    }
}

/// Calls the guest as often as its argument says, each time in the call before.
unsafe extern "C-unwind" fn nest(_: *mut c_void, caller: *mut Caller, args: *const Value, results: *mut Value) -> Status {
    // SAFETY: the signature is (i)i.
    unsafe {
        results.write(Value::i32(0));
        match (*args).bits_32() as i32 {
            0 => abi::STATUS_OK,
            more => VM_CallerCall(caller, c"again".as_ptr(), &Value::i32(more - 1), 1, results, 1),
        }
    }
}

const NEST: &str = r#"(module
  (import "host" "f" (func $f (param i32) (result i32)))
  (func (export "run") (param i32) (drop (call $f (local.get 0))))
  (func (export "again") (param i32) (result i32) (call $f (local.get 0))))"#;

/// As `nest`; the call within this one fails before its callback.
unsafe extern "C-unwind" fn nest_a_fault(
    user: *mut c_void,
    caller: *mut Caller,
    args: *const Value,
    results: *mut Value,
) -> Status {
    fault::arm(Place::BeforeCallback);
    // SAFETY: as for `nest`.
    unsafe { nest(user, caller, args, results) }
}

#[test]
fn an_internal_error_below_wasm_is_a_trap_that_names_the_function() {
    for (result, signature) in [("i32", "(i)i"), ("externref", "(i)r")] {
        let text = NEST.replace("(result i32)", &format!("(result {result})"));
        let guest = Guest::from_wat(&text, signature, nest_a_fault, ptr::null_mut(), None);
        for _ in 0..2 {
            let said = message(guest.run(1).unwrap_err(), abi::STATUS_INTERNAL, TRAP_HOST_FUNCTION);
            assert_eq!(said.lines().next(), Some("host function `host.f` met an internal error in libvm: struck by a test"));
        }
    }
}

#[test]
fn an_internal_error_in_a_call_of_the_guest_does_not_count_as_nesting() {
    let guest = Guest::from_wat(NEST, "(i)i", nest, ptr::null_mut(), None);
    for _ in 0..200 {
        fault::arm(Place::Guest);
        let said = message(guest.run(1).unwrap_err(), abi::STATUS_INTERNAL, TRAP_NONE);
        assert!(said.contains("struck by a test"), "{said}");
    }
    guest.run(10).unwrap();
}

unsafe extern "C-unwind" fn panics(_: *mut c_void, _: *mut Caller, args: *const Value, results: *mut Value) -> Status {
    // SAFETY: the signature takes a number and gives one.
    unsafe {
        assert!((*args).bits_32() != 3, "three is too much");
        results.write(Value::i32(0));
    }
    abi::STATUS_OK
}

/// As `nest`, but the innermost call panics.
unsafe extern "C-unwind" fn nest_and_panic(
    user: *mut c_void,
    caller: *mut Caller,
    args: *const Value,
    results: *mut Value,
) -> Status {
    // SAFETY: the signature is (i)i.
    unsafe {
        assert!((*args).bits_32() != 0, "none is left");
        nest(user, caller, args, results)
    }
}

const CHILD: &str = "LIBVM_TEST_PANICKING_CALLBACK";

/// Runs this test in a process of its own, where `CHILD` says which callback panics.
fn child(case: &str) -> Output {
    let test = "capi::tests::faults::a_panic_that_leaves_a_callback_names_the_function_and_aborts";
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", test, "--nocapture", "--test-threads=1"]).env(CHILD, case).output().unwrap()
}

#[test]
#[cfg_attr(miri, ignore = "runs other processes")]
fn a_panic_that_leaves_a_callback_names_the_function_and_aborts() {
    let from_wat = |callback| Guest::from_wat(NEST, "(i)i", callback, ptr::null_mut(), None);
    let run = |guest: Guest, times| assert!(guest.run(times).is_ok(), "the process should be gone");
    match std::env::var(CHILD).as_deref() {
        Ok("typed") => return run(Guest::new("(ii)i", panics), 1),
        Ok("general") => return run(Guest::new("(iiiif)i", panics), 1),
        Ok("nested") => return run(from_wat(nest_and_panic), 4),
        Ok("later") => {
            let guest = from_wat(panics);
            return (0..4).for_each(|number| assert!(guest.run(number).is_ok(), "the process should be gone"));
        }
        _ => {}
    }
    for case in ["typed", "general", "nested", "later"] {
        let output = child(case);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success(), "{case}: {said}");
        #[cfg(unix)]
        assert_eq!(std::os::unix::process::ExitStatusExt::signal(&output.status), Some(libc::SIGABRT), "{case}: {said}");
        let why = if case == "nested" { "none is left" } else { "three is too much" };
        assert!(said.contains(why), "{case}: {said}");
        let ours = "libvm: a C++ exception or a panic left the callback of host function `host.f`; callbacks must catch them";
        assert_eq!(said.matches(ours).count(), 1, "{case}: {said}");
    }
}
