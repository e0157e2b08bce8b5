;; Imports from a reactor.
(module
  (import "reactor" "count" (func $count (result i32)))
  (func (export "twice") (result i32) (drop (call $count)) (call $count)))
