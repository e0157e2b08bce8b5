;; What a context is made for: one page of memory, an import and an export.
(module
  (import "host" "f" (func $host (param i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "some text")
  (func (export "run") (param i32) (result i64)
    (i64.extend_i32_s (call $host (local.get 0) (i32.const 0)))))
