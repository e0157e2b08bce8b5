;; Uses plugins/unloadable.c, and keeps a reference that it makes.
(module
  (import "unloadable" "answer" (func $answer (result i32)))
  (import "unloadable" "make" (func $make (result externref)))
  (table $kept 1 externref)
  (func (export "answer") (result i32) (call $answer))
  (func (export "keep") (result i32)
    (table.set $kept (i32.const 0) (call $make))
    (i32.const 1)))
