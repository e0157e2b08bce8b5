//! What no C test can see: faults of libvm itself below wasm frames, which trampoline a signature takes, and allocations.

use super::context::{Context, VM_ContextCreate, VM_ContextDelete, VM_ContextInstantiate, VM_ContextRegisterModule};
use super::engine::{Engine, VM_EngineCreate, VM_EngineDelete};
use super::error::*;
use super::func::{Func, VM_FuncCall};
use super::host::{HostModule, VM_HostModuleAddFunction, VM_HostModuleCreate, VM_HostModuleDelete};
use super::instance::VM_InstanceFindFunction;
use super::module::{Module, VM_ModuleDelete, VM_ModuleLoadFromBuffer};
use crate::engine::trampoline::{Path, fault, path_of};
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
unsafe extern "C" fn zeros(user: *mut c_void, caller: *mut Caller, _: *const Value, results: *mut Value) -> Status {
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
unsafe extern "C" fn quiet(_: *mut c_void, caller: *mut Caller, _: *const Value, results: *mut Value) -> Status {
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
        let wasm = wat::parse_str(wat).unwrap();
        let mut guest = Self {
            engine: ptr::null_mut(),
            host: ptr::null_mut(),
            module: ptr::null_mut(),
            context: ptr::null_mut(),
            run: Func { context: 0, slot: 0, generation: 0 },
        };
        let text = CString::new(signature).unwrap();
        let none = ptr::null_mut();
        // SAFETY: each object was made by the call before.
        unsafe {
            assert_eq!(VM_EngineCreate(None, Some(&mut guest.engine), none), 0);
            assert_eq!(VM_ContextCreate(guest.engine.as_ref(), None, Some(&mut guest.context), none), 0);
            assert_eq!(VM_HostModuleCreate(c"host".as_ptr(), Some(&mut guest.host), none), 0);
            let user = Box::into_raw(Box::new(text.clone())).cast();
            let (host, free) = (guest.host.as_ref(), Some(free_text as abi::Free));
            let name = c"f".as_ptr();
            assert_eq!(VM_HostModuleAddFunction(host, name, text.as_ptr(), Some(callback), user, free, none), 0);
            assert_eq!(VM_ContextRegisterModule(guest.context.as_ref(), host, none), 0);
            let (engine, data) = (guest.engine.as_ref(), wasm.as_ptr());
            assert_eq!(VM_ModuleLoadFromBuffer(engine, data, wasm.len(), Some(&mut guest.module), none), 0);
            assert_eq!(VM_ContextInstantiate(guest.context.as_ref(), guest.module.as_ref(), None, none), 0);
            let context = guest.context.as_ref();
            assert_eq!(VM_InstanceFindFunction(context, None, c"run".as_ptr(), Some(&mut guest.run), none), 0);
        }
        guest
    }

    fn run(&self, times: i32) -> Result<(), *mut Error> {
        let (arg, mut error) = (Value::i32(times), ptr::null_mut());
        // SAFETY: the context is there until `drop`.
        let context = unsafe { self.context.as_ref() };
        match VM_FuncCall(context, self.run, &arg, 1, ptr::null_mut(), 0, &mut error) {
            abi::STATUS_OK => Ok(()),
            _ => Err(error),
        }
    }
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
fn a_fault_of_libvm_below_wasm_is_a_trap_that_names_the_function() {
    for signature in ["(ii)i", "(iiiifF)i"] {
        let guest = Guest::new(signature, zeros);
        fault::arm();
        let error = guest.run(1).unwrap_err();
        // SAFETY: the error is there until it is deleted.
        unsafe {
            assert_eq!(VM_ErrorGetStatus(error.as_ref()), abi::STATUS_INTERNAL);
            assert_eq!(VM_ErrorGetTrapCode(error.as_ref()), TRAP_HOST_FUNCTION);
            assert_eq!(CStr::from_ptr(VM_ErrorGetModuleName(error.as_ref())), c"host");
            assert_eq!(CStr::from_ptr(VM_ErrorGetFunctionName(error.as_ref())), c"f");
            let message = CStr::from_ptr(VM_ErrorGetMessage(error.as_ref())).to_str().unwrap();
            assert_eq!(message, "host function `host.f` met a fault of libvm: struck by a test");
        }
        VM_ErrorDelete(error);
        guest.run(3).unwrap();
    }
}

#[test]
fn common_signatures_have_a_trampoline_of_their_own() {
    let path = |signature: &str| path_of(&parse_signature(signature).unwrap());
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
    for signature in ["()", "()F", "(iiii)", "(iIiI)I", "(IIIIII)i", "(iiiiii)"] {
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
