;; Its only memory is exported under another name.
(module
  (import "host" "look" (func $look (param i32 i32) (result i32)))
  (memory (export "heap") 2)
  (data (i32.const 16) "other")
  (func (export "look") (param i32 i32) (result i32) (call $look (local.get 0) (local.get 1))))
