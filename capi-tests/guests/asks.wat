;; Uses plugins/asks.c.
(module
  (import "asks" "number" (func $number (result i32)))
  (func (export "number") (result i32) (call $number)))
