//! What no C test can see: internal errors of libvm, panics in callbacks, which trampoline a signature takes, and allocations.

mod callers;
mod driver;
mod faults;

use super::cell::Context;
use super::context::{VM_ContextCreate, VM_ContextDelete, VM_ContextInstantiate, VM_ContextRegisterModule};
use super::engine::{Engine, VM_EngineCreate, VM_EngineDelete};
use super::error::*;
use super::ffi::Shared;
use super::func::{Func, VM_FuncCall};
use super::host::{HostModule, VM_HostModuleAddFunction, VM_HostModuleCreate, VM_HostModuleDelete};
use super::instance::{Instance, VM_InstanceFindFunction};
use super::module::{Module, VM_ModuleDelete, VM_ModuleLoadFromBuffer};
use crate::engine::{Path, path_of};
use crate::host::parse_signature;
use libvm_abi::{self as abi, Caller, Status, Value};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::ffi::{CStr, CString, c_void};
use std::ptr;

/// Counts the allocations of each thread.
struct Counting;

thread_local!(static ALLOCATIONS: Cell<u64> = const { Cell::new(0) });

// SAFETY: it passes everything on to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let _ = ALLOCATIONS.try_with(|count| count.set(count.get() + 1));
        // SAFETY: promised by the caller.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: promised by the caller.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// Writes as many results as the signature has: zeros of its types.
unsafe extern "C-unwind" fn zeros(user: *mut c_void, caller: *mut Caller, _: *const Value, results: *mut Value) -> Status {
    // SAFETY: the user is the signature's text; the results have its length.
    unsafe {
        let ty = parse_signature((*user.cast::<CString>()).to_str().unwrap()).unwrap();
        assert_eq!((*caller).result_count as usize, ty.results.len());
        for (index, ty) in ty.results.iter().enumerate() {
            results.add(index).write(Value { kind: ty.to_abi(), ..Value::v128(0) });
        }
    }
    abi::STATUS_OK
}

/// As `zeros` for `(…)` and `(…)i`, without an allocation of its own.
unsafe extern "C-unwind" fn quiet(_: *mut c_void, caller: *mut Caller, _: *const Value, results: *mut Value) -> Status {
    // SAFETY: the results have the count that the caller says.
    unsafe {
        if (*caller).result_count > 0 {
            results.write(Value::i32(7));
        }
    }
    abi::STATUS_OK
}

unsafe extern "C" fn free_text(user: *mut c_void) {
    // SAFETY: it was a box's.
    drop(unsafe { Box::from_raw(user.cast::<CString>()) });
}

/// A guest whose `run` calls `host.f` as often as it is told.
struct Guest {
    engine: *mut Engine,
    host: *mut HostModule,
    module: *mut Module,
    context: *mut Context,
    run: Func,
}

fn wat_type(letter: char) -> &'static str {
    match letter {
        'i' => "i32",
        'I' => "i64",
        'f' => "f32",
        'F' => "f64",
        'v' => "v128",
        'c' => "funcref",
        _ => "externref",
    }
}

