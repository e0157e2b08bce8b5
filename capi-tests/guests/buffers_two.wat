;; Neither of its two exported memories is called `memory`.
(module
  (import "buffers" "sum" (func $sum (param i32 i32) (result i32)))
  (memory (export "first") 1)
  (memory (export "second") 1)
  (func (export "sum") (param i32 i32) (result i32) (call $sum (local.get 0) (local.get 1))))
