//! What libvm relies on.
use crate::compile::{Failure, MAX_MODULE, compile};
use crate::{libvm_compiler_compile, libvm_compiler_free, libvm_compiler_id};
use libvm_codegen::interface::{Output, Status};
use libvm_codegen::{Cpu, Settings};
use std::panic::{panic_any, set_hook, take_hook};
use std::{ptr, slice, thread};

const ELF: &[u8] = b"\x7fELF";

/// A module with functions of each kind that libvm has a proposal for.
const MANY: &str = r#"(module
    (type $unary (func (param i32) (result i32)))
    (import "host" "call" (func $host (param i32 externref) (result i32)))
    (memory (export "memory") 1 10) (memory $second i64 1) (table 4 funcref) (table $objects 4 externref)
    (global $count (mut i32) (i32.add (i32.const 1) (i32.const 2)))
    (elem (i32.const 0) $tail) (data (i32.const 8) "hello") (data $passive "passive")
    (func $tail (param i32) (result i32) (return_call $other (local.get 0)))
    (func $other (export "other") (param i32) (result i32)
        (loop $again (global.set $count (i32.add (global.get $count) (i32.const 1)))
            (br_if $again (i32.lt_s (global.get $count) (local.get 0))))
        (i32.div_s (call_indirect (type $unary) (local.get 0) (i32.const 0)) (call $host (i32.const 1) (table.get $objects (i32.const 0)))))
    (func (export "two") (param f64 f32) (result i32 i64)
        (i32.trunc_sat_f64_s (f64.sqrt (local.get 0))) (i64.extend32_s (i64.trunc_f32_s (local.get 1))))
    (func (export "vector") (param v128 v128) (result v128)
        (f32x4.relaxed_madd (local.get 0) (local.get 1) (i8x16.swizzle (local.get 0) (local.get 1))))
    (func (export "memories") (memory.copy $second 0 (i64.const 0) (i32.const 0) (i32.const 8)) (memory.init $passive (i32.const 0) (i32.const 0) (i32.const 1)))
    (func (export "wide") (param i64 i64) (result i64 i64) (i64.mul_wide_u (local.get 0) (local.get 1))))"#;

fn wasm(text: &str) -> Vec<u8> {
    wat::parse_str(text).unwrap()
}

fn refused(wasm: &[u8], settings: &[u8]) -> (Status, String) {
    let failure = compile(wasm, settings, 1).unwrap_err();
    (failure.status, failure.message)
}

#[test]
fn code_depends_on_the_module_and_the_settings_alone() {
    let (module, settings) = (wasm(MANY), Settings::default());
    let code = compile(&module, &settings.to_bytes(), 1).unwrap();
    assert!(code.starts_with(ELF));
    for threads in [0, 1, 2, usize::MAX] {
        assert!(compile(&module, &settings.to_bytes(), threads).unwrap() == code, "{threads}");
    }
    let changed = |change: fn(&mut Settings)| {
        let mut settings = Settings::default();
        change(&mut settings);
        compile(&module, &settings.to_bytes(), 1).unwrap()
    };
    let others = [
        changed(|s| s.fuel = true),
        changed(|s| s.interruption = true),
        changed(|s| s.signals = false),
        changed(|s| s.canonical_nans = true),
        changed(|s| s.address_map = false),
        changed(|s| s.symbols = true),
        changed(|s| s.cpu = Cpu::Baseline),
    ];
    for (at, other) in others.iter().enumerate() {
        assert!(*other != code && !others[..at].contains(other), "setting {at} changes nothing");
    }
}

#[test]
fn what_cannot_be_compiled_is_refused_with_the_reason() {
    let settings = Settings::default().to_bytes();
    let module = wasm("(module)");
    assert_eq!(refused(&module, b""), (Status::Settings, "the settings are empty".to_owned()));
    assert_eq!(refused(&module, &settings[1..]).0, Status::Settings);
    let (status, message) = refused(b"", &settings);
    assert!(status == Status::Module && message.contains("unexpected end"), "{message}");
    let (status, message) = refused(b"(module)", &settings);
    assert!(status == Status::Module && message.contains("magic header"), "{message}");
    let (status, message) = refused(&wasm("(component)"), &settings);
    assert_eq!(status, Status::Module, "{message}");
    let (status, message) = refused(&wasm("(module (func (result i32)))"), &settings);
    assert!(status == Status::Module && message.contains("type mismatch"), "{message}");
    for proposal in ["(module (memory 1 1 shared))", "(module (tag))", "(module (type (struct)))"] {
        assert_eq!(refused(&wasm(proposal), &settings).0, Status::Module, "{proposal}");
    }
    let (status, message) = refused(&vec![0; MAX_MODULE + 1], &settings);
    assert_eq!(
        (status, message.as_str()),
        (Status::Limit, "the module has 268435457 bytes, and at most 268435456 can be compiled")
    );
}

