;; Imports what plugins/more provides twice.
(module
  (import "made" "add1" (func $add (param i32) (result i32)))
  (import "made" "twice" (func $twice (result i32)))
  (func (export "twice") (result i32) (call $twice)))
