;; Has `_start` too, so it is a command, and `_initialize` is a function as any other.
(module
  (global $count (mut i32) (i32.const 0))
  (func (export "_initialize") (global.set $count (i32.const 100)))
  (func (export "_start"))
  (func (export "count") (result i32) (global.get $count)))
