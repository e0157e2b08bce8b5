;; Hands on what plugins/kinds.c answers.
(module
  (import "kinds" "count" (func $count (result i32)))
  (import "kinds" "overlap" (func $overlap (result i32)))
  (import "kinds" "total" (func $total (result i32)))
  (import "kinds" "is_home" (func $is_home (result i32)))
  (import "kinds" "keep" (func $keep (result i32)))
  (import "kinds" "call" (func $call (param i32) (result i32)))
  (func (export "count") (result i32) (call $count))
  (func (export "overlap") (result i32) (call $overlap))
  (func (export "total") (result i32) (call $total))
  (func (export "is_home") (result i32) (call $is_home))
  (func (export "keep") (result i32) (call $keep))
  ;; Guest, plug-in, guest, plug-in.
  (func (export "twice") (result i32) (call $call (i32.const 0)))
  (func (export "inner_0") (result i32) (call $overlap)))
