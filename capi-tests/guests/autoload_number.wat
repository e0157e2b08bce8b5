;; Imports a function of module_000; tests make copies in which all `_000` are another number.
(module
  (import "module_000" "number" (func $number (result i32)))
  (func (export "number") (result i32) (call $number)))
