(module
  (import "data" "nest" (func $nest (param i32) (result i32)))
  (import "data" "replace" (func $replace (param externref) (result externref)))
  (import "data" "fail" (func $fail))
  (func (export "nest") (param i32) (result i32) (call $nest (local.get 0)))
  (func (export "replace") (result i32) (ref.is_null (call $replace (ref.null extern))))
  (func (export "fail") (call $fail)))
