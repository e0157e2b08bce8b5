;; A host function that calls the guest, which calls a second host function.
(module
  (import "host" "outer" (func $outer (result i32)))
  (import "host" "inner" (func $inner (result i32)))
  (memory (export "memory") 1)
  (func (export "outer") (result i32) (call $outer))
  (func (export "inner") (result i32) (call $inner)))
