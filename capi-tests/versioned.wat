;; Uses plugins/versioned.c.
(module
  (import "versioned" "count" (func $count (result i32)))
  (func (export "count") (result i32) (call $count)))
