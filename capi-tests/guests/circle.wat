;; Calls plug-in a, which calls back, and then b from inside: or the other way round.
(module
  (import "host" "meet" (func $meet))
  (import "a" "call" (func $a (param i32) (result i32)))
  (import "b" "call" (func $b (param i32) (result i32)))
  (import "a" "count" (func $a_count (result i32)))
  (import "b" "count" (func $b_count (result i32)))
  (func (export "a_then_b") (result i32) (call $a (i32.const 0)))
  (func (export "b_then_a") (result i32) (call $b (i32.const 1)))
  (func (export "inner_0") (result i32) (call $meet) (call $b_count))
  (func (export "inner_1") (result i32) (call $meet) (call $a_count)))
