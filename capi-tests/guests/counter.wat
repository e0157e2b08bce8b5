;; Counts in a global and in a table's size, with the host's help; without a memory, so that many fit into a process.
(module
  (import "host" "step" (func $step (param i32) (result i32)))
  (global $count (mut i32) (i32.const 0))
  (table (export "table") 1 16 funcref)
  (func (export "count") (result i32)
    (global.set $count (call $step (global.get $count)))
    (global.get $count)))
