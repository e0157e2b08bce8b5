;; Uses plugins/versioned.c.
(module
  (import "versioned" "count" (func $count (result i32)))
  (import "versioned" "length" (func $length (param i32 i32) (result i32)))
  (import "versioned" "guarded" (func $guarded (param i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "count") (result i32) (call $count))
  (func (export "length") (result i32) (call $length (i32.const 8) (i32.const 5)))
  (func (export "guarded") (result i32) (call $guarded (i32.const 8) (i32.const 5)))
  (func (export "outside") (result i32) (call $length (i32.const 65535) (i32.const 5))))
