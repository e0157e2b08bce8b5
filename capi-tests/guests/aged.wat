;; Uses plugins/abi-0.1/aged.c.
(module
  (import "aged" "sum" (func $sum (param i32 i32) (result i32)))
  (import "aged" "count" (func $count (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "\01\02\03\04")
  (func (export "sum") (result i32) (call $sum (i32.const 16) (i32.const 4)))
  (func (export "count") (result i32) (call $count)))
