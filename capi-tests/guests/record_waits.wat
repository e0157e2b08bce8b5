;; Calls host functions that suspend, that have it called meanwhile, and that charge fuel; and runs without an end.
(module
  (import "host" "wait" (func $wait (param i32) (result i32)))
  (import "host" "start" (func $start (param i32) (result i32)))
  (import "host" "charge" (func $charge (param i32)))
  (memory (export "memory") 1)
  (func (export "step") (param i32) (result i32) (i32.add (call $wait (local.get 0)) (i32.const 1)))
  (func (export "run") (param i32) (result i32)
    (call $charge (i32.const 1000))
    (i32.add (call $wait (local.get 0)) (call $start (local.get 0))))
  (func $spin (export "spin")
    (loop $next
      (i32.store (i32.const 8) (i32.add (i32.load (i32.const 8)) (i32.const 1)))
      (br $next)))
  (func (export "spin_on") (call $charge (i32.const 5)) (call $spin)))
