;; Fails in its start function, after it has written a function into the host's table, which wasm does not take back.
(module
  (import "versioned" "count" (func $count (result i32)))
  (import "host" "table" (table 2 funcref))
  (func $left_behind (result i32) (i32.add (call $count) (i32.const 100)))
  (func $start (unreachable))
  (elem (i32.const 0) $left_behind)
  (start $start))
