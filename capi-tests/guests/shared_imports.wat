;; Imports functions only: contexts can have the same list of them.
(module
  (import "host" "f" (func $f (param i32) (result i32)))
  (import "host" "g" (func $g (param i32 i64) (result i64)))
  (import "host" "wide" (func $wide (param i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32 i32)))
  (table 1 funcref)
  (elem (i32.const 0) func $f)
  (export "same" (func $f))
  (func (export "f") (param i32) (result i32) (call $f (local.get 0)))
  (func (export "indirect") (param i32) (result i32) (call_indirect (param i32) (result i32) (local.get 0) (i32.const 0)))
  (func (export "g") (param i32 i64) (result i64) (call $g (local.get 0) (local.get 1)))
  (func (export "wide") (param i32) (result i32)
    (call $wide (local.get 0) (local.get 0) (local.get 0) (local.get 0) (local.get 0) (local.get 0) (local.get 0) (local.get 0) (i32.const 1))
    i32.sub))