impl Guest {
    fn new(signature: &str, callback: abi::Callback) -> Self {
        let (params, results) = signature[1..].split_once(')').unwrap();
        let list = |letters: &str| letters.chars().map(|letter| format!(" {}", wat_type(letter))).collect::<String>();
        let push = |letter| match letter {
            'v' => "(v128.const i64x2 1 2)".to_owned(),
            'c' => "(ref.null func)".to_owned(),
            'r' => "(ref.null extern)".to_owned(),
            number => format!("({}.const 3)", wat_type(number)),
        };
        let args = params.chars().map(push).collect::<String>();
        let wat = format!(
            r#"(module (import "host" "f" (func $f (param{}) (result{})))
              (func (export "run") (param i32)
                (loop (call $f {args}) {}
                  (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))))"#,
            list(params),
            list(results),
            "drop ".repeat(results.len()),
        );
        let user = Box::into_raw(Box::new(CString::new(signature).unwrap())).cast();
        Self::from_wat(&wat, signature, callback, user, Some(free_text))
    }

    fn from_wat(wat: &str, signature: &str, callback: abi::Callback, user: *mut c_void, free: Option<abi::Free>) -> Self {
        let wasm = wat::parse_str(wat).unwrap();
        let mut guest = Self {
            engine: ptr::null_mut(),
            host: ptr::null_mut(),
            module: ptr::null_mut(),
            context: ptr::null_mut(),
            run: Func { context: 0, slot: 0, generation: 0 },
        };
        let text = CString::new(signature).unwrap();
        let mut instance = Instance { context: 0, slot: 0, generation: 0 };
        // SAFETY: each object was made by the call before.
        unsafe {
            assert_eq!(VM_EngineCreate(None, Some(&mut guest.engine), None), 0);
            assert_eq!(VM_ContextCreate(shared(guest.engine), None, Some(&mut guest.context), None), 0);
            assert_eq!(VM_HostModuleCreate(c"host".as_ptr(), Some(&mut guest.host), None), 0);
            let host = shared(guest.host);
            let name = c"f".as_ptr();
            assert_eq!(VM_HostModuleAddFunction(host, name, text.as_ptr(), Some(callback), user, free, None), 0);
            assert_eq!(VM_ContextRegisterModule(shared(guest.context), host, None), 0);
            let (engine, data) = (shared(guest.engine), wasm.as_ptr());
            assert_eq!(VM_ModuleLoadFromBuffer(engine, data, wasm.len(), Some(&mut guest.module), None), 0);
            assert_eq!(VM_ContextInstantiate(shared(guest.context), guest.module.as_ref(), Some(&mut instance), None), 0);
            let context = shared(guest.context);
            assert_eq!(VM_InstanceFindFunction(context, instance, c"run".as_ptr(), Some(&mut guest.run), None), 0);
        }
        guest
    }

    fn run(&self, times: i32) -> Result<(), *mut Error> {
        let (arg, mut error) = (Value::i32(times), ptr::null_mut());
        // SAFETY: the context is there until `drop`, and the arguments are as many as is said.
        match unsafe { VM_FuncCall(shared(self.context), self.run, &arg, 1, ptr::null_mut(), 0, Some(&mut error)) } {
            abi::STATUS_OK => Ok(()),
            _ => Err(error),
        }
    }
}

/// # Safety
/// The object is there as long as the result.
unsafe fn shared<'a, T>(object: *mut T) -> Option<Shared<'a, T>> {
    // SAFETY: promised above.
    unsafe { object.as_ref() }.map(Shared::from)
}

impl Drop for Guest {
    fn drop(&mut self) {
        // SAFETY: each was made by `new` and is given back once.
        unsafe {
            VM_ContextDelete(self.context);
            VM_ModuleDelete(Some(Box::from_raw(self.module)));
            VM_HostModuleDelete(Some(Box::from_raw(self.host)));
            VM_EngineDelete(Some(Box::from_raw(self.engine)));
        }
    }
}

#[test]
fn common_signatures_have_a_trampoline_of_their_own() {
    let path = |signature: &str| path_of(&parse_signature(signature).unwrap().func_type(false));
    let letters = ["i", "I", "f", "F"];
    for a in letters {
        for b in letters {
            for c in letters {
                for result in ["", "i", "I", "f", "F"] {
                    assert_eq!(path(&format!("({a}{b}{c}){result}")), Path::Typed);
                }
            }
        }
    }
    for signature in ["(<~)i", "($$<~)I", "()", "()F", "(iiii)", "(iIiI)I", "(IIIIII)i", "(iiiiii)"] {
        assert_eq!(path(signature), Path::Typed, "{signature}");
    }
    for signature in ["(iiif)", "(iiii)f", "(iiiiiii)", "()ii", "(v)", "(r)", "(c)i", "()v"] {
        assert_eq!(path(signature), Path::General, "{signature}");
    }
}

#[test]
fn every_typed_signature_calls_and_returns() {
    let short = ["", "i", "I", "f", "F", "iF", "fI", "Ff", "iIf", "FFF", "fif"];
    let long = ["iiii", "IiIi", "iiiiI", "IIIII", "iIiIiI", "IIIIII"];
    for params in short {
        for result in ["", "i", "I", "f", "F"] {
            Guest::new(&format!("({params}){result}"), zeros).run(2).unwrap();
        }
    }
    for params in long {
        for result in ["", "i", "I"] {
            Guest::new(&format!("({params}){result}"), zeros).run(2).unwrap();
        }
    }
    for signature in ["(iiif)F", "(vrc)crv", "()iIfF", "(iiiiiiiiiiiiiiiiii)ii"] {
        Guest::new(signature, zeros).run(2).unwrap();
    }
}

/// Allocations of libvm and wasmi for each host call.
fn allocations_per_call(signature: &str) -> u64 {
    let guest = Guest::new(signature, quiet);
    guest.run(10).unwrap();
    let count = |times| {
        let before = ALLOCATIONS.get();
        guest.run(times).unwrap();
        ALLOCATIONS.get() - before
    };
    let (few, many) = (count(10), count(1010));
    assert_eq!((many - few) % 1000, 0);
    (many - few) / 1000
}

