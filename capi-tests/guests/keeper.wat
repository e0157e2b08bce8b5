;; Passes on what the plug-in `keeper` offers.
(module
  (import "keeper" "next" (func $next (result i64)))
  (import "keeper" "keep" (func $keep (param i32 i32) (result i32)))
  (import "keeper" "check" (func $check (result i32)))
  (func (export "next") (result i64) (call $next))
  (func (export "keep") (param i32 i32) (result i32) (call $keep (local.get 0) (local.get 1)))
  (func (export "check") (result i32) (call $check)))
