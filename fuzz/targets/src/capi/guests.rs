//! The modules that sequences of calls load: each ends, and each uses the host in another way.

use std::sync::LazyLock;

/// What `VM_ModuleLoadFromBuffer` is given.
pub static GUESTS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let mut guests: Vec<Vec<u8>> = TEXTS.iter().map(|text| wat::parse_str(text).expect("these are modules")).collect();
    guests.push(guests[1][..20].to_vec());
    guests.push(b"(module)".to_vec());
    guests.push(Vec::new());
    guests
});

const TEXTS: &[&str] = &[
    // Everything that can be exported, and nothing imported. Sanitizers turn wasmi's jumps into calls, which take native stack:
    // `deep` is deeper than the depths that engines are given, and no deeper.
    r#"(module
        (memory (export "memory") 1 3) (table (export "table") 3 9 funcref) (table (export "objects") 2 externref)
        (global (export "global") (mut i64) (i64.const 5)) (global (export "constant") f32 (f32.const 1.5))
        (global (export "object") (mut externref) (ref.null extern))
        (elem (table 0) (i32.const 0) func $f)
        (func $f (export "f") (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))
        (func (export "run") (param externref) (result externref) (local.get 0))
        (func (export "g") (param i32 i64 f32 f64 i32) (result f64 i32) (local.get 3) (local.get 0))
        (func (export "v") (param v128) (result v128) (local.get 0))
        (func (export "trap") (unreachable))
        (global $left (mut i32) (i32.const 2000))
        (func $deep (export "deep")
            (if (global.get $left) (then (global.set $left (i32.sub (global.get $left) (i32.const 1))) (call $deep)))))"#,
    // Calls the host with numbers and references, and lets itself be called.
    r#"(module
        (import "host" "f" (func $f (param i32) (result i32)))
        (import "host" "g" (func $g (param externref) (result externref)))
        (import "host" "h" (func $h))
        (import "host" "b" (func $b (param i32 i32) (result i32)))
        (memory (export "memory") 1)
        (data (i32.const 4) "text")
        (func (export "v") (result i32) (call $b (i32.const 65530) (call $f (i32.const 4))))
        (func (export "f") (param i32) (result i32) (call $f (call $f (local.get 0))))
        (func (export "run") (param externref) (result externref) (call $g (call $g (local.get 0))))
        (func (export "trap") (call $h) (drop (memory.grow (i32.const 1))) (call $h)))"#,
    // Calls the host before it is instantiated.
    r#"(module
        (import "host" "h" (func $h)) (import "host" "memory" (memory 1)) (import "host" "global" (global (mut i32)))
        (func $start (call $h) (global.set 0 (i32.const 7)) (call $h))
        (export "memory" (memory 0)) (export "h" (func $h)) (export "global" (global 0))
        (start $start))"#,
    // Stands on an instance that is registered as `a`.
    r#"(module
        (import "a" "f" (func $f (param i32) (result i32))) (import "a" "memory" (memory 1))
        (import "a" "table" (table 1 funcref))
        (func (export "f") (param i32) (result i32)
            (i32.store (i32.const 8) (local.get 0)) (call $f (i32.load (i32.const 8))))
        (func (export "trap") (call_indirect (type 0) (i32.const 1) (i32.const 2)) (drop))
        (func (export "run") (result funcref) (table.get 0 (i32.const 0))))"#,
    // Writes to WASI and leaves.
    r#"(module
        (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
        (memory (export "memory") 1)
        (data (i32.const 0) "\10\00\00\00\05\00\00\00") (data (i32.const 16) "hello")
        (func (export "_start")
            (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
            (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
            (call $exit (i32.load8_u (i32.const 16)))))"#,
    // Uses a plug-in, and gives it functions.
    r#"(module
        (import "calc" "add" (func $add (param i32 i32) (result i32)))
        (import "calc" "apply" (func $apply (param funcref i32) (result i32)))
        (elem declare func $twice)
        (func $twice (param i32) (result i32) (call $add (local.get 0) (local.get 0)))
        (func (export "f") (param i32) (result i32) (call $apply (ref.func $twice) (local.get 0)))
        (func (export "run") (param externref) (result externref) (drop (call $add (i32.const 1) (i32.const 2))) (local.get 0)))"#,
    // Wants more than contexts here allow.
    r#"(module (memory (export "memory") 20) (func (export "f")))"#,
];
