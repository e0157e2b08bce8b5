;; Imports both functions of module_000; tests make copies in which all `_000` are another number.
(module
  (import "module_000" "number" (func $number (result i32)))
  (import "module_000" "other" (func $other (result i32)))
  (func (export "number") (result i32) (call $number))
  (func (export "other") (result i32) (call $other)))
