;; A command that waits for its exit code; 0 is a return.
(module
  (import "host" "wait" (func $wait (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (func (export "_start") (local $code i32)
    (local.set $code (call $wait (i32.const 0)))
    (if (local.get $code) (then (call $exit (local.get $code))))))
