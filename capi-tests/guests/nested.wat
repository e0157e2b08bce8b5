;; Calls host functions that call it back.
(module
  (import "host" "back" (func $back (param i32) (result i32)))
  (import "host" "fails" (func $fails))
  (import "host" "by_reference" (func $by_reference (param funcref) (result i32)))
  (memory (export "memory") 1)
  (elem declare func $divide)
  (func $divide (export "divide") (drop (i32.div_s (i32.const 1) (i32.const 0))))
  (func (export "unreachable") unreachable)
  (func (export "fails") (call $fails))
  (func (export "deeper") (drop (call $back (i32.const 0))))
  (func (export "back") (param i32) (result i32) (call $back (local.get 0)))
  (func (export "by_reference") (result i32) (call $by_reference (ref.func $divide))))
