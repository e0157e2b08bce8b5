;; Waits in its start function and in `_initialize`; a negative answer is a trap.
(module
  (import "host" "wait" (func $wait (param i32) (result i32)))
  (global $sum (mut i32) (i32.const 0))
  (func $add (param $with i32) (local $answer i32)
    (local.set $answer (call $wait (local.get $with)))
    (if (i32.lt_s (local.get $answer) (i32.const 0)) (then (unreachable)))
    (global.set $sum (i32.add (global.get $sum) (local.get $answer))))
  (func $start (call $add (i32.const 1)))
  (start $start)
  (func (export "_initialize") (call $add (i32.const 2)))
  (func (export "sum") (result i32) (global.get $sum)))
