;; Its second data segment does not fit into its memory.
(module
  (import "versioned" "count" (func (result i32)))
  (memory 1)
  (data (i32.const 0) "fits")
  (data (i32.const 65535) "does not"))
