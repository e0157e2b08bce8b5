;; Imports a memory between two functions.
(module
  (import "host" "f" (func $f (param i32) (result i32)))
  (import "host" "memory" (memory 1))
  (import "host" "g" (func $g (param i32 i64) (result i64)))
  (func (export "f") (param i32) (result i32)
    (i32.store (i32.const 0) (call $f (local.get 0)))
    (i32.load (i32.const 0)))
  (func (export "g") (param i32 i64) (result i64) (call $g (local.get 0) (local.get 1))))
