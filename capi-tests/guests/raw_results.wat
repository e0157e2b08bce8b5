;; Calls a function that leaves values where the next one has its results.
(module
  (import "raw" "fill" (func $fill (param i64 i64 i64) (result i64 i64 i64)))
  (import "raw" "silent" (func $silent (result i64 i64 i64)))
  (import "raw" "half" (func $half (param i64) (result i64 i64 i64)))
  (func $left (param i64)
    (call $fill (local.get 0) (local.get 0) (local.get 0))
    drop drop drop)
  (func (export "silent") (param i64) (result i64 i64 i64) (call $left (local.get 0)) (call $silent))
  (func (export "half") (param i64 i64) (result i64 i64 i64) (call $left (local.get 0)) (call $half (local.get 1))))
