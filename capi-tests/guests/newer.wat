;; Uses plugins/newer.c.
(module
  (import "newer" "same" (func $same (param i32) (result i32)))
  (func (export "same") (param i32) (result i32) (call $same (local.get 0))))
