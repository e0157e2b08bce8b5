(module
  (import "gen" "one" (func $one (result i32)))
  (import "gen" "calls" (func $calls (result i32)))
  (memory (export "memory") 1)
  (func (export "one") (result i32) (call $one))
  (func (export "calls") (result i32) (call $calls)))
