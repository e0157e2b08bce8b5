;; Its addresses have 64 bits, and it passes 32.
(module
  (import "buffers" "sum" (func $sum (param i32 i32) (result i32)))
  (memory (export "memory") i64 1)
  (func (export "sum") (param i32 i32) (result i32) (call $sum (local.get 0) (local.get 1))))
