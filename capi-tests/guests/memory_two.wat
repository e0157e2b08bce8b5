;; Two exported memories, neither of which is called `memory`.
(module
  (import "host" "look" (func $look (param i32 i32) (result i32)))
  (memory (export "first") 1)
  (memory (export "second") 2)
  (func (export "look") (param i32 i32) (result i32) (call $look (local.get 0) (local.get 1))))