#[test]
fn no_host_call_allocates() {
    for signature in ["()", "()i", "(i)i", "(ii)i", "(iIf)i", "(FFF)", "(iiiiii)i", "(IIIIII)"] {
        assert_eq!(allocations_per_call(signature), 0, "{signature}");
    }
    // The general path allocates nothing of its own: the one allocation is in wasmi's `Func::new`, which decodes values into
    // a box and offers no way around it.
    for signature in ["(iiif)i", "(vv)i", "(iiiiiii)", "(iiiiiiiiiiiiiii)i"] {
        assert_eq!(allocations_per_call(signature), 1, "{signature}");
    }
}

#[test]
fn calls_of_the_guest_do_not_allocate() {
    let guest = Guest::new("(ii)i", quiet);
    guest.run(1).unwrap();
    let before = ALLOCATIONS.get();
    (0..100).for_each(|_| guest.run(1).unwrap());
    assert_eq!(ALLOCATIONS.get() - before, 0);
}

/// What a callback saw of its guest buffers.
unsafe extern "C-unwind" fn look(user: *mut c_void, caller: *mut Caller, args: *const Value, results: *mut Value) -> Status {
    // SAFETY: the signature is (<~$)i, and the user an array of two texts.
    unsafe {
        assert_eq!((*caller).arg_count, 2);
        let seen = &mut *user.cast::<[Vec<u8>; 2]>();
        for (index, seen) in seen.iter_mut().enumerate() {
            let value = &*args.add(index);
            assert_eq!(value.kind, abi::VALTYPE_BUFFER);
            *seen = std::slice::from_raw_parts(value.of.buffer.data, value.of.buffer.size).to_vec();
        }
        results.write(Value::i32(1));
    }
    abi::STATUS_OK
}

#[test]
fn guest_buffers_are_checked_before_the_callback() {
    let (most, whole) = (u32::MAX, 65536);
    // Pointer, length, string; what the callback sees, or why it is not called.
    type Case = (u32, u32, u32, Result<(usize, usize), &'static str>);
    let cases: [Case; 8] = [
        (16, 5, 32, Ok((5, 3))),
        (0, whole, 35, Ok((65536, 0))),
        (whole, 0, 32, Ok((0, 3))),
        (whole, 1, 32, Err("1 byte at address 65536 as its argument 1: outside of the guest's memory of 65536 bytes")),
        (16, most, 32, Err("4294967295 bytes at address 16 as its argument 1")),
        (most, most, 32, Err("4294967295 bytes at address 4294967295 as its argument 1")),
        (16, 5, 65535, Err("a string at address 65535 as its argument 2, which does not end with NUL")),
        (16, 5, most, Err("a string at address 4294967295 as its argument 2")),
    ];
    for (pointer, length, string, expected) in cases {
        let wat = format!(
            r#"(module (import "host" "f" (func $f (param i32 i32 i32) (result i32)))
              (memory (export "only") 1) (data (i32.const 16) "hello") (data (i32.const 32) "abc\00")
              (data (i32.const 65535) "x")
              (func (export "run") (param i32)
                (drop (call $f (i32.const {pointer}) (i32.const {length}) (i32.const {string})))))"#
        );
        let mut seen: [Vec<u8>; 2] = [b"not called".to_vec(), Vec::new()];
        let guest = Guest::from_wat(&wat, "(<~$)i", look, (&raw mut seen).cast(), None);
        match (guest.run(1), expected) {
            (Ok(()), Ok(sizes)) => assert_eq!((seen[0].len(), seen[1].len()), sizes),
            (Err(error), Err(why)) => {
                // SAFETY: the error is there until it is deleted.
                let (code, message) = unsafe {
                    let error = error.as_ref();
                    (VM_ErrorGetTrapCode(error), CStr::from_ptr(VM_ErrorGetMessage(error)).to_str().unwrap())
                };
                assert_eq!(code, TRAP_MEMORY_OUT_OF_BOUNDS);
                assert!(message.contains(why) && message.contains("`host.f`"), "{message}");
                assert_eq!(seen[0], b"not called");
                // SAFETY: it is deleted once, and nothing of it is used any more.
                unsafe { VM_ErrorDelete(error) };
            }
            (outcome, expected) => panic!("{pointer} {length} {string}: {outcome:?}, not {expected:?}"),
        }
    }
}
