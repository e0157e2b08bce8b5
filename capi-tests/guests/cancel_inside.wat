;; Calls host functions of each kind, and ends.
(module
  (import "own" "none" (func $none))
  (import "own" "one" (func $one (param i32) (result i32)))
  (import "own" "many" (func $many (param i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32 i32)))
  (func (export "none") (call $none))
  (func (export "one") (drop (call $one (i32.const 1))))
  (func (export "many")
    (call $many (i32.const 1) (i32.const 2) (i32.const 3) (i32.const 4) (i32.const 5) (i32.const 6) (i32.const 7) (i32.const 8) (i32.const 9))
    drop drop))
