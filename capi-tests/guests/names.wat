;; Exports whose names are awkward, and a memory with pages of a byte.
(module
  (func (export "a\00b") (result i32) (i32.const 1))
  (memory (export "bytes") 100 200 (pagesize 1))
  (func (export "a") (result i32) (i32.const 2)))
