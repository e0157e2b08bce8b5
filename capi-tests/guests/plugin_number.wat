(module
  (import "instances" "number" (func $number (result i32)))
  (import "instances.more" "other" (func $other (result i32)))
  (func (export "number") (result i32) (call $number))
  (func (export "other") (result i32) (call $other)))
