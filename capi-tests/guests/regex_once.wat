;; Passes patterns in calls.
(module
  (import "regex" "is_match_once" (func $is_match_once (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "^h(i|o)$")
  (data (i32.const 16) "ho")
  (func (export "good") (result i32) (call $is_match_once (i32.const 0) (i32.const 8) (i32.const 16) (i32.const 2)))
  (func (export "bad") (result i32) (call $is_match_once (i32.const 2) (i32.const 2) (i32.const 16) (i32.const 2))))
