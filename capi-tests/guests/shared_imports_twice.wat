;; Imports one function twice, and one of another order than in shared_imports.wat.
(module
  (import "host" "g" (func $g (param i32 i64) (result i64)))
  (import "host" "f" (func $f (param i32) (result i32)))
  (import "host" "f" (func $again (param i32) (result i32)))
  (func (export "f") (param i32) (result i32) (i32.add (call $f (local.get 0)) (call $again (local.get 0))))
  (func (export "g") (param i32 i64) (result i64) (call $g (local.get 0) (local.get 1))))
