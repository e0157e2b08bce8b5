;; Calls the host, which suspends it or calls it again, and wants memory afterwards.
(module
  (import "host" "wait" (func $wait))
  (import "host" "deeper" (func $deeper))
  (memory (export "memory") 1)
  (func (export "grow_after") (result i32) (call $wait) (memory.grow (i32.const 1)))
  (func (export "deep") (call $deeper)))
