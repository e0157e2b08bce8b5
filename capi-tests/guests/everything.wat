;; Exports one of each kind, and a function that goes through the host.
(module
  (import "host" "park" (func $park (result i32)))
  (memory (export "memory") 1 3)
  (table (export "table") 4 8 funcref)
  (table (export "objects") 2 externref)
  (global (export "global") (mut i32) (i32.const 5))
  (global (export "constant") i64 (i64.const 6))
  (global (export "object") (mut externref) (ref.null extern))
  (elem (table 0) (i32.const 1) func $add)
  (func $add (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func (export "park") (result i32) (call $park)))
