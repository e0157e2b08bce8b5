;; Counts its requests: in a context of its own, each is the first.
(module
  (import "host" "twice" (func $twice (param i32) (result i32)))
  (global $requests (mut i32) (i32.const 0))
  (func (export "serve") (param i32) (result i32)
    (global.set $requests (i32.add (global.get $requests) (i32.const 1)))
    (i32.add (call $twice (local.get 0)) (global.get $requests))))
