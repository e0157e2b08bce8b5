;; Loops of calls of the host, and functions for the host to call.
(module
  (import "host" "nothing" (func $nothing))
  (import "host" "add" (func $add (param i32 i32) (result i32)))
  (import "host" "size" (func $size (param i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "nothing"))
  (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func (export "loop_nothing") (param $left i32) (result i32)
    (loop (call $nothing) (br_if 0 (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
    (i32.const 0))
  (func (export "loop_add") (param $left i32) (result i32) (local $sum i32)
    (loop
      (local.set $sum (call $add (local.get $sum) (local.get $left)))
      (br_if 0 (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
    (local.get $sum))
  (func (export "loop_size") (param $left i32) (result i32) (local $sum i32)
    (loop
      (local.set $sum (i32.add (local.get $sum) (call $size (i32.const 16) (i32.const 100))))
      (br_if 0 (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
    (local.get $sum)))
