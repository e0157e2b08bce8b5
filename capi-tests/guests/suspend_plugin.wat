;; Waits for the plug-in `suspends`.
(module
  (import "suspends" "wait" (func $wait (param i32) (result i32)))
  (import "suspends" "wait_unflagged" (func $wait_unflagged (param i32) (result i32)))
  (import "suspends" "clocks" (func $clocks (result i32)))
  (func (export "wait") (param i32) (result i32)
    (i32.add (call $wait (local.get 0)) (i32.const 1)))
  (func (export "wait_unflagged") (param i32) (result i32)
    (call $wait_unflagged (local.get 0)))
  (func (export "clocks") (result i32)
    (call $clocks)))
