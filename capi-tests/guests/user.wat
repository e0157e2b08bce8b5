;; A guest that uses the library `lib`.
(module
  (import "lib" "next" (func $next (result i32)))
  (import "lib" "memory" (memory 1))
  (import "lib" "seven" (global $seven i32))
  (func (export "next") (result i32) (call $next))
  (func (export "seven") (result i32) (global.get $seven))
  (func (export "write") (param i32) (i32.store (i32.const 0) (local.get 0)))
  (func (export "read") (result i32) (i32.load (i32.const 0))))
