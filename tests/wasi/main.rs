//! WASI preview 1, as seen by guests.
#![cfg(feature = "wasi")]

mod clocks;
mod directories;
mod guest;
mod streams;

use guest::{FUNCTIONS, Guest, ILSEQ, INVAL, SUCCESS, Scratch, text};
use libvm_abi as abi;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use vm::engine::wasi::WasiState;
use vm::status::TrapCode;
use vm::wasi::{Rights, Stream, Wasi};

#[test]
fn every_function_is_there_with_its_type() {
    let mut guest = Guest::new(&Wasi::new());
    for (name, _) in FUNCTIONS {
        assert!(guest.store.bind_wasi(name).is_some(), "{name}");
    }
    for name in ["", "fd_dup", "FD_READ", "thread_spawn"] {
        assert!(guest.store.bind_wasi(name).is_none(), "{name}");
    }
}

#[test]
fn a_program_prints_and_leaves() {
    let wasi = Wasi::new();
    wasi.capture(Stream::Output, None);
    let program = r#"(module
        (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
        (memory (export "memory") 1)
        (data (i32.const 0) "\10\00\00\00\07\00\00\00")
        (data (i32.const 16) "hello!\n")
        (func (export "_start")
            (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
            (call $exit (i32.const 3))))"#;
    let mut guest = Guest::from_text(&wasi, program);
    let exit = guest.run("_start", &[]).unwrap_err();
    assert_eq!(exit.exit_code(), Some(3));
    assert_eq!(wasi.output(), b"hello!\n");
    assert_eq!(wasi.errors(), b"");
}

#[test]
fn every_exit_code_comes_out() {
    let mut guest = Guest::new(&Wasi::new());
    for code in [0, 1, 125, 126, 127, 255, 256, -1] {
        let exit = guest.run("proc_exit", &[code]).unwrap_err();
        assert_eq!(exit.exit_code(), Some(code as i32));
    }
}

#[test]
fn arguments_and_environment_arrive() {
    let wasi = Wasi::new();
    let mut guest = Guest::new(&wasi);
    assert!(guest.strings("args").is_empty() && guest.strings("environ").is_empty());

    wasi.set_arguments(&["program", "--flag", "zwölf", ""]).unwrap();
    wasi.set_environment(&[("A", "1"), ("B", "x=y"), ("A", "2")]).unwrap();
    wasi.add_environment("C", "").unwrap();
    wasi.add_environment("B", "z").unwrap();
    let mut guest = Guest::new(&wasi);
    assert_eq!(guest.strings("args"), ["program", "--flag", "zwölf", ""]);
    assert_eq!(guest.strings("environ"), ["A=2", "B=z", "C="]);

    wasi.set_environment::<&str>(&[]).unwrap();
    wasi.add_environment("PATH", "mine").unwrap();
    wasi.inherit_environment().unwrap();
    let inherited = Guest::new(&wasi).strings("environ");
    assert_eq!(inherited.iter().filter(|variable| variable.starts_with("PATH=")).collect::<Vec<_>>(), ["PATH=mine"]);
    // Cargo sets it for tests.
    assert!(inherited.iter().any(|variable| variable == "CARGO_PKG_NAME=libvm"));
}

#[test]
fn bad_descriptions_are_refused_and_change_nothing() {
    let wasi = Wasi::new();
    wasi.set_arguments(&["kept"]).unwrap();
    wasi.add_environment("KEPT", "1").unwrap();
    let scratch = Scratch::new("bad");
    let file = scratch.file("file", "");
    let missing = scratch.path().join("missing");
    wasi.add_directory(scratch.path(), "/here", Rights::READ).unwrap();
    let cases = [
        (wasi.set_arguments(&["a", "b\0c"]), abi::STATUS_INVALID_ARGUMENT, "argument 1, \"b\\0c\", contains a NUL byte at 1"),
        (wasi.set_environment(&[("", "x")]), abi::STATUS_INVALID_ARGUMENT, "\"\" cannot be the name"),
        (wasi.set_environment(&[("A=B", "x")]), abi::STATUS_INVALID_ARGUMENT, "\"A=B\" cannot be the name"),
        (wasi.add_environment("A", "\0"), abi::STATUS_INVALID_ARGUMENT, "the value of the environment variable A"),
        (wasi.add_environment("A\0", "x"), abi::STATUS_INVALID_ARGUMENT, "the name of an environment variable"),
        (wasi.add_directory(&missing, "/m", Rights::READ), abi::STATUS_FILE_NOT_FOUND, missing.to_str().unwrap()),
        (wasi.add_directory(&file, "/f", Rights::READ), abi::STATUS_INVALID_ARGUMENT, "is not a directory"),
        (wasi.add_directory(scratch.path(), "", Rights::READ), abi::STATUS_INVALID_ARGUMENT, "is empty"),
        (wasi.add_directory(scratch.path(), "a\0", Rights::READ), abi::STATUS_INVALID_ARGUMENT, "contains a NUL byte at 1"),
        (
            wasi.add_directory(scratch.path(), "/here/", Rights::READ),
            abi::STATUS_ALREADY_EXISTS,
            "as \"/here\"; use another name",
        ),
        (wasi.set_input_file(&missing), abi::STATUS_FILE_NOT_FOUND, missing.to_str().unwrap()),
        (wasi.set_input_file(scratch.path()), abi::STATUS_INVALID_ARGUMENT, "is a directory"),
        (wasi.write_to_file(Stream::Output, &missing.join("x")), abi::STATUS_FILE_NOT_FOUND, "missing"),
    ];
    for (result, status, part) in cases {
        let error = result.unwrap_err();
        assert_eq!(error.status(), status, "{error}");
        assert!(error.message().contains(part), "{error}");
    }
    let mut guest = Guest::new(&wasi);
    assert_eq!(guest.strings("args"), ["kept"]);
    assert_eq!(guest.strings("environ"), ["KEPT=1"]);
    assert_eq!(guest.call("fd_prestat_get", &[4, 0]), guest::BADF);
}

#[test]
fn a_directory_that_has_gone_is_an_error_of_the_context() {
    let wasi = Wasi::new();
    let scratch = Scratch::new("gone");
    wasi.add_directory(scratch.path(), "/", Rights::READ).unwrap();
    drop(scratch);
    let error = WasiState::new(&wasi.snapshot(), 512, false).err().unwrap();
    assert_eq!(error.status(), abi::STATUS_FILE_NOT_FOUND);
    assert!(error.message().contains("wasi-gone") && error.path().is_some(), "{error}");
}

#[test]
fn a_guest_without_memory_is_told() {
    let wasi = Wasi::new();
    let mut guest = Guest::from_text(&wasi, &text("(memory 1)"));
    let message = guest.trap("sched_yield", &[]);
    assert!(message.contains("`wasi_snapshot_preview1.sched_yield` failed: "), "{message}");
    assert!(message.contains("must export its memory as `memory`, but it has no such export"), "{message}");
    let mut guest = Guest::from_text(&wasi, &text("(global (export \"memory\") i32 (i32.const 0))"));
    assert!(guest.trap("fd_close", &[3]).contains("that export is a global"));
    // Exiting needs no memory.
    assert_eq!(guest.run("proc_exit", &[7]).unwrap_err().exit_code(), Some(7));
}

#[test]
fn a_store_without_an_environment_traps() {
    let mut guest = Guest::with_wasi(None, &text("(memory (export \"memory\") 1)"));
    assert!(guest.trap("args_sizes_get", &[0, 4]).contains("has no WASI environment; register one"));
    guest.store.set_wasi(WasiState::new(&Wasi::new().snapshot(), 512, false).unwrap());
    assert_eq!(guest.call("args_sizes_get", &[0, 4]), SUCCESS);
}

#[test]
fn a_panic_is_a_trap_and_leaves_the_store_usable() {
    let wasi = Wasi::new();
    let fails = Arc::new(AtomicBool::new(true));
    let seen = fails.clone();
    wasi.set_input_callback(Arc::new(move |buffer| {
        assert!(!seen.load(Ordering::Relaxed), "no input today");
        buffer[0] = b'x';
        Ok(Some(1))
    }));
    wasi.set_realtime_clock(Some(vm::wasi::Clock::Callback(Arc::new(|| panic!("no time either")))));
    wasi.write_to_callback(Stream::Errors, Arc::new(|_| std::panic::panic_any(5)));
    let mut guest = Guest::new(&wasi);
    guest.put(0, &[16, 0, 0, 0, 4, 0, 0, 0]);
    let message = guest.trap("fd_read", &[0, 0, 1, 8]);
    assert!(message.ends_with("`wasi_snapshot_preview1.fd_read` failed: panicked: no input today"), "{message}");
    assert!(guest.trap("clock_time_get", &[0, 0, 8]).ends_with("clock_time_get` failed: panicked: no time either"));
    assert!(guest.trap("fd_write", &[2, 0, 1, 8]).ends_with("fd_write` failed: panicked: a panic without a message"));
    fails.store(false, Ordering::Relaxed);
    assert_eq!(guest.read(0, 10), Ok(b"x".to_vec()));
}

#[test]
fn bad_pointers_trap_and_bad_values_are_errors() {
    let wasi = Wasi::new();
    let mut guest = Guest::new(&wasi);
    let end = 4 << 16;
    let cases = [
        ("args_sizes_get", &[0, end][..], "4 bytes at address 262144: outside of the guest's memory"),
        ("fd_write", &[1, end, 1, 0], "4 bytes at address 262144: outside of the guest's memory"),
        ("random_get", &[end - 4, 5], "5 bytes at address 262140: outside of the memory of 262144 bytes"),
        ("random_get", &[-1, -1], "4294967295 bytes at address 4294967295: outside of the memory"),
    ];
    for (name, args, why) in cases {
        let error = guest.run(name, args).unwrap_err();
        assert_eq!((error.status(), error.trap()), (abi::STATUS_OUT_OF_BOUNDS, TrapCode::MemoryOutOfBounds), "{error}");
        assert_eq!((error.module(), error.function()), (Some("wasi_snapshot_preview1"), Some(name)));
        assert!(error.message().contains(why), "{error}");
    }
    assert_eq!(guest.call("random_get", &[end, 0]), SUCCESS);
    assert_eq!(guest.call("clock_time_get", &[9, 0, 0]), INVAL);
    assert_eq!(guest.call("fd_seek", &[1, 0, 9, 0]), INVAL);
    assert_eq!(guest.call("fd_fdstat_set_flags", &[1, 32]), INVAL);
    let scratch = Scratch::new("utf8");
    wasi.add_directory(scratch.path(), "/", Rights::READ).unwrap();
    let mut reader = Guest::new(&wasi);
    reader.put(0, b"\xff\xfe");
    assert_eq!(reader.call("path_open", &[3, 0, 0, 2, 0, 2, 2, 0, 8]), ILSEQ);
    assert_eq!(guest.call("fd_write", &[1, 0, 1025, 0]), INVAL);
    assert_eq!(guest.call("fd_read", &[0, 0, -1, 0]), INVAL);
    for name in ["fd_close", "fd_sync", "fd_datasync"] {
        assert_eq!(guest.call(name, &[77]), guest::BADF, "{name}");
    }
    assert!(guest.trap("proc_raise", &[6]).contains("`wasi_snapshot_preview1.proc_raise` failed: "));
}
