;; Imports what plugins/more provides for this module.
(module
  (import "made" "add5" (func $add5 (param i32) (result i32)))
  (import "made" "add-7" (func $subtract (param i32) (result i32)))
  (import "made" "count" (func $count (result i32)))
  (import "made" "secret" (func $secret (result i32)))
  (memory (export "memory") 1)
  (func (export "add") (param i32) (result i32) (call $add5 (local.get 0)))
  (func (export "subtract") (param i32) (result i32) (call $subtract (local.get 0)))
  (func (export "count") (result i32) (call $count))
  (func (export "secret") (result i32) (call $secret)))
