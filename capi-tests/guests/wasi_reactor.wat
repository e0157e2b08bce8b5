;; A reactor: what `_initialize` does must have happened before `count` is called. It prints its first argument, or leaves or
;; traps when that begins with `l` or `t`; it traps when it is called again, as the one of wasi-libc does.
(module
  (import "wasi_snapshot_preview1" "args_sizes_get" (func $args_sizes_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_get" (func $args_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (memory (export "memory") 1)
  (global $count (mut i32) (i32.const 0))
  (func (export "_initialize") (local $first i32)
    (if (global.get $count) (then (unreachable)))
    (drop (call $args_sizes_get (i32.const 0) (i32.const 4)))
    (drop (call $args_get (i32.const 100) (i32.const 200)))
    (local.set $first (i32.load8_u (i32.const 200)))
    (if (i32.eq (local.get $first) (i32.const 108)) (then (call $proc_exit (i32.const 130))))
    (if (i32.eq (local.get $first) (i32.const 116)) (then (unreachable)))
    (i32.store (i32.const 0) (i32.const 200))
    (i32.store (i32.const 4) (i32.sub (i32.load (i32.const 4)) (i32.const 1))) ;; without the NUL
    (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
    (global.set $count (i32.const 100)))
  (func (export "count") (result i32)
    (global.set $count (i32.add (global.get $count) (i32.const 1)))
    (global.get $count)))
