;; Leaves with the exit code that its second argument says in decimal; traps for "trap"; just returns without one.
(module
  (import "wasi_snapshot_preview1" "args_sizes_get" (func $args_sizes_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_get" (func $args_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (memory (export "memory") 1)
  (func (export "_start") (local $at i32) (local $code i32)
    (drop (call $args_sizes_get (i32.const 0) (i32.const 4)))
    (if (i32.lt_u (i32.load (i32.const 0)) (i32.const 2)) (then (return)))
    (drop (call $args_get (i32.const 100) (i32.const 200)))
    (local.set $at (i32.load (i32.const 104)))
    (if (i32.eq (i32.load8_u (local.get $at)) (i32.const 116)) (then (unreachable)))
    (loop $next
      (local.set $code (i32.add (i32.mul (local.get $code) (i32.const 10))
        (i32.sub (i32.load8_u (local.get $at)) (i32.const 48))))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br_if $next (i32.load8_u (local.get $at))))
    (call $proc_exit (local.get $code))
    (unreachable)))
