;; Exports of its own have the name that a start function is hidden under.
(module
  (global $count (mut i32) (i32.const 0))
  (func $start (global.set $count (i32.add (global.get $count) (i32.const 1))))
  (start $start)
  (func (export "\00start") (result i32) (i32.const 1))
  (func (export "start") (result i32) (i32.const 2))
  (func (export "count") (result i32) (global.get $count)))
