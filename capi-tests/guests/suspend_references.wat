;; Passes references through a host function that suspends it.
(module
  (import "host" "keep" (func $keep (param externref funcref) (result externref)))
  (import "host" "plain" (func $plain))
  (table $functions 1 funcref)
  (elem (i32.const 0) $identity)
  (func $identity (export "identity") (param externref) (result externref)
    (local.get 0))
  (func (export "pass") (param externref) (result externref)
    (call $keep (local.get 0) (table.get $functions (i32.const 0))))
  (func (export "plain") (call $plain)))