/// Damaged modules give an error or code, and the process goes on.
#[test]
fn damaged_modules_do_no_harm() {
    let (module, settings) = (wasm(MANY), Settings::default().to_bytes());
    for at in 0..module.len() {
        let mut damaged = module.clone();
        damaged[at] ^= 1 << (at % 8);
        if let Err(failure) = compile(&damaged, &settings, 1) {
            assert_eq!(failure.status, Status::Module, "{at}: {}", failure.message);
        }
        drop(compile(&module[..at], &settings, 1));
    }
}

/// The stack of the caller has no influence, and nesting does not end the process.
#[test]
fn deep_modules_are_compiled_on_a_small_stack() {
    let deep = |open: &str, middle: &str, close: &str, count: usize| {
        wasm(&format!("(module (func (param i32) (result i32) {}{middle}{}))", open.repeat(count), close.repeat(count)))
    };
    let modules = [
        deep("block (result i32) ", "local.get 0 ", "end ", 20_000),
        deep("local.get 0 ", "local.get 0 ", "i32.add ", 20_000),
        deep("local.get 0 if (result i32) ", "local.get 0 ", "else i32.const 1 end ", 2_000),
    ];
    let compiling = move || modules.iter().for_each(|module| drop(compile(module, &Settings::default().to_bytes(), 1).unwrap()));
    thread::Builder::new().stack_size(64 << 10).spawn(compiling).unwrap().join().unwrap();
}

#[test]
fn the_interface_is_for_c() {
    let hook = take_hook();
    let mut size = 0;
    // SAFETY: the size can be written.
    let id = unsafe { libvm_compiler_id(&raw mut size) };
    set_hook(hook);
    // SAFETY: it has as many bytes.
    assert_eq!(unsafe { slice::from_raw_parts(id, size) }, libvm_codegen::id().as_bytes());

    let (module, settings) = (wasm("(module)"), Settings::default().to_bytes());
    let mut out = Output::EMPTY;
    let mut call = |wasm: &[u8], settings: *const u8| {
        // SAFETY: both have as many bytes, and the output can be written.
        let status = unsafe { libvm_compiler_compile(wasm.as_ptr(), wasm.len(), settings, 20, 1, &raw mut out) };
        // SAFETY: the output has as many bytes.
        let bytes = unsafe { slice::from_raw_parts(out.bytes, out.size) }.to_vec();
        // SAFETY: it was written above; the second call has nothing to free.
        unsafe {
            libvm_compiler_free(&raw mut out);
            libvm_compiler_free(&raw mut out);
            libvm_compiler_free(ptr::null_mut());
        }
        assert!(out.bytes.is_null());
        (Status::from_number(status), bytes)
    };
    let (status, code) = call(&module, settings.as_ptr());
    assert!(status == Status::Ok && code.starts_with(ELF));
    assert_eq!(call(&module, ptr::null()), (Status::Settings, b"the settings are empty".to_vec()));
}

#[test]
fn panics_become_failures() {
    struct PanicsWhenDropped;
    impl Drop for PanicsWhenDropped {
        fn drop(&mut self) {
            panic!("in drop");
        }
    }
    for threads in [1, 2] {
        let of = |work: fn()| {
            let caught = std::panic::catch_unwind(|| crate::threads::run(threads, work)).unwrap_err();
            Failure::of_panic(caught).message
        };
        assert_eq!(of(|| panic!("fixed")), "an internal error in the compiler: fixed");
        assert_eq!(of(|| panic!("made of {}", 2)), "an internal error in the compiler: made of 2");
        assert_eq!(of(|| panic_any(PanicsWhenDropped)), "an internal error in the compiler: a panic without a message");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn threads_end_with_the_compilation() {
    // Other tests have threads of the same name, so that this one is alone in its process.
    if std::env::var_os("LIBVM_COMPILER_ALONE").is_none() {
        let mut alone = std::process::Command::new(std::env::current_exe().unwrap());
        alone.args(["--exact", "tests::threads_end_with_the_compilation"]).env("LIBVM_COMPILER_ALONE", "1");
        assert!(alone.output().unwrap().status.success());
        return;
    }
    let names = || {
        let threads = std::fs::read_dir("/proc/self/task").unwrap();
        let names = threads.filter_map(|thread| std::fs::read_to_string(thread.unwrap().path().join("comm")).ok());
        names.filter(|name| name.starts_with("libvm-compiler")).count()
    };
    for threads in [1, 2] {
        let (during, signals) = crate::threads::run(threads, || {
            let status = std::fs::read_to_string("/proc/thread-self/status").unwrap();
            (names(), status.lines().find_map(|line| line.strip_prefix("SigBlk:\t").map(str::to_owned)).unwrap())
        })
        .unwrap();
        assert!((1..=threads).contains(&during) && signals.ends_with("fffffffe7ffbfeff"), "{during} {signals}");
        // The system lists a thread for a moment after it was joined.
        let gone = (0..1000).any(|_| {
            std::thread::sleep(std::time::Duration::from_millis(10));
            names() == 0
        });
        assert!(gone, "{} threads are left", names());
    }
}
