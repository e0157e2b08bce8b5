;; Grows its memory in its start function, and through the host.
(module
  (import "host" "again" (func $again (param i32) (result i32)))
  (memory (export "memory") 1)
  (global $before (mut i32) (i32.const 0))
  (func $start (global.set $before (memory.grow (i32.const 1))))
  (start $start)
  (func (export "before") (result i32) (global.get $before))
  (func (export "grow_memory") (param i32) (result i32) (memory.grow (local.get 0)))
  (func (export "nested") (param i32) (result i32) (call $again (local.get 0))))
